// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A flood's first lines, and its number.
#include "common/chatter.h"

#include "common/log.h"

bool
weir_chatter_look(struct weir_chatter *c, int64_t now_ms)
{
    if (now_ms - c->since_ms < WEIR_CHATTER_MS)
        return c->n_left_out > 0;
    if (c->n_left_out > 0)
        weir_log(WEIR_LOG_INFO, "%s: %u more lines like these", c->about,
                 c->n_left_out);
    c->n_lines = 0;
    c->n_left_out = 0;
    return false;
}

bool
weir_chatter_may_say(struct weir_chatter *c, int64_t now_ms)
{
    weir_chatter_look(c, now_ms);
    if (c->n_lines == 0)
        c->since_ms = now_ms;
    if (c->n_lines < WEIR_CHATTER_LINES) {
        c->n_lines++;
        return true;
    }
    c->n_left_out++;
    return false;
}

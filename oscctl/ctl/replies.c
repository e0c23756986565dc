// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What came back, to be looked at.
#include "oscctl/ctl/ask.h"

#include "common/log.h"
#include "oscctl/arguments.h"
#include "oscctl/text.h"

#include <stdlib.h>
#include <string.h>

void
ctl_replies_fini(struct ctl_replies *replies)
{
    for (int i = 0; i < replies->n; i++) {
        free(replies->list[i].address);
        lo_message_free(replies->list[i].message);
    }
    free(replies->list);
    free(replies->error_address);
    free(replies->error_text);
    *replies = (struct ctl_replies){0};
}

int
ctl_replies_refusal(const struct ctl_replies *replies)
{
    if (replies->error_code == 0)
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_ERROR, "%s: %s (error %d)", replies->error_address,
             replies->error_text, replies->error_code);
    return WEIR_EXIT_FAILED;
}

const struct ctl_reply *
ctl_replies_find(const struct ctl_replies *replies, const char *address)
{
    for (int i = 0; i < replies->n; i++)
        if (strcmp(replies->list[i].address, address) == 0)
            return &replies->list[i];
    return NULL;
}

void
ctl_reply_print(FILE *to, const struct ctl_reply *reply)
{
    weir_text_print(to, reply->address, reply->message, reply->first);
    fputc('\n', to);
}

const char *
ctl_reply_string(const struct ctl_reply *reply, int index)
{
    return weir_message_string(reply->message, reply->first + index);
}

bool
ctl_reply_number(const struct ctl_reply *reply, double *out)
{
    return weir_message_number(reply->message, reply->first, out);
}

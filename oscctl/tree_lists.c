// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Lists of ids, whole or by pages.
#include "oscctl/tree_private.h"

#include <math.h>

// A page, with address and types. It fits into one Ethernet frame even with
// the longest tag before it.
enum { PAGE_BYTES = 1024 };

static enum weir_fault_code
take_start(struct weir_call *c, uint32_t *out)
{
    double number;
    if (c->n_args != 1 || !weir_call_number(c, 0, &number))
        return weir_call_wrong_arguments(c, "the number to begin at, or "
                                            "nothing");
    if (!(number >= 0.0 && number <= INT32_MAX && floor(number) == number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a list begins at 0, 1, 2...");
    *out = (uint32_t)number;
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_call_list(struct weir_call *c, uint32_t n, weir_list_fn *id_at)
{
    uint32_t start = 0;
    const bool whole = c->n_args == 0;
    if (!whole && take_start(c, &start))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    // An id takes 37 bytes at most, its type among them.
    for (uint32_t i = start; i < n; i++) {
        if (!whole && lo_message_length(m, "/reply") + 40 > PAGE_BYTES)
            break;
        lo_message_add_string(m, id_at(c, i));
    }
    weir_reply_hold(r, m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
}

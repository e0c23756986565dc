// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What came back, to be looked at.
#include "oscctl/ctl/ask.h"

#include "common/log.h"
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
    index += reply->first;
    if (index >= lo_message_get_argc(reply->message))
        return NULL;
    const char type = lo_message_get_types(reply->message)[index];
    const void *at = lo_message_get_argv(reply->message)[index];
    return lo_is_string_type((lo_type)type) ? at : NULL;
}

bool
ctl_reply_number(const struct ctl_reply *reply, double *out)
{
    const int index = reply->first;
    if (index >= lo_message_get_argc(reply->message))
        return false;
    const void *at = lo_message_get_argv(reply->message)[index];
    int32_t i = 0;
    float f = 0;
    switch (lo_message_get_types(reply->message)[index]) {
    case LO_INT32:
        memcpy(&i, at, sizeof i);
        *out = i;
        return true;
    case LO_FLOAT:
        memcpy(&f, at, sizeof f);
        *out = (double)f;
        return true;
    case LO_TRUE:
    case LO_FALSE:
        *out = lo_message_get_types(reply->message)[index] == LO_TRUE;
        return true;
    default:
        return false;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// ping, get, set, call: one message or a few, their replies as lines.
#include "oscctl/ctl/commands.h"

#include "common/log.h"
#include "oscctl/ctl/ask.h"
#include "oscctl/text.h"

#include <stdio.h>

// Send the batch and print what comes back, with what was refused said.
static int
ask_and_print(struct ctl_link *link, struct ctl_batch *batch)
{
    struct ctl_replies replies;
    int status = ctl_ask(link, batch, &replies);
    for (int i = 0; status == WEIR_EXIT_OK && i < replies.n; i++)
        ctl_reply_print(stdout, &replies.list[i]);
    if (status == WEIR_EXIT_OK)
        status = ctl_replies_refusal(&replies);
    ctl_replies_fini(&replies);
    return status;
}

// Append the message that words describe; an exit status.
static int
add_words(struct ctl_batch *batch, const char *address, int n_words,
          const char *const words[])
{
    struct weir_text_fault fault;
    lo_message message = NULL;
    if (!weir_text_from_words(address, words, n_words, &message, &fault)) {
        if (fault.column == 0)
            weir_log(WEIR_LOG_ERROR, "%s", fault.text);
        else
            weir_log(WEIR_LOG_ERROR, "%s: value %d: %s", address, fault.column,
                     fault.text);
        return WEIR_EXIT_USAGE;
    }
    const bool added = ctl_batch_add(batch, address, message);
    lo_message_free(message);
    if (added)
        return WEIR_EXIT_OK;
    weir_log(WEIR_LOG_ERROR, "%s: too long for one message", address);
    return WEIR_EXIT_USAGE;
}

static int
send_words(struct ctl_link *link, const char *address, int n_words,
           const char *const words[])
{
    struct ctl_batch batch;
    ctl_batch_init(&batch);
    int status = add_words(&batch, address, n_words, words);
    if (status == WEIR_EXIT_OK)
        status = ask_and_print(link, &batch);
    ctl_batch_fini(&batch);
    return status;
}

int
ctl_ping(struct ctl_link *link, int n_words, const char *const words[])
{
    struct ctl_batch batch;
    struct ctl_replies replies;
    (void)n_words;
    (void)words;
    ctl_batch_init(&batch);
    ctl_batch_add(&batch, "/ping", NULL);
    const int status = ctl_ask_strictly(link, &batch, &replies);
    const struct ctl_reply *reply = ctl_replies_find(&replies, "/ping");
    const char *name = reply ? ctl_reply_string(reply, 0) : NULL;
    if (status == WEIR_EXIT_OK)
        puts(name ? name : "");
    ctl_replies_fini(&replies);
    ctl_batch_fini(&batch);
    return status;
}

int
ctl_get(struct ctl_link *link, int n_words, const char *const words[])
{
    int status = WEIR_EXIT_OK;
    for (int i = 0; status == WEIR_EXIT_OK && i < n_words; i++)
        status = send_words(link, words[i], 0, NULL);
    return status;
}

int
ctl_set(struct ctl_link *link, int n_words, const char *const words[])
{
    return send_words(link, words[0], n_words - 1, words + 1);
}

int
ctl_call(struct ctl_link *link, int n_words, const char *const words[])
{
    return send_words(link, words[0], n_words - 1, words + 1);
}

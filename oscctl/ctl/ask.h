// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Asking the mixer: messages go out together in one bundle, and all their
// answers come back.  The bundle begins with a /tag of its own, which every
// answering bundle repeats, and ends with a /ping, whose reply is the last.
#ifndef WEIR_CTL_ASK_H
#define WEIR_CTL_ASK_H

#include "oscctl/ctl/link.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// Bytes of messages in one bundle, so that it is a datagram anywhere.
enum { CTL_BATCH_BYTES = 8000 };

/// Messages to go out together.
struct ctl_batch {
    uint8_t *data; ///< bundle elements: sizes and messages
    size_t size;
    int n_messages;
    int n_pings; ///< among them
};

/// What came back for one message.
struct ctl_reply {
    char *address; ///< of a /reply: the one that it is about
    lo_message message;
    int first; ///< the first argument that is a result
};

/// What came back for a batch.
struct ctl_replies {
    struct ctl_reply *list;
    int n;
    int error_code; ///< 0: nothing was refused
    char *error_address;
    char *error_text;
};

/// Start empty; free with ctl_batch_fini().
void ctl_batch_init(struct ctl_batch *batch);
void ctl_batch_fini(struct ctl_batch *batch);

/// Append a message (null: without arguments); false when the batch is full
/// and has to be sent first.  Takes nothing.
bool ctl_batch_add(struct ctl_batch *batch, const char *address,
                   lo_message message);

/// Send the batch, empty it, and gather the answers.  Returns 0 also when
/// the mixer refused (then `error_code` is set), else an exit status, said
/// why.  Free `out` with ctl_replies_fini() in any case.
int ctl_ask(struct ctl_link *link, struct ctl_batch *batch,
            struct ctl_replies *out);

void ctl_replies_fini(struct ctl_replies *replies);

/// Say what was refused; returns the exit status for it, or 0 if nothing was.
int ctl_replies_refusal(const struct ctl_replies *replies);

/// ctl_ask(), and ctl_replies_refusal().
int ctl_ask_strictly(struct ctl_link *link, struct ctl_batch *batch,
                     struct ctl_replies *out);

/// The reply of `address`, or null.
const struct ctl_reply *ctl_replies_find(const struct ctl_replies *replies,
                                         const char *address);

/// Write a reply as a line that can be read again.
void ctl_reply_print(FILE *to, const struct ctl_reply *reply);

/// A reply's result number `index`, of a string type; or null.
const char *ctl_reply_string(const struct ctl_reply *reply, int index);

/// A reply's first result as a number (T is 1, F is 0); false if it is none.
bool ctl_reply_number(const struct ctl_reply *reply, double *out);

#endif

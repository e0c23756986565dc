// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet's answers, in the order of its messages. They leave together
// when the last of them is known; if one message was wrong, its error leaves
// alone. Everything here is @control's.
#ifndef WEIR_OSCCTL_TRANSACTION_H
#define WEIR_OSCCTL_TRANSACTION_H

#include "desk/fault.h"

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_peer;
struct weir_transaction;

/// One answer, perhaps not known yet.
struct weir_reply {
    struct weir_transaction *transaction;
    char address[160];
    const char *path; // "/reply", "/error" or the address
    lo_message message;
    bool pending;
    size_t n_reserved; // bytes of the message, at most
    struct weir_reply *next;
    // Done when the packet has been found good; null: nothing.
    void (*act)(struct weir_reply *reply);
    void *context[2];
    char words[2][256];
    uint32_t numbers[4];
};

/// Begin; `bundled` says that the packet was a bundle.  Null when memory is
/// short.
struct weir_transaction *weir_transaction_new(const struct weir_peer *peer,
                                              bool bundled);

/// The same for what weir does by itself: nothing is answered, and there is
/// no limit to it; `ticket` is settled when all of it is known, with the
/// first fault.
struct weir_transaction *weir_transaction_new_own(struct weir_ticket ticket);
bool weir_transaction_is_own(const struct weir_transaction *t);

const struct weir_peer *weir_transaction_peer(const struct weir_transaction *t);

/// Let `tag` open every bundle of answers; before the first of them is made.
/// False: it is longer than 255 bytes.
bool weir_transaction_tag(struct weir_transaction *t, const char *tag);

/// A new answer to the message at `address`, pending until one of the calls
/// below.  Null when memory is short or the answers grow past 64 kB.
struct weir_reply *weir_reply_new(struct weir_transaction *t,
                                  const char *address);

/// Nothing is answered to this one.
void weir_reply_silence(struct weir_reply *reply);

/// The answer will take `n` bytes at most, if what is known already does not
/// say so: reserve them, before the next answer is begun.
void weir_reply_reserve(struct weir_reply *reply, size_t n);

/// Whether what is reserved is more than 64 kB: the packet is to be refused.
bool weir_transaction_is_full(const struct weir_transaction *t);

/// Hold `message` ready: `/reply ,s... ADDRESS ...`.  Takes `message`, whose
/// first argument must be the address (weir_reply_begin()).
lo_message weir_reply_begin(const struct weir_reply *reply);
void weir_reply_hold(struct weir_reply *reply, lo_message message);

/// Answer with the address itself and a value.  Takes `message`.
void weir_reply_value(struct weir_reply *reply, lo_message message);

/// What was held is the answer now, or the fault is (tickets end here).
void weir_reply_settle(void *reply, const struct weir_fault *fault);

/// The ticket that ends in weir_reply_settle().
struct weir_ticket weir_reply_ticket(struct weir_reply *reply);

/// The packet was wrong: only this error is answered; sends it and frees.
void weir_transaction_fail(struct weir_transaction *t, const char *address,
                           const struct weir_fault *fault);

/// Answer a packet, or what should have been one, by this error alone.
void weir_transaction_refuse(const struct weir_peer *peer, bool bundled,
                             const char *address,
                             const struct weir_fault *fault);

/// Should it be wrong, not even the error is answered.
void weir_transaction_mute(struct weir_transaction *t);

/// What one of its messages needs is not known yet: the packet is to be taken
/// once more, later.
void weir_transaction_wait(struct weir_transaction *t);
bool weir_transaction_waits(const struct weir_transaction *t);

/// The packet was only tried: nothing is answered; frees.  No ticket of its
/// answers may be settled any more.
void weir_transaction_drop(struct weir_transaction *t);

/// The packet was good: its acts are done, and when no answer is pending any
/// more all of them are sent, and the transaction is freed.
void weir_transaction_finish(struct weir_transaction *t);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet's answers.
#include "oscctl/transaction.h"

#include "oscctl/peer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUNDLE_BYTES = 1400, // fits into one Ethernet frame
    HEAD_BYTES = 16,     // "#bundle", time tag
    ANSWER_BYTES = 65536,
    TAG_BYTES = 256,
};

struct weir_transaction {
    struct weir_peer peer;
    bool bundled;
    bool finished;
    char tag[TAG_BYTES];
    struct weir_reply *first;
    struct weir_reply *last;
    unsigned n_pending;
    size_t n_bytes; // that the answers will take, about
};

struct weir_transaction *
weir_transaction_new(const struct weir_peer *peer, bool bundled)
{
    struct weir_transaction *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->peer = *peer;
    t->bundled = bundled;
    return t;
}

const struct weir_peer *
weir_transaction_peer(const struct weir_transaction *t)
{
    return &t->peer;
}

void
weir_transaction_tag(struct weir_transaction *t, const char *tag)
{
    snprintf(t->tag, sizeof t->tag, "%s", tag);
}

// ------------------------------------------------------------------ sending

static void
put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

// A bundle of answers that is being filled.
struct parcel {
    unsigned char bytes[ANSWER_BYTES];
    size_t n_bytes;
    size_t n_head; // what every bundle begins with
};

static bool
append(struct parcel *p, lo_message message, const char *path)
{
    const size_t n = lo_message_length(message, path);
    if (p->n_bytes + 4 + n > sizeof p->bytes)
        return false;
    put_u32(p->bytes + p->n_bytes, (uint32_t)n);
    lo_message_serialise(message, path, p->bytes + p->n_bytes + 4, NULL);
    p->n_bytes += 4 + n;
    return true;
}

// "#bundle", immediately, and the tag of the packet that is answered.
static void
begin_parcel(struct parcel *p, const char *tag)
{
    memcpy(p->bytes, "#bundle\0\0\0\0\0\0\0\0\1", HEAD_BYTES);
    p->n_bytes = HEAD_BYTES;
    if (tag[0]) {
        lo_message message = lo_message_new();
        lo_message_add_string(message, tag);
        append(p, message, "/tag");
        lo_message_free(message);
    }
    p->n_head = p->n_bytes;
}

static void
send_parcel(const struct weir_transaction *t, struct parcel *p)
{
    if (p->n_bytes > p->n_head)
        weir_peer_send(&t->peer, p->bytes, p->n_bytes);
    p->n_bytes = p->n_head;
}

static void
send_bundles(const struct weir_transaction *t)
{
    struct parcel p;
    begin_parcel(&p, t->tag);
    for (const struct weir_reply *r = t->first; r; r = r->next) {
        if (!r->message)
            continue;
        const size_t n = lo_message_length(r->message, r->path);
        if (p.n_bytes + 4 + n > BUNDLE_BYTES)
            send_parcel(t, &p);
        append(&p, r->message, r->path);
    }
    send_parcel(t, &p);
}

static void
send_single(const struct weir_transaction *t)
{
    unsigned char bytes[ANSWER_BYTES];
    size_t n = t->first->message
                   ? lo_message_length(t->first->message, t->first->path)
                   : 0;
    if (n == 0 || n > sizeof bytes)
        return;
    lo_message_serialise(t->first->message, t->first->path, bytes, &n);
    weir_peer_send(&t->peer, bytes, n);
}

static void
send_all(const struct weir_transaction *t)
{
    if (!t->first)
        return;
    if (t->bundled || t->first->next)
        send_bundles(t);
    else
        send_single(t);
}

static void
free_replies(struct weir_transaction *t)
{
    while (t->first) {
        struct weir_reply *r = t->first;
        t->first = r->next;
        if (r->message)
            lo_message_free(r->message);
        free(r);
    }
    t->last = NULL;
    t->n_pending = 0;
    t->n_bytes = 0;
}

static void
send_if_known(struct weir_transaction *t)
{
    if (!t->finished || t->n_pending > 0)
        return;
    send_all(t);
    free_replies(t);
    free(t);
}

// ------------------------------------------------------------------ replies

struct weir_reply *
weir_reply_new(struct weir_transaction *t, const char *address)
{
    // Length, "/reply", types, the address and a value, each padded.
    const size_t n_bytes = 28 + (strlen(address) + 4) / 4 * 4;
    if (t->n_bytes + n_bytes > ANSWER_BYTES)
        return NULL;
    struct weir_reply *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    t->n_bytes += n_bytes;
    r->transaction = t;
    r->pending = true;
    snprintf(r->address, sizeof r->address, "%s", address);
    if (t->last)
        t->last->next = r;
    else
        t->first = r;
    t->last = r;
    t->n_pending++;
    return r;
}

static void
know(struct weir_reply *r)
{
    struct weir_transaction *t = r->transaction;
    if (!r->pending)
        return;
    r->pending = false;
    t->n_pending--;
    send_if_known(t);
}

void
weir_reply_silence(struct weir_reply *r)
{
    know(r);
}

lo_message
weir_reply_begin(const struct weir_reply *r)
{
    lo_message message = lo_message_new();
    lo_message_add_string(message, r->address);
    return message;
}

void
weir_reply_hold(struct weir_reply *r, lo_message message)
{
    r->path = "/reply";
    r->message = message;
}

void
weir_reply_value(struct weir_reply *r, lo_message message)
{
    r->path = r->address;
    r->message = message;
    know(r);
}

static void
turn_into_error(struct weir_reply *r, const struct weir_fault *fault)
{
    if (r->message)
        lo_message_free(r->message);
    r->path = "/error";
    r->message = weir_reply_begin(r);
    lo_message_add_int32(r->message, (int32_t)fault->code);
    lo_message_add_string(r->message, fault->text);
}

void
weir_reply_settle(void *owner, const struct weir_fault *fault)
{
    struct weir_reply *r = owner;
    if (fault)
        turn_into_error(r, fault);
    else if (!r->message)
        weir_reply_hold(r, weir_reply_begin(r));
    know(r);
}

struct weir_ticket
weir_reply_ticket(struct weir_reply *r)
{
    return (struct weir_ticket){.fn = weir_reply_settle, .owner = r};
}

// ------------------------------------------------------------------ endings

void
weir_transaction_fail(struct weir_transaction *t, const char *address,
                      const struct weir_fault *fault)
{
    free_replies(t);
    struct weir_reply *r = weir_reply_new(t, address);
    t->finished = true;
    if (r) {
        weir_reply_settle(r, fault);
        return;
    }
    free(t);
}

void
weir_transaction_refuse(const struct weir_peer *peer, bool bundled,
                        const char *address, const struct weir_fault *fault)
{
    struct weir_transaction *t = weir_transaction_new(peer, bundled);
    if (t)
        weir_transaction_fail(t, address, fault);
}

void
weir_transaction_drop(struct weir_transaction *t)
{
    free_replies(t);
    free(t);
}

void
weir_transaction_finish(struct weir_transaction *t)
{
    // Not finished yet: nothing is sent and freed while acts are done.
    for (struct weir_reply *r = t->first; r; r = r->next)
        if (r->act)
            r->act(r);
    t->finished = true;
    send_if_known(t);
}

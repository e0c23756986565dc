// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One packet's answers.
#include "oscctl/transaction.h"

#include "oscctl/peer.h"

#include <assert.h>
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

// What answers take: all of them, and the bundle that was begun last.
struct room {
    size_t n_bytes;
    size_t n_bundle; // 0: none was begun
};

struct weir_transaction {
    struct weir_peer peer;
    bool bundled;
    bool finished;
    bool muted;
    bool own;
    bool waits;
    struct weir_ticket ticket; // of one's own
    struct weir_fault fault;   // the first there; code 0: none
    char tag[TAG_BYTES];
    struct weir_reply *first;
    struct weir_reply *last;
    unsigned n_pending;
    // As answers are reserved: with the last one, and without.
    struct room room;
    struct room room_before;
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

struct weir_transaction *
weir_transaction_new_own(struct weir_ticket ticket)
{
    struct weir_transaction *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->own = true;
    t->ticket = ticket;
    return t;
}

bool
weir_transaction_is_own(const struct weir_transaction *t)
{
    return t->own;
}

const struct weir_peer *
weir_transaction_peer(const struct weir_transaction *t)
{
    return &t->peer;
}

bool
weir_transaction_tag(struct weir_transaction *t, const char *tag)
{
    if (strlen(tag) >= sizeof t->tag)
        return false;
    snprintf(t->tag, sizeof t->tag, "%s", tag);
    return true;
}

// --------------------------------------------------------------------- room

static size_t
padded_string(const char *text)
{
    return (strlen(text) + 4) / 4 * 4;
}

// What each bundle begins with.
static size_t
head_bytes(const struct weir_transaction *t)
{
    return HEAD_BYTES + (t->tag[0] ? 4 + 8 + 4 + padded_string(t->tag) : 0);
}

// With one more answer of `n` bytes: in this bundle, if there is room for it.
// (Where one bundle is filled after the other, answers that turn out shorter
// than they were reserved never take more bundles.)
static struct room
with_answer(const struct weir_transaction *t, struct room room, size_t n)
{
    if (room.n_bundle == 0 || room.n_bundle + 4 + n > BUNDLE_BYTES) {
        room.n_bundle = head_bytes(t);
        room.n_bytes += room.n_bundle;
    }
    room.n_bundle += 4 + n;
    room.n_bytes += 4 + n;
    return room;
}

// Any answer may become an error: "/error", ",sis", address, code and a text.
static size_t
shortest_error(const struct weir_reply *r)
{
    return 8 + 8 + padded_string(r->address) + 4 + 4;
}

void
weir_reply_reserve(struct weir_reply *r, size_t n)
{
    struct weir_transaction *t = r->transaction;
    if (n <= r->n_reserved || r != t->last || t->own)
        return;
    r->n_reserved = n;
    t->room = with_answer(t, t->room_before, n);
}

bool
weir_transaction_is_full(const struct weir_transaction *t)
{
    return t->room.n_bytes > ANSWER_BYTES;
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

static size_t
bytes_of_all(const struct weir_transaction *t)
{
    struct room room = {0};
    for (const struct weir_reply *r = t->first; r; r = r->next)
        if (r->message)
            room = with_answer(t, room, lo_message_length(r->message, r->path));
    return room.n_bytes;
}

static void
set_error(struct weir_reply *r, int32_t code, const char *text)
{
    if (r->message)
        lo_message_free(r->message);
    r->path = "/error";
    r->message = weir_reply_begin(r);
    lo_message_add_int32(r->message, code);
    lo_message_add_string(r->message, text);
}

// Room was reserved for what was known: not for the words of what failed
// afterwards.
static void
leave_words_out(struct weir_transaction *t)
{
    for (struct weir_reply *r = t->first; r; r = r->next) {
        int32_t code;
        if (!r->message || strcmp(r->path, "/error") != 0)
            continue;
        // Which lies where liblo put it, perhaps unaligned.
        memcpy(&code, (const void *)lo_message_get_argv(r->message)[1],
               sizeof code);
        set_error(r, code, "");
    }
}

static void
send_all(struct weir_transaction *t)
{
    if (!t->first)
        return;
    if (bytes_of_all(t) > ANSWER_BYTES)
        leave_words_out(t);
    assert(bytes_of_all(t) <= ANSWER_BYTES);
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
    t->room = (struct room){0};
}

static void
send_if_known(struct weir_transaction *t)
{
    if (!t->finished || t->n_pending > 0)
        return;
    const struct weir_ticket ticket = t->ticket;
    const struct weir_fault fault = t->fault;
    if (!t->own)
        send_all(t);
    free_replies(t);
    free(t);
    weir_ticket_settle(ticket, fault.code ? &fault : NULL);
}

// ------------------------------------------------------------------ replies

struct weir_reply *
weir_reply_new(struct weir_transaction *t, const char *address)
{
    struct weir_reply *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    snprintf(r->address, sizeof r->address, "%s", address);
    const size_t n = shortest_error(r);
    const struct room room = with_answer(t, t->room, n);
    if (room.n_bytes > ANSWER_BYTES && !t->own) {
        free(r);
        return NULL;
    }
    r->transaction = t;
    r->pending = true;
    r->n_reserved = n;
    t->room_before = t->room;
    if (!t->own)
        t->room = room;
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
    if (r->message)
        lo_message_free(r->message);
    r->message = NULL;
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
    weir_reply_reserve(r, lo_message_length(message, r->path));
}

void
weir_reply_value(struct weir_reply *r, lo_message message)
{
    r->path = r->address;
    r->message = message;
    weir_reply_reserve(r, lo_message_length(message, r->path));
    know(r);
}

void
weir_reply_settle(void *owner, const struct weir_fault *fault)
{
    struct weir_reply *r = owner;
    if (fault && r->transaction->own && !r->transaction->fault.code)
        r->transaction->fault = *fault;
    if (fault)
        set_error(r, (int32_t)fault->code, fault->text);
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
weir_transaction_mute(struct weir_transaction *t)
{
    t->muted = true;
}

void
weir_transaction_fail(struct weir_transaction *t, const char *address,
                      const struct weir_fault *fault)
{
    free_replies(t);
    struct weir_reply *r = t->muted ? NULL : weir_reply_new(t, address);
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
weir_transaction_wait(struct weir_transaction *t)
{
    t->waits = true;
}

bool
weir_transaction_waits(const struct weir_transaction *t)
{
    return t->waits;
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

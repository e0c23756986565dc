// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Datagrams that a peer's queue had no room for.
#include "oscctl/outbox.h"

#include "common/loop.h"
#include "oscctl/peer.h"
#include "rt/clock.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_MS = 2,
    PATIENCE_MS = 2000,
    MOST_BYTES = 4 << 20,
    MOST_LETTERS = 1024,
    MOST_FULL = 8, // peers told apart in one round
};

struct letter {
    struct letter *next;
    struct weir_peer to;
    int64_t until_ms;
    size_t n_bytes;
    unsigned char bytes[];
};

struct weir_outbox {
    struct weir_loop *loop;
    struct weir_timer timer;
    struct letter *first;
    struct letter **end;
    size_t n_bytes;
    unsigned n_letters;
};

// Whether the peer's queue is full; what cannot be sent for another reason
// is as good as sent.
static bool
must_wait(const struct weir_peer *to, const void *bytes, size_t n)
{
    return weir_datagram_send(to->fd, bytes, n, &to->address, to->n_address,
                              &to->own) < 0 &&
           (errno == EAGAIN || errno == ENOBUFS);
}

static bool
has_letter_for(const struct weir_outbox *box, const struct weir_peer *to)
{
    for (const struct letter *l = box->first; l; l = l->next)
        if (weir_peer_is_same(&l->to, to))
            return true;
    return false;
}

static void
drop(struct weir_outbox *box, struct letter **at)
{
    struct letter *l = *at;
    *at = l->next;
    if (box->end == &l->next)
        box->end = at;
    box->n_bytes -= l->n_bytes;
    box->n_letters--;
    free(l);
}

// The peers that had no room in this round: their later letters wait, too,
// so that order is kept.
struct full_peers {
    const struct letter *letters[MOST_FULL];
    unsigned n;
};

static bool
is_full(const struct full_peers *full, const struct letter *l)
{
    for (unsigned i = 0; i < full->n; i++)
        if (weir_peer_is_same(&full->letters[i]->to, &l->to))
            return true;
    return full->n == MOST_FULL;
}

static bool
still_waits(struct full_peers *full, const struct letter *l)
{
    if (is_full(full, l))
        return true;
    if (!must_wait(&l->to, l->bytes, l->n_bytes))
        return false;
    full->letters[full->n++] = l;
    return true;
}

static void
try_again(void *owner)
{
    struct weir_outbox *box = owner;
    struct full_peers full = {.n = 0};
    struct letter **at = &box->first;
    const int64_t now = weir_now_ms();
    // The oldest are first: patience ends from the front.
    while (box->first && now >= box->first->until_ms)
        drop(box, &box->first);
    while (*at) {
        if (still_waits(&full, *at))
            at = &(*at)->next;
        else
            drop(box, at);
    }
    if (!box->first)
        weir_timer_set(&box->timer, 0, 0);
}

static void
keep(struct weir_outbox *box, const struct weir_peer *to, const void *bytes,
     size_t n)
{
    struct letter *l = NULL;
    if (box->n_bytes + n <= MOST_BYTES && box->n_letters < MOST_LETTERS)
        l = malloc(sizeof *l + n);
    if (!l)
        return;
    l->next = NULL;
    l->to = *to;
    l->until_ms = weir_now_ms() + PATIENCE_MS;
    l->n_bytes = n;
    memcpy(l->bytes, bytes, n);
    if (!box->first)
        weir_timer_set(&box->timer, RETRY_MS, RETRY_MS);
    *box->end = l;
    box->end = &l->next;
    box->n_bytes += n;
    box->n_letters++;
}

bool
weir_outbox_offer(struct weir_outbox *box, const struct weir_peer *to,
                  const void *bytes, size_t n)
{
    return !has_letter_for(box, to) && !must_wait(to, bytes, n);
}

void
weir_outbox_send(struct weir_outbox *box, const struct weir_peer *to,
                 const void *bytes, size_t n)
{
    if (!weir_outbox_offer(box, to, bytes, n))
        keep(box, to, bytes, n);
}

bool
weir_outbox_is_empty(const struct weir_outbox *box)
{
    return !box->first;
}

struct weir_outbox *
weir_outbox_new(struct weir_loop *loop)
{
    struct weir_outbox *box = calloc(1, sizeof *box);
    if (!box)
        return NULL;
    box->loop = loop;
    box->end = &box->first;
    if (weir_timer_open(loop, &box->timer, try_again, box))
        return box;
    free(box);
    return NULL;
}

void
weir_outbox_free(struct weir_outbox *box)
{
    if (!box)
        return;
    weir_timer_close(box->loop, &box->timer);
    while (box->first)
        drop(box, &box->first);
    free(box);
}

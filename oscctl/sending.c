// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Messages on their way to one peer.
#include "oscctl/sending.h"

#include "oscctl/peer.h"

void
weir_sending_begin(struct weir_sending *s, const struct weir_peer *peer,
                   unsigned n)
{
    s->peer = peer;
    s->n_left = n;
    s->is_stuck = false;
    weir_bundle_begin(&s->bundle);
}

bool
weir_sending_end(struct weir_sending *s, uint64_t *sent)
{
    if (weir_bundle_is_empty(&s->bundle))
        return !s->is_stuck;
    if (s->n_left == 0 ||
        !weir_peer_offer(s->peer, s->bundle.bytes, s->bundle.n_bytes))
        s->is_stuck = true;
    weir_bundle_begin(&s->bundle);
    if (s->is_stuck)
        return false;
    s->n_left--;
    *sent = s->packed;
    return true;
}

bool
weir_sending_add(struct weir_sending *s, const struct weir_encoded *message,
                 uint64_t number, uint64_t *sent)
{
    if (s->is_stuck)
        return false;
    if (!weir_bundle_add(&s->bundle, message)) {
        if (!weir_sending_end(s, sent))
            return false;
        weir_bundle_add(&s->bundle, message);
    }
    s->packed = number;
    return true;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Messages on their way to one peer, a bundle at a time: only as long as the
// peer takes them, and only so many at once. Each has a number; what has been
// sent is known by the last one's. Everything here is @control's.
#ifndef WEIR_OSCCTL_SENDING_H
#define WEIR_OSCCTL_SENDING_H

#include "oscctl/encoded.h"

struct weir_peer;

struct weir_sending {
    const struct weir_peer *peer;
    unsigned n_left; // bundles that may still be sent
    bool is_stuck;   // one was not taken, or there were enough
    uint64_t packed; // number of the last message in the bundle
    struct weir_bundle bundle;
};

/// Begin; `n` bundles at most.  Borrows `peer`.
void weir_sending_begin(struct weir_sending *sending,
                        const struct weir_peer *peer, unsigned n);

/// Add a message; `*sent` becomes the number of the last one that the peer
/// has, whenever a bundle has gone.  False when no more can be sent now: the
/// message, and those in the bundle, have not been.
bool weir_sending_add(struct weir_sending *sending,
                      const struct weir_encoded *message, uint64_t number,
                      uint64_t *sent);

/// Send what is in the bundle.  False as above.
bool weir_sending_end(struct weir_sending *sending, uint64_t *sent);

#endif

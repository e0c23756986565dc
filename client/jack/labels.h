// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What JACK's metadata say of weir's ports, for the programs that show them:
// a pretty name, an order, and which ports belong together.
#ifndef WEIR_JACK_LABELS_H
#define WEIR_JACK_LABELS_H

#include <jack/types.h>
#include <stdbool.h>
#include <stdint.h>

/// The ports of one strip or bus, in the order of its channels.
struct weir_labelled {
    jack_client_t *client;
    void *const *handles;
    uint32_t n;
};

// JACK keeps metadata in a database that all programs of a user share; a call
// takes 50 us, or waits for JACK's control side. What JACK refuses is logged
// at level debug and does no harm: ports without metadata work. @worker

/// Say everything: the pretty names that follow from `name`, orders from
/// `first_order` on, and the group `id`.  False when JACK refused some of it.
bool weir_labels_set(const struct weir_labelled *ports, const char *name,
                     const char *id, int32_t first_order);

/// Say new pretty names.  False as above.
bool weir_labels_rename(const struct weir_labelled *ports, const char *name);

/// Take back what weir_labels_set() has said: JACK gives a port's number,
/// by which metadata go, to the next one that comes.
void weir_labels_drop(const struct weir_labelled *ports);

#endif

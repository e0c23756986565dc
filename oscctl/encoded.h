// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Messages encoded once for all who get them, and the bundles that carry
// them. Everything here is @control's.
#ifndef WEIR_OSCCTL_ENCODED_H
#define WEIR_OSCCTL_ENCODED_H

#include "oscctl/args.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIR_BUNDLE_BYTES = 1400 }; ///< fits into one Ethernet frame

/// A message with its length before it, as an element of a bundle; shared by
/// those who hold it.
struct weir_encoded {
    uint32_t n_holders;
    uint16_t n_address; // bytes of the address, padded
    uint16_t n_bytes;
    unsigned char bytes[];
};

/// A message; null when memory is short.  Held once: weir_encoded_drop().
struct weir_encoded *weir_encoded_new(const char *address,
                                      const struct weir_args *args);

/// Hold it once more; returns it.
struct weir_encoded *weir_encoded_hold(struct weir_encoded *encoded);

/// Hold it no more; null is allowed.
void weir_encoded_drop(struct weir_encoded *encoded);

/// Whether its arguments are these.
bool weir_encoded_is(const struct weir_encoded *encoded,
                     const struct weir_args *args);

/// Give it other arguments; who else holds the old one keeps that.  False
/// when memory is short: nothing has happened.
bool weir_encoded_change(struct weir_encoded **encoded,
                         const struct weir_args *args);

/// It alone, outside of a bundle.
const void *weir_encoded_message(const struct weir_encoded *encoded,
                                 size_t *n_bytes);

/// A bundle with the time tag "immediately".
struct weir_bundle {
    size_t n_bytes;
    unsigned char bytes[WEIR_BUNDLE_BYTES];
};

void weir_bundle_begin(struct weir_bundle *bundle);
bool weir_bundle_is_empty(const struct weir_bundle *bundle);

/// Add a message; false when it does not fit any more.  One message always
/// fits into an empty bundle.
bool weir_bundle_add(struct weir_bundle *bundle,
                     const struct weir_encoded *encoded);

#endif

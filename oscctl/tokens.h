// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Who wants to subscribe from another host has to show that it is there: the
// source of a datagram can be forged, and what weir sends would flood whoever
// lives at it. So a token goes there, and what was asked for waits until
// the token comes back. Everything here is @control's.
#ifndef WEIR_OSCCTL_TOKENS_H
#define WEIR_OSCCTL_TOKENS_H

#include "oscctl/subscriptions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WEIR_TOKENS_KEPT = 128,
    WEIR_TOKEN_CHARS = 22,    ///< 132 bits
    WEIR_TOKEN_CHARS_MIN = 7, ///< 42 bits, and eight guesses
    WEIR_TOKEN_GUESSES = 8,
    WEIR_TOKEN_S = 10, ///< it is good for so long
};

/// What waits for a token; `token` empty: nothing does.
struct weir_token {
    char token[WEIR_TOKEN_CHARS + 1];
    struct weir_subscribe ask;
    uint64_t until_ns;
    unsigned n_wrong;
};

/// Zeroed: none.
struct weir_tokens {
    struct weir_token kept[WEIR_TOKENS_KEPT];
};

/// A token for this, of at most `n_chars` characters; the same as before if
/// it waits already.  The oldest of all makes room.  Null when it would be
/// too short, or there is no randomness.
const char *weir_tokens_give(struct weir_tokens *tokens,
                             const struct weir_subscribe *ask, size_t n_chars,
                             uint64_t now_ns);

/// What the token that came from `peer` was given for: its host is the one it
/// was sent to, the port may be any.  Null: none; who guesses and guesses
/// makes the tokens of that host worthless.  Good until the next call.
const struct weir_subscribe *weir_tokens_take(struct weir_tokens *tokens,
                                              const struct weir_peer *peer,
                                              const char *token,
                                              uint64_t now_ns);

#endif

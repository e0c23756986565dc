// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Anybody can write in the name of another host, which an answer would reach:
// to who cannot be told from that, as few bytes go as came. Everything here is
// @control's.
#ifndef WEIR_OSCCTL_MODEST_H
#define WEIR_OSCCTL_MODEST_H

#include "oscctl/tree_private.h"

#include <stdbool.h>
#include <stddef.h>

struct weir_peer;

/// Bytes of a text in a message, with its padding.
size_t weir_modest_padded(const char *text);

/// Bytes of the message that a call is about.
size_t weir_modest_message_bytes(const struct weir_call *call);

/// Cut an error's text to what makes the answer to a message of `n_message`
/// bytes no longer than that.  False: it is longer without any text, and is
/// not to be sent.  Peers that are known for what they are get all of it.
bool weir_modest_fits(const struct weir_peer *peer, const char *address,
                      size_t n_message, struct weir_fault *fault);

#endif

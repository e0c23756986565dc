// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Answers that are no longer than what they answer.
#include "oscctl/modest.h"

#include "oscctl/peer.h"

#include <string.h>

size_t
weir_modest_padded(const char *text)
{
    return (strlen(text) + 4) / 4 * 4;
}

static size_t
arg_bytes(const struct weir_call *c, int i)
{
    switch (c->types[i]) {
    case 's':
    case 'S':
        return weir_modest_padded(weir_call_string(c, i));
    case 'h':
    case 'd':
        return 8;
    case 'i':
    case 'f':
        return 4;
    default:
        return 0; // T, F; others are refused, and count for nothing
    }
}

size_t
weir_modest_message_bytes(const struct weir_call *c)
{
    size_t n =
        weir_modest_padded(c->found->address) + ((size_t)c->n_args + 5) / 4 * 4;
    for (int i = 0; i < c->n_args; i++)
        n += arg_bytes(c, i);
    return n;
}

bool
weir_modest_fits(const struct weir_peer *peer, const char *address,
                 size_t n_message, struct weir_fault *fault)
{
    const size_t n_least =
        weir_modest_padded("/error") + weir_modest_padded(",sis") +
        weir_modest_padded(address) + 4 + 4; // the code; no text
    if (weir_peer_is_proven(peer))
        return true;
    if (n_message < n_least)
        return false;
    if (strlen(fault->text) > n_message - n_least + 3)
        fault->text[n_message - n_least + 3] = '\0';
    return true;
}

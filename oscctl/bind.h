// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The sockets that the network reaches weir by: one address, one port, for
// UDP and TCP alike.
#ifndef WEIR_OSCCTL_BIND_H
#define WEIR_OSCCTL_BIND_H

#include "oscctl/address.h"

#include <stdbool.h>
#include <stddef.h>

struct weir_bind_wanted {
    const char *address; // as for weir_address_parse(); null: 127.0.0.1
    int port;            // 0: any
    bool search;         // else one of the next 99
    bool udp;
    bool tcp;
};

struct weir_bound {
    int udp; // -1: not wanted
    int tcp; // listens
    bool is_local;
    char address[WEIR_ADDRESS_TEXT]; // HOST:PORT
};

/// Bind what is wanted, all of it to the first port where all of it is free;
/// not blocking, closed on exec.  False with `why` (what failed and why).
/// @control  The descriptors are the caller's.
bool weir_bind(const struct weir_bind_wanted *wanted, struct weir_bound *out,
               char *why, size_t n_why);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where a stream goes: icecast://[USER@]HOST[:PORT]/MOUNT.
#ifndef WEIR_STREAM_ADDRESS_H
#define WEIR_STREAM_ADDRESS_H

#include <stdint.h>

struct weir_stream_address {
    char user[64];
    char host[256]; // a name or a number; IPv6 without brackets
    uint16_t port;
    char mount[256]; // with its slash
    char shown[600]; // HOST:PORT/MOUNT, as logs and password files have it
};

/// Take it apart.  Null, or why not: what was given is not in that text, a
/// password may be in it.  @any
const char *weir_stream_address_parse(const char *text,
                                      struct weir_stream_address *out);

#endif

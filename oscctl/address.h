// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Addresses of the network: from words, to words.
#ifndef WEIR_OSCCTL_ADDRESS_H
#define WEIR_OSCCTL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { WEIR_ADDRESS_TEXT = 128 }; ///< bytes that always suffice

/// The address that `text` names, port 0: IPv4, IPv6 (`fe80::1%eth0` too), or
/// an interface (`eth0`), whose first IPv4 address it is, else its first IPv6
/// one.  False when it is neither.  @control  No name server is asked.
bool weir_address_parse(const char *text, struct sockaddr_storage *out,
                        socklen_t *n_out);

void weir_address_set_port(struct sockaddr_storage *address, int port);
int weir_address_port(const struct sockaddr_storage *address);

/// `HOST:PORT`, an IPv6 host in brackets.
void weir_address_print(const struct sockaddr_storage *address,
                        socklen_t n_address, char out[WEIR_ADDRESS_TEXT]);

/// Whether it is all of the machine's addresses.
bool weir_address_is_any(const struct sockaddr_storage *address);

/// Whether only this machine can be behind it, or reach it.
bool weir_address_is_local(const struct sockaddr_storage *address);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Packets with descriptors, over SOCK_SEQPACKET.
#ifndef WEIR_PLUGIN_PARCEL_H
#define WEIR_PLUGIN_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { WEIR_PARCEL_FDS = 2 }; // at most

/// Send one whole, or not: false with errno.  `flags` as for send().
bool weir_parcel_send(int socket, const void *bytes, size_t n, const int *fds,
                      unsigned n_fds, int flags);

/// Take one of at most `size` bytes, with up to WEIR_PARCEL_FDS descriptors,
/// which are the caller's and close on exec; the other ones are -1.  Its
/// length; 0: the other side is gone; -1 with errno.  What is longer is cut.
ssize_t weir_parcel_take(int socket, void *bytes, size_t size,
                         int fds[WEIR_PARCEL_FDS], int flags);

/// Close those that are not -1.
void weir_parcel_drop(int fds[WEIR_PARCEL_FDS]);

#endif

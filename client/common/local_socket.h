// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A Unix socket in the run dir, for this user alone.
#ifndef WEIR_COMMON_LOCAL_SOCKET_H
#define WEIR_COMMON_LOCAL_SOCKET_H

/// Bind a socket of `type` (SOCK_DGRAM, SOCK_SEQPACKET) at `path`, mode 0600,
/// in place of what a dead instance left there.  -1 with errno.  @control
int weir_local_socket(const char *path, int type);

#endif

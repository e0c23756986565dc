// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A process beside this one, forked before this one gives up its rights. What
// it may do it is told then; afterwards it is asked through a socket.
#ifndef WEIR_COMMON_HELPER_H
#define WEIR_COMMON_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

struct weir_helper {
    int socket; // of packets; -1: there is none
    pid_t pid;  // 0: there is none
};

/// Fork it. It is called `name` (up to 15 characters), serves `socket` until
/// that ends, and has no other descriptor but stderr. SIGINT and SIGTERM,
/// which a terminal or a service sends to all, do not end it. False with
/// errno.  @control  Before there are threads.
bool weir_helper_start(struct weir_helper *helper, const char *name,
                       void (*serve)(int socket, const void *owner),
                       const void *owner);

/// Close the socket, and wait until it has ended; nothing when there is none.
/// @control
void weir_helper_stop(struct weir_helper *helper);

#endif

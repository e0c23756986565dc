// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The last descriptors that the limit (ulimit -n) leaves are not for guests:
// JACK needs one to let a new neighbour in, and so does who saves a session.
#ifndef WEIR_COMMON_DESCRIPTORS_H
#define WEIR_COMMON_DESCRIPTORS_H

#include <stdbool.h>

enum { WEIR_DESCRIPTORS_KEPT = 8 };

/// Whether `fd` is one of these.  The system gives the lowest free number, so
/// below it all are taken.  @control  One getrlimit(2).
bool weir_descriptor_is_kept(int fd);

/// `fd` as it is, also when it is negative; -1 with errno EMFILE, and it is
/// closed, when it is one of these.  @control
int weir_descriptor_for_guest(int fd);

#endif

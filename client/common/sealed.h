// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Memory that is shared with other processes and keeps its size, so that
// nobody who has it can make weir fault by shrinking it. @control.
#ifndef WEIR_COMMON_SEALED_H
#define WEIR_COMMON_SEALED_H

#include <stdbool.h>
#include <stddef.h>

/// Get `n_bytes` of zeroes, backed by memory already; a descriptor, or -1 with
/// errno.
int weir_sealed_open(const char *name, size_t n_bytes);

/// From here on it keeps its size, and `seals` (F_SEAL_...) hold as well.
/// False with errno.
bool weir_sealed_seal(int fd, int seals);

#endif

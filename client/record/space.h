// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a disk has room.
#ifndef WEIR_RECORD_SPACE_H
#define WEIR_RECORD_SPACE_H

#include <stdbool.h>
#include <stdint.h>

/// Whether the disk that `path` would be on says that it has so much room; also
/// when it says nothing.  @reader  Asks the system, writes nothing.
bool weir_space_for(const char *path, uint64_t n_bytes);

#endif

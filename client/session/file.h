// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Session files on the disk: read if they are what they should be, written
// whole or not at all. All of it may wait for the disk: on a worker.
#ifndef WEIR_SESSION_FILE_H
#define WEIR_SESSION_FILE_H

#include "session/place.h"
#include "session/script.h"

#include <stddef.h>

/// Open for reading: a regular file of this user's (or root's) of at most
/// WEIR_SCRIPT_BYTES; it never waits for a writer of a pipe.  `folder` null:
/// `file` is any path; else no link leads out of the folder.  -1 and a fault
/// otherwise.  @any but @rt
int weir_file_open(const char *folder, const char *file,
                   struct weir_fault *fault);

/// Read and check all lines of what weir_file_open() has opened, and close
/// it.  Each fault is said; the first is the result, by its line.
/// @any but @rt
enum weir_fault_code weir_file_read(int fd, struct weir_script *script,
                                    struct weir_fault *fault);

enum weir_file_safety {
    WEIR_FILE_FLUSHED, ///< on the disk, with its folder
    /// Survives this process, perhaps not the machine; nobody else writes it.
    WEIR_FILE_RENAMED,
};

/// Have `n_bytes` of text stand in the file instead of what there is; on a
/// fault that stays.  @any but @rt
enum weir_fault_code weir_file_write(const struct weir_place *place,
                                     const char *text, size_t n_bytes,
                                     enum weir_file_safety safety,
                                     struct weir_fault *fault);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a disk has room.
#include "record/space.h"
#include "common/name.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

bool
weir_space_for(const char *path, uint64_t n_bytes)
{
    char folder[WEIR_NAME_BYTES];
    struct statvfs fs;
    const char *slash = strrchr(path, '/');
    const int n = slash ? (int)(slash - path) + 1 : 0;
    snprintf(folder, sizeof folder, "%.*s.", n, path);
    // Some file systems count no blocks: only trying tells.
    if (statvfs(folder, &fs) != 0 || fs.f_blocks == 0)
        return true;
    return (uint64_t)fs.f_bavail * fs.f_frsize >= n_bytes;
}

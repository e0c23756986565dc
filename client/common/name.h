// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The names of recorded files: from a strftime pattern, never one that is
// taken.
#ifndef WEIR_COMMON_NAME_H
#define WEIR_COMMON_NAME_H

#include <stddef.h>
#include <time.h>

/// What files are called without -o, but for the extension.
#define WEIR_NAME_DEFAULT "weir-%Y%m%d-%H%M%S"

enum { WEIR_NAME_BYTES = 4096 };

/// The pattern's name at that time.  Null when it is fine, else why it is
/// no name for a file.  @any
const char *weir_name_expand(const char *pattern, time_t when, char *out,
                             size_t size);

/// The extension with its dot, "" when there is none.  @any  Points into
/// `path`.
const char *weir_name_extension(const char *path);

/// Create `path`, or the first free of PATH-1, PATH-2... (before the
/// extension).  Returns the descriptor and the name in `out`, or -1 with
/// errno.  @reader  Nothing that exists is touched, nor a link followed.
int weir_name_create(const char *path, char *out, size_t size);

/// 0 when a file can be made in the folder of `path`, else the errno.
/// @reader
int weir_name_check_folder(const char *path);

#endif

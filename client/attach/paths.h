// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Where instances live: RUN_DIR/NAME/{osc,osc.sock,attach.sock,lock}.
#ifndef WEIR_ATTACH_PATHS_H
#define WEIR_ATTACH_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/// The longest instance name: as long as JACK's client names may be.
enum { WEIR_NAME_MAX = 63 };

/// Whether `name` can be an instance: 1..63 of [A-Za-z0-9_.-], not "." or
/// "..", so that it is one path component and one JACK name.  @any
bool weir_paths_name_ok(const char *name);

/// The run dir: `option` if not null, else $XDG_RUNTIME_DIR/weir, else
/// /tmp/weir-UID.  False when it does not fit into `out`.  @any
bool weir_paths_run_dir(const char *option, char *out, size_t size);

/// RUN_DIR/INSTANCE/FILE (or RUN_DIR/INSTANCE when `file` is null).  False
/// when it does not fit, as in a socket's 108 bytes.  @any
bool weir_paths_file(const char *run_dir, const char *instance,
                     const char *file, char *out, size_t size);

#endif

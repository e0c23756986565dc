// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where session files may be: in the session dir, and in the folder of the
// file that weir was started with. Whoever reaches the mixer by OSC reaches
// no other files through it.
#ifndef WEIR_SESSION_PLACE_H
#define WEIR_SESSION_PLACE_H

#include "desk/fault.h"
#include "oscctl/sessions.h"

#include <stdbool.h>

enum { WEIR_PLACES_FOLDERS = 4 };

/// Absolute paths without a slash at the end; the first is the session dir.
struct weir_places {
    char folders[WEIR_PLACES_FOLDERS][WEIR_SESSION_PATH_BYTES];
    int n_folders;
};

/// A file in one of the folders.
struct weir_place {
    char folder[WEIR_SESSION_PATH_BYTES];
    char file[WEIR_SESSION_PATH_BYTES]; ///< from there on; never up
};

/// The session dir: `wanted`, or (null) what the environment says:
/// $XDG_STATE_HOME/weir, ~/.local/state/weir.  False: there is none, or its
/// path is too long.  It is not made.  @control
bool weir_places_init(struct weir_places *places, const char *wanted);

/// Make the session dir, with mode 0700, and what is missing above it; where
/// that is not possible, saving will say so.  @control
void weir_places_make(const struct weir_places *places);

/// The folder of `path` is one of them from now on.  @control
void weir_places_allow(struct weir_places *places, const char *path);

/// Which file `name` is: relative to the session dir, or an absolute path into
/// one of the folders.  @control  Touches no file.
enum weir_fault_code weir_places_find(const struct weir_places *places,
                                      const char *name, struct weir_place *out,
                                      struct weir_fault *fault);

/// The file that -l names: as any path; else, without a slash, in the session
/// dir.  False: the path is too long.  @control
bool weir_places_given(const struct weir_places *places, const char *name,
                       char path[WEIR_SESSION_PATH_BYTES]);

#endif

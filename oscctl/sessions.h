// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the tree asks of whoever keeps session files: client/session, or a
// test. Everything here is @control's; nothing waits.
#ifndef WEIR_OSCCTL_SESSIONS_H
#define WEIR_OSCCTL_SESSIONS_H

#include "desk/fault.h"

#include <stddef.h>

enum { WEIR_SESSION_PATH_BYTES = 1024 };

struct weir_sessions {
    /// The full path that `file` stands for (null: the usual one), or a
    /// fault.  No file is touched.
    enum weir_fault_code (*find)(struct weir_sessions *sessions,
                                 const char *file,
                                 char path[WEIR_SESSION_PATH_BYTES],
                                 struct weir_fault *fault);
    /// Save to, or load from, what find() has found.  The ticket is settled
    /// later or at once.  Borrows `path` for the call.
    void (*save)(struct weir_sessions *sessions, const char *path,
                 struct weir_ticket ticket);
    void (*load)(struct weir_sessions *sessions, const char *path,
                 struct weir_ticket ticket);
    /// The folder of a plugin's preset that is called `name` by users, or a
    /// fault.  Made, all but the last one.
    enum weir_fault_code (*preset)(struct weir_sessions *sessions,
                                   const char *plugin_uri, const char *name,
                                   char path[WEIR_SESSION_PATH_BYTES],
                                   struct weir_fault *fault);
};

#endif

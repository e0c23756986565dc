// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sessions of a mixer that runs: saved and loaded when asked, by a thread of
// their own, for a disk can take seconds. Everything here is @control's.
#ifndef WEIR_SESSION_SESSION_H
#define WEIR_SESSION_SESSION_H

#include "desk/fault.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

struct weir_places;
struct weir_script;
struct weir_session;
struct weir_sessions;
struct weir_tree;
struct weir_worker;

struct weir_session_config {
    const char *instance; ///< its name: NAME.session is the usual file
    const char *dir;      ///< the session dir; null: the default
    const char *given;    ///< the file of -l; null: none
};

/// Null when memory is short, or a path too long; that has been logged.
/// Borrows nothing.  Free with weir_session_free().
struct weir_session *weir_session_new(const struct weir_session_config *config);

/// When the worker has ended; null is allowed.
void weir_session_free(struct weir_session *session);

/// Read what a dead instance has kept (keep.h), instead of the file of -l.
/// False: there is nothing, or (which has been logged) nothing good, or it was
/// begun with another command line.
bool weir_session_read_kept(struct weir_session *session, const char *path,
                            uint64_t begun_as);

/// The first line of what is kept.
#define WEIR_SESSION_BEGUN_AS "# begun as %016" PRIx64 "\n"

/// Read the file of -l.  False: what is wrong with it has been logged, line by
/// line.  Waits for the disk: before the mixer runs.
bool weir_session_read_given(struct weir_session *session);

/// Make the mixer what was read: weir_apply().  Takes what was read.
void weir_session_apply_given(struct weir_session *session,
                              struct weir_tree *tree,
                              struct weir_ticket ticket);

/// From here on it can be asked for; before, it refuses.  Borrows both.
void weir_session_serve(struct weir_session *session, struct weir_tree *tree,
                        struct weir_worker *worker);

/// Nobody is answered any more: who asked may be gone.
void weir_session_give_up(struct weir_session *session);

/// Where its files may be.
const struct weir_places *
weir_session_places(const struct weir_session *session);

/// What the tree is given.
struct weir_sessions *weir_session_base(struct weir_session *session);

#endif

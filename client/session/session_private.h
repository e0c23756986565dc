// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sessions of a running mixer, between their own files. Everything here is
// @control's, but a job's place, text, states, script and fault while the
// worker runs it.
#ifndef WEIR_SESSION_SESSION_PRIVATE_H
#define WEIR_SESSION_SESSION_PRIVATE_H

#include "oscctl/sessions.h"
#include "session/place.h"
#include "session/script.h"
#include "session/session.h"

#include <stddef.h>

/// A file that is being saved or loaded.
struct weir_session_job {
    struct weir_session *session;
    struct weir_ticket ticket; // nobody's any more after giving up
    struct weir_place place;
    char path[WEIR_SESSION_PATH_BYTES];
    char *text;                           // to be saved
    char states[WEIR_SESSION_PATH_BYTES]; // of plugins; "": there are none
    uint32_t n_saving;                    // states that are not there yet
    size_t n_bytes;
    struct weir_script script; // that was loaded
    struct weir_fault fault;   // code 0: none
    struct weir_session_job *next;
};

struct weir_session {
    struct weir_sessions base; // first: the tree knows us by it
    struct weir_places places;
    char usual[WEIR_SESSION_PATH_BYTES]; // where to save; "": nowhere
    bool has_given;
    char given[WEIR_SESSION_PATH_BYTES];
    struct weir_script read; // of -l, until it is applied
    struct weir_tree *tree;
    struct weir_worker *worker;     // null: not yet, or no more
    struct weir_session_job *first; // of those under way
    int n_jobs;
    bool loading;
};

// ---------------------------------------------------------------- jobs.c

/// Begin one, of a file that is allowed; null, with a fault, when it cannot be.
struct weir_session_job *weir_session_new_job(struct weir_session *session,
                                              const char *path,
                                              struct weir_ticket ticket,
                                              struct weir_fault *fault);

/// Have the worker do it: run() there, then done() here.
void weir_session_post(struct weir_session_job *job, void (*run)(void *),
                       void (*done)(void *));

/// It is through: tell who asked.  Frees it.
void weir_session_end_job(struct weir_session_job *job,
                          const struct weir_fault *fault);

/// The same; the log hears that it is `what` ("saved"), and from now on that
/// file is the one that is meant without a name.
void weir_session_end_with(struct weir_session_job *job, const char *what,
                           const struct weir_fault *fault);

/// Free one that is on no list; null is allowed.
void weir_session_free_job(struct weir_session_job *job);

// ---------------------------------------------- what the tree asks for

void weir_session_save(struct weir_sessions *sessions, const char *path,
                       struct weir_ticket ticket);
void weir_session_load(struct weir_sessions *sessions, const char *path,
                       struct weir_ticket ticket);
enum weir_fault_code
weir_session_find_preset(struct weir_sessions *sessions, const char *uri,
                         const char *name, char path[WEIR_SESSION_PATH_BYTES],
                         struct weir_fault *fault);

#endif

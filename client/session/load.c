// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Loading a session. run_load() is the worker's, on its job alone.
#include "session/session_private.h"

#include "session/apply.h"
#include "session/file.h"

static void
run_load(void *owner)
{
    struct weir_session_job *job = owner;
    const int fd =
        weir_file_open(job->place.folder, job->place.file, &job->fault);
    if (fd >= 0)
        job->fault.code = weir_file_read(fd, &job->script, &job->fault);
}

static void
applied(void *owner, const struct weir_fault *fault)
{
    struct weir_session_job *job = owner;
    job->session->loading = false;
    weir_session_end_with(job, "loaded", fault);
}

static void
was_read(void *owner)
{
    struct weir_session_job *job = owner;
    struct weir_session *s = job->session;
    if (!job->fault.code && s->loading)
        weir_fault(&job->fault, WEIR_FAULT_NOT_NOW,
                   "another session is being loaded (wait for its reply)");
    if (job->fault.code || !s->worker) {
        weir_session_end_with(job, "loaded", &job->fault);
        return;
    }
    s->loading = true;
    weir_apply(s->tree, &job->script,
               (struct weir_ticket){.fn = applied, .owner = job});
}

void
weir_session_load(struct weir_sessions *base, const char *path,
                  struct weir_ticket ticket)
{
    struct weir_session *s = (struct weir_session *)base;
    struct weir_fault fault;
    struct weir_session_job *job =
        weir_session_new_job(s, path, ticket, &fault);
    if (job)
        weir_session_post(job, run_load, was_read);
    else
        weir_ticket_settle(ticket, &fault);
}

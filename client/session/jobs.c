// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Files that are being saved or loaded.
#include "session/session_private.h"

#include "common/log.h"
#include "jack/worker.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_JOBS = 16 }; // each may hold some megabytes of text

void
weir_session_free_job(struct weir_session_job *job)
{
    if (!job)
        return;
    weir_script_fini(&job->script);
    free(job->text);
    free(job);
}

static void
take_off_list(struct weir_session_job *job)
{
    struct weir_session_job **at = &job->session->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job->session->n_jobs--;
}

// It is through: tell who asked.
void
weir_session_end_job(struct weir_session_job *job,
                     const struct weir_fault *fault)
{
    const struct weir_ticket ticket = job->ticket;
    const struct weir_fault copy = fault ? *fault : (struct weir_fault){0};
    take_off_list(job);
    weir_session_free_job(job);
    weir_ticket_settle(ticket, copy.code ? &copy : NULL);
}

struct weir_session_job *
weir_session_new_job(struct weir_session *s, const char *path,
                     struct weir_ticket ticket, struct weir_fault *fault)
{
    struct weir_session_job *job = NULL;
    if (!s->worker)
        weir_fault(fault, WEIR_FAULT_NOT_NOW, "not while weir starts or ends");
    else if (s->n_jobs == MOST_JOBS)
        weir_fault(fault, WEIR_FAULT_LIMIT,
                   "%d files are being saved or loaded already (wait for "
                   "their replies)",
                   MOST_JOBS);
    else if (!(job = calloc(1, sizeof *job)))
        weir_fault(fault, WEIR_FAULT_LIMIT, "memory is short");
    else if (weir_places_find(&s->places, path, &job->place, fault)) {
        weir_session_free_job(job);
        job = NULL;
    }
    if (!job)
        return NULL;
    snprintf(job->path, sizeof job->path, "%s", path);
    job->session = s;
    job->ticket = ticket;
    job->next = s->first;
    s->first = job;
    s->n_jobs++;
    return job;
}

void
weir_session_post(struct weir_session_job *job, void (*run)(void *),
                  void (*done)(void *))
{
    struct weir_fault fault;
    if (weir_worker_post(job->session->worker,
                         (struct weir_job){run, done, job}))
        return;
    weir_fault(&fault, WEIR_FAULT_LIMIT, "too much is under way (try again)");
    weir_session_end_job(job, &fault);
}

static void
log_outcome(const struct weir_session_job *job, const char *what,
            const struct weir_fault *fault)
{
    if (fault)
        weir_log(WEIR_LOG_ERROR, "session %s not %s: %s", job->path, what,
                 fault->text);
    else
        weir_log(WEIR_LOG_INFO, "session %s %s", job->path, what);
}

// What was saved or loaded last is what is meant without a name.
void
weir_session_end_with(struct weir_session_job *job, const char *what,
                      const struct weir_fault *fault)
{
    struct weir_session *s = job->session;
    log_outcome(job, what, fault);
    if (!fault)
        snprintf(s->usual, sizeof s->usual, "%s", job->path);
    weir_session_end_job(job, fault);
}

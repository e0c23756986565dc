// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sessions of a running mixer, as they begin and end: which file, and what
// weir begins with.
#include "session/session_private.h"

#include "common/log.h"
#include "session/apply.h"
#include "session/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ----------------------------------------------------------------- which file

static enum weir_fault_code
find(struct weir_sessions *base, const char *file,
     char path[WEIR_SESSION_PATH_BYTES], struct weir_fault *fault)
{
    const struct weir_session *s = (const struct weir_session *)base;
    struct weir_place place;
    if (weir_places_find(&s->places, file ? file : s->usual, &place, fault))
        return fault->code;
    strcpy(path, place.folder); // both together are short enough
    strcat(strcat(path, "/"), place.file);
    return WEIR_FAULT_NONE;
}

// ----------------------------------------------------------------- -l SESSION

static void
log_line(void *owner, int line, const char *text)
{
    const struct weir_session *s = owner;
    if (line > 0)
        weir_log(WEIR_LOG_ERROR, "%s:%d: %s", s->given, line, text);
    else
        weir_log(WEIR_LOG_ERROR, "%s: %s", s->given, text);
}

static bool
was_begun_as(int fd, uint64_t begun_as)
{
    char wanted[64];
    char got[64] = "";
    const int n =
        snprintf(wanted, sizeof wanted, WEIR_SESSION_BEGUN_AS, begun_as);
    return pread(fd, got, (size_t)n, 0) == n && strcmp(got, wanted) == 0;
}

bool
weir_session_read_kept(struct weir_session *s, const char *path,
                       uint64_t begun_as)
{
    struct weir_fault fault;
    if (access(path, F_OK))
        return false;
    const int fd = weir_file_open(NULL, path, &fault);
    s->read = (struct weir_script){0};
    if (fd >= 0 && !was_begun_as(fd, begun_as)) {
        weir_log(WEIR_LOG_INFO, "what a dead instance had is not restored: it "
                                "was begun with other strips, buses or "
                                "sessions");
        close(fd);
        return false;
    }
    if (fd >= 0 && weir_file_read(fd, &s->read, &fault) == WEIR_FAULT_NONE)
        return true;
    weir_script_fini(&s->read);
    weir_log(WEIR_LOG_ERROR, "%s: what was kept cannot be restored: %s", path,
             fault.text);
    return false;
}

bool
weir_session_read_given(struct weir_session *s)
{
    struct weir_fault fault;
    if (!s->has_given)
        return true;
    s->read = (struct weir_script){.say = log_line, .owner = s};
    const int fd = weir_file_open(NULL, s->given, &fault);
    if (fd >= 0)
        return weir_file_read(fd, &s->read, &fault) == WEIR_FAULT_NONE;
    weir_log(WEIR_LOG_ERROR, "session %s", fault.text);
    return false;
}

void
weir_session_apply_given(struct weir_session *s, struct weir_tree *tree,
                         struct weir_ticket ticket)
{
    s->read.say = NULL;
    weir_apply(tree, &s->read, ticket);
}

// ------------------------------------------------------------------ lifetime

static bool
take_given(struct weir_session *s, const char *given)
{
    s->has_given = true;
    if (!weir_places_given(&s->places, given, s->given))
        return false;
    weir_places_allow(&s->places, s->given);
    snprintf(s->usual, sizeof s->usual, "%s", s->given);
    return true;
}

struct weir_session *
weir_session_new(const struct weir_session_config *c)
{
    struct weir_session *s = calloc(1, sizeof *s);
    if (!s) {
        weir_log(WEIR_LOG_ERROR, "memory is short");
        return NULL;
    }
    s->base = (struct weir_sessions){.find = find,
                                     .save = weir_session_save,
                                     .load = weir_session_load,
                                     .preset = weir_session_find_preset};
    // Without one, sessions are refused, unless -l names a file.
    if (!weir_places_init(&s->places, c->dir) && c->dir) {
        weir_log(WEIR_LOG_ERROR, "%s: the path is too long", c->dir);
        free(s);
        return NULL;
    }
    snprintf(s->usual, sizeof s->usual, "%s.session", c->instance);
    if (c->given && !take_given(s, c->given)) {
        weir_log(WEIR_LOG_ERROR, "%s: the path is too long", c->given);
        free(s);
        return NULL;
    }
    return s;
}

void
weir_session_serve(struct weir_session *s, struct weir_tree *tree,
                   struct weir_worker *worker)
{
    s->tree = tree;
    s->worker = worker;
}

void
weir_session_give_up(struct weir_session *s)
{
    if (!s)
        return;
    s->worker = NULL;
    for (struct weir_session_job *job = s->first; job; job = job->next)
        job->ticket = (struct weir_ticket){0};
}

void
weir_session_free(struct weir_session *s)
{
    if (!s)
        return;
    while (s->first) {
        struct weir_session_job *job = s->first;
        s->first = job->next;
        weir_session_free_job(job);
    }
    weir_script_fini(&s->read);
    free(s);
}

const struct weir_places *
weir_session_places(const struct weir_session *s)
{
    return &s->places;
}

struct weir_sessions *
weir_session_base(struct weir_session *s)
{
    return &s->base;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sessions of a running mixer. run_save() and run_load() are the worker's, on
// their job alone.
#include "session/session.h"

#include "common/folder.h"
#include "common/log.h"
#include "desk/desk.h"
#include "jack/worker.h"
#include "oscctl/sessions.h"
#include "oscctl/slot_lines.h"
#include "oscctl/tree.h"
#include "rt/clock.h"
#include "session/apply.h"
#include "session/file.h"
#include "session/state.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_JOBS = 16 }; // each may hold some megabytes of text

// A file that is being saved or loaded.
struct job {
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
    struct job *next;
};

struct weir_session {
    struct weir_sessions base; // first: the tree knows us by it
    struct weir_places places;
    char usual[WEIR_SESSION_PATH_BYTES]; // where to save; "": nowhere
    bool has_given;
    char given[WEIR_SESSION_PATH_BYTES];
    struct weir_script read; // of -l, until it is applied
    struct weir_tree *tree;
    struct weir_worker *worker; // null: not yet, or no more
    struct job *first;          // of those under way
    int n_jobs;
    bool loading;
};

// --------------------------------------------------------------------- jobs

static void
free_job(struct job *job)
{
    if (!job)
        return;
    weir_script_fini(&job->script);
    free(job->text);
    free(job);
}

static void
take_off_list(struct job *job)
{
    struct job **at = &job->session->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job->session->n_jobs--;
}

// It is through: tell who asked.
static void
end_job(struct job *job, const struct weir_fault *fault)
{
    const struct weir_ticket ticket = job->ticket;
    const struct weir_fault copy = fault ? *fault : (struct weir_fault){0};
    take_off_list(job);
    free_job(job);
    weir_ticket_settle(ticket, copy.code ? &copy : NULL);
}

static struct job *
new_job(struct weir_session *s, const char *path, struct weir_ticket ticket,
        struct weir_fault *fault)
{
    struct job *job = NULL;
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
        free_job(job);
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

static void
post(struct job *job, void (*run)(void *), void (*done)(void *))
{
    struct weir_fault fault;
    if (weir_worker_post(job->session->worker,
                         (struct weir_job){run, done, job}))
        return;
    weir_fault(&fault, WEIR_FAULT_LIMIT, "too much is under way (try again)");
    end_job(job, &fault);
}

static void
log_outcome(const struct job *job, const char *what,
            const struct weir_fault *fault)
{
    if (fault)
        weir_log(WEIR_LOG_ERROR, "session %s not %s: %s", job->path, what,
                 fault->text);
    else
        weir_log(WEIR_LOG_INFO, "session %s %s", job->path, what);
}

// What was saved or loaded last is what is meant without a name.
static void
end_with(struct job *job, const char *what, const struct weir_fault *fault)
{
    struct weir_session *s = job->session;
    log_outcome(job, what, fault);
    if (!fault)
        snprintf(s->usual, sizeof s->usual, "%s", job->path);
    end_job(job, fault);
}

// --------------------------------------------------------------------- save
//
// What plugins remember is in FILE.plugins/NUMBER/, a new one each time, which
// the session names: so the old session has the old states until the new one
// has taken its place. Then the old ones go.

// The worker's: what the session that is there now does not name.
static void
drop_old_states(const struct job *job)
{
    char folder[WEIR_SESSION_PATH_BYTES + 16];
    char path[WEIR_SESSION_PATH_BYTES + 300];
    const char *own = strrchr(job->states, '/');
    snprintf(folder, sizeof folder, "%s.plugins", job->path);
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' &&
            (!own || strcmp(entry->d_name, own + 1) != 0)) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            weir_folder_remove(path);
        }
    if (dir)
        closedir(dir);
    if (!own)
        (void)rmdir(folder);
}

static void
run_save(void *owner)
{
    struct job *job = owner;
    job->fault.code = weir_file_write(&job->place, job->text, job->n_bytes,
                                      WEIR_FILE_FLUSHED, &job->fault);
    if (!job->fault.code)
        drop_old_states(job);
    else if (job->states[0])
        weir_folder_remove(job->states);
}

static void
saved(void *owner)
{
    struct job *job = owner;
    end_with(job, "saved", job->fault.code ? &job->fault : NULL);
}

// Relative where that is the same after a move of the session dir.
static const char *
as_named(const struct job *job)
{
    const char *dir = job->session->places.folders[0];
    const size_t n = strlen(dir);
    return strncmp(job->states, dir, n) == 0 && job->states[n] == '/'
               ? job->states + n + 1
               : job->states;
}

static void
write_text(struct job *job)
{
    struct weir_fault fault;
    const struct weir_session *s = job->session;
    const struct weir_slot_states states = {.folder = as_named(job)};
    if (!s->worker) { // weir ends: nobody is answered any more
        end_job(job, NULL);
        return;
    }
    job->text =
        weir_state_text(s->tree->desk, s->tree->patchbay, WEIR_STATE_ALL,
                        job->states[0] ? &states : NULL, &job->n_bytes);
    if (job->text) {
        post(job, run_save, saved);
        return;
    }
    weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
    end_job(job, &fault);
}

// One state, of which the session goes without where there is none.
struct state {
    struct job *job;
    struct weir_desk_object *object;
    char slot[WEIR_ID_MAX + 1];
};

static void
state_saved(void *owner, const struct weir_fault *fault)
{
    struct state *state = owner;
    struct job *job = state->job;
    struct weir_desk_slot *slot = NULL;
    if (!fault)
        slot = weir_desk_find_slot(state->object, state->slot);
    if (slot)
        slot->is_saved = true;
    free(state);
    if (--job->n_saving == 0)
        write_text(job);
}

static void
save_state(struct job *job, struct weir_desk_slot *slot)
{
    char path[WEIR_SESSION_PATH_BYTES + WEIR_SLOT_STATE_BYTES];
    char name[WEIR_SLOT_STATE_BYTES];
    struct state *state = calloc(1, sizeof *state);
    slot->is_saved = false;
    if (!state)
        return;
    *state = (struct state){.job = job, .object = slot->object};
    memcpy(state->slot, slot->id, sizeof state->slot);
    weir_slot_state_name(slot, name);
    snprintf(path, sizeof path, "%s/%s", job->states, name);
    job->n_saving++;
    weir_desk_save_slot(
        slot, path, (struct weir_ticket){.fn = state_saved, .owner = state});
}

static void
save_states_of(struct job *job, struct weir_desk_object *o)
{
    for (uint32_t i = 0; i < o->plugins.n_slots; i++)
        save_state(job, o->plugins.slots[i]);
}

static bool
has_plugins(struct weir_desk *desk)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < weir_desk_n_strips(desk); i++)
        n += weir_desk_strip_at(desk, i)->o.plugins.n_slots;
    for (uint32_t i = 0; i < weir_desk_n_buses(desk); i++)
        n += weir_desk_bus_at(desk, i)->o.plugins.n_slots;
    return n > 0;
}

// Where it cannot be made, the session is saved without states.
static void
make_states_folder(struct job *job)
{
    char folder[WEIR_SESSION_PATH_BYTES + 16];
    if (strlen(job->path) + 64 > WEIR_SESSION_PATH_BYTES)
        return;
    snprintf(folder, sizeof folder, "%s.plugins", job->path);
    (void)mkdir(folder, 0700);
    snprintf(job->states, sizeof job->states, "%.900s/%" PRIx64, folder,
             weir_now_ns());
    if (mkdir(job->states, 0700) == 0)
        return;
    weir_log(WEIR_LOG_ERROR, "%s: %s: what plugins remember is not saved",
             job->states, strerror(errno));
    job->states[0] = '\0';
}

static void
save(struct weir_sessions *base, const char *path, struct weir_ticket ticket)
{
    struct weir_session *s = (struct weir_session *)base;
    struct weir_fault fault;
    struct job *job = new_job(s, path, ticket, &fault);
    if (!job) {
        weir_ticket_settle(ticket, &fault);
        return;
    }
    struct weir_desk *desk = s->tree->desk;
    if (has_plugins(desk)) {
        weir_places_make(&s->places);
        make_states_folder(job);
    }
    job->n_saving =
        1; // this one, so that none is the last before all are asked
    for (uint32_t i = 0; job->states[0] && i < weir_desk_n_strips(desk); i++)
        save_states_of(job, &weir_desk_strip_at(desk, i)->o);
    for (uint32_t i = 0; job->states[0] && i < weir_desk_n_buses(desk); i++)
        save_states_of(job, &weir_desk_bus_at(desk, i)->o);
    if (--job->n_saving == 0)
        write_text(job);
}

// --------------------------------------------------------------------- load

static void
run_load(void *owner)
{
    struct job *job = owner;
    const int fd =
        weir_file_open(job->place.folder, job->place.file, &job->fault);
    if (fd >= 0)
        job->fault.code = weir_file_read(fd, &job->script, &job->fault);
}

static void
applied(void *owner, const struct weir_fault *fault)
{
    struct job *job = owner;
    job->session->loading = false;
    end_with(job, "loaded", fault);
}

static void
was_read(void *owner)
{
    struct job *job = owner;
    struct weir_session *s = job->session;
    if (!job->fault.code && s->loading)
        weir_fault(&job->fault, WEIR_FAULT_NOT_NOW,
                   "another session is being loaded (wait for its reply)");
    if (job->fault.code || !s->worker) {
        end_with(job, "loaded", &job->fault);
        return;
    }
    s->loading = true;
    weir_apply(s->tree, &job->script,
               (struct weir_ticket){.fn = applied, .owner = job});
}

static void
load(struct weir_sessions *base, const char *path, struct weir_ticket ticket)
{
    struct weir_session *s = (struct weir_session *)base;
    struct weir_fault fault;
    struct job *job = new_job(s, path, ticket, &fault);
    if (job)
        post(job, run_load, was_read);
    else
        weir_ticket_settle(ticket, &fault);
}

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

// ------------------------------------------------------------------- presets

// Users' names of presets are those of files.
static bool
is_file_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') &&
           strlen(name) <= 64 && weir_name_ok(name);
}

static uint64_t
number_of(const char *text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

// Those between the first `n_dir` bytes of `path` and its last slash; where
// one cannot be had, saving says so.
static void
make_folders_above(char *path, size_t n_dir)
{
    for (char *slash = strchr(path + n_dir + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

// SESSIONDIR/presets/NUMBER/NAME: a URI is no name for a folder.
static enum weir_fault_code
find_preset(struct weir_sessions *base, const char *uri, const char *name,
            char path[WEIR_SESSION_PATH_BYTES], struct weir_fault *fault)
{
    const struct weir_session *s = (const struct weir_session *)base;
    const char *dir = s->places.n_folders > 0 ? s->places.folders[0] : "";
    if (!is_file_name(name))
        return weir_fault(fault, WEIR_FAULT_ARGUMENTS,
                          "a preset's name is up to 64 bytes of text without "
                          "slashes, and begins with no dot");
    if (!dir[0])
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "there is no session dir (--session-dir)");
    const int n_path =
        snprintf(path, WEIR_SESSION_PATH_BYTES, "%s/presets/%016" PRIx64 "/%s",
                 dir, number_of(uri), name);
    if (n_path < 0 || n_path >= WEIR_SESSION_PATH_BYTES)
        return weir_fault(fault, WEIR_FAULT_NOT_NOW,
                          "the session dir's path is too long for presets");
    weir_places_make(&s->places);
    make_folders_above(path, strlen(dir));
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
    s->base = (struct weir_sessions){
        .find = find, .save = save, .load = load, .preset = find_preset};
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
    for (struct job *job = s->first; job; job = job->next)
        job->ticket = (struct weir_ticket){0};
}

void
weir_session_free(struct weir_session *s)
{
    if (!s)
        return;
    while (s->first) {
        struct job *job = s->first;
        s->first = job->next;
        free_job(job);
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

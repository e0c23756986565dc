// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Saving a session. What plugins remember is in FILE.plugins/NUMBER/, a new
// one each time, which the session names: so the old session has the old
// states until the new one has taken its place. Then the old ones go.
// run_save() is the worker's, on its job alone.
#include "session/session_private.h"

#include "common/folder.h"
#include "common/log.h"
#include "desk/desk.h"
#include "oscctl/slot_lines.h"
#include "oscctl/tree.h"
#include "rt/clock.h"
#include "session/file.h"
#include "session/state.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The worker's: what the session that is there now does not name.
static void
drop_old_states(const struct weir_session_job *job)
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
    struct weir_session_job *job = owner;
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
    struct weir_session_job *job = owner;
    weir_session_end_with(job, "saved", job->fault.code ? &job->fault : NULL);
}

// Relative where that is the same after a move of the session dir.
static const char *
as_named(const struct weir_session_job *job)
{
    const char *dir = job->session->places.folders[0];
    const size_t n = strlen(dir);
    return strncmp(job->states, dir, n) == 0 && job->states[n] == '/'
               ? job->states + n + 1
               : job->states;
}

static void
write_text(struct weir_session_job *job)
{
    struct weir_fault fault;
    const struct weir_session *s = job->session;
    const struct weir_slot_states states = {.folder = as_named(job)};
    if (!s->worker) { // weir ends: nobody is answered any more
        weir_session_end_job(job, NULL);
        return;
    }
    job->text =
        weir_state_text(s->tree->desk, s->tree->patchbay, WEIR_STATE_ALL,
                        job->states[0] ? &states : NULL, &job->n_bytes);
    if (job->text) {
        weir_session_post(job, run_save, saved);
        return;
    }
    weir_fault(&fault, WEIR_FAULT_LIMIT, "memory is short");
    weir_session_end_job(job, &fault);
}

// One state, of which the session goes without where there is none.
struct state {
    struct weir_session_job *job;
    struct weir_desk_object *object;
    char slot[WEIR_ID_MAX + 1];
};

static void
state_saved(void *owner, const struct weir_fault *fault)
{
    struct state *state = owner;
    struct weir_session_job *job = state->job;
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
save_state(struct weir_session_job *job, struct weir_desk_slot *slot)
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
save_states_of(struct weir_session_job *job, struct weir_desk_object *o)
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
make_states_folder(struct weir_session_job *job)
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

void
weir_session_save(struct weir_sessions *base, const char *path,
                  struct weir_ticket ticket)
{
    struct weir_session *s = (struct weir_session *)base;
    struct weir_fault fault;
    struct weir_session_job *job =
        weir_session_new_job(s, path, ticket, &fault);
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

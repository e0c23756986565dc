// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's life: its process, and the next one. Everything here is
// @control's.
#include "plugin/runner.h"

#include "common/log.h"
#include "plugin/runner_calls.h"
#include "plugin/runner_process.h"
#include "plugin/runner_slots.h"
#include "rt/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START_MS = 15000, SILENCE_MS = 200, LOOK_MS = 50 };

static void
take_links_out(struct weir_runner *r)
{
    struct weir_runner_link *link;
    while (weir_queue_pop(r->links_out, &link))
        weir_runner_link_free(link);
}

static bool
begin(struct weir_runner *r, struct weir_why *why)
{
    struct weir_runner_link *link;
    if (!weir_runner_spawn(r, &link, why))
        return false;
    if (!weir_queue_push(r->links, &link, 1)) {
        weir_runner_link_free(link);
        weir_runner_kill(r);
        return weir_why(why, "the mixer does not take a new process");
    }
    r->newest = link;
    r->silent_ns = 0;
    for (uint32_t i = 0; i < r->n_slots; i++)
        weir_runner_ask_again(r, &r->slots[i]);
    weir_runner_call_own(r, WEIR_RUNNER_START, "", (uint32_t)r->config.priority,
                         0.0f, "");
    r->started_ns = weir_now_ns();
    weir_runner_send(r);
    return true;
}

static bool
may_start_again(struct weir_runner *r)
{
    const uint64_t now_ns = weir_now_ns();
    const uint64_t oldest_ns = r->start_ns[r->n_starts % WEIR_SLOT_RESTARTS];
    const bool too_often =
        r->n_starts >= WEIR_SLOT_RESTARTS &&
        now_ns - oldest_ns < WEIR_SLOT_RESTARTS_S * UINT64_C(1000000000);
    r->start_ns[r->n_starts++ % WEIR_SLOT_RESTARTS] = now_ns;
    return !too_often;
}

static void
start_again(struct weir_runner *r, const char *end)
{
    struct weir_why why = {"it did so too often"};
    weir_runner_drop_added(r);
    weir_runner_answer_all(r);
    weir_runner_kill(r);
    r->state = WEIR_RUNNER_RESTARTING;
    if (may_start_again(r) && begin(r, &why)) {
        weir_log(WEIR_LOG_ERROR,
                 "%s: the plugins' process %s, and is started again", r->label,
                 end);
        return;
    }
    r->state = WEIR_RUNNER_FAILED;
    weir_log(WEIR_LOG_ERROR, "%s: the plugins' process %s, and is given up: %s",
             r->label, end, why.text);
}

// From here on its silence is counted anew.
void
weir_runner_note_playing(struct weir_runner *r)
{
    r->state = WEIR_RUNNER_RUNNING;
    r->started_ns = weir_now_ns();
    // relaxed: a count; a block of @mixer's more or less does no harm.
    atomic_store_explicit(&r->missed_frames, 0, memory_order_relaxed);
}

// It plays, and has given nothing for longer than any block may take; or it
// does not come to play.
static bool
is_silent(struct weir_runner *r)
{
    // relaxed: a number.
    const uint64_t missed =
        atomic_load_explicit(&r->missed_frames, memory_order_relaxed);
    const uint64_t now_ns = weir_now_ns();
    if (r->state != WEIR_RUNNER_RUNNING)
        return (now_ns - r->started_ns) / 1000000 > START_MS;
    if (missed == 0 || r->silent_ns == 0)
        r->silent_ns = missed == 0 ? 0 : now_ns;
    // By both clocks: in freewheel, or when many cycles are made up for, a
    // healthy one misses as many frames in no time.
    return missed * 1000 > (uint64_t)r->config.rate_hz * SILENCE_MS &&
           (now_ns - r->silent_ns) / 1000000 >= SILENCE_MS - LOOK_MS;
}

void
weir_runner_service(struct weir_runner *r)
{
    char end[64];
    take_links_out(r);
    if (!r->has_process)
        return;
    weir_runner_take_answers(r);
    weir_runner_send(r);
    for (uint32_t i = 0; r->state == WEIR_RUNNER_RUNNING && i < r->n_slots; i++)
        weir_runner_look(r, &r->slots[i]);
    r->n_holds = r->unsent ? r->n_holds + 1 : 0;
    weir_runner_send(r);
    if (weir_runner_has_ended(r, end, sizeof end) ||
        (is_silent(r) && snprintf(end, sizeof end, "did not answer") > 0))
        start_again(r, end);
}

// ---------------------------------------------------------------------- itself

static bool
get_memory(struct weir_runner *r)
{
    enum { MOST_LATE = 1 << 15 };
    r->wet_size = 64;
    while (r->wet_size < 4 * r->config.block)
        r->wet_size *= 2;
    const size_t n_wet = (size_t)r->wet_size * r->config.n_channels;
    r->links = weir_queue_new(sizeof(struct weir_runner_link *), 16);
    r->links_out = weir_queue_new(sizeof(struct weir_runner_link *), 16);
    r->delay =
        weir_delay_new(r->config.n_channels, MOST_LATE, 2 * r->config.block);
    r->wet = calloc(n_wet, sizeof *r->wet);
    r->block = calloc(r->config.block + 1, sizeof *r->block);
    if (!r->links || !r->links_out || !r->delay || !r->wet || !r->block)
        return false;
    weir_prefault(r->wet, n_wet * sizeof *r->wet);
    weir_prefault(r->block, r->config.block * sizeof *r->block);
    return true;
}

bool
weir_runner_new(const struct weir_runner_config *config,
                struct weir_runner **out, struct weir_why *why)
{
    struct weir_runner *r = calloc(1, sizeof *r);
    if (!r)
        return weir_why(why, "out of memory");
    r->config = *config;
    r->config.folder = r->config.label = NULL;
    r->pid_fd = r->socket = -1;
    snprintf(r->folder, sizeof r->folder, "%s",
             config->folder ? config->folder : "");
    snprintf(r->label, sizeof r->label, "%s",
             config->label ? config->label : "plugins");
    r->position = r->wet_from = r->wet_to = 2 * (uint64_t)config->block;
    weir_crossfade_init(&r->fade, WEIR_HEARD_LATE,
                        config->rate_hz * WEIR_RAMP_MS / 1000);
    if (!get_memory(r)) {
        weir_runner_free(r);
        return weir_why(why, "out of memory");
    }
    if (!begin(r, why)) {
        weir_runner_free(r);
        return false;
    }
    *out = r;
    return true;
}

void
weir_runner_free(struct weir_runner *r)
{
    struct weir_runner_link *link;
    if (!r)
        return;
    weir_runner_kill(r);
    if (r->links && r->links_out) {
        take_links_out(r);
        while (weir_queue_pop(r->links, &link))
            weir_runner_link_free(link);
    }
    weir_runner_link_free(r->link);
    for (uint32_t i = 0; i < r->n_slots; i++)
        weir_runner_slot_fini(&r->slots[i]);
    weir_queue_free(r->links);
    weir_queue_free(r->links_out);
    free(r->delay);
    free(r->wet);
    free(r->block);
    weir_runner_drop_calls(r);
    free(r);
}

void
weir_runner_listen(struct weir_runner *r, weir_runner_fn *fn,
                   weir_runner_heard_fn *heard, void *owner)
{
    r->fn = fn;
    r->heard = heard;
    r->owner = owner;
}

enum weir_runner_state
weir_runner_state(const struct weir_runner *r)
{
    return r->state;
}

pid_t
weir_runner_pid(const struct weir_runner *r)
{
    return r->pid;
}

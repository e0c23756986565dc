// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// @control's side of a runner: its process, its calls, what it is to have
// again in a new one.
#include "plugin/runner.h"

#include "common/folder.h"
#include "common/log.h"
#include "plugin/runner_private.h"
#include "plugin/runner_process.h"
#include "rt/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    START_MS = 15000,
    SILENCE_MS = 200,
    PACKETS = 256,
    LOOK_MS = 50,
    WAIT_LOOKS = 10,
    CHANGE_NS = 500000000,
    MOST_HOLDS = 20, // looks
    OWN = 1u << 31
};

// ----------------------------------------------------------------------- calls

// Calls wait here until the socket takes them, and for their answers.
static bool
put_call(struct weir_runner *r, const struct weir_runner_call *call)
{
    if (r->n_calls == WEIR_RUNNER_CALLS)
        return false;
    r->calls[(r->first_call + r->n_calls) % WEIR_RUNNER_CALLS] = *call;
    r->n_calls++;
    return true;
}

static struct weir_runner_slot *
find(const struct weir_runner *r, const char *id, struct weir_why *why)
{
    for (uint32_t i = 0; i < r->n_slots; i++)
        if (strcmp(r->slots[i].id, id) == 0)
            // The runner is the caller's; the slot is in it.
            return (struct weir_runner_slot *)(uintptr_t)&r->slots[i];
    weir_why(why, "no plugin %s is here", id);
    return NULL;
}

// What was set goes with a block: states and presets, which may be about the
// same values, wait until that has been played, or for a second.
static bool
is_held(const struct weir_runner *r, const struct weir_runner_call *call)
{
    struct weir_why ignored;
    if ((call->op != WEIR_RUNNER_SAVE && call->op != WEIR_RUNNER_LOAD &&
         call->op != WEIR_RUNNER_PRESET) ||
        r->n_holds > MOST_HOLDS || !r->newest)
        return false;
    const struct weir_runner_slot *s = find(r, call->id, &ignored);
    // relaxed: the values came with the block, not with this number.
    const uint32_t done =
        atomic_load_explicit(&r->newest->page->done, memory_order_relaxed);
    return s && s->is_kept && (int32_t)(done - s->kept_at) <= 0;
}

static void
send_calls(struct weir_runner *r)
{
    while (r->socket >= 0 && r->n_sent < r->n_calls) {
        const struct weir_runner_call *call =
            &r->calls[(r->first_call + r->n_sent) % WEIR_RUNNER_CALLS];
        if (is_held(r, call))
            return;
        r->n_holds = 0;
        if (send(r->socket, call, sizeof *call, MSG_DONTWAIT | MSG_NOSIGNAL) !=
            sizeof *call)
            return;
        r->n_sent++;
    }
}

static uint32_t
ask(struct weir_runner *r, struct weir_runner_call *c, struct weir_why *why)
{
    if (r->state == WEIR_RUNNER_FAILED) {
        weir_why(why, "the plugins have failed too often");
        return 0;
    }
    c->serial = ++r->next_serial & ~(uint32_t)OWN;
    if (!put_call(r, c)) {
        weir_why(why, "the plugins' process does not keep up");
        return 0;
    }
    send_calls(r);
    return c->serial;
}

static uint32_t
call(struct weir_runner *r, enum weir_runner_op op, const char *id,
     uint32_t index, float value, const char *text, struct weir_why *why)
{
    struct weir_runner_call c = {.op = op, .index = index, .value = value};
    if (snprintf(c.id, sizeof c.id, "%s", id) >= (int)sizeof c.id ||
        snprintf(c.text, sizeof c.text, "%s", text) >= (int)sizeof c.text) {
        weir_why(why, "%s: too long", text);
        return 0;
    }
    return ask(r, &c, why);
}

static uint32_t
call_add(struct weir_runner *r, const char *id,
         const struct weir_runner_slot *s, uint32_t index, struct weir_why *why)
{
    struct weir_runner_call c = {.op = WEIR_RUNNER_ADD,
                                 .index = index,
                                 .number = s->number,
                                 .at = s->at};
    if (snprintf(c.id, sizeof c.id, "%s", id) >= (int)sizeof c.id ||
        snprintf(c.text, sizeof c.text, "%s", s->type->uri) >=
            (int)sizeof c.text) {
        weir_why(why, "%s: too long", s->type->uri);
        return 0;
    }
    return ask(r, &c, why);
}

// One that nobody asked for: its answer is not told.
static void
call_own(struct weir_runner *r, enum weir_runner_op op, const char *id,
         uint32_t index, float value, const char *text)
{
    struct weir_runner_call c = {
        .op = op, .index = index, .value = value, .serial = OWN};
    snprintf(c.id, sizeof c.id, "%s", id);
    snprintf(c.text, sizeof c.text, "%s", text);
    if (op == WEIR_RUNNER_START)
        c.serial = r->start_serial = OWN | ++r->next_serial;
    put_call(r, &c);
}

static void
call_own_add(struct weir_runner *r, const struct weir_runner_slot *s)
{
    struct weir_runner_call c = {.op = WEIR_RUNNER_ADD,
                                 .serial = OWN,
                                 .index = WEIR_MAX_SLOTS,
                                 .number = s->number,
                                 .at = s->at};
    snprintf(c.id, sizeof c.id, "%s", s->id);
    snprintf(c.text, sizeof c.text, "%s", s->type->uri);
    put_call(r, &c);
}

// -------------------------------------------------------- what it is to have

static void
free_values(struct weir_runner_slot *s)
{
    free(s->values);
    free(s->are_set);
    free(s->wait);
}

// The first place that is free in `shown`.
static bool
find_place(const struct weir_runner *r, struct weir_runner_slot *s,
           struct weir_why *why)
{
    s->at = 0;
    for (uint32_t i = 0; i < r->n_slots;) {
        const struct weir_runner_slot *other = &r->slots[i];
        const bool is_clear = s->at + s->type->n_ports < other->at ||
                              s->at > other->at + other->type->n_ports;
        if (!is_clear)
            s->at = other->at + other->type->n_ports + 1;
        i = is_clear ? i + 1 : 0;
    }
    return (uint64_t)s->at + s->type->n_ports < WEIR_RUNNER_SHOWN ||
           weir_why(why, "no more than %d ports in one chain",
                    WEIR_RUNNER_SHOWN);
}

static void
take_out(struct weir_runner *r, struct weir_runner_slot *s)
{
    const uint32_t at = (uint32_t)(s - r->slots);
    r->n_slots--;
    memmove(s, s + 1, (r->n_slots - at) * sizeof *s);
}

static void
put_at(struct weir_runner *r, const struct weir_runner_slot *s, uint32_t index)
{
    const uint32_t at = weir_min_u32(index, r->n_slots);
    memmove(&r->slots[at + 1], &r->slots[at], (r->n_slots - at) * sizeof *s);
    r->slots[at] = *s;
    r->n_slots++;
}

static bool
get_values(struct weir_runner_slot *s)
{
    const struct weir_plugin_type *t = s->type;
    s->values = calloc(t->n_ports + 1, sizeof *s->values);
    s->are_set = calloc(t->n_ports + 1, sizeof *s->are_set);
    s->wait = calloc(t->n_ports + 1, sizeof *s->wait);
    if (!s->values || !s->are_set || !s->wait)
        return false;
    for (uint32_t i = 0; i < t->n_ports; i++)
        s->values[i] = t->ports[i].is_input ? t->ports[i].by_default : 0.0f;
    return true;
}

uint32_t
weir_runner_add(struct weir_runner *r, const char *id,
                const struct weir_plugin_type *type, uint32_t index,
                struct weir_why *why)
{
    struct weir_why ignored;
    struct weir_runner_slot s = {.type = type, .is_adding = true};
    if (find(r, id, &ignored)) {
        weir_why(why, "%s is here already", id);
        return 0;
    }
    if (r->n_slots == WEIR_MAX_SLOTS) {
        weir_why(why, "no more than %d plugins in one chain", WEIR_MAX_SLOTS);
        return 0;
    }
    s.number = r->next_number;
    if (!get_values(&s))
        weir_why(why, "out of memory");
    else if (find_place(r, &s, why)) {
        // What another one of that name has left is not its.
        weir_folder_drop(r->folder, id, "state.ttl");
        s.add_serial = call_add(r, id, &s, index, why);
    }
    if (s.add_serial == 0) {
        free_values(&s);
        return 0;
    }
    snprintf(s.id, sizeof s.id, "%s", id);
    r->next_number++;
    put_at(r, &s, index);
    return s.add_serial;
}

uint32_t
weir_runner_remove(struct weir_runner *r, const char *id, struct weir_why *why)
{
    struct weir_runner_slot *s = find(r, id, why);
    const uint32_t serial =
        s ? call(r, WEIR_RUNNER_REMOVE, id, 0, 0.0f, "", why) : 0;
    if (serial == 0)
        return 0;
    free_values(s);
    take_out(r, s);
    return serial;
}

uint32_t
weir_runner_move(struct weir_runner *r, const char *id, uint32_t index,
                 struct weir_why *why)
{
    struct weir_runner_slot *s = find(r, id, why);
    const uint32_t serial =
        s ? call(r, WEIR_RUNNER_MOVE, id, index, 0.0f, "", why) : 0;
    if (serial == 0)
        return 0;
    const struct weir_runner_slot moved = *s;
    take_out(r, s);
    put_at(r, &moved, index);
    return serial;
}

uint32_t
weir_runner_bypass(struct weir_runner *r, const char *id, bool is_bypassed,
                   struct weir_why *why)
{
    struct weir_runner_slot *s = find(r, id, why);
    const uint32_t serial =
        s ? call(r, WEIR_RUNNER_BYPASS, id, is_bypassed, 0.0f, "", why) : 0;
    if (serial != 0)
        s->is_bypassed = is_bypassed;
    return serial;
}

static void
keep_value(struct weir_runner_slot *s, uint32_t port, float value)
{
    if (port >= s->type->n_ports ||
        s->type->ports[port].flags & WEIR_PORT_TRIGGER)
        return;
    s->values[port] = value;
    s->are_set[port] = true;
    s->wait[port] = WAIT_LOOKS;
}

uint32_t
weir_runner_set(struct weir_runner *r, const char *id, uint32_t port,
                float value, struct weir_why *why)
{
    struct weir_runner_slot *s = find(r, id, why);
    const uint32_t serial =
        s ? call(r, WEIR_RUNNER_SET, id, port, value, "", why) : 0;
    if (serial != 0)
        keep_value(s, port, value);
    return serial;
}

void
weir_runner_keep(struct weir_runner *r, const char *id, uint32_t port,
                 float value)
{
    struct weir_why ignored;
    struct weir_runner_slot *s = find(r, id, &ignored);
    if (!s)
        return;
    if (port == WEIR_CHAIN_BYPASS_PORT)
        s->is_bypassed = value > 0.0f;
    else
        keep_value(s, port, value);
    s->is_kept = r->newest != NULL;
    // relaxed: the block that is handed over meanwhile, if any, has it.
    if (r->newest)
        s->kept_at = atomic_load_explicit(&r->newest->page->handed,
                                          memory_order_relaxed);
}

uint32_t
weir_runner_set_property(struct weir_runner *r, const char *id,
                         const char *property, const char *value,
                         struct weir_why *why)
{
    struct weir_runner_call c = {.op = WEIR_RUNNER_SET_PROPERTY};
    const size_t n = strlen(property) + 1;
    if (!find(r, id, why))
        return 0;
    if (n + strlen(value) >= sizeof c.text) {
        weir_why(why, "%s: too long", property);
        return 0;
    }
    memcpy(c.text, property, n);
    memcpy(c.text + n, value, strlen(value) + 1);
    c.index = (uint32_t)n;
    snprintf(c.id, sizeof c.id, "%s", id);
    return ask(r, &c, why);
}

uint32_t
weir_runner_get_properties(struct weir_runner *r, const char *id,
                           struct weir_why *why)
{
    return find(r, id, why)
               ? call(r, WEIR_RUNNER_GET_PROPERTIES, id, 0, 0.0f, "", why)
               : 0;
}

void
weir_runner_freewheel(struct weir_runner *r, bool is_freewheeling)
{
    // relaxed: a block more or less does no harm.
    atomic_store_explicit(&r->is_freewheeling, is_freewheeling,
                          memory_order_relaxed);
    call_own(r, WEIR_RUNNER_FREEWHEEL, "", is_freewheeling, 0.0f, "");
    send_calls(r);
}

uint32_t
weir_runner_save(struct weir_runner *r, const char *id, const char *folder,
                 struct weir_why *why)
{
    return find(r, id, why)
               ? call(r, WEIR_RUNNER_SAVE, id, 0, 0.0f, folder, why)
               : 0;
}

// The state has values of its own.
static void
begin_from(struct weir_runner_slot *s, const char *folder, const char *preset)
{
    snprintf(s->loaded, sizeof s->loaded, "%s", folder);
    snprintf(s->preset, sizeof s->preset, "%s", preset);
    memset(s->are_set, 0, s->type->n_ports * sizeof *s->are_set);
    memset(s->wait, 0, s->type->n_ports * sizeof *s->wait);
    s->n_loading++;
}

uint32_t
weir_runner_load(struct weir_runner *r, const char *id, const char *folder,
                 struct weir_why *why)
{
    struct weir_runner_slot *s = find(r, id, why);
    const uint32_t serial =
        s ? call(r, WEIR_RUNNER_LOAD, id, 0, 0.0f, folder, why) : 0;
    if (serial != 0)
        begin_from(s, folder, "");
    return serial;
}

uint32_t
weir_runner_preset(struct weir_runner *r, const char *id, const char *uri,
                   struct weir_why *why)
{
    struct weir_runner_slot *s = find(r, id, why);
    const uint32_t serial =
        s ? call(r, WEIR_RUNNER_PRESET, id, 0, 0.0f, uri, why) : 0;
    if (serial != 0)
        begin_from(s, "", uri);
    return serial;
}

static void
set_again(struct weir_runner *r, struct weir_runner_slot *s, uint32_t port)
{
    s->wait[port] = WAIT_LOOKS;
    call_own(r, WEIR_RUNNER_SET, s->id, port, s->values[port], "");
}

// The state that the last process kept, or what was loaded; then the values,
// which are newer than either.
static void
ask_again(struct weir_runner *r, struct weir_runner_slot *s)
{
    char kept[2 * WEIR_RUNNER_TEXT], file[2 * WEIR_RUNNER_TEXT + 16];
    call_own_add(r, s);
    s->n_loading = 0;
    s->is_kept = false;
    snprintf(kept, sizeof kept, "%s/%s", r->folder, s->id);
    snprintf(file, sizeof file, "%s/state.ttl", kept);
    if (r->folder[0] && access(file, R_OK) == 0)
        call_own(r, WEIR_RUNNER_LOAD, s->id, 0, 0.0f, kept);
    else if (s->loaded[0])
        call_own(r, WEIR_RUNNER_LOAD, s->id, 0, 0.0f, s->loaded);
    else if (s->preset[0])
        call_own(r, WEIR_RUNNER_PRESET, s->id, 0, 0.0f, s->preset);
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->are_set[i])
            set_again(r, s, i);
    if (s->is_bypassed)
        call_own(r, WEIR_RUNNER_BYPASS, s->id, 1, 0.0f, "");
}

// ------------------------------------------------------------- what is shown

uint32_t
weir_runner_number(const struct weir_runner *r, const char *id)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = find(r, id, &ignored);
    return s ? s->number : UINT32_MAX;
}

float
weir_runner_value(const struct weir_runner *r, const char *id, uint32_t port)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = find(r, id, &ignored);
    return s && port < s->type->n_ports ? s->values[port] : 0.0f;
}

bool
weir_runner_slot_state(const struct weir_runner *r, const char *id,
                       enum weir_slot_state *out)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = find(r, id, &ignored);
    if (!s || !r->newest)
        return false;
    // relaxed: a number, believed within bounds.
    const uint32_t state = atomic_load_explicit(&r->newest->page->shown[s->at],
                                                memory_order_relaxed);
    if (state == 0 || state > WEIR_SLOT_FAILED + 1)
        return false;
    *out = (enum weir_slot_state)(state - 1);
    return true;
}

bool
weir_runner_is_adding(const struct weir_runner *r, const char *id)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = find(r, id, &ignored);
    return s && s->is_adding;
}

bool
weir_runner_is_bypassed(const struct weir_runner *r, const char *id)
{
    struct weir_why ignored;
    const struct weir_runner_slot *s = find(r, id, &ignored);
    return s && s->is_bypassed;
}

// -------------------------------------------------------------------- its life

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
        ask_again(r, &r->slots[i]);
    // relaxed: this thread alone writes it.
    if (atomic_load_explicit(&r->is_freewheeling, memory_order_relaxed))
        call_own(r, WEIR_RUNNER_FREEWHEEL, "", 1, 0.0f, "");
    call_own(r, WEIR_RUNNER_START, "", (uint32_t)r->config.priority, 0.0f, "");
    r->started_ns = weir_now_ns();
    send_calls(r);
    return true;
}

static void
tell(struct weir_runner *r, uint32_t serial, const char *why)
{
    if (r->fn && !(serial & OWN))
        r->fn(r->owner, serial, why);
}

// Whoever still waits for an answer hears that the next process has it.
static void
answer_all(struct weir_runner *r)
{
    for (uint32_t i = 0; i < r->n_calls; i++)
        tell(r, r->calls[(r->first_call + i) % WEIR_RUNNER_CALLS].serial,
             "the plugins' process ended meanwhile");
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
    answer_all(r);
    r->n_calls = r->n_sent = 0;
    for (uint32_t i = 0; i < r->n_slots; i++)
        r->slots[i].is_adding = false;
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
static void
note_that_it_plays(struct weir_runner *r)
{
    r->state = WEIR_RUNNER_RUNNING;
    r->started_ns = weir_now_ns();
    // relaxed: a count; a block of @mixer's more or less does no harm.
    atomic_store_explicit(&r->missed_frames, 0, memory_order_relaxed);
}

static void
note_added(struct weir_runner *r, const struct weir_runner_answer *a)
{
    uint32_t i = 0;
    while (i < r->n_slots && r->slots[i].add_serial != a->serial)
        i++;
    if (i == r->n_slots)
        return;
    r->slots[i].is_adding = false;
    if (a->ok)
        return;
    free_values(&r->slots[i]);
    take_out(r, &r->slots[i]);
}

static void
note_loaded(struct weir_runner *r, const struct weir_runner_call *c)
{
    struct weir_why ignored;
    struct weir_runner_slot *s = find(r, c->id, &ignored);
    if (!s)
        return;
    if (s->n_loading > 0)
        s->n_loading--;
    s->changing_until_ns = weir_now_ns() + CHANGE_NS;
    // What was set behind the call may have come before it.
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->wait[i] > 0)
            set_again(r, s, i);
}

// Of a slot that is here, and one of its plugin's properties.
static void
hear(struct weir_runner *r, struct weir_runner_answer *a)
{
    struct weir_why ignored;
    a->id[sizeof a->id - 1] = '\0';
    const struct weir_runner_slot *s = find(r, a->id, &ignored);
    if (!s || !r->heard || a->index == 0 || a->index >= sizeof a->text ||
        a->text[a->index - 1] != '\0')
        return;
    for (uint32_t i = 0; i < s->type->n_properties; i++)
        if (strcmp(s->type->properties[i].uri, a->text) == 0)
            r->heard(r->owner, a->id, a->text, a->text + a->index);
}

static void
take_answer(struct weir_runner *r, struct weir_runner_answer *a)
{
    struct weir_runner_call *c = &r->calls[r->first_call];
    a->text[sizeof a->text - 1] = '\0';
    if (a->is_heard) {
        hear(r, a);
        return;
    }
    // Answers come in the order of the calls; anything else is no answer.
    if (r->n_sent == 0 || a->serial != c->serial)
        return;
    r->first_call = (r->first_call + 1) % WEIR_RUNNER_CALLS;
    r->n_calls--;
    r->n_sent--;
    if (a->serial == r->start_serial && a->ok)
        note_that_it_plays(r);
    if (c->op == WEIR_RUNNER_ADD)
        note_added(r, a);
    if (c->op == WEIR_RUNNER_LOAD || c->op == WEIR_RUNNER_PRESET)
        note_loaded(r, c);
    tell(r, a->serial, a->ok ? NULL : a->text);
}

// So many in a turn: no flood of them keeps @control.
static void
take_answers(struct weir_runner *r)
{
    struct weir_runner_answer answer;
    for (unsigned i = 0; i < PACKETS; i++) {
        const ssize_t n = recv(r->socket, &answer, sizeof answer, MSG_DONTWAIT);
        if (n == sizeof answer)
            take_answer(r, &answer);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            r->n_hung_up++;
        if (n <= 0)
            return;
    }
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

// ---------------------------------------------------------- what it shows

static bool
is_input(const struct weir_plugin_port *p)
{
    return p->is_input &&
           (p->kind == WEIR_PORT_CONTROL || p->kind == WEIR_PORT_CV);
}

static float
shown(const struct weir_runner *r, const struct weir_runner_slot *s,
      uint32_t port)
{
    // relaxed: a number, believed within bounds.
    const uint32_t bits = atomic_load_explicit(
        &r->newest->page->shown[s->at + 1 + port], memory_order_relaxed);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// An input that was set is shown soon: until then what was set counts, and
// when it takes long it is set again.
static void
look_at_input(struct weir_runner *r, struct weir_runner_slot *s, uint32_t port)
{
    const struct weir_plugin_port *p = &s->type->ports[port];
    const float value = shown(r, s, port);
    if (!(value >= p->min && value <= p->max))
        return;
    if (value == s->values[port])
        s->wait[port] = 0;
    else if (s->wait[port] > 1)
        s->wait[port]--;
    else if (s->wait[port] == 1)
        set_again(r, s, port);
    else if (weir_now_ns() < s->changing_until_ns &&
             !(p->flags & WEIR_PORT_TRIGGER)) {
        s->values[port] = value;
        s->are_set[port] = true;
    }
}

// What presets and states have changed is to be so again in a new process;
// nothing else changes an input.
static void
look(struct weir_runner *r, struct weir_runner_slot *s)
{
    // relaxed: a number; 0: nothing is shown yet.
    if (s->is_adding || s->n_loading > 0 ||
        atomic_load_explicit(&r->newest->page->shown[s->at],
                             memory_order_relaxed) == 0)
        return;
    for (uint32_t i = 0; i < s->type->n_ports; i++) {
        const struct weir_plugin_port *p = &s->type->ports[i];
        if (is_input(p) && p->role == WEIR_ROLE_NONE)
            look_at_input(r, s, i);
        else if (p->kind == WEIR_PORT_CONTROL && !p->is_input) {
            const float value = shown(r, s, i);
            s->values[i] = isfinite(value) ? value : 0.0f;
        }
    }
}

void
weir_runner_service(struct weir_runner *r)
{
    char end[64];
    take_links_out(r);
    if (!r->has_process)
        return;
    take_answers(r);
    send_calls(r);
    for (uint32_t i = 0; r->state == WEIR_RUNNER_RUNNING && i < r->n_slots; i++)
        look(r, &r->slots[i]);
    r->n_holds = r->n_sent < r->n_calls ? r->n_holds + 1 : 0;
    send_calls(r);
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
    r->calls = calloc(WEIR_RUNNER_CALLS, sizeof *r->calls);
    if (!r->links || !r->links_out || !r->delay || !r->wet || !r->block ||
        !r->calls)
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
        free_values(&r->slots[i]);
    weir_queue_free(r->links);
    weir_queue_free(r->links_out);
    free(r->delay);
    free(r->wet);
    free(r->block);
    free(r->calls);
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

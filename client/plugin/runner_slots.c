// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a runner is to have: what was added, set and loaded, and is so again in
// a new process. Everything here is @control's.
#include "plugin/runner_slots.h"

#include "common/folder.h"
#include "plugin/runner_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weir_runner_slot *
weir_runner_find(const struct weir_runner *r, const char *id,
                 struct weir_why *why)
{
    for (uint32_t i = 0; i < r->n_slots; i++)
        if (strcmp(r->slots[i].id, id) == 0)
            // The runner is the caller's; the slot is in it.
            return (struct weir_runner_slot *)(uintptr_t)&r->slots[i];
    weir_why(why, "no plugin %s is here", id);
    return NULL;
}

static void
forget_properties(struct weir_runner_slot *s)
{
    for (uint32_t i = 0; s->properties && i < s->type->n_properties; i++) {
        free(s->properties[i]);
        s->properties[i] = NULL;
    }
}

void
weir_runner_slot_fini(struct weir_runner_slot *s)
{
    forget_properties(s);
    free(s->properties);
    free(s->doubts);
    weir_plugin_type_release(s->type);
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
    s->properties = calloc(t->n_properties + 1, sizeof *s->properties);
    s->doubts = calloc(t->n_properties + 1, sizeof *s->doubts);
    if (!s->values || !s->are_set || !s->wait || !s->properties || !s->doubts)
        return false;
    for (uint32_t i = 0; i < t->n_ports; i++)
        s->values[i] = t->ports[i].is_input ? t->ports[i].by_default : 0.0f;
    return true;
}

// ----------------------------------------------------------------------- calls

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
    return weir_runner_ask(r, &c, why);
}

uint32_t
weir_runner_add(struct weir_runner *r, const char *id,
                const struct weir_plugin_type *type, uint32_t index,
                struct weir_why *why)
{
    struct weir_why ignored;
    struct weir_runner_slot s = {.type = type, .is_adding = true};
    if (weir_runner_find(r, id, &ignored)) {
        weir_why(why, "%s is here already", id);
        return 0;
    }
    if (r->n_slots == WEIR_MAX_SLOTS) {
        weir_why(why, "no more than %d plugins in one chain", WEIR_MAX_SLOTS);
        return 0;
    }
    s.number = r->next_number;
    weir_plugin_type_hold(type);
    if (!get_values(&s))
        weir_why(why, "out of memory");
    else if (find_place(r, &s, why)) {
        // What another one of that name has left is not its.
        weir_folder_drop(r->folder, id, "state.ttl");
        s.add_serial = call_add(r, id, &s, index, why);
    }
    if (s.add_serial == 0) {
        weir_runner_slot_fini(&s);
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
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    const uint32_t serial =
        s ? weir_runner_call(r, WEIR_RUNNER_REMOVE, id, 0, 0.0f, "", why) : 0;
    if (serial == 0)
        return 0;
    weir_runner_slot_fini(s);
    take_out(r, s);
    return serial;
}

uint32_t
weir_runner_move(struct weir_runner *r, const char *id, uint32_t index,
                 struct weir_why *why)
{
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    const uint32_t serial =
        s ? weir_runner_call(r, WEIR_RUNNER_MOVE, id, index, 0.0f, "", why) : 0;
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
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    const uint32_t serial = s ? weir_runner_call(r, WEIR_RUNNER_BYPASS, id,
                                                 is_bypassed, 0.0f, "", why)
                              : 0;
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
    s->wait[port] = WEIR_RUNNER_WAIT_LOOKS;
}

uint32_t
weir_runner_set(struct weir_runner *r, const char *id, uint32_t port,
                float value, struct weir_why *why)
{
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    const uint32_t serial =
        s ? weir_runner_call(r, WEIR_RUNNER_SET, id, port, value, "", why) : 0;
    if (serial != 0)
        keep_value(s, port, value);
    return serial;
}

void
weir_runner_keep(struct weir_runner *r, const char *id, uint32_t port,
                 float value)
{
    struct weir_why ignored;
    struct weir_runner_slot *s = weir_runner_find(r, id, &ignored);
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

enum { LOOKS_TO_DOUBT = 10 }; // what is told may be older than what was set

// Its state may not have it yet when the process dies.
static void
keep_property(struct weir_runner_slot *s, const char *uri, const char *value)
{
    for (uint32_t i = 0; i < s->type->n_properties; i++) {
        char *copy =
            strcmp(s->type->properties[i].uri, uri) == 0 ? strdup(value) : NULL;
        if (!copy)
            continue;
        free(s->properties[i]);
        s->properties[i] = copy;
        s->doubts[i] = LOOKS_TO_DOUBT;
    }
}

static bool
put_property(struct weir_runner_call *c, const char *id, const char *property,
             const char *value)
{
    const size_t n = strlen(property) + 1;
    if (n + strlen(value) >= sizeof c->text)
        return false;
    *c = (struct weir_runner_call){.op = WEIR_RUNNER_SET_PROPERTY,
                                   .index = (uint32_t)n};
    memcpy(c->text, property, n);
    memcpy(c->text + n, value, strlen(value) + 1);
    snprintf(c->id, sizeof c->id, "%s", id);
    return true;
}

uint32_t
weir_runner_set_property(struct weir_runner *r, const char *id,
                         const char *property, const char *value,
                         struct weir_why *why)
{
    struct weir_runner_call c;
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    if (!s)
        return 0;
    if (!put_property(&c, id, property, value)) {
        weir_why(why, "%s: too long", property);
        return 0;
    }
    const uint32_t serial = weir_runner_ask(r, &c, why);
    if (serial != 0)
        keep_property(s, property, value);
    return serial;
}

void
weir_runner_set_properties_again(struct weir_runner *r,
                                 struct weir_runner_slot *s)
{
    struct weir_runner_call c;
    for (uint32_t i = 0; i < s->type->n_properties; i++) {
        if (!s->properties[i] ||
            !put_property(&c, s->id, s->type->properties[i].uri,
                          s->properties[i]))
            continue;
        s->doubts[i] = LOOKS_TO_DOUBT;
        weir_runner_ask_own(r, &c);
    }
}

void
weir_runner_note_property(struct weir_runner_slot *s, uint32_t i,
                          const char *value)
{
    if (s->doubts[i] > 0 || !s->properties[i] ||
        strcmp(s->properties[i], value) == 0)
        return;
    free(s->properties[i]);
    s->properties[i] = NULL;
}

uint32_t
weir_runner_get_properties(struct weir_runner *r, const char *id,
                           struct weir_why *why)
{
    return weir_runner_find(r, id, why)
               ? weir_runner_call(r, WEIR_RUNNER_GET_PROPERTIES, id, 0, 0.0f,
                                  "", why)
               : 0;
}

uint32_t
weir_runner_save(struct weir_runner *r, const char *id, const char *folder,
                 struct weir_why *why)
{
    return weir_runner_find(r, id, why)
               ? weir_runner_call(r, WEIR_RUNNER_SAVE, id, 0, 0.0f, folder, why)
               : 0;
}

// The state has values and properties of its own.
static void
begin_from(struct weir_runner_slot *s, const char *folder, const char *preset)
{
    snprintf(s->loaded, sizeof s->loaded, "%s", folder);
    snprintf(s->preset, sizeof s->preset, "%s", preset);
    memset(s->are_set, 0, s->type->n_ports * sizeof *s->are_set);
    memset(s->wait, 0, s->type->n_ports * sizeof *s->wait);
    forget_properties(s);
    s->n_loading++;
}

uint32_t
weir_runner_load(struct weir_runner *r, const char *id, const char *folder,
                 struct weir_why *why)
{
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    const uint32_t serial =
        s ? weir_runner_call(r, WEIR_RUNNER_LOAD, id, 0, 0.0f, folder, why) : 0;
    if (serial != 0)
        begin_from(s, folder, "");
    return serial;
}

uint32_t
weir_runner_preset(struct weir_runner *r, const char *id, const char *uri,
                   struct weir_why *why)
{
    struct weir_runner_slot *s = weir_runner_find(r, id, why);
    const uint32_t serial =
        s ? weir_runner_call(r, WEIR_RUNNER_PRESET, id, 0, 0.0f, uri, why) : 0;
    if (serial != 0)
        begin_from(s, "", uri);
    return serial;
}

// --------------------------------------------------------------------- answers

void
weir_runner_note_added(struct weir_runner *r,
                       const struct weir_runner_answer *a)
{
    uint32_t i = 0;
    while (i < r->n_slots && r->slots[i].add_serial != a->serial)
        i++;
    if (i == r->n_slots)
        return;
    r->slots[i].is_adding = false;
    if (a->ok)
        return;
    weir_runner_slot_fini(&r->slots[i]);
    take_out(r, &r->slots[i]);
}

// Their adds are told as failed: what ends the process before it is there
// would end the next one, too.
void
weir_runner_drop_added(struct weir_runner *r)
{
    for (uint32_t i = r->n_slots; i-- > 0;)
        if (r->slots[i].is_adding) {
            weir_runner_slot_fini(&r->slots[i]);
            take_out(r, &r->slots[i]);
        }
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plan of a load.
#include "session/plan.h"

#include "engine/limits.h"
#include "session/plan_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 256, PREFIX_BYTES = 128 };

// ---- steps

// The steps, with room for one more; null when memory is short.
static struct weir_step *
room_for_one(struct weir_plan *plan)
{
    if (plan->n_steps < plan->n_room)
        return plan->steps;
    const size_t n_room = plan->n_room ? 2 * plan->n_room : 64;
    struct weir_step *steps = realloc(plan->steps, n_room * sizeof *steps);
    if (steps) {
        plan->steps = steps;
        plan->n_room = n_room;
    }
    return steps;
}

void
weir_plan_add_step(struct weir_plan *plan, int line, const char *address,
                   lo_message message)
{
    struct weir_step *steps = room_for_one(plan);
    char *copy = strdup(address);
    if (!steps || !copy || !message) {
        plan->failed = true;
        free(copy);
        if (message)
            lo_message_free(message);
        return;
    }
    steps[plan->n_steps++] = (struct weir_step){line, copy, message};
}

static void
add_string_step(struct weir_plan *plan, int line, const char *address,
                const char *value)
{
    lo_message message = lo_message_new();
    if (message)
        lo_message_add_string(message, value);
    weir_plan_add_step(plan, line, address, message);
}

static void
add_default_step(struct weir_plan *plan, const char *address,
                 const struct weir_value *row, const char *id)
{
    lo_message message = lo_message_new();
    if (message && row->kind == WEIR_VALUE_STRING)
        lo_message_add_string(message, id);
    else if (message && row->kind == WEIR_VALUE_BOOL)
        lo_message_add(message, row->initial != 0 ? "T" : "F");
    else if (message)
        lo_message_add_float(message, row->initial);
    weir_plan_add_step(plan, 0, address, message);
}

// ---- what stays

static const struct weir_listed *
find_now(const struct weir_survey *now, bool is_bus, const char *id)
{
    return weir_listing_find(is_bus ? &now->buses : &now->strips, id);
}

// Whether an existing strip or bus fits the file's add of it.
static bool
stays(struct weir_script *script, bool is_bus, const struct weir_listed *object)
{
    const struct weir_script_add *add =
        weir_script_find_add(script, is_bus, object->id);
    if (is_bus && strcmp(object->id, "main") == 0)
        return true;
    return add &&
           (add->n_channels == 0 || add->n_channels == object->n_channels);
}

static void
list_chains(struct weir_chains *chains, struct weir_script *script, bool is_bus,
            const struct weir_listing *objects)
{
    for (int i = 0; i < objects->n; i++)
        if (objects->list[i].has_plugins &&
            stays(script, is_bus, &objects->list[i]))
            weir_chains_add(chains, is_bus, &objects->list[i]);
}

static void
plan_removes(struct weir_plan *plan, struct weir_script *script,
             struct weir_chains *chains, bool is_bus,
             const struct weir_listing *objects)
{
    for (int i = 0; i < objects->n; i++) {
        char address[ADDRESS_BYTES];
        if (stays(script, is_bus, &objects->list[i])) {
            const struct weir_chain *chain =
                weir_chains_find(chains, is_bus, objects->list[i].id);
            if (chain)
                weir_chain_plan_removes(plan, chain);
            continue;
        }
        snprintf(address, sizeof address, "/%s/%s/remove",
                 is_bus ? "bus" : "strip", objects->list[i].id);
        weir_plan_add_step(plan, 0, address, lo_message_new());
    }
}

// ---- what can go while the rest comes

// Whether ports of both may have the same name: a_1 is of a strip a_1, and of
// the strip a with more channels than two.
static bool
may_share_a_port(const char *a, const char *b)
{
    const size_t n_a = strlen(a);
    const size_t n_b = strlen(b);
    const size_t n = n_a < n_b ? n_a : n_b;
    const char *rest = n_a < n_b ? b + n : a + n;
    return strncmp(a, b, n) == 0 && (*rest == '\0' || *rest == '_');
}

static bool
is_in_the_way(struct weir_script *script, bool is_bus,
              const struct weir_listed *object)
{
    if (stays(script, is_bus, object))
        return false;
    for (size_t i = 0; i < script->n_adds; i++)
        if (may_share_a_port(script->adds[i].id, object->id))
            return true;
    return false;
}

// What goes takes its place until its ports have gone, too.
static bool
is_room_for_both(const struct weir_script *script,
                 const struct weir_survey *now)
{
    int n_strips = now->strips.n;
    int n_buses = now->buses.n;
    for (size_t i = 0; i < script->n_adds; i++) {
        n_strips += !script->adds[i].is_bus;
        n_buses += script->adds[i].is_bus;
    }
    return n_strips <= WEIR_MAX_STRIPS && n_buses <= WEIR_MAX_BUSES;
}

static bool
has_to_wait(struct weir_script *script, const struct weir_chains *chains,
            const struct weir_survey *now)
{
    if (!is_room_for_both(script, now))
        return true;
    for (size_t i = 0; i < chains->n; i++)
        if (weir_chain_is_in_the_way(&chains->list[i]))
            return true;
    for (int i = 0; i < now->strips.n; i++)
        if (is_in_the_way(script, false, &now->strips.list[i]))
            return true;
    for (int i = 0; i < now->buses.n; i++)
        if (is_in_the_way(script, true, &now->buses.list[i]))
            return true;
    return false;
}

// ---- defaults

static void
plan_defaults(struct weir_plan *plan, struct weir_script *script,
              const char *prefix, const struct weir_value *table, int n_rows,
              const char *id)
{
    for (int i = 0; i < n_rows; i++) {
        char address[ADDRESS_BYTES];
        snprintf(address, sizeof address, "%s/%s", prefix, table[i].leaf);
        if (table[i].in_dump && !weir_script_sets(script, address))
            add_default_step(plan, address, &table[i], id);
    }
}

static void
plan_strip_defaults(struct weir_plan *plan, struct weir_script *script,
                    const struct weir_survey *now, const char *id)
{
    char prefix[PREFIX_BYTES];
    snprintf(prefix, sizeof prefix, "/strip/%s", id);
    plan_defaults(plan, script, prefix, weir_strip_values, WEIR_STRIP_N_VALUES,
                  id);
    for (int i = 0; i < now->buses.n; i++) {
        const struct weir_listed *bus = &now->buses.list[i];
        if (!weir_listed_takes_sends(bus) || !stays(script, true, bus))
            continue; // a new bus begins with its sends at their defaults
        snprintf(prefix, sizeof prefix, "/strip/%s/send/%s", id, bus->id);
        plan_defaults(plan, script, prefix, weir_send_values,
                      WEIR_SEND_N_VALUES, id);
    }
}

static void
plan_all_defaults(struct weir_plan *plan, struct weir_script *script,
                  const struct weir_survey *now)
{
    for (int i = 0; i < now->strips.n; i++)
        if (stays(script, false, &now->strips.list[i]))
            plan_strip_defaults(plan, script, now, now->strips.list[i].id);
    for (int i = 0; i < now->buses.n; i++) {
        const struct weir_listed *bus = &now->buses.list[i];
        char prefix[PREFIX_BYTES];
        snprintf(prefix, sizeof prefix, "/bus/%s", bus->id);
        if (stays(script, true, bus))
            plan_defaults(plan, script, prefix, weir_bus_values,
                          WEIR_BUS_N_VALUES, bus->id);
    }
}

// ---- the file's lines

// An add of what is there already is its name alone, if it has one.
static void
plan_add(struct weir_plan *plan, const struct weir_script_add *add, bool there)
{
    char address[ADDRESS_BYTES];
    if (!there) {
        weir_plan_add_step(plan, add->line->number, add->line->address,
                           lo_message_clone(add->line->message));
    } else if (add->name) {
        snprintf(address, sizeof address, "/strip/%s/name", add->id);
        add_string_step(plan, add->line->number, address, add->name);
    }
}

static void
plan_lines_that(struct weir_plan *plan, struct weir_script *script,
                struct weir_chains *chains, bool wish)
{
    for (size_t i = 0; i < script->n_lines; i++) {
        const struct weir_script_line *line = &script->lines[i];
        if (!weir_script_is_add(line) && weir_script_is_wish(line) == wish &&
            !weir_chains_plan_line(plan, chains, line))
            weir_plan_add_step(plan, line->number, line->address,
                               lo_message_clone(line->message));
    }
}

static void
plan_lines(struct weir_plan *plan, struct weir_script *script,
           struct weir_chains *chains)
{
    plan_lines_that(plan, script, chains, false);
    const size_t n_before = plan->n_steps;
    plan_lines_that(plan, script, chains, true);
    plan->n_wishes = plan->n_steps - n_before;
}

void
weir_plan_replace(struct weir_script *script, const struct weir_survey *now,
                  struct weir_plan *out)
{
    struct weir_chains chains = {0};
    *out = (struct weir_plan){0};
    list_chains(&chains, script, false, &now->strips);
    list_chains(&chains, script, true, &now->buses);
    weir_chains_compare(&chains, script);
    plan_removes(out, script, &chains, false, &now->strips);
    plan_removes(out, script, &chains, true, &now->buses);
    out->n_removes = has_to_wait(script, &chains, now) ? out->n_steps : 0;
    plan_all_defaults(out, script, now);
    for (size_t i = 0; i < chains.n; i++)
        weir_chain_plan_defaults(out, &chains.list[i], script);
    for (size_t i = 0; i < script->n_adds; i++) {
        const struct weir_script_add *add = &script->adds[i];
        const struct weir_listed *object = find_now(now, add->is_bus, add->id);
        plan_add(out, add, object && stays(script, add->is_bus, object));
    }
    plan_lines(out, script, &chains);
    out->failed = out->failed || chains.failed;
    weir_chains_fini(&chains);
}

void
weir_plan_merge(struct weir_script *script, const struct weir_survey *now,
                struct weir_plan *out)
{
    *out = (struct weir_plan){0};
    for (size_t i = 0; i < script->n_adds; i++)
        plan_add(out, &script->adds[i],
                 find_now(now, script->adds[i].is_bus, script->adds[i].id) !=
                     NULL);
    plan_lines(out, script, &(struct weir_chains){0});
}

void
weir_plan_fini(struct weir_plan *plan)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        free(plan->steps[i].address);
        lo_message_free(plan->steps[i].message);
    }
    free(plan->steps);
    *plan = (struct weir_plan){0};
}

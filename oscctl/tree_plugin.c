// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The branch plugin below strips and buses.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"
#include "oscctl/parking.h"
#include "oscctl/sessions.h"
#include "oscctl/slot_lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct weir_desk_object *
weir_call_object(const struct weir_call *c)
{
    return c->found->strip ? &c->found->strip->o : &c->found->bus->o;
}

// ------------------------------------------------------------------- showing

void
weir_show_port_number(const struct weir_plugin_port *port, float number,
                      struct weir_args *args)
{
    const unsigned whole = WEIR_PORT_INTEGER | WEIR_PORT_ENUMERATION;
    if (port->flags & (WEIR_PORT_TOGGLED | WEIR_PORT_TRIGGER))
        weir_args_bool(args, number > 0.0f);
    else if (port->flags & whole && floorf(number) == number &&
             fabsf(number) < 2e9f)
        weir_args_int(args, (int32_t)number);
    else
        weir_args_float(args, number);
}

static void
show_number(const struct weir_desk_slot *slot, uint32_t port, float number,
            struct weir_args *args)
{
    if (port == weir_desk_slot_bypass(slot))
        weir_args_bool(args, number != 0.0f);
    else
        weir_show_port_number(&slot->type->ports[port], number, args);
}

void
weir_show_slot_value(const struct weir_shown *s, struct weir_args *args)
{
    const uint32_t port = (uint32_t)s->index;
    show_number(s->slot, port, weir_desk_slot_value(s->slot, port), args);
}

void
weir_show_slot_state(const struct weir_shown *s, struct weir_args *args)
{
    weir_args_string(args, weir_desk_slot_state(s->slot));
}

void
weir_show_slot_fact(const struct weir_shown *s, struct weir_args *args)
{
    weir_args_string(args, s->index == WEIR_SLOT_URI ? s->slot->type->uri
                                                     : s->slot->type->name);
}

static bool
has_range(const struct weir_plugin_property *p, const char *name)
{
    static const char atom[] = "http://lv2plug.in/ns/ext/atom#";
    return p->range && strncmp(p->range, atom, sizeof atom - 1) == 0 &&
           strcmp(p->range + sizeof atom - 1, name) == 0;
}

static bool
is_number(const struct weir_plugin_property *p)
{
    return has_range(p, "Float") || has_range(p, "Double") ||
           has_range(p, "Int") || has_range(p, "Long");
}

static void
show_property_number(const struct weir_plugin_property *p, double number,
                     struct weir_args *args)
{
    if (has_range(p, "Bool"))
        weir_args_bool(args, number != 0.0);
    else if (has_range(p, "Int"))
        weir_args_int(args,
                      (int32_t)fmax(fmin(number, 2147483647.0), -2147483648.0));
    else if (has_range(p, "Long"))
        weir_args_long(args, (int64_t)number);
    else
        weir_args_float(args, (float)number);
}

// What was told is a text, whatever it is of.
void
weir_show_slot_property(const struct weir_shown *s, struct weir_args *args)
{
    const struct weir_plugin_property *p = &s->slot->type->properties[s->index];
    const char *text = s->slot->properties[s->index];
    char *end = NULL;
    if (!is_number(p) && !has_range(p, "Bool")) {
        weir_args_string(args, text ? text : "");
        return;
    }
    double number = text ? strtod(text, &end) : (double)p->by_default;
    if (text && strcmp(text, "true") == 0)
        number = 1.0;
    show_property_number(p, isfinite(number) ? number : 0.0, args);
}

static enum weir_fault_code
show(struct weir_call *c)
{
    const struct weir_shown shown = weir_shown(c->found);
    struct weir_args args;
    weir_args_begin(&args);
    weir_show(&shown, &args);
    return weir_call_answer(c, &args);
}

enum weir_fault_code
weir_leaf_slot_output(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : show(c);
}

enum weir_fault_code
weir_leaf_slot_fact(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : show(c);
}

enum weir_fault_code
weir_leaf_slot_state(struct weir_call *c)
{
    return c->n_args > 0 ? weir_call_read_only(c) : show(c);
}

// ------------------------------------------------------------------- setting

static enum weir_fault_code
out_of_range(struct weir_call *c, const struct weir_plugin_port *p,
             double number)
{
    if (!isfinite(number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "a number is wanted");
    return weir_fault(c->fault, WEIR_FAULT_RANGE,
                      "%g is out of range: from %g to %g", number,
                      (double)p->min, (double)p->max);
}

// A point of its scale may be named.
static bool
find_point(const struct weir_plugin_port *p, const char *label, float *out)
{
    for (uint32_t i = 0; i < p->n_points; i++)
        if (p->points[i].label && strcmp(p->points[i].label, label) == 0) {
            *out = p->points[i].value;
            return true;
        }
    return false;
}

static enum weir_fault_code
take_number(struct weir_call *c, const struct weir_plugin_port *p, float *out)
{
    double number;
    const char *label = weir_call_string(c, 0);
    if (c->n_args == 1 && label && p && find_point(p, label, out))
        return WEIR_FAULT_NONE;
    if (c->n_args == 1 && label && p && p->n_points > 0)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "%.60s is none of its scale points (describe shows "
                          "them)",
                          label);
    if (c->n_args != 1 || !weir_call_number(c, 0, &number))
        return weir_call_wrong_arguments(c, "one number");
    const bool is_switch =
        !p || p->flags & (WEIR_PORT_TOGGLED | WEIR_PORT_TRIGGER);
    if (!isfinite(number))
        return p ? out_of_range(c, p, number)
                 : weir_fault(c->fault, WEIR_FAULT_RANGE,
                              "a bool is wanted, T or F");
    *out = is_switch ? (number != 0.0 ? 1.0f : 0.0f) : (float)number;
    if (is_switch)
        return WEIR_FAULT_NONE;
    if (*out < p->min || *out > p->max || !isfinite(*out))
        return out_of_range(c, p, number);
    if (p->flags & WEIR_PORT_INTEGER && floorf(*out) != *out &&
        *out != p->by_default)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a whole number is wanted, not %g", number);
    return WEIR_FAULT_NONE;
}

enum weir_fault_code
weir_leaf_slot_value(struct weir_call *c)
{
    struct weir_desk_slot *slot = c->found->slot;
    const uint32_t port = (uint32_t)c->found->leaf.index;
    const bool is_bypass = port == weir_desk_slot_bypass(slot);
    struct weir_args args;
    float number = 0.0f;
    if (c->n_args == 0)
        return show(c);
    if (take_number(c, is_bypass ? NULL : &slot->type->ports[port], &number))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    weir_args_begin(&args);
    show_number(slot, port, number, &args);
    weir_args_to_message(&args, m);
    weir_reply_hold(r, m);
    return weir_desk_set_slot(slot, port, number, weir_reply_ticket(r),
                              c->fault);
}

// --------------------------------------------------------------- properties

static enum weir_fault_code
property_text(struct weir_call *c, const struct weir_plugin_property *p,
              char *text, size_t n_text)
{
    double number;
    const char *word = weir_call_string(c, 0);
    const bool has_number = weir_call_number(c, 0, &number);
    if (c->n_args != 1 || (!word && !has_number) || (word && is_number(p)))
        return weir_call_wrong_arguments(c, is_number(p) ? "one number"
                                                         : "one value");
    if (has_number && !isfinite(number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "a number is wanted");
    if (has_number && is_number(p) &&
        ((float)number < p->min || (float)number > p->max))
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "%g is out of range: from %g to %g", number,
                          (double)p->min, (double)p->max);
    if (word && strlen(word) >= n_text)
        return weir_fault(c->fault, WEIR_FAULT_RANGE,
                          "a value of up to %zu bytes is wanted", n_text - 1);
    if (word)
        snprintf(text, n_text, "%s", word);
    else if (has_range(p, "Bool"))
        snprintf(text, n_text, "%s", number != 0.0 ? "true" : "false");
    else
        snprintf(text, n_text, "%.9g", number);
    return WEIR_FAULT_NONE;
}

static void
clone_argument(const struct weir_call *c, lo_message m)
{
    double number;
    if (weir_call_string(c, 0))
        lo_message_add_string(m, weir_call_string(c, 0));
    else if (c->types[0] == 'T' || c->types[0] == 'F')
        lo_message_add(m, c->types[0] == 'T' ? "T" : "F");
    else if (weir_call_number(c, 0, &number))
        lo_message_add_float(m, (float)number);
}

enum weir_fault_code
weir_leaf_slot_property(struct weir_call *c)
{
    char text[WEIR_ARGS_STRING];
    struct weir_desk_slot *slot = c->found->slot;
    const struct weir_plugin_property *p =
        &slot->type->properties[c->found->leaf.index];
    if (c->n_args == 0)
        return show(c);
    if (!p->is_writable)
        return weir_call_read_only(c);
    if (property_text(c, p, text, sizeof text))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    clone_argument(c, m);
    weir_reply_hold(r, m);
    return weir_desk_act_slot(slot, WEIR_SLOT_PROPERTY, p->uri, text,
                              weir_reply_ticket(r), c->fault);
}

// ------------------------------------------------------------------- commands

static enum weir_fault_code
take_index(struct weir_call *c, int i, uint32_t *out)
{
    double number = UINT32_MAX;
    if (c->n_args > i && !weir_call_number(c, i, &number))
        return weir_call_wrong_arguments(c, "a place, from 0 on");
    if (!(number >= 0.0 && number <= (double)UINT32_MAX &&
          floor(number) == number))
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "places are 0, 1, 2...");
    *out = (uint32_t)number;
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
add(struct weir_call *c)
{
    uint32_t index;
    const struct weir_plugin_type *type;
    const char *id = weir_call_string(c, 0);
    const char *uri = weir_call_string(c, 1);
    if (!id || !uri || c->n_args > 3)
        return weir_call_wrong_arguments(
            c, "an id, a plugin's URI and a place (or not)");
    if (take_index(c, 2, &index) || weir_call_type(c, uri, &type))
        return c->fault->code;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, id);
    weir_reply_hold(r, m);
    return weir_desk_add_slot(weir_call_object(c), id, type, index,
                              weir_reply_ticket(r), c->fault);
}

static const char *
slot_id(struct weir_call *c, uint32_t i)
{
    return weir_call_object(c)->plugins.slots[i]->id;
}

static enum weir_fault_code
list(struct weir_call *c)
{
    return weir_call_list(c, weir_call_object(c)->plugins.n_slots, slot_id);
}

// The lines of a session file that make this chain, each a string.
static enum weir_fault_code
dump(struct weir_call *c)
{
    char *text = NULL;
    char *save = NULL;
    size_t n_bytes = 0;
    if (c->n_args > 0)
        return weir_call_wrong_arguments(c, "no arguments");
    struct weir_reply *r = weir_call_reply(c);
    FILE *to = r ? open_memstream(&text, &n_bytes) : NULL;
    if (!to)
        return weir_call_too_much(c);
    weir_slot_lines(to, weir_call_object(c), NULL);
    fclose(to);
    lo_message m = weir_reply_begin(r);
    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save))
        lo_message_add_string(m, line);
    free(text);
    weir_reply_hold(r, m);
    weir_reply_settle(r, NULL);
    return WEIR_FAULT_NONE;
}

// All of them go; answered with the last one.
static enum weir_fault_code
clear(struct weir_call *c)
{
    const struct weir_desk_rack *plugins = &weir_call_object(c)->plugins;
    if (c->n_args > 0)
        return weir_call_wrong_arguments(c, "no arguments");
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    if (plugins->n_slots == 0)
        weir_reply_settle(r, NULL);
    while (plugins->n_slots > 0) {
        const struct weir_ticket ticket = plugins->n_slots == 1
                                              ? weir_reply_ticket(r)
                                              : (struct weir_ticket){0};
        if (weir_desk_remove_slot(plugins->slots[0], ticket, c->fault))
            return c->fault->code;
    }
    return WEIR_FAULT_NONE;
}

static enum weir_fault_code
remove_slot(struct weir_call *c)
{
    if (c->n_args > 0)
        return weir_call_wrong_arguments(c, "no arguments");
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    return weir_desk_remove_slot(c->found->slot, weir_reply_ticket(r),
                                 c->fault);
}

static enum weir_fault_code
move(struct weir_call *c)
{
    uint32_t index;
    if (c->n_args != 1)
        return weir_call_wrong_arguments(c, "a place, from 0 on");
    if (take_index(c, 0, &index))
        return c->fault->code;
    const uint32_t last = weir_call_object(c)->plugins.n_slots - 1;
    if (index > last)
        return weir_fault(c->fault, WEIR_FAULT_RANGE, "places are 0 to %u here",
                          last);
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_int32(m, (int32_t)index);
    weir_reply_hold(r, m);
    return weir_desk_move_slot(c->found->slot, index, weir_reply_ticket(r),
                               c->fault);
}

// The reply repeats what was named.
static enum weir_fault_code
act(struct weir_call *c, enum weir_slot_act what, const char *named,
    const char *meant)
{
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    lo_message m = weir_reply_begin(r);
    lo_message_add_string(m, named);
    weir_reply_hold(r, m);
    return weir_desk_act_slot(c->found->slot, what, meant, NULL,
                              weir_reply_ticket(r), c->fault);
}

// A preset is known by its URI, or by its label.
static const char *
preset_uri(const struct weir_plugin_type *t, const char *name)
{
    for (uint32_t i = 0; i < t->n_presets; i++)
        if (strcmp(t->presets[i].uri, name) == 0)
            return t->presets[i].uri;
    for (uint32_t i = 0; i < t->n_presets; i++)
        if (strcmp(t->presets[i].label, name) == 0)
            return t->presets[i].uri;
    return NULL;
}

static enum weir_fault_code
own_preset(struct weir_call *c, const char *name,
           char path[WEIR_SESSION_PATH_BYTES])
{
    struct weir_sessions *s = c->tree->sessions;
    if (!s || !s->preset)
        return weir_fault(c->fault, WEIR_FAULT_NOT_NOW,
                          "there are no sessions here");
    return s->preset(s, c->found->slot->type->uri, name, path, c->fault);
}

static enum weir_fault_code
preset(struct weir_call *c)
{
    char path[WEIR_SESSION_PATH_BYTES];
    const char *name = weir_call_string(c, 0);
    if (c->n_args != 1 || !name)
        return weir_call_wrong_arguments(c, "a preset's URI or name");
    const char *uri = preset_uri(c->found->slot->type, name);
    if (uri)
        return act(c, WEIR_SLOT_PRESET, name, uri);
    if (strchr(name, ':') || own_preset(c, name, path))
        return weir_fault(c->fault, WEIR_FAULT_NO_OBJECT,
                          "no such preset (presets lists those installed)");
    return act(c, WEIR_SLOT_LOAD, name, path);
}

static enum weir_fault_code
save_preset(struct weir_call *c)
{
    char path[WEIR_SESSION_PATH_BYTES];
    const char *name = weir_call_string(c, 0);
    if (c->n_args != 1 || !name)
        return weir_call_wrong_arguments(c, "a name");
    if (own_preset(c, name, path))
        return c->fault->code;
    return act(c, WEIR_SLOT_SAVE, name, path);
}

// A state that is missing is no reason to leave the rest of a session out: the
// log says so.
static enum weir_fault_code
restore(struct weir_call *c, const char *folder)
{
    char path[WEIR_SESSION_PATH_BYTES];
    struct weir_sessions *s = c->tree->sessions;
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    weir_reply_silence(r);
    if (s->find(s, folder, path, c->fault))
        return c->fault->code;
    return weir_desk_act_slot(c->found->slot, WEIR_SLOT_LOAD, path, NULL,
                              (struct weir_ticket){0}, c->fault);
}

// A state's folder, where sessions may be.
static enum weir_fault_code
load(struct weir_call *c)
{
    char path[WEIR_SESSION_PATH_BYTES];
    struct weir_sessions *s = c->tree->sessions;
    const char *folder = weir_call_string(c, 0);
    if (c->n_args != 1 || !folder)
        return weir_call_wrong_arguments(c, "a state's folder");
    if (!s)
        return weir_fault(c->fault, WEIR_FAULT_NOT_NOW,
                          "there are no sessions here");
    if (weir_transaction_is_own(c->transaction))
        return restore(c, folder);
    if (s->find(s, folder, path, c->fault))
        return c->fault->code;
    return act(c, WEIR_SLOT_LOAD, folder, path);
}

static enum weir_fault_code
describe(struct weir_call *c)
{
    return weir_call_describe(c, 0, c->found->slot->type);
}

static enum weir_fault_code
presets(struct weir_call *c)
{
    return weir_call_presets(c, 0, c->found->slot->type);
}

// ----------------------------------------------------------------- branches

static const struct weir_leaf slot_leaves[] = {
    {"uri", weir_leaf_slot_fact, false, WEIR_SLOT_URI},
    {"name", weir_leaf_slot_fact, false, WEIR_SLOT_NAME},
    {"state", weir_leaf_slot_state, false, 0},
    {"remove", remove_slot, true, 0},
    {"move", move, true, 0},
    {"preset", preset, true, 0},
    {"presets", presets, true, 0},
    {"describe", describe, true, 0},
    {"load", load, true, 0},
};
enum { N_SLOT_LEAVES = sizeof slot_leaves / sizeof *slot_leaves };

static const struct weir_leaf branch_leaves[] = {{"add", add, true, 0},
                                                 {"list", list, true, 0},
                                                 {"dump", dump, true, 0},
                                                 {"clear", clear, true, 0}};

enum { N_BRANCH_LEAVES = sizeof branch_leaves / sizeof *branch_leaves };

static void
walk_ports(struct weir_walk *w, uint64_t states)
{
    const struct weir_plugin_type *t = w->at.slot->type;
    for (uint32_t i = 0; i < t->n_ports; i++) {
        const struct weir_leaf leaf = {
            t->ports[i].symbol,
            t->ports[i].is_input ? weir_leaf_slot_value : weir_leaf_slot_output,
            false, (int)i};
        if (weir_slot_port_is_shown(&t->ports[i]))
            weir_walk_leaves(w, states, &leaf, 1);
    }
}

static void
walk_properties(struct weir_walk *w, uint64_t states)
{
    const struct weir_plugin_type *t = w->at.slot->type;
    for (uint32_t i = 0; i < t->n_properties; i++) {
        char name[WEIR_ID_MAX + 1];
        weir_slot_property_name(t, i, name);
        const struct weir_leaf leaf = {name, weir_leaf_slot_property, false,
                                       (int)i};
        weir_walk_leaves(w, states, &leaf, 1);
    }
}

static void
walk_below(struct weir_walk *w, uint64_t states, const char *name,
           void (*walk)(struct weir_walk *, uint64_t))
{
    const uint64_t next = weir_walk_down(w, states, name);
    if (next == 0)
        return;
    walk(w, next);
    weir_walk_up(w, name);
}

static void
walk_preset(struct weir_walk *w, uint64_t states)
{
    static const struct weir_leaf leaf = {"save", save_preset, true, 0};
    weir_walk_leaves(w, states, &leaf, 1);
}

static void
walk_slot(struct weir_walk *w, uint64_t states)
{
    const struct weir_leaf bypass = {"bypass", weir_leaf_slot_value, false,
                                     (int)weir_desk_slot_bypass(w->at.slot)};
    weir_walk_leaves(w, states, slot_leaves, N_SLOT_LEAVES);
    weir_walk_leaves(w, states, &bypass, 1);
    walk_below(w, states, "preset", walk_preset);
    walk_below(w, states, "param", walk_ports);
    walk_below(w, states, "property", walk_properties);
}

static void
walk_slots(struct weir_walk *w, uint64_t states, struct weir_desk_object *o)
{
    weir_walk_leaves(w, states, branch_leaves, N_BRANCH_LEAVES);
    for (uint32_t i = 0; i < o->plugins.n_slots; i++) {
        w->at.slot = o->plugins.slots[i];
        walk_below(w, states, w->at.slot->id, walk_slot);
    }
    w->at.slot = NULL;
}

void
weir_walk_slots(struct weir_walk *w, uint64_t states,
                struct weir_desk_object *o)
{
    const uint64_t next = weir_walk_down(w, states, "plugin");
    if (next == 0)
        return;
    walk_slots(w, next, o);
    weir_walk_up(w, "plugin");
}

// What follows "SLOT/", or null.
static const char *
behind_slot(const char *rest)
{
    const char *slash = strchr(rest, '/');
    return slash && slash > rest ? slash + 1 : NULL;
}

bool
weir_tree_slot_has(const char *rest)
{
    if (strncmp(rest, "plugin/", 7) != 0)
        return false;
    for (int i = 0; i < N_BRANCH_LEAVES; i++)
        if (strcmp(rest + 7, branch_leaves[i].name) == 0)
            return true;
    const char *leaf = behind_slot(rest + 7);
    if (!leaf)
        return false;
    for (int i = 0; i < N_SLOT_LEAVES; i++)
        if (strcmp(slot_leaves[i].name, leaf) == 0)
            return true;
    return strcmp(leaf, "bypass") == 0 || strcmp(leaf, "preset/save") == 0 ||
           (strncmp(leaf, "param/", 6) == 0 && leaf[6]) ||
           (strncmp(leaf, "property/", 9) == 0 && leaf[9]);
}

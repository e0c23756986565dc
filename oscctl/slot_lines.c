// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A chain as the messages that make it.
#include "oscctl/slot_lines.h"

#include "desk/desk.h"
#include "oscctl/args.h"
#include "oscctl/text.h"
#include "oscctl/tree_plugin.h"

#include <lo/lo.h>
#include <string.h>

enum { ADDRESS_BYTES = 256 };

static void
print(FILE *to, const char *address, const struct weir_args *args)
{
    lo_message m = lo_message_new();
    weir_args_to_message(args, m);
    weir_text_print(to, address, m, 0);
    fputc('\n', to);
    lo_message_free(m);
}

static void
print_add(FILE *to, const char *prefix, const struct weir_desk_slot *slot)
{
    char address[ADDRESS_BYTES];
    struct weir_args args;
    weir_args_begin(&args);
    weir_args_string(&args, slot->id);
    weir_args_string(&args, slot->type->uri);
    snprintf(address, sizeof address, "%s/add", prefix);
    print(to, address, &args);
}

void
weir_slot_state_name(const struct weir_desk_slot *slot,
                     char name[WEIR_SLOT_STATE_BYTES])
{
    snprintf(name, WEIR_SLOT_STATE_BYTES, "%s.%s.%s",
             slot->object->is_bus ? "bus" : "strip", slot->object->id,
             slot->id);
}

static void
print_load(FILE *to, const char *prefix, const struct weir_desk_slot *slot,
           const struct weir_slot_states *states)
{
    char name[WEIR_SLOT_STATE_BYTES];
    char address[ADDRESS_BYTES];
    char path[WEIR_ARGS_STRING];
    struct weir_args args;
    if (!states || !slot->is_saved)
        return;
    weir_slot_state_name(slot, name);
    snprintf(path, sizeof path, "%s/%s", states->folder, name);
    weir_args_begin(&args);
    weir_args_string(&args, path);
    snprintf(address, sizeof address, "%s/%s/load", prefix, slot->id);
    print(to, address, &args);
}

static void
print_value(FILE *to, const char *prefix, struct weir_desk_slot *slot,
            uint32_t port)
{
    char address[ADDRESS_BYTES];
    struct weir_args args;
    const bool is_bypass = port == weir_desk_slot_bypass(slot);
    const struct weir_shown shown = {.slot = slot, .index = (int)port};
    weir_args_begin(&args);
    weir_show_slot_value(&shown, &args);
    snprintf(address, sizeof address, "%s/%s/%s%s", prefix, slot->id,
             is_bypass ? "bypass" : "param/",
             is_bypass ? "" : slot->type->ports[port].symbol);
    print(to, address, &args);
}

static bool
is_end_of(const char *name, const char *uri)
{
    const size_t n = strlen(name);
    const size_t n_uri = strlen(uri);
    return n_uri >= n && strcmp(uri + n_uri - n, name) == 0;
}

// By its name, unless that has a number, which may be another's in the
// plugin's next version.
static void
print_property(FILE *to, const char *prefix, struct weir_desk_slot *slot,
               uint32_t i)
{
    char name[WEIR_ID_MAX + 1];
    char address[ADDRESS_BYTES];
    struct weir_args args;
    const struct weir_shown shown = {.slot = slot, .index = (int)i};
    const char *uri = slot->type->properties[i].uri;
    weir_slot_property_name(slot->type, i, name);
    const bool by_name = is_end_of(name, uri);
    weir_args_begin(&args);
    if (!by_name)
        weir_args_string(&args, uri);
    weir_show_slot_property(&shown, &args);
    snprintf(address, sizeof address, "%s/%s/property%s%s", prefix, slot->id,
             by_name ? "/" : "", by_name ? name : "");
    print(to, address, &args);
}

static bool
is_set(const struct weir_desk_slot *slot, uint32_t port)
{
    const struct weir_plugin_port *p = &slot->type->ports[port];
    return p->is_input && weir_slot_port_is_shown(p) &&
           !(p->flags & WEIR_PORT_TRIGGER) &&
           slot->values[port] != p->by_default;
}

static void
print_slot(FILE *to, const char *prefix, struct weir_desk_slot *slot,
           const struct weir_slot_states *states)
{
    const uint32_t bypass = weir_desk_slot_bypass(slot);
    print_add(to, prefix, slot);
    print_load(to, prefix, slot, states);
    for (uint32_t i = 0; i < slot->type->n_properties; i++)
        if (slot->properties[i] && slot->type->properties[i].is_writable)
            print_property(to, prefix, slot, i);
    for (uint32_t i = 0; i < slot->type->n_ports; i++)
        if (is_set(slot, i))
            print_value(to, prefix, slot, i);
    if (slot->values[bypass] != 0.0f)
        print_value(to, prefix, slot, bypass);
}

void
weir_slot_lines(FILE *to, const struct weir_desk_object *o,
                const struct weir_slot_states *states)
{
    char prefix[ADDRESS_BYTES / 2];
    snprintf(prefix, sizeof prefix, "/%s/%s/plugin",
             o->is_bus ? "bus" : "strip", o->id);
    for (uint32_t i = 0; i < o->plugins.n_slots; i++)
        print_slot(to, prefix, o->plugins.slots[i], states);
}

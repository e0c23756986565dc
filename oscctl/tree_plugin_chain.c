// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is done with a chain: slots are added, listed, moved, removed.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"
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

// ------------------------------------------------------------------- a chain

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

enum weir_fault_code
weir_leaf_chain_add(struct weir_call *c)
{
    uint32_t index = 0;
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

enum weir_fault_code
weir_leaf_chain_list(struct weir_call *c)
{
    return weir_call_list(c, weir_call_object(c)->plugins.n_slots, slot_id);
}

// The lines of a session file that make this chain, each a string.
enum weir_fault_code
weir_leaf_chain_dump(struct weir_call *c)
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
enum weir_fault_code
weir_leaf_chain_clear(struct weir_call *c)
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

// -------------------------------------------------------------------- a slot

enum weir_fault_code
weir_leaf_slot_remove(struct weir_call *c)
{
    if (c->n_args > 0)
        return weir_call_wrong_arguments(c, "no arguments");
    struct weir_reply *r = weir_call_reply(c);
    if (!r)
        return weir_call_too_much(c);
    return weir_desk_remove_slot(c->found->slot, weir_reply_ticket(r),
                                 c->fault);
}

enum weir_fault_code
weir_leaf_slot_move(struct weir_call *c)
{
    uint32_t index = 0;
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

enum weir_fault_code
weir_leaf_slot_describe(struct weir_call *c)
{
    return weir_call_describe(c, 0, c->found->slot->type);
}

enum weir_fault_code
weir_leaf_slot_presets(struct weir_call *c)
{
    return weir_call_presets(c, 0, c->found->slot->type);
}

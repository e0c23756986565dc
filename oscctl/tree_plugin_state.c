// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin remembers: presets that are installed, those saved here, and
// the states of sessions.
#include "oscctl/tree_plugin.h"

#include "desk/slots.h"
#include "oscctl/sessions.h"

#include <string.h>

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

enum weir_fault_code
weir_leaf_slot_preset(struct weir_call *c)
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

enum weir_fault_code
weir_leaf_slot_preset_save(struct weir_call *c)
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
enum weir_fault_code
weir_leaf_slot_load(struct weir_call *c)
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

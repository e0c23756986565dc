// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Properties of a chain's plugins, @control's side: messages through their
// atom ports.
#include "plugin/chain.h"

#include "plugin/chain_control.h"
#include "plugin/chain_private.h"
#include "plugin/post.h"

#include <stdlib.h>
#include <string.h>

bool
weir_chain_send_post(struct weir_chain *c, struct weir_slot *s,
                     struct weir_post *post, struct weir_why *why)
{
    if (!post)
        return weir_why(why, "out of memory");
    const struct weir_chain_command command = {
        .op = WEIR_CHAIN_POST, .slot = s, .object = post};
    if (weir_chain_send(c, &command, why))
        return true;
    free(post);
    return false;
}

static bool
takes_patches(const struct weir_slot *s)
{
    for (uint32_t i = 0; i < s->type->n_ports; i++)
        if (s->type->ports[i].is_input &&
            s->type->ports[i].flags & WEIR_PORT_PATCH)
            return true;
    return false;
}

static const struct weir_plugin_property *
find_property(const struct weir_slot *s, const char *uri)
{
    for (uint32_t i = 0; i < s->type->n_properties; i++)
        if (strcmp(s->type->properties[i].uri, uri) == 0)
            return &s->type->properties[i];
    return NULL;
}

bool
weir_chain_set_property(struct weir_chain *c, const char *id, const char *uri,
                        const LV2_Atom *atom, struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    if (!s)
        return false;
    const struct weir_plugin_property *p = find_property(s, uri);
    if (!p || !p->is_writable || !takes_patches(s))
        return weir_why(why, "%s has no property <%s> to be set", s->id, uri);
    s->state_ns = 0; // to be taken soon
    return weir_chain_send_post(
        c, s, weir_post_set(c->config.instance.world, uri, atom), why);
}

bool
weir_chain_get_properties(struct weir_chain *c, const char *id,
                          struct weir_why *why)
{
    struct weir_slot *s = weir_chain_look_up(c, id, why);
    if (!s)
        return false;
    if (!takes_patches(s))
        return weir_why(why, "%s has no properties", s->id);
    return weir_chain_send_post(c, s, weir_post_get(c->config.instance.world),
                                why);
}

void
weir_chain_listen(struct weir_chain *c, weir_chain_heard_fn *fn, void *owner)
{
    c->heard = fn;
    c->heard_owner = owner;
}

void
weir_chain_hear(struct weir_chain *c, struct weir_slot *s)
{
    _Alignas(8) char record[16 * 1024];
    const LV2_Atom *atom = (const LV2_Atom *)(const void *)record;
    const char *property;
    const LV2_Atom *value;
    while (weir_bytes_pop(s->said, record, sizeof record) > 0)
        if (c->heard && weir_post_read_set(c->config.instance.world, atom,
                                           &property, &value))
            c->heard(c->heard_owner, s, property, value);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Racks whose plugins run in weir itself. Everything here is @control's.
#include "plugin/rack_private.h"

#include "rt/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <lv2/atom/atom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
hear(void *owner, const struct weir_slot *slot, const char *property,
     const LV2_Atom *value)
{
    char text[4096];
    const struct weir_rack *rack = owner;
    if (rack->heard &&
        weir_property_text(rack->world, value, text, sizeof text))
        rack->heard(rack->owner, slot->id, property, text);
}

bool
weir_rack_begin_inside(struct weir_rack *rack, const struct weir_rack_config *c,
                       struct weir_why *why)
{
    rack->folder = c->folder ? strdup(c->folder) : NULL;
    const struct weir_chain_config config = {
        .instance = {.world = c->world,
                     .rate_hz = c->rate_hz,
                     .nominal_block = c->block,
                     .max_block = c->block,
                     .promises = c->is_cut ? 0 : weir_plugin_promises(c->block),
                     .scratch = rack->folder},
        .n_channels = c->n_channels,
    };
    rack->insert.calls = &weir_rack_inside_calls;
    rack->world = c->world;
    rack->kept_ns = weir_now_ns();
    if (!c->folder || rack->folder)
        rack->chain = weir_chain_new(&config);
    if (!rack->chain)
        return weir_why(why, "out of memory");
    weir_chain_listen(rack->chain, hear, rack);
    return true;
}

void
weir_rack_end_inside(struct weir_rack *rack)
{
    weir_chain_free(rack->chain);
    free(rack->folder);
}

// For the next instance, should one of them take this one down.
static void
keep_states(struct weir_rack *rack)
{
    char folder[4096];
    struct weir_why ignored;
    for (uint32_t i = 0; i < weir_chain_count(rack->chain); i++) {
        const struct weir_slot *s = weir_chain_slot(rack->chain, i);
        if (weir_slot_has_state(s) &&
            snprintf(folder, sizeof folder, "%s/%s", rack->folder, s->id) <
                (int)sizeof folder)
            (void)weir_chain_keep(rack->chain, s->id, folder, &ignored);
    }
}

void
weir_rack_service_inside(struct weir_rack *rack)
{
    const uint64_t every_ns = UINT64_C(3000000000);
    weir_chain_service(rack->chain);
    if (!rack->folder || weir_now_ns() - rack->kept_ns < every_ns)
        return;
    keep_states(rack);
    rack->kept_ns = weir_now_ns();
}

bool
weir_rack_set_inside(struct weir_rack *rack, const char *id, uint32_t port,
                     float value, struct weir_why *why)
{
    const struct weir_slot *s = weir_chain_find(rack->chain, id);
    if (!s || port >= s->type->n_ports || !s->type->ports[port].symbol)
        return weir_why(why, "%s has no port %u", id, port);
    return weir_chain_set(rack->chain, id, s->type->ports[port].symbol, value,
                          why);
}

static bool
is_path(const struct weir_rack *rack, const char *id, const char *property)
{
    const struct weir_slot *s = weir_chain_find(rack->chain, id);
    for (uint32_t i = 0; s && i < s->type->n_properties; i++) {
        const struct weir_plugin_property *p = &s->type->properties[i];
        if (strcmp(p->uri, property) == 0)
            return p->range && strcmp(p->range, LV2_ATOM__Path) == 0;
    }
    return false;
}

// weir has a network, and so does what runs in it: so it reads no more of what
// people have than before (confine.c lets runners do so, which have none). A
// plugin that finds it out itself tells nobody.
static bool
may_read(const char *path, struct weir_why *why)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const bool ok = fd >= 0 || errno != EACCES;
    if (fd >= 0)
        close(fd);
    return ok ||
           weir_why(why,
                    "plugins inside weir may not read %.100s (--no-sandbox, "
                    "or do not say --plugins-inside)",
                    path);
}

bool
weir_rack_set_property_inside(struct weir_rack *rack, const char *id,
                              const char *property, const char *value,
                              struct weir_why *why)
{
    return (!is_path(rack, id, property) || may_read(value, why)) &&
           weir_property_set(rack->chain, id, property, value, why);
}

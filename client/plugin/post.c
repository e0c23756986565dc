// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Messages to plugins. Everything here is @control's.
#include "plugin/post.h"

#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_BYTES = 512 };

static struct weir_post *
begin(struct weir_plugin_world *world, unsigned flags, uint32_t more,
      LV2_Atom_Forge *forge)
{
    const uint32_t size = ROOM_BYTES + more;
    struct weir_post *p = calloc(1, sizeof *p + size);
    if (!p)
        return NULL;
    p->flags = flags;
    lv2_atom_forge_init(forge, &world->map);
    lv2_atom_forge_set_buffer(forge, p->atom, size);
    return p;
}

struct weir_post *
weir_post_set(struct weir_plugin_world *world, const char *property,
              const LV2_Atom *value)
{
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    const struct weir_known_urids *k = &world->known;
    struct weir_post *p = begin(world, WEIR_PORT_PATCH, value->size, &forge);
    if (!p)
        return NULL;
    lv2_atom_forge_object(&forge, &frame, 0, k->patch_set);
    lv2_atom_forge_key(&forge, k->patch_property);
    lv2_atom_forge_urid(&forge, weir_urids_map(world->urids, property));
    lv2_atom_forge_key(&forge, k->patch_value);
    lv2_atom_forge_raw(&forge, value, (uint32_t)sizeof *value + value->size);
    lv2_atom_forge_pad(&forge, (uint32_t)sizeof *value + value->size);
    lv2_atom_forge_pop(&forge, &frame);
    return p;
}

struct weir_post *
weir_post_get(struct weir_plugin_world *world)
{
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    struct weir_post *p = begin(world, WEIR_PORT_PATCH, 0, &forge);
    if (!p)
        return NULL;
    lv2_atom_forge_object(&forge, &frame, 0, world->known.patch_get);
    lv2_atom_forge_pop(&forge, &frame);
    return p;
}

struct weir_post *
weir_post_time(struct weir_plugin_world *world)
{
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    const struct weir_known_urids *k = &world->known;
    struct weir_post *p = begin(world, WEIR_PORT_TIME, 0, &forge);
    if (!p)
        return NULL;
    lv2_atom_forge_object(&forge, &frame, 0, k->time_position);
    lv2_atom_forge_key(&forge, k->time_frame);
    lv2_atom_forge_long(&forge, 0);
    lv2_atom_forge_key(&forge, k->time_speed);
    lv2_atom_forge_float(&forge, 1.0f);
    lv2_atom_forge_key(&forge, k->time_bar);
    lv2_atom_forge_long(&forge, 0);
    lv2_atom_forge_key(&forge, k->time_bar_beat);
    lv2_atom_forge_float(&forge, 0.0f);
    lv2_atom_forge_key(&forge, k->time_beat_unit);
    lv2_atom_forge_int(&forge, 4);
    lv2_atom_forge_key(&forge, k->time_beats_per_bar);
    lv2_atom_forge_float(&forge, 4.0f);
    lv2_atom_forge_key(&forge, k->time_beats_per_minute);
    lv2_atom_forge_float(&forge, 120.0f);
    lv2_atom_forge_pop(&forge, &frame);
    return p;
}

bool
weir_post_read_set(const struct weir_plugin_world *world,
                   const LV2_Atom *object, const char **property,
                   const LV2_Atom **value)
{
    const struct weir_known_urids *k = &world->known;
    const LV2_Atom_Object *o = (const LV2_Atom_Object *)(const void *)object;
    LV2_URID name = 0;
    *value = NULL;
    if (object->size < sizeof o->body || o->body.otype != k->patch_set)
        return false;
    const char *at = (const char *)(&o->body + 1);
    const char *end = (const char *)&o->body + object->size;
    while ((size_t)(end - at) >= sizeof(LV2_Atom_Property_Body)) {
        const LV2_Atom_Property_Body *p =
            (const LV2_Atom_Property_Body *)(const void *)at;
        const size_t whole =
            sizeof *p + (((size_t)p->value.size + 7) & ~(size_t)7);
        if (sizeof *p + p->value.size > (size_t)(end - at))
            return false;
        if (p->key == k->patch_property && p->value.type == k->atom_urid &&
            p->value.size == sizeof name)
            memcpy(&name, p + 1, sizeof name);
        if (p->key == k->patch_value)
            *value = &p->value;
        if (whole > (size_t)(end - at))
            break;
        at += whole;
    }
    *property = weir_urids_unmap(world->urids, name);
    return *property && *value;
}

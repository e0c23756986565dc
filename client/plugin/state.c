// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin remembers. Everything here is @control's.
#include "plugin/state.h"

#include "common/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <lv2/presets/presets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
weir_state_restore(const LilvState *state, struct weir_instance *i)
{
    LV2_Feature work = {LV2_WORKER__schedule, NULL};
    const LV2_Feature *features[WEIR_INSTANCE_FEATURES + 1];
    uint32_t n = 0;
    for (uint32_t f = 0; i->feature_list[f]; f++)
        if (strcmp(i->feature_list[f]->URI, LV2_WORKER__schedule) != 0)
            features[n++] = i->feature_list[f];
    if (i->worker) {
        work.data = weir_plugin_worker_restoring(i->worker);
        features[n++] = &work;
    }
    features[n] = NULL;
    lilv_state_restore(state, i->lilv, NULL, NULL, 0, features);
}

void
weir_state_begin(const LilvState *state, const struct weir_instance_config *c,
                 struct weir_instance *i)
{
    if (state) {
        weir_state_restore(state, i);
        return;
    }
    if (!i->type->has_default_state)
        return;
    LilvNode *uri = lilv_new_uri(c->world->lilv, i->type->uri);
    LilvState *own =
        lilv_state_new_from_world(c->world->lilv, &c->world->map, uri);
    lilv_node_free(uri);
    if (!own)
        return;
    weir_state_restore(own, i);
    lilv_state_free(own);
}

// A value while its state is being taken.
struct taking {
    const struct weir_instance_config *config;
    const struct weir_slot *slot;
    float value;
};

static const void *
get_value(const char *symbol, void *owner, uint32_t *size, uint32_t *type)
{
    struct taking *t = owner;
    const uint32_t port = weir_plugin_type_port(t->slot->type, symbol);
    *size = *type = 0;
    if (port == t->slot->type->n_ports)
        return NULL;
    t->value = weir_slot_shown(t->slot, port);
    *size = sizeof t->value;
    *type = t->config->world->known.atom_float;
    return &t->value;
}

static LilvState *
take(const struct weir_instance_config *c, const struct weir_slot *s,
     const char *folder, LilvGetPortValueFunc values, void *owner)
{
    const LilvPlugin *plugin = weir_plugin_world_find(c->world, s->type->uri);
    if (!s->newest || !plugin)
        return NULL;
    struct weir_instance *i = s->newest->copies[0];
    return lilv_state_new_from_instance(
        plugin, i->lilv, &c->world->map, i->scratch, folder, folder, folder,
        values, owner, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE,
        i->feature_list);
}

LilvState *
weir_state_take(const struct weir_instance_config *c, const struct weir_slot *s,
                const char *folder)
{
    struct taking taking = {.config = c, .slot = s};
    return take(c, s, folder, get_value, &taking);
}

static bool
flush(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    const bool synced = fsync(file) == 0;
    close(file);
    return synced;
}

// What has been written is on the disk before it has its name.
static bool
put_in_place(const char *folder, const char *from, const char *to,
             enum weir_state_safety safety)
{
    char old[4096], name[4096];
    if (snprintf(old, sizeof old, "%s/%s", folder, from) >= (int)sizeof old ||
        snprintf(name, sizeof name, "%s/%s", folder, to) >= (int)sizeof name)
        return false;
    return (safety != WEIR_STATE_FLUSHED || flush(old)) &&
           rename(old, name) == 0;
}

bool
weir_state_write(struct weir_plugin_world *world, const LilvState *state,
                 const char *folder, enum weir_state_safety safety,
                 struct weir_why *why)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return weir_why(why, "%s: %s", folder, strerror(errno));
    if (lilv_state_save(world->lilv, &world->map, &world->unmap, state, NULL,
                        folder, "state.new.ttl") != 0)
        return weir_why(why, "%s: the state cannot be written", folder);
    return put_in_place(folder, "state.new.ttl", "state.ttl", safety) ||
           weir_why(why, "%s: %s", folder, strerror(errno));
}

// Its file; false when there is none that can be read.
static bool
find(const char *folder, char *path, size_t size)
{
    return snprintf(path, size, "%s/state.ttl", folder) < (int)size &&
           access(path, R_OK) == 0;
}

bool
weir_state_is_there(const char *folder)
{
    char path[4096];
    return find(folder, path, sizeof path);
}

bool
weir_state_read(struct weir_plugin_world *world, const char *folder,
                LilvState **out, struct weir_why *why)
{
    char path[4096];
    if (!find(folder, path, sizeof path))
        return weir_why(why, "%s: no state is there", folder);
    *out = lilv_state_new_from_file(world->lilv, &world->map, NULL, path);
    return *out || weir_why(why, "%s: this is no state", path);
}

// ----------------------------------------------------------------- comparing

// A value that another state has.
struct looking {
    const LilvState *state;
    const char *symbol;
    const void *value;
    uint32_t size;
    uint32_t type;
};

static void
look_at(const char *symbol, void *owner, const void *value, uint32_t size,
        uint32_t type)
{
    struct looking *l = owner;
    if (strcmp(symbol, l->symbol) != 0)
        return;
    l->value = value;
    l->size = size;
    l->type = type;
}

static const void *
get_others_value(const char *symbol, void *owner, uint32_t *size,
                 uint32_t *type)
{
    struct looking *l = owner;
    l->symbol = symbol;
    l->value = NULL;
    l->size = l->type = 0;
    lilv_state_emit_port_values(l->state, look_at, l);
    *size = l->size;
    *type = l->type;
    return l->value;
}

// Both have been written and read: what that changes is changed in both. The
// values are the other one's, so that only the rest can differ.
bool
weir_state_is_remembered(const struct weir_instance_config *c,
                         const struct weir_slot *s, const LilvState *state,
                         const char *folder)
{
    struct weir_why ignored;
    struct looking looking = {.state = state};
    LilvState *written = NULL;
    LilvState *now = take(c, s, folder, get_others_value, &looking);
    const bool is_so =
        now &&
        weir_state_write(c->world, now, folder, WEIR_STATE_RENAMED, &ignored) &&
        weir_state_read(c->world, folder, &written, &ignored) &&
        lilv_state_equals(written, state);
    lilv_state_free(written);
    lilv_state_free(now);
    weir_folder_remove(folder);
    return is_so;
}

// ------------------------------------------------------------------- presets

bool
weir_state_preset(struct weir_plugin_world *world, const char *plugin_uri,
                  const char *preset_uri, LilvState **out, struct weir_why *why)
{
    LilvNode *node = lilv_new_uri(world->lilv, preset_uri);
    if (!node)
        return weir_why(why, "<%s> is no URI", preset_uri);
    lilv_world_load_resource(world->lilv, node);
    LilvState *state =
        lilv_state_new_from_world(world->lilv, &world->map, node);
    lilv_node_free(node);
    if (!state)
        return weir_why(why, "no preset <%s> is installed", preset_uri);
    if (strcmp(lilv_node_as_uri(lilv_state_get_plugin_uri(state)),
               plugin_uri) != 0) {
        lilv_state_free(state);
        return weir_why(why, "the preset <%s> is another plugin's", preset_uri);
    }
    *out = state;
    return true;
}

static void
show_preset(struct weir_plugin_world *world, const LilvNode *preset,
            void (*fn)(void *owner, const char *uri, const char *label),
            void *owner)
{
    LilvNode *predicate = lilv_new_uri(world->lilv, LILV_NS_RDFS "label");
    lilv_world_load_resource(world->lilv, preset);
    LilvNode *label = lilv_world_get(world->lilv, preset, predicate, NULL);
    fn(owner, lilv_node_as_uri(preset),
       label ? lilv_node_as_string(label) : "");
    lilv_node_free(label);
    lilv_node_free(predicate);
}

uint32_t
weir_preset_list(struct weir_plugin_world *world, const char *plugin_uri,
                 void (*fn)(void *owner, const char *uri, const char *label),
                 void *owner)
{
    uint32_t n = 0;
    const LilvPlugin *plugin = weir_plugin_world_find(world, plugin_uri);
    if (!plugin)
        return 0;
    LilvNode *kind = lilv_new_uri(world->lilv, LV2_PRESETS__Preset);
    LilvNodes *presets = lilv_plugin_get_related(plugin, kind);
    LILV_FOREACH(nodes, i, presets)
    {
        show_preset(world, lilv_nodes_get(presets, i), fn, owner);
        n++;
    }
    lilv_nodes_free(presets);
    lilv_node_free(kind);
    return n;
}

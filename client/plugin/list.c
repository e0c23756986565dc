// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// All plugins, briefly. @control's.
#include "plugin/describe.h"

#include "plugin/world.h"

static void
show(const LilvPlugin *plugin,
     void (*fn)(void *owner, const struct weir_plugin_entry *entry),
     void *owner)
{
    const LilvNode *label =
        lilv_plugin_class_get_label(lilv_plugin_get_class(plugin));
    LilvNode *name = lilv_plugin_get_name(plugin);
    LilvNode *author = lilv_plugin_get_author_name(plugin);
    const struct weir_plugin_entry entry = {
        .uri = lilv_node_as_uri(lilv_plugin_get_uri(plugin)),
        .name = name ? lilv_node_as_string(name) : "",
        .class_label = label ? lilv_node_as_string(label) : "",
        .author = author ? lilv_node_as_string(author) : "",
    };
    fn(owner, &entry);
    lilv_node_free(name);
    lilv_node_free(author);
}

uint32_t
weir_plugin_list(const struct weir_plugin_world *world,
                 void (*fn)(void *owner, const struct weir_plugin_entry *entry),
                 void *owner)
{
    const LilvPlugins *plugins = lilv_world_get_all_plugins(world->lilv);
    LILV_FOREACH(plugins, i, plugins)
    show(lilv_plugins_get(plugins, i), fn, owner);
    return lilv_plugins_size(plugins);
}

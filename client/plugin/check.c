// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Whether a plugin can be hosted. Everything here is @control's.
#include "plugin/check.h"

#include "plugin/world.h"

#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *uri;
    unsigned promise; // that it takes
} features[] = {
    {LV2_URID__map, 0},
    {LV2_URID__unmap, 0},
    {LV2_OPTIONS__options, 0},
    {LV2_WORKER__schedule, 0},
    {LV2_LOG__log, 0},
    {LV2_BUF_SIZE__boundedBlockLength, 0},
    {LV2_BUF_SIZE_PREFIX "coarseBlockLength", 0},
    {LV2_BUF_SIZE__fixedBlockLength, WEIR_BLOCKS_FIXED},
    {LV2_BUF_SIZE__powerOf2BlockLength,
     WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO},
    {LV2_STATE__loadDefaultState, 0},
    {LV2_STATE__threadSafeRestore, 0},
    {LV2_STATE__mapPath, 0},
    {LV2_STATE__makePath, 0},
    {LV2_STATE__freePath, 0},
    {LV2_CORE__hardRTCapable, 0},
    {LV2_CORE__inPlaceBroken, 0}, // buffers in and out are never the same
    {LV2_CORE__isLive, 0},
};

static const char *const options[] = {
    LV2_PARAMETERS__sampleRate,   LV2_BUF_SIZE__minBlockLength,
    LV2_BUF_SIZE__maxBlockLength, LV2_BUF_SIZE__nominalBlockLength,
    LV2_BUF_SIZE__sequenceSize,
};

unsigned
weir_plugin_promises(uint32_t n_frames)
{
    const bool is_power_of_two = n_frames > 0 && !(n_frames & (n_frames - 1));
    return WEIR_BLOCKS_FIXED | (is_power_of_two ? WEIR_BLOCKS_POWER_OF_TWO : 0);
}

// Of a promise that cannot be made, why not.
static bool
check_feature(const char *uri, unsigned promises, struct weir_why *why)
{
    size_t i = 0;
    while (i < sizeof features / sizeof *features &&
           strcmp(features[i].uri, uri) != 0)
        i++;
    if (i == sizeof features / sizeof *features)
        return weir_why(why, "it requires the feature <%s>", uri);
    const unsigned missing = features[i].promise & ~promises;
    if (missing & WEIR_BLOCKS_FIXED)
        return weir_why(why,
                        "it requires the feature <%s>, and blocks are not "
                        "always whole here",
                        uri);
    if (missing != 0)
        return weir_why(why,
                        "it requires the feature <%s>, and the period is no "
                        "power of two",
                        uri);
    return true;
}

static bool
is_option(const char *uri)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i], uri) == 0)
            return true;
    return false;
}

static bool
check_features(const LilvPlugin *plugin, unsigned promises,
               struct weir_why *why)
{
    bool ok = true;
    LilvNodes *required = lilv_plugin_get_required_features(plugin);
    LILV_FOREACH(nodes, i, required)
    {
        const char *uri = lilv_node_as_uri(lilv_nodes_get(required, i));
        ok = ok && check_feature(uri ? uri : "?", promises, why);
    }
    lilv_nodes_free(required);
    return ok;
}

static bool
check_options(const struct weir_plugin_world *world, const LilvPlugin *plugin,
              struct weir_why *why)
{
    bool ok = true;
    LilvNode *predicate =
        lilv_new_uri(world->lilv, LV2_OPTIONS__requiredOption);
    LilvNodes *required = lilv_plugin_get_value(plugin, predicate);
    lilv_node_free(predicate);
    LILV_FOREACH(nodes, i, required)
    {
        const char *uri = lilv_node_as_uri(lilv_nodes_get(required, i));
        if (ok && !(uri && is_option(uri)))
            ok = weir_why(why, "it requires the option <%s>", uri ? uri : "?");
    }
    lilv_nodes_free(required);
    return ok;
}

// What cannot be connected may stay so if it says that it can.
static bool
check_port(const struct weir_plugin_port *p, uint32_t index,
           struct weir_why *why)
{
    const char *symbol = p->symbol ? p->symbol : "?";
    if (p->flags & WEIR_PORT_OPTIONAL)
        return true;
    if (p->kind == WEIR_PORT_UNKNOWN)
        return weir_why(why, "its port %u (%s) is of no known class", index,
                        symbol);
    if (p->kind == WEIR_PORT_ATOM && !(p->flags & WEIR_PORT_SEQUENCE))
        return weir_why(why, "its atom port %u (%s) takes no sequence", index,
                        symbol);
    if (p->minimum_size > WEIR_MAX_ATOM_BYTES)
        return weir_why(why, "its atom port %u (%s) wants %u bytes", index,
                        symbol, p->minimum_size);
    return true;
}

static bool
check_binary(const LilvPlugin *plugin, struct weir_why *why)
{
    const LilvNode *uri = lilv_plugin_get_library_uri(plugin);
    char *path = uri ? lilv_file_uri_parse(lilv_node_as_uri(uri), NULL) : NULL;
    const bool ok = path && access(path, R_OK) == 0;
    if (!ok)
        weir_why(why, "its library %s cannot be read",
                 path ? path : "is not named, so it");
    lilv_free(path);
    return ok;
}

bool
weir_plugin_check(const struct weir_plugin_world *world,
                  const struct weir_plugin_type *type, unsigned promises,
                  struct weir_why *why)
{
    const LilvPlugin *plugin = weir_plugin_world_find(world, type->uri);
    if (!plugin)
        return weir_why(why, "it is not installed");
    for (uint32_t i = 0; i < type->n_ports; i++)
        if (!check_port(&type->ports[i], i, why))
            return false;
    return check_features(plugin, promises, why) &&
           check_options(world, plugin, why) && check_binary(plugin, why);
}

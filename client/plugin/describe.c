// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin is, read from its Turtle by lilv. Everything is @control's.
#include "plugin/describe.h"

#include "plugin/describe_private.h"
#include "plugin/world.h"

#include <float.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

char *
weir_reading_copy(struct weir_reading *r, const LilvNode *node)
{
    const char *text = node ? lilv_node_as_string(node) : NULL;
    if (!text)
        return NULL;
    char *s = strdup(text);
    r->short_of_memory |= !s;
    return s;
}

char *
weir_reading_take(struct weir_reading *r, LilvNode *node)
{
    char *s = weir_reading_copy(r, node);
    lilv_node_free(node);
    return s;
}

// A number that is there and finite, otherwise `otherwise`.
float
weir_reading_number(const LilvNode *node, float otherwise)
{
    if (!node || !(lilv_node_is_float(node) || lilv_node_is_int(node) ||
                   lilv_node_is_bool(node)))
        return otherwise;
    const float value = lilv_node_is_bool(node) ? (float)lilv_node_as_bool(node)
                                                : lilv_node_as_float(node);
    return isfinite(value) ? value : otherwise;
}

// Bounds the wrong way round are none; what is set first lies within.
void
weir_reading_make_sense(float *by_default, float *min, float *max)
{
    if (*min > *max) {
        *min = -FLT_MAX;
        *max = FLT_MAX;
    }
    if (isnan(*by_default))
        *by_default = *min > -FLT_MAX ? *min : 0.0f;
    *by_default = fmaxf(*min, fminf(*max, *by_default));
}

static void
read_ports(struct weir_reading *r, struct weir_plugin_type *t)
{
    const uint32_t n = lilv_plugin_get_num_ports(r->plugin);
    t->ports = calloc(n + 1, sizeof *t->ports);
    if (!t->ports) {
        r->short_of_memory = true;
        return;
    }
    t->n_ports = n;
    for (uint32_t i = 0; i < n; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(r->plugin, i);
        if (port)
            weir_plugin_port_read(r, port, &t->ports[i]);
    }
}

static LilvNode *
world_get(struct weir_reading *r, const LilvNode *subject,
          const char *predicate)
{
    LilvNode *p = lilv_new_uri(r->world, predicate);
    LilvNode *node = lilv_world_get(r->world, subject, p, NULL);
    lilv_node_free(p);
    return node;
}

static float
world_number(struct weir_reading *r, const LilvNode *subject,
             const char *predicate, float otherwise)
{
    LilvNode *node = world_get(r, subject, predicate);
    const float value = weir_reading_number(node, otherwise);
    lilv_node_free(node);
    return value;
}

static void
read_property(struct weir_reading *r, const LilvNode *node, bool is_writable,
              struct weir_plugin_property *p)
{
    p->uri = weir_reading_copy(r, node);
    p->label = weir_reading_take(r, world_get(r, node, LILV_NS_RDFS "label"));
    p->range = weir_reading_take(r, world_get(r, node, LILV_NS_RDFS "range"));
    p->is_writable = is_writable;
    p->min = world_number(r, node, LV2_CORE__minimum, -FLT_MAX);
    p->max = world_number(r, node, LV2_CORE__maximum, FLT_MAX);
    p->by_default = world_number(r, node, LV2_CORE__default, NAN);
    weir_reading_make_sense(&p->by_default, &p->min, &p->max);
}

static bool
is_known(const struct weir_plugin_type *t, const char *uri)
{
    for (uint32_t i = 0; i < t->n_properties; i++)
        if (t->properties[i].uri && strcmp(t->properties[i].uri, uri) == 0)
            return true;
    return false;
}

// Those that can be set first: one that is both is one of them.
static void
read_properties(struct weir_reading *r, struct weir_plugin_type *t,
                const char *predicate, bool are_writable)
{
    LilvNode *p = lilv_new_uri(r->world, predicate);
    LilvNodes *nodes = lilv_world_find_nodes(
        r->world, lilv_plugin_get_uri(r->plugin), p, NULL);
    lilv_node_free(p);
    const size_t most = t->n_properties + (nodes ? lilv_nodes_size(nodes) : 0);
    struct weir_plugin_property *more =
        realloc(t->properties, (most + 1) * sizeof *more);
    if (more) {
        t->properties = more;
        memset(more + t->n_properties, 0,
               (most + 1 - t->n_properties) * sizeof *more);
    }
    r->short_of_memory |= !more;
    if (more && nodes)
        LILV_FOREACH(nodes, i, nodes)
        {
            const LilvNode *node = lilv_nodes_get(nodes, i);
            if (lilv_node_is_uri(node) && !is_known(t, lilv_node_as_uri(node)))
                read_property(r, node, are_writable,
                              &t->properties[t->n_properties++]);
        }
    lilv_nodes_free(nodes);
}

static bool
has_feature(const struct weir_reading *r, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool has = lilv_plugin_has_feature(r->plugin, node);
    lilv_node_free(node);
    return has;
}

static void
read_type(struct weir_reading *r, struct weir_plugin_type *t)
{
    t->uri = weir_reading_copy(r, lilv_plugin_get_uri(r->plugin));
    t->name = weir_reading_take(r, lilv_plugin_get_name(r->plugin));
    t->class_label = weir_reading_copy(
        r, lilv_plugin_class_get_label(lilv_plugin_get_class(r->plugin)));
    t->author = weir_reading_take(r, lilv_plugin_get_author_name(r->plugin));
    t->has_safe_restore = has_feature(r, LV2_STATE__threadSafeRestore);
    t->has_default_state = has_feature(r, LV2_STATE__loadDefaultState);
    t->has_worker = has_feature(r, LV2_WORKER__schedule);
    if (has_feature(r, LV2_BUF_SIZE__fixedBlockLength))
        t->blocks |= WEIR_BLOCKS_FIXED;
    if (has_feature(r, LV2_BUF_SIZE__powerOf2BlockLength))
        t->blocks |= WEIR_BLOCKS_POWER_OF_TWO;
    t->needs_coarse_blocks =
        t->blocks != 0 ||
        has_feature(r, LV2_BUF_SIZE_PREFIX "coarseBlockLength");
    read_ports(r, t);
    read_properties(r, t, LV2_PATCH__writable, true);
    read_properties(r, t, LV2_PATCH__readable, false);
}

bool
weir_plugin_describe(struct weir_plugin_world *world, const char *uri,
                     double rate_hz, struct weir_plugin_type **out,
                     struct weir_why *why)
{
    struct weir_reading r = {.world = world->lilv, .rate_hz = rate_hz};
    r.plugin = weir_plugin_world_find(world, uri);
    if (!r.plugin)
        return weir_why(why, "no plugin <%s> is installed (LV2_PATH)", uri);
    struct weir_plugin_type *t = calloc(1, sizeof *t);
    if (t)
        read_type(&r, t);
    if (!t || r.short_of_memory) {
        weir_plugin_type_free(t);
        return weir_why(why, "out of memory");
    }
    *out = t;
    return true;
}

void
weir_plugin_type_free(struct weir_plugin_type *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < t->n_ports; i++)
        weir_plugin_port_free(&t->ports[i]);
    free(t->ports);
    for (uint32_t i = 0; i < t->n_properties; i++) {
        free(t->properties[i].uri);
        free(t->properties[i].label);
        free(t->properties[i].range);
    }
    free(t->properties);
    for (uint32_t i = 0; i < t->n_presets; i++) {
        free(t->presets[i].uri);
        free(t->presets[i].label);
    }
    free(t->presets);
    free(t->uri);
    free(t->name);
    free(t->class_label);
    free(t->author);
    free(t);
}

uint32_t
weir_plugin_type_port(const struct weir_plugin_type *t, const char *symbol)
{
    uint32_t i = 0;
    while (i < t->n_ports &&
           !(t->ports[i].symbol && strcmp(t->ports[i].symbol, symbol) == 0))
        i++;
    return i;
}

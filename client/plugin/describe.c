// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin is, read from its Turtle by lilv. Everything is @control's.
#include "plugin/describe.h"

#include <float.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/units/units.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// One plugin while it is being read.
struct reading {
    LilvWorld *world;
    const LilvPlugin *plugin;
    double rate_hz;
    bool short_of_memory;
};

static char *
copy(struct reading *r, const LilvNode *node)
{
    const char *text = node ? lilv_node_as_string(node) : NULL;
    if (!text)
        return NULL;
    char *s = strdup(text);
    r->short_of_memory |= !s;
    return s;
}

static char *
take(struct reading *r, LilvNode *node)
{
    char *s = copy(r, node);
    lilv_node_free(node);
    return s;
}

static bool
port_is_a(const struct reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool is = lilv_port_is_a(r->plugin, port, node);
    lilv_node_free(node);
    return is;
}

static bool
port_has(const struct reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool has = lilv_port_has_property(r->plugin, port, node);
    lilv_node_free(node);
    return has;
}

static LilvNode *
port_get(const struct reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *predicate = lilv_new_uri(r->world, uri);
    LilvNode *node = lilv_port_get(r->plugin, port, predicate);
    lilv_node_free(predicate);
    return node;
}

static bool
port_supports(const struct reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool does = lilv_port_supports_event(r->plugin, port, node);
    lilv_node_free(node);
    return does;
}

static enum weir_port_kind
kind_of(const struct reading *r, const LilvPort *port)
{
    if (port_is_a(r, port, LV2_CORE__AudioPort))
        return WEIR_PORT_AUDIO;
    if (port_is_a(r, port, LV2_CORE__CVPort))
        return WEIR_PORT_CV;
    if (port_is_a(r, port, LV2_CORE__ControlPort))
        return WEIR_PORT_CONTROL;
    if (port_is_a(r, port, LV2_ATOM__AtomPort))
        return WEIR_PORT_ATOM;
    return WEIR_PORT_UNKNOWN;
}

static bool
is_sidechain(const struct reading *r, const LilvPort *port)
{
    if (port_has(r, port, LV2_CORE_PREFIX "isSideChain"))
        return true;
    LilvNode *group = port_get(r, port, LV2_PORT_GROUPS__group);
    LilvNode *of = lilv_new_uri(r->world, LV2_PORT_GROUPS__sideChainOf);
    const bool is = group && !lilv_node_is_literal(group) &&
                    lilv_world_ask(r->world, group, of, NULL);
    lilv_node_free(of);
    lilv_node_free(group);
    return is;
}

static enum weir_port_role
role_of(const struct reading *r, const LilvPort *port,
        const struct weir_plugin_port *p)
{
    static const struct {
        const char *uri;
        enum weir_port_role role;
    } designations[] = {
        {LV2_CORE__latency, WEIR_ROLE_LATENCY},
        {LV2_CORE__enabled, WEIR_ROLE_ENABLED},
        {LV2_CORE__freeWheeling, WEIR_ROLE_FREEWHEEL},
        {LV2_CORE__control, WEIR_ROLE_CONTROL},
    };
    enum weir_port_role role = WEIR_ROLE_NONE;
    LilvNode *designation = port_get(r, port, LV2_CORE__designation);
    for (size_t i = 0; i < sizeof designations / sizeof *designations; i++)
        if (designation && lilv_node_is_uri(designation) &&
            strcmp(lilv_node_as_uri(designation), designations[i].uri) == 0)
            role = designations[i].role;
    lilv_node_free(designation);
    if (p->kind == WEIR_PORT_CONTROL && !p->is_input &&
        port_has(r, port, LV2_CORE__reportsLatency))
        role = WEIR_ROLE_LATENCY;
    if (p->kind == WEIR_PORT_AUDIO && p->is_input && is_sidechain(r, port))
        role = WEIR_ROLE_SIDECHAIN;
    // A latency that goes in, or an enabled that comes out, is neither.
    if ((role == WEIR_ROLE_LATENCY && p->is_input) ||
        ((role == WEIR_ROLE_ENABLED || role == WEIR_ROLE_FREEWHEEL) &&
         (!p->is_input || p->kind != WEIR_PORT_CONTROL)))
        role = WEIR_ROLE_NONE;
    return role;
}

static unsigned
flags_of(const struct reading *r, const LilvPort *port,
         enum weir_port_kind kind)
{
    static const struct {
        const char *uri;
        unsigned flag;
    } properties[] = {
        {LV2_CORE__toggled, WEIR_PORT_TOGGLED},
        {LV2_CORE__integer, WEIR_PORT_INTEGER},
        {LV2_CORE__enumeration, WEIR_PORT_ENUMERATION},
        {LV2_PORT_PROPS__logarithmic, WEIR_PORT_LOGARITHMIC},
        {LV2_PORT_PROPS__trigger, WEIR_PORT_TRIGGER},
        {LV2_PORT_PROPS__notOnGUI, WEIR_PORT_NOT_ON_GUI},
        {LV2_PORT_PROPS__expensive, WEIR_PORT_EXPENSIVE},
        {LV2_PORT_PROPS__causesArtifacts, WEIR_PORT_CAUSES_ARTIFACTS},
        {LV2_PORT_PROPS__notAutomatic, WEIR_PORT_NOT_AUTOMATIC},
        {LV2_CORE__connectionOptional, WEIR_PORT_OPTIONAL},
        {LV2_PORT_PROPS__hasStrictBounds, WEIR_PORT_STRICT},
    };
    unsigned flags = 0;
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (port_has(r, port, properties[i].uri))
            flags |= properties[i].flag;
    if (kind != WEIR_PORT_ATOM)
        return flags;
    LilvNode *buffer = port_get(r, port, LV2_ATOM__bufferType);
    if (buffer && lilv_node_is_uri(buffer) &&
        strcmp(lilv_node_as_uri(buffer), LV2_ATOM__Sequence) == 0)
        flags |= WEIR_PORT_SEQUENCE;
    lilv_node_free(buffer);
    if (port_supports(r, port, LV2_MIDI__MidiEvent))
        flags |= WEIR_PORT_MIDI;
    if (port_supports(r, port, LV2_PATCH__Message))
        flags |= WEIR_PORT_PATCH;
    if (port_supports(r, port, LV2_TIME__Position))
        flags |= WEIR_PORT_TIME;
    return flags;
}

static int
by_value(const void *a, const void *b)
{
    const struct weir_scale_point *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

static void
read_points(struct reading *r, const LilvPort *port, struct weir_plugin_port *p)
{
    LilvScalePoints *points = lilv_port_get_scale_points(r->plugin, port);
    if (!points)
        return;
    p->points = calloc(lilv_scale_points_size(points) + 1, sizeof *p->points);
    r->short_of_memory |= !p->points;
    LILV_FOREACH(scale_points, i, points)
    {
        const LilvScalePoint *point = lilv_scale_points_get(points, i);
        const LilvNode *value = lilv_scale_point_get_value(point);
        char *label =
            p->points ? copy(r, lilv_scale_point_get_label(point)) : NULL;
        if (label)
            p->points[p->n_points++] =
                (struct weir_scale_point){lilv_node_as_float(value), label};
    }
    lilv_scale_points_free(points);
    if (p->n_points > 1)
        qsort(p->points, p->n_points, sizeof *p->points, by_value);
}

static const char *
well_known_unit(const char *uri)
{
    static const char *const units[][2] = {
        {"db", "dB"},
        {"hz", "Hz"},
        {"khz", "kHz"},
        {"mhz", "MHz"},
        {"ms", "ms"},
        {"s", "s"},
        {"min", "min"},
        {"pc", "%"},
        {"cent", "ct"},
        {"semitone12TET", "semi"},
        {"oct", "oct"},
        {"degree", "deg"},
        {"bpm", "BPM"},
        {"beat", "beats"},
        {"bar", "bars"},
        {"frame", "frames"},
        {"m", "m"},
        {"cm", "cm"},
        {"mm", "mm"},
        {"km", "km"},
        {"midiNote", "MIDI note"},
    };
    const size_t prefix = strlen(LV2_UNITS_PREFIX);
    if (strncmp(uri, LV2_UNITS_PREFIX, prefix) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(uri + prefix, units[i][0]) == 0)
            return units[i][1];
    return NULL;
}

static void
read_unit(struct reading *r, const LilvPort *port, struct weir_plugin_port *p)
{
    LilvNode *unit = port_get(r, port, LV2_UNITS__unit);
    if (unit && !lilv_node_is_literal(unit)) {
        LilvNode *symbol = lilv_new_uri(r->world, LV2_UNITS__symbol);
        LilvNode *render = lilv_new_uri(r->world, LV2_UNITS__render);
        p->unit = take(r, lilv_world_get(r->world, unit, symbol, NULL));
        p->unit_render = take(r, lilv_world_get(r->world, unit, render, NULL));
        lilv_node_free(symbol);
        lilv_node_free(render);
        if (!p->unit && lilv_node_is_uri(unit)) {
            const char *known = well_known_unit(lilv_node_as_uri(unit));
            p->unit = known ? strdup(known) : NULL;
            r->short_of_memory |= known && !p->unit;
        }
    }
    lilv_node_free(unit);
}

// A number that is there and finite, otherwise `otherwise`.
static float
number(const LilvNode *node, float otherwise)
{
    if (!node || !(lilv_node_is_float(node) || lilv_node_is_int(node) ||
                   lilv_node_is_bool(node)))
        return otherwise;
    const float value = lilv_node_is_bool(node) ? (float)lilv_node_as_bool(node)
                                                : lilv_node_as_float(node);
    return isfinite(value) ? value : otherwise;
}

// Bounds the wrong way round are none; what is set first lies within.
static void
make_sense(float *by_default, float *min, float *max)
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
read_range(struct reading *r, const LilvPort *port, struct weir_plugin_port *p)
{
    LilvNode *def, *min, *max;
    const bool by_rate = port_has(r, port, LV2_CORE__sampleRate);
    const float factor = by_rate ? (float)r->rate_hz : 1.0f;
    lilv_port_get_range(r->plugin, port, &def, &min, &max);
    p->min = number(min, -FLT_MAX);
    p->max = number(max, FLT_MAX);
    p->by_default = number(def, NAN);
    lilv_node_free(def);
    lilv_node_free(min);
    lilv_node_free(max);
    if (p->flags & WEIR_PORT_TOGGLED && p->min == -FLT_MAX &&
        p->max == FLT_MAX) {
        p->min = 0.0f;
        p->max = 1.0f;
    }
    p->min *= p->min > -FLT_MAX ? factor : 1.0f;
    p->max *= p->max < FLT_MAX ? factor : 1.0f;
    p->by_default *= factor;
    make_sense(&p->by_default, &p->min, &p->max);
}

static void
read_port(struct reading *r, const LilvPort *port, struct weir_plugin_port *p)
{
    p->symbol = copy(r, lilv_port_get_symbol(r->plugin, port));
    p->name = take(r, lilv_port_get_name(r->plugin, port));
    p->kind = kind_of(r, port);
    p->is_input = port_is_a(r, port, LV2_CORE__InputPort);
    if (!p->is_input && !port_is_a(r, port, LV2_CORE__OutputPort))
        p->kind = WEIR_PORT_UNKNOWN;
    p->flags = flags_of(r, port, p->kind);
    p->role = role_of(r, port, p);
    LilvNode *size = port_get(r, port, LV2_RESIZE_PORT__minimumSize);
    if (size && lilv_node_is_int(size) && lilv_node_as_int(size) > 0)
        p->minimum_size = (uint32_t)lilv_node_as_int(size);
    lilv_node_free(size);
    read_range(r, port, p);
    read_unit(r, port, p);
    read_points(r, port, p);
}

static void
read_ports(struct reading *r, struct weir_plugin_type *t)
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
            read_port(r, port, &t->ports[i]);
    }
}

static LilvNode *
world_get(struct reading *r, const LilvNode *subject, const char *predicate)
{
    LilvNode *p = lilv_new_uri(r->world, predicate);
    LilvNode *node = lilv_world_get(r->world, subject, p, NULL);
    lilv_node_free(p);
    return node;
}

static float
world_number(struct reading *r, const LilvNode *subject, const char *predicate,
             float otherwise)
{
    LilvNode *node = world_get(r, subject, predicate);
    const float value = number(node, otherwise);
    lilv_node_free(node);
    return value;
}

static void
read_property(struct reading *r, const LilvNode *node, bool is_writable,
              struct weir_plugin_property *p)
{
    p->uri = copy(r, node);
    p->label = take(r, world_get(r, node, LILV_NS_RDFS "label"));
    p->range = take(r, world_get(r, node, LILV_NS_RDFS "range"));
    p->is_writable = is_writable;
    p->min = world_number(r, node, LV2_CORE__minimum, -FLT_MAX);
    p->max = world_number(r, node, LV2_CORE__maximum, FLT_MAX);
    p->by_default = world_number(r, node, LV2_CORE__default, NAN);
    make_sense(&p->by_default, &p->min, &p->max);
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
read_properties(struct reading *r, struct weir_plugin_type *t,
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
has_feature(const struct reading *r, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool has = lilv_plugin_has_feature(r->plugin, node);
    lilv_node_free(node);
    return has;
}

static void
read_type(struct reading *r, struct weir_plugin_type *t)
{
    t->uri = copy(r, lilv_plugin_get_uri(r->plugin));
    t->name = take(r, lilv_plugin_get_name(r->plugin));
    t->class_label =
        copy(r, lilv_plugin_class_get_label(lilv_plugin_get_class(r->plugin)));
    t->author = take(r, lilv_plugin_get_author_name(r->plugin));
    t->has_safe_restore = has_feature(r, LV2_STATE__threadSafeRestore);
    t->has_default_state = has_feature(r, LV2_STATE__loadDefaultState);
    t->has_worker = has_feature(r, LV2_WORKER__schedule);
    t->needs_coarse_blocks =
        has_feature(r, LV2_BUF_SIZE__fixedBlockLength) ||
        has_feature(r, LV2_BUF_SIZE__powerOf2BlockLength) ||
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
    struct reading r = {.world = world->lilv, .rate_hz = rate_hz};
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

static void
free_port(struct weir_plugin_port *p)
{
    for (uint32_t i = 0; i < p->n_points; i++)
        free(p->points[i].label);
    free(p->points);
    free(p->symbol);
    free(p->name);
    free(p->unit);
    free(p->unit_render);
}

void
weir_plugin_type_free(struct weir_plugin_type *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < t->n_ports; i++)
        free_port(&t->ports[i]);
    free(t->ports);
    for (uint32_t i = 0; i < t->n_properties; i++) {
        free(t->properties[i].uri);
        free(t->properties[i].label);
        free(t->properties[i].range);
    }
    free(t->properties);
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

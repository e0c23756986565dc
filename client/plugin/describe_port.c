// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a plugin's port is, read from its Turtle by lilv. Everything is
// @control's.
#include "plugin/describe_private.h"

#include <float.h>
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>
#include <lv2/port-groups/port-groups.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/time/time.h>
#include <lv2/units/units.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
port_is_a(const struct weir_reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool is = lilv_port_is_a(r->plugin, port, node);
    lilv_node_free(node);
    return is;
}

static bool
port_has(const struct weir_reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool has = lilv_port_has_property(r->plugin, port, node);
    lilv_node_free(node);
    return has;
}

static LilvNode *
port_get(const struct weir_reading *r, const LilvPort *port, const char *uri)
{
    LilvNode *predicate = lilv_new_uri(r->world, uri);
    LilvNode *node = lilv_port_get(r->plugin, port, predicate);
    lilv_node_free(predicate);
    return node;
}

static bool
port_supports(const struct weir_reading *r, const LilvPort *port,
              const char *uri)
{
    LilvNode *node = lilv_new_uri(r->world, uri);
    const bool does = lilv_port_supports_event(r->plugin, port, node);
    lilv_node_free(node);
    return does;
}

static enum weir_port_kind
kind_of(const struct weir_reading *r, const LilvPort *port)
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
is_sidechain(const struct weir_reading *r, const LilvPort *port)
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
role_of(const struct weir_reading *r, const LilvPort *port,
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
flags_of(const struct weir_reading *r, const LilvPort *port,
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
read_points(struct weir_reading *r, const LilvPort *port,
            struct weir_plugin_port *p)
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
            p->points ? weir_reading_copy(r, lilv_scale_point_get_label(point))
                      : NULL;
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
read_unit(struct weir_reading *r, const LilvPort *port,
          struct weir_plugin_port *p)
{
    LilvNode *unit = port_get(r, port, LV2_UNITS__unit);
    if (unit && !lilv_node_is_literal(unit)) {
        LilvNode *symbol = lilv_new_uri(r->world, LV2_UNITS__symbol);
        LilvNode *render = lilv_new_uri(r->world, LV2_UNITS__render);
        p->unit =
            weir_reading_take(r, lilv_world_get(r->world, unit, symbol, NULL));
        p->unit_render =
            weir_reading_take(r, lilv_world_get(r->world, unit, render, NULL));
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

static void
read_range(struct weir_reading *r, const LilvPort *port,
           struct weir_plugin_port *p)
{
    LilvNode *def, *min, *max;
    const bool by_rate = port_has(r, port, LV2_CORE__sampleRate);
    const float factor = by_rate ? (float)r->rate_hz : 1.0f;
    lilv_port_get_range(r->plugin, port, &def, &min, &max);
    p->min = weir_reading_number(min, -FLT_MAX);
    p->max = weir_reading_number(max, FLT_MAX);
    p->by_default = weir_reading_number(def, NAN);
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
    weir_reading_make_sense(&p->by_default, &p->min, &p->max);
}

void
weir_plugin_port_read(struct weir_reading *r, const LilvPort *port,
                      struct weir_plugin_port *p)
{
    p->symbol = weir_reading_copy(r, lilv_port_get_symbol(r->plugin, port));
    p->name = weir_reading_take(r, lilv_port_get_name(r->plugin, port));
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

void
weir_plugin_port_free(struct weir_plugin_port *p)
{
    for (uint32_t i = 0; i < p->n_points; i++)
        free(p->points[i].label);
    free(p->points);
    free(p->symbol);
    free(p->name);
    free(p->unit);
    free(p->unit_render);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Descriptions as bytes. A number is four bytes of this machine, a text its
// length with the null byte (0: there is none), then its bytes.
#include "plugin/flat.h"

#include "plugin/finite.h"

#include <stdlib.h>
#include <string.h>

// --------------------------------------------------------------------- putting

static void
put(struct weir_flat *f, const void *bytes, size_t n)
{
    if (f->failed || n > WEIR_FLAT_BYTES - f->n) {
        f->failed = true;
        return;
    }
    if (f->n + n > f->room) {
        const size_t room = 2 * (f->n + n) + 4096;
        unsigned char *more = realloc(f->bytes, room);
        if (!more) {
            f->failed = true;
            return;
        }
        f->bytes = more;
        f->room = room;
    }
    memcpy(f->bytes + f->n, bytes, n);
    f->n += n;
}

static void
put_u32(struct weir_flat *f, uint32_t value)
{
    put(f, &value, sizeof value);
}

static void
put_float(struct weir_flat *f, float value)
{
    put(f, &value, sizeof value);
}

static void
put_text(struct weir_flat *f, const char *text)
{
    const size_t n = text ? strlen(text) + 1 : 0;
    put_u32(f, (uint32_t)n);
    if (n > 0)
        put(f, text, n);
}

static void
put_port(struct weir_flat *f, const struct weir_plugin_port *p)
{
    put_text(f, p->symbol);
    put_text(f, p->name);
    put_u32(f, p->kind);
    put_u32(f, p->role);
    put_u32(f, p->is_input);
    put_u32(f, p->flags);
    put_float(f, p->min);
    put_float(f, p->max);
    put_float(f, p->by_default);
    put_text(f, p->unit);
    put_text(f, p->unit_render);
    put_u32(f, p->minimum_size);
    put_u32(f, p->n_points);
    for (uint32_t i = 0; i < p->n_points; i++) {
        put_float(f, p->points[i].value);
        put_text(f, p->points[i].label);
    }
}

static void
put_property(struct weir_flat *f, const struct weir_plugin_property *p)
{
    put_text(f, p->uri);
    put_text(f, p->label);
    put_text(f, p->range);
    put_u32(f, p->is_writable);
    put_float(f, p->min);
    put_float(f, p->max);
    put_float(f, p->by_default);
}

void
weir_flat_put_type(struct weir_flat *f, const struct weir_plugin_type *t)
{
    put_text(f, t->uri);
    put_text(f, t->name);
    put_text(f, t->class_label);
    put_text(f, t->author);
    put_u32(f, t->has_safe_restore);
    put_u32(f, t->has_default_state);
    put_u32(f, t->has_worker);
    put_u32(f, t->needs_coarse_blocks);
    put_u32(f, t->blocks);
    put_u32(f, t->n_ports);
    for (uint32_t i = 0; i < t->n_ports; i++)
        put_port(f, &t->ports[i]);
    put_u32(f, t->n_properties);
    for (uint32_t i = 0; i < t->n_properties; i++)
        put_property(f, &t->properties[i]);
    put_u32(f, t->n_presets);
    for (uint32_t i = 0; i < t->n_presets; i++) {
        put_text(f, t->presets[i].uri);
        put_text(f, t->presets[i].label);
    }
}

void
weir_flat_put_entry(struct weir_flat *f, const struct weir_plugin_entry *e)
{
    put_text(f, e->uri);
    put_text(f, e->name);
    put_text(f, e->class_label);
    put_text(f, e->author);
}

// --------------------------------------------------------------------- getting

// What is left; after the first thing that is wrong, nothing.
struct getting {
    const unsigned char *at;
    size_t left;
    bool failed;
};

static bool
fail(struct getting *g)
{
    g->failed = true;
    g->left = 0;
    return false;
}

static uint32_t
get_u32(struct getting *g)
{
    uint32_t value;
    if (g->left < sizeof value)
        return fail(g);
    memcpy(&value, g->at, sizeof value);
    g->at += sizeof value;
    g->left -= sizeof value;
    return value;
}

// One of 0..most.
static uint32_t
get_small(struct getting *g, uint32_t most)
{
    const uint32_t value = get_u32(g);
    return value <= most ? value : fail(g);
}

static float
get_float(struct getting *g)
{
    const uint32_t bits = get_u32(g);
    float value;
    memcpy(&value, &bits, sizeof value);
    if (!weir_are_finite(&value, 1)) {
        fail(g);
        return 0.0f;
    }
    return value;
}

// In place; null: there is none.
static const char *
look_at_text(struct getting *g)
{
    const uint32_t n = get_u32(g);
    const char *text = (const char *)g->at;
    if (n == 0)
        return NULL;
    if (n > g->left || memchr(text, '\0', n) != text + n - 1) {
        fail(g);
        return NULL;
    }
    g->at += n;
    g->left -= n;
    return text;
}

static char *
get_text(struct getting *g)
{
    const char *text = look_at_text(g);
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        fail(g);
    return copy;
}

static char *
get_needed_text(struct getting *g)
{
    char *text = get_text(g);
    if (!text)
        fail(g);
    return text;
}

// Of as many as could still be there.
static void *
get_room(struct getting *g, uint32_t n, size_t size)
{
    void *room = n <= g->left ? calloc((size_t)n + 1, size) : NULL;
    if (!room)
        fail(g);
    return room;
}

// lv2:symbol: it stands in addresses.
static bool
is_symbol(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    return *text && strspn(text, letters) == strlen(text);
}

static void
get_range(struct getting *g, float *min, float *max, float *by_default)
{
    *min = get_float(g);
    *max = get_float(g);
    *by_default = get_float(g);
    if (!(*min <= *by_default && *by_default <= *max))
        fail(g);
}

static void
get_points(struct getting *g, struct weir_plugin_port *p)
{
    const uint32_t n = get_u32(g);
    p->points = get_room(g, n, sizeof *p->points);
    for (uint32_t i = 0; i < n && !g->failed; i++) {
        p->points[i].value = get_float(g);
        p->points[i].label = get_needed_text(g);
        p->n_points++;
    }
}

static void
get_port(struct getting *g, struct weir_plugin_port *p)
{
    p->symbol = get_text(g);
    p->name = get_text(g);
    p->kind = get_small(g, WEIR_PORT_ATOM);
    p->role = get_small(g, WEIR_ROLE_SIDECHAIN);
    p->is_input = get_small(g, 1) != 0;
    p->flags = get_small(g, 2 * WEIR_PORT_TIME - 1);
    get_range(g, &p->min, &p->max, &p->by_default);
    p->unit = get_text(g);
    p->unit_render = get_text(g);
    p->minimum_size = get_u32(g);
    get_points(g, p);
    if (p->symbol && !is_symbol(p->symbol))
        fail(g);
}

static void
get_ports(struct getting *g, struct weir_plugin_type *t)
{
    const uint32_t n = get_small(g, WEIR_FLAT_PORTS);
    t->ports = get_room(g, n, sizeof *t->ports);
    while (t->n_ports < n && !g->failed)
        get_port(g, &t->ports[t->n_ports++]);
}

static void
get_property(struct getting *g, struct weir_plugin_property *p)
{
    p->uri = get_needed_text(g);
    p->label = get_text(g);
    p->range = get_text(g);
    p->is_writable = get_small(g, 1) != 0;
    get_range(g, &p->min, &p->max, &p->by_default);
}

static void
get_properties(struct getting *g, struct weir_plugin_type *t)
{
    const uint32_t n = get_u32(g);
    t->properties = get_room(g, n, sizeof *t->properties);
    while (t->n_properties < n && !g->failed)
        get_property(g, &t->properties[t->n_properties++]);
}

static void
get_presets(struct getting *g, struct weir_plugin_type *t)
{
    const uint32_t n = get_u32(g);
    t->presets = get_room(g, n, sizeof *t->presets);
    for (uint32_t i = 0; i < n && !g->failed; i++) {
        t->presets[i].uri = get_needed_text(g);
        t->presets[i].label = get_needed_text(g);
        t->n_presets++;
    }
}

bool
weir_flat_get_type(const unsigned char *bytes, size_t n,
                   struct weir_plugin_type **out)
{
    struct getting g = {bytes, n, false};
    struct weir_plugin_type *t = calloc(1, sizeof *t);
    if (!t)
        return false;
    t->uri = get_needed_text(&g);
    t->name = get_needed_text(&g);
    t->class_label = get_needed_text(&g);
    t->author = get_text(&g);
    t->has_safe_restore = get_small(&g, 1) != 0;
    t->has_default_state = get_small(&g, 1) != 0;
    t->has_worker = get_small(&g, 1) != 0;
    t->needs_coarse_blocks = get_small(&g, 1) != 0;
    t->blocks = get_small(&g, WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO);
    get_ports(&g, t);
    get_properties(&g, t);
    get_presets(&g, t);
    if (g.failed || g.left > 0) {
        weir_plugin_type_free(t);
        return false;
    }
    *out = t;
    return true;
}

static void
get_entry(struct getting *g, struct weir_plugin_entry *e)
{
    e->uri = look_at_text(g);
    e->name = look_at_text(g);
    e->class_label = look_at_text(g);
    e->author = look_at_text(g);
    if (!e->uri || !e->name || !e->class_label || !e->author)
        fail(g);
}

bool
weir_flat_get_entries(const unsigned char *bytes, size_t n,
                      struct weir_plugin_entry **out, uint32_t *n_out)
{
    struct getting g = {bytes, n, false};
    uint32_t n_entries = 0;
    while (g.left > 0 && n_entries <= WEIR_FLAT_PLUGINS) {
        struct weir_plugin_entry ignored;
        get_entry(&g, &ignored);
        n_entries++;
    }
    if (g.failed || g.left > 0)
        return false;
    struct weir_plugin_entry *entries = calloc(n_entries + 1, sizeof *entries);
    if (!entries)
        return false;
    g = (struct getting){bytes, n, false};
    for (uint32_t i = 0; i < n_entries; i++)
        get_entry(&g, &entries[i]);
    *out = entries;
    *n_out = n_entries;
    return true;
}

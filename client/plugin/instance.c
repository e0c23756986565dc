// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Making and freeing an instance. Everything here is @control's.
#include "plugin/instance.h"

#include "rt/prefault.h"

#include <errno.h>
#include <lv2/buf-size/buf-size.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEQUENCE_BYTES = 8192, ALIGNMENT = 64 };

// ---------------------------------------------------------------- its files

// Make the folders above `path`.
static bool
make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

// state:makePath: a place below the scratch folder, and nowhere else.
static char *
make_path(LV2_State_Make_Path_Handle handle, const char *path)
{
    const struct weir_instance *i = handle;
    char *whole = NULL;
    if (path[0] == '/' || strstr(path, ".."))
        return NULL;
    if (asprintf(&whole, "%s/%s", i->scratch, path) < 0)
        return NULL;
    if (make_parents(whole))
        return whole;
    free(whole);
    return NULL;
}

static void
free_path(LV2_State_Free_Path_Handle handle, char *path)
{
    (void)handle;
    free(path);
}

// ----------------------------------------------------------------- features

// What it does not ask for is not promised, so that it need not be kept.
static unsigned
promised(const struct weir_plugin_type *type,
         const struct weir_instance_config *c)
{
    return type->blocks & c->promises;
}

static void
set_options(struct weir_instance *i, const struct weir_instance_config *c)
{
    const struct weir_known_urids *k = i->known;
    const bool is_fixed = (promised(i->type, c) & WEIR_BLOCKS_FIXED) != 0;
    i->option_rate = (float)c->rate_hz;
    i->option_ints[0] = is_fixed ? (int32_t)c->nominal_block : 1;
    i->option_ints[1] = (int32_t)(is_fixed ? c->nominal_block : c->max_block);
    i->option_ints[2] = (int32_t)c->nominal_block;
    i->option_ints[3] = SEQUENCE_BYTES;
    const LV2_URID keys[4] = {k->block_min, k->block_max, k->block_nominal,
                              k->sequence_size};
    for (uint32_t o = 0; o < 4; o++)
        i->options[o] = (LV2_Options_Option){
            LV2_OPTIONS_INSTANCE, 0,           keys[o],
            sizeof(int32_t),      k->atom_int, &i->option_ints[o]};
    i->options[4] = (LV2_Options_Option){LV2_OPTIONS_INSTANCE, 0,
                                         k->sample_rate,       sizeof(float),
                                         k->atom_float,        &i->option_rate};
    i->options[5] = (LV2_Options_Option){0};
}

static void
set_features(struct weir_instance *i, const struct weir_instance_config *c,
             struct weir_notes *notes)
{
    uint32_t n = 0;
    i->features[n++] = (LV2_Feature){LV2_URID__map, &c->world->map};
    i->features[n++] = (LV2_Feature){LV2_URID__unmap, &c->world->unmap};
    i->features[n++] = (LV2_Feature){LV2_OPTIONS__options, i->options};
    i->features[n++] = (LV2_Feature){LV2_LOG__log, weir_notes_feature(notes)};
    i->features[n++] = (LV2_Feature){LV2_BUF_SIZE__boundedBlockLength, NULL};
    i->features[n++] = (LV2_Feature){LV2_STATE__loadDefaultState, NULL};
    i->features[n++] = (LV2_Feature){LV2_STATE__threadSafeRestore, NULL};
    if (i->worker)
        i->features[n++] = (LV2_Feature){LV2_WORKER__schedule,
                                         weir_plugin_worker_feature(i->worker)};
    if (i->scratch) {
        i->make_path = (LV2_State_Make_Path){i, make_path};
        i->free_path = (LV2_State_Free_Path){i, free_path};
        i->features[n++] = (LV2_Feature){LV2_STATE__makePath, &i->make_path};
        i->features[n++] = (LV2_Feature){LV2_STATE__freePath, &i->free_path};
    }
    if (promised(i->type, c) & WEIR_BLOCKS_FIXED)
        i->features[n++] = (LV2_Feature){LV2_BUF_SIZE__fixedBlockLength, NULL};
    if (promised(i->type, c) & WEIR_BLOCKS_POWER_OF_TWO)
        i->features[n++] =
            (LV2_Feature){LV2_BUF_SIZE__powerOf2BlockLength, NULL};
    for (uint32_t f = 0; f < n; f++)
        i->feature_list[f] = &i->features[f];
    i->feature_list[n] = NULL;
}

// ------------------------------------------------------------------ buffers

static void *
get_zeroes(size_t n_bytes)
{
    const size_t whole = (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, whole > 0 ? whole : ALIGNMENT);
    if (memory) {
        memset(memory, 0, whole);
        weir_prefault(memory, whole);
    }
    return memory;
}

static bool
get_buffer(struct weir_instance *i, uint32_t port)
{
    const struct weir_plugin_port *p = &i->type->ports[port];
    if (p->kind == WEIR_PORT_AUDIO || p->kind == WEIR_PORT_CV) {
        i->buffers[port] = get_zeroes(i->max_block * sizeof(float));
        return i->buffers[port] != NULL;
    }
    if (p->kind != WEIR_PORT_ATOM || !(p->flags & WEIR_PORT_SEQUENCE) ||
        p->minimum_size > WEIR_MAX_ATOM_BYTES)
        return true;
    // One that names no size gets what most hosts give.
    const uint32_t size =
        p->minimum_size > SEQUENCE_BYTES ? p->minimum_size : SEQUENCE_BYTES;
    i->sequence_sizes[port] = size;
    i->sequences[port] = get_zeroes(size + sizeof(LV2_Atom_Sequence));
    return i->sequences[port] != NULL;
}

static bool
get_buffers(struct weir_instance *i)
{
    const uint32_t n = i->type->n_ports + 1;
    i->buffers = calloc(n, sizeof *i->buffers);
    i->sequences = calloc(n, sizeof(LV2_Atom_Sequence *));
    i->sequence_sizes = calloc(n, sizeof *i->sequence_sizes);
    i->outputs = calloc(n, sizeof *i->outputs);
    if (!i->buffers || !i->sequences || !i->sequence_sizes || !i->outputs)
        return false;
    for (uint32_t port = 0; port < i->type->n_ports; port++)
        if (!get_buffer(i, port))
            return false;
    return true;
}

static void
reset_sequence(const struct weir_instance *i, uint32_t port)
{
    LV2_Atom_Sequence *s = i->sequences[port];
    if (!s)
        return;
    s->atom.type = i->known->atom_sequence;
    s->atom.size = sizeof(LV2_Atom_Sequence_Body);
    s->body = (LV2_Atom_Sequence_Body){0, 0};
}

// Everything that a port may be connected to, before it is activated. What
// cannot be connected and need not is connected to nothing.
static void
connect_ports(struct weir_instance *i, float *values)
{
    for (uint32_t port = 0; port < i->type->n_ports; port++) {
        const struct weir_plugin_port *p = &i->type->ports[port];
        void *to = NULL;
        if (p->kind == WEIR_PORT_AUDIO || p->kind == WEIR_PORT_CV)
            to = i->buffers[port];
        else if (p->kind == WEIR_PORT_CONTROL)
            to = p->is_input ? &values[port] : &i->outputs[port];
        else if (p->kind == WEIR_PORT_ATOM)
            to = i->sequences[port];
        reset_sequence(i, port);
        lilv_instance_connect_port(i->lilv, port, to);
    }
}

// ------------------------------------------------------------------- itself

static bool
instantiate(struct weir_instance *i, const struct weir_instance_config *c,
            struct weir_why *why)
{
    const LilvPlugin *plugin = weir_plugin_world_find(c->world, i->type->uri);
    i->lilv = plugin
                  ? lilv_plugin_instantiate(plugin, c->rate_hz, i->feature_list)
                  : NULL;
    if (!i->lilv)
        return weir_why(why,
                        "<%s> did not start: its library is broken, or "
                        "it said no",
                        i->type->uri);
    i->handle = lilv_instance_get_handle(i->lilv);
    i->descriptor = lilv_instance_get_descriptor(i->lilv);
    return true;
}

// A plugin that says it uses a worker need not have an interface for one.
static bool
start_worker(struct weir_instance *i, struct weir_why *why)
{
    const LV2_Worker_Interface *interface =
        i->worker
            ? lilv_instance_get_extension_data(i->lilv, LV2_WORKER__interface)
            : NULL;
    if (!interface || !interface->work)
        return true;
    return weir_plugin_worker_start(i->worker, interface, i->handle) ||
           weir_why(why, "no thread for the work of <%s>", i->type->uri);
}

bool
weir_instance_new(const struct weir_instance_config *c,
                  const struct weir_plugin_type *type, float *values,
                  struct weir_notes *notes, struct weir_instance **out,
                  struct weir_why *why)
{
    struct weir_instance *i = calloc(1, sizeof *i);
    if (!i)
        return weir_why(why, "out of memory");
    i->type = type;
    i->known = &c->world->known;
    i->max_block = c->max_block;
    i->values = values;
    i->worker = type->has_worker ? weir_plugin_worker_new() : NULL;
    i->scratch = c->scratch ? strdup(c->scratch) : NULL;
    if ((type->has_worker && !i->worker) || (c->scratch && !i->scratch) ||
        !get_buffers(i)) {
        weir_instance_free(i);
        return weir_why(why, "out of memory");
    }
    set_options(i, c);
    set_features(i, c, notes);
    if (!instantiate(i, c, why) || !start_worker(i, why)) {
        weir_instance_free(i);
        return false;
    }
    connect_ports(i, values);
    *out = i;
    return true;
}

void
weir_instance_activate(struct weir_instance *i)
{
    lilv_instance_activate(i->lilv);
    i->is_active = true;
}

void
weir_instance_free(struct weir_instance *i)
{
    if (!i)
        return;
    weir_plugin_worker_free(i->worker);
    if (i->lilv) {
        if (i->is_active)
            lilv_instance_deactivate(i->lilv);
        lilv_instance_free(i->lilv);
    }
    for (uint32_t port = 0; port < i->type->n_ports; port++) {
        if (i->buffers)
            free(i->buffers[port]);
        if (i->sequences)
            free(i->sequences[port]);
    }
    free(i->buffers);
    free(i->sequences);
    free(i->sequence_sizes);
    free(i->outputs);
    free(i->scratch);
    free(i);
}

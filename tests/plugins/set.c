// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Plugins that do one thing each which a host must be able to follow:
// set.lv2/set.ttl says what they are. What they do is plain on purpose, so
// that a test can say to the bit what comes out.
#include "set.h"

#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET "urn:weir:test:"

enum { MOST_PORTS = 8, MOST_DELAY = 32768 };

struct plugin {
    void *ports[MOST_PORTS];
    double rate_hz;
    // delay
    float *line;
    uint32_t at;
    // blocks
    uint32_t whole;       // frames that every one was promised to have; 0: any
    bool is_power_of_two; // was promised
    // trigger
    uint32_t n_triggered;
    // patch
    const LV2_URID_Map *map;
    const LV2_Worker_Schedule *schedule;
    const LV2_Log_Log *log;
    LV2_URID urid_path, urid_file, urid_set, urid_get, urid_property;
    LV2_URID urid_value, urid_object, urid_urid, urid_position, urid_bpm;
    LV2_URID urid_float, urid_note;
    LV2_Atom_Forge forge;
    char path[1024]; // the file's that was read last; "" none
    float factor;    // what it said
    uint32_t n_answers;
    // hidden
    float kept;
    uint32_t age;
};

static float *
audio(const struct plugin *p, int port)
{
    return p->ports[port];
}

static float
value(const struct plugin *p, int port)
{
    return *(const float *)p->ports[port];
}

static void
say(const struct plugin *p, int port, float number)
{
    *(float *)p->ports[port] = number;
}

static const void *
find(const LV2_Feature *const *features, const char *uri)
{
    for (; *features; features++)
        if (strcmp((*features)->URI, uri) == 0)
            return (*features)->data;
    return NULL;
}

static void
map_uris(struct plugin *p)
{
    const LV2_URID_Map *m = p->map;
    p->urid_path = m->map(m->handle, LV2_ATOM__Path);
    p->urid_file = m->map(m->handle, SET "patch#file");
    p->urid_set = m->map(m->handle, LV2_PATCH__Set);
    p->urid_get = m->map(m->handle, LV2_PATCH__Get);
    p->urid_property = m->map(m->handle, LV2_PATCH__property);
    p->urid_value = m->map(m->handle, LV2_PATCH__value);
    p->urid_object = m->map(m->handle, LV2_ATOM__Object);
    p->urid_urid = m->map(m->handle, LV2_ATOM__URID);
    p->urid_position = m->map(m->handle, LV2_TIME__Position);
    p->urid_bpm = m->map(m->handle, LV2_TIME__beatsPerMinute);
    p->urid_float = m->map(m->handle, LV2_ATOM__Float);
    p->urid_note = m->map(m->handle, LV2_LOG__Note);
    lv2_atom_forge_init(&p->forge, (LV2_URID_Map *)(uintptr_t)m);
}

// An option that is an int; -1: it is not there.
static int32_t
option(const struct plugin *p, const LV2_Options_Option *o, const char *uri)
{
    const LV2_URID key = p->map->map(p->map->handle, uri);
    const LV2_URID type = p->map->map(p->map->handle, LV2_ATOM__Int);
    for (; o && o->key; o++)
        if (o->key == key && o->type == type && o->size == sizeof(int32_t))
            return *(const int32_t *)o->value;
    return -1;
}

// What it is promised of blocks; false where the options say something else,
// or where it needs a promise that nobody makes.
static bool
read_promises(struct plugin *p, const char *uri,
              const LV2_Feature *const *features)
{
    const LV2_Options_Option *o = NULL;
    for (const LV2_Feature *const *f = features; *f; f++) {
        if (strcmp((*f)->URI, LV2_OPTIONS__options) == 0)
            o = (*f)->data;
        p->whole |= strcmp((*f)->URI, LV2_BUF_SIZE__fixedBlockLength) == 0;
        p->is_power_of_two |=
            strcmp((*f)->URI, LV2_BUF_SIZE__powerOf2BlockLength) == 0;
    }
    if (strcmp(uri, SET "needs-power-of-2-blocks") == 0 && !p->is_power_of_two)
        return false;
    if (p->whole == 0)
        return strcmp(uri, SET "needs-fixed-blocks") != 0;
    const int32_t n = option(p, o, LV2_BUF_SIZE__nominalBlockLength);
    p->whole = (uint32_t)n;
    return n > 0 && option(p, o, LV2_BUF_SIZE__minBlockLength) == n &&
           option(p, o, LV2_BUF_SIZE__maxBlockLength) == n;
}

LV2_Handle
weir_test_instantiate(const LV2_Descriptor *d, double rate_hz,
                      const char *bundle, const LV2_Feature *const *features)
{
    (void)bundle;
    struct plugin *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->rate_hz = rate_hz;
    p->line = calloc(MOST_DELAY, sizeof *p->line);
    p->factor = 1.0f;
    p->map = find(features, LV2_URID__map);
    p->schedule = find(features, LV2_WORKER__schedule);
    p->log = find(features, LV2_LOG__log);
    if (p->map)
        map_uris(p);
    if (p->map && !read_promises(p, d->URI, features)) {
        free(p->line);
        free(p);
        return NULL;
    }
    return p;
}

void
weir_test_connect(LV2_Handle handle, uint32_t port, void *to)
{
    struct plugin *p = handle;
    if (port < MOST_PORTS)
        p->ports[port] = to;
}

void
weir_test_cleanup(LV2_Handle handle)
{
    struct plugin *p = handle;
    free(p->line);
    free(p);
}

// ----------------------------------------------------------------------- sound

// in, out, gain
static void
run_gain(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    for (uint32_t i = 0; i < n; i++)
        audio(p, 1)[i] = audio(p, 0)[i] * value(p, 2);
}

// in left, right, out left, right, balance, peak: left goes by 1 - balance,
// right by 1 + balance
static void
run_stereo(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    float peak = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        audio(p, 2)[i] = audio(p, 0)[i] * (1.0f - value(p, 4));
        audio(p, 3)[i] = audio(p, 1)[i] * (1.0f + value(p, 4));
        peak = fmaxf(peak, fabsf(audio(p, 0)[i]));
    }
    say(p, 5, peak);
}

// in, out left, right: the right is turned over
static void
run_widen(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    for (uint32_t i = 0; i < n; i++) {
        audio(p, 1)[i] = audio(p, 0)[i];
        audio(p, 2)[i] = -0.5f * audio(p, 0)[i];
    }
}

// in, out, frames, latency
static void
run_delay(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    const uint32_t frames = (uint32_t)value(p, 2);
    for (uint32_t i = 0; i < n; i++, p->at++) {
        p->line[p->at % MOST_DELAY] = audio(p, 0)[i];
        audio(p, 1)[i] = p->line[(p->at - frames) % MOST_DELAY];
    }
    say(p, 3, (float)frames);
}

// in, out, latency, rate: a hundredth of a second later
static void
run_hundredth(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    const uint32_t frames = (uint32_t)(p->rate_hz / 100.0);
    for (uint32_t i = 0; i < n; i++, p->at++) {
        p->line[p->at % MOST_DELAY] = audio(p, 0)[i];
        audio(p, 1)[i] = p->line[(p->at - frames) % MOST_DELAY];
    }
    say(p, 2, (float)frames);
    say(p, 3, (float)p->rate_hz);
}

// in, out, gain, promised: a block that is not as promised is its end
static void
run_blocks(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    if ((p->whole > 0 && n != p->whole) ||
        (p->is_power_of_two && (n & (n - 1)) != 0))
        abort();
    run_gain(handle, n);
    say(p, 3, (float)p->whole);
}

// in, out, cv in, cv out: both outputs are the product
static void
run_cv(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    for (uint32_t i = 0; i < n; i++)
        audio(p, 3)[i] = audio(p, 1)[i] = audio(p, 0)[i] * audio(p, 2)[i];
}

// in, out, enabled: twice as loud while it is
static void
run_enabled(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    const float gain = value(p, 2) > 0.0f ? 2.0f : 1.0f;
    for (uint32_t i = 0; i < n; i++)
        audio(p, 1)[i] = audio(p, 0)[i] * gain;
}

// in, out, freewheel: twice as loud in it
static void
run_wheel(LV2_Handle handle, uint32_t n)
{
    run_enabled(handle, n);
}

// in, out, switch, choice, frequency, steps, trigger, triggered
static void
run_kinds(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    p->n_triggered += value(p, 6) > 0.0f;
    say(p, 7, (float)p->n_triggered);
    memcpy(audio(p, 1), audio(p, 0), n * sizeof(float));
}

// ----------------------------------------------------------------------- atoms

// A file holds a number: the gain. It is read by the worker.
static void
set_path(struct plugin *p, const char *path)
{
    snprintf(p->path, sizeof p->path, "%s", path);
    if (p->schedule)
        p->schedule->schedule_work(p->schedule->handle,
                                   (uint32_t)strlen(p->path) + 1, p->path);
}

static LV2_Worker_Status
work(LV2_Handle handle, LV2_Worker_Respond_Function respond,
     LV2_Worker_Respond_Handle to, uint32_t size, const void *data)
{
    struct plugin *p = handle;
    float factor = 0.0f;
    FILE *file = size > 0 ? fopen(data, "r") : NULL;
    if (!file || fscanf(file, "%f", &factor) != 1)
        factor = 0.0f;
    if (file)
        fclose(file);
    if (p->log)
        p->log->printf(p->log->handle, p->urid_note, "factor %g\n",
                       (double)factor);
    return respond(to, sizeof factor, &factor);
}

static LV2_Worker_Status
work_response(LV2_Handle handle, uint32_t size, const void *data)
{
    struct plugin *p = handle;
    if (size == sizeof p->factor)
        memcpy(&p->factor, data, sizeof p->factor);
    p->n_answers++;
    return LV2_WORKER_SUCCESS;
}

static LV2_State_Status
save(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle to,
     uint32_t flags, const LV2_Feature *const *features)
{
    (void)flags;
    struct plugin *p = handle;
    const LV2_State_Map_Path *paths = find(features, LV2_STATE__mapPath);
    const LV2_State_Free_Path *frees = find(features, LV2_STATE__freePath);
    if (!p->path[0] || !paths)
        return LV2_STATE_SUCCESS;
    char *abstract = paths->abstract_path(paths->handle, p->path);
    store(to, p->urid_file, abstract, strlen(abstract) + 1, p->urid_path,
          LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    if (frees)
        frees->free_path(frees->handle, abstract);
    return LV2_STATE_SUCCESS;
}

static LV2_State_Status
restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
        LV2_State_Handle from, uint32_t flags,
        const LV2_Feature *const *features)
{
    (void)flags;
    struct plugin *p = handle;
    size_t size;
    uint32_t type, value_flags;
    const LV2_State_Map_Path *paths = find(features, LV2_STATE__mapPath);
    const LV2_Worker_Schedule *now = find(features, LV2_WORKER__schedule);
    const char *abstract =
        retrieve(from, p->urid_file, &size, &type, &value_flags);
    if (!abstract || !paths || !now)
        return LV2_STATE_SUCCESS;
    char *path = paths->absolute_path(paths->handle, abstract);
    snprintf(p->path, sizeof p->path, "%s", path);
    now->schedule_work(now->handle, (uint32_t)strlen(path) + 1, path);
    free(path);
    return LV2_STATE_SUCCESS;
}

static void
tell_path(struct plugin *p)
{
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_frame_time(&p->forge, 0);
    lv2_atom_forge_object(&p->forge, &frame, 0, p->urid_set);
    lv2_atom_forge_key(&p->forge, p->urid_property);
    lv2_atom_forge_urid(&p->forge, p->urid_file);
    lv2_atom_forge_key(&p->forge, p->urid_value);
    lv2_atom_forge_path(&p->forge, p->path, (uint32_t)strlen(p->path));
    lv2_atom_forge_pop(&p->forge, &frame);
}

static void
obey(struct plugin *p, const LV2_Atom_Object *o)
{
    const LV2_Atom_URID *property = NULL;
    const LV2_Atom *path = NULL;
    if (o->body.otype == p->urid_get)
        tell_path(p);
    if (o->body.otype != p->urid_set)
        return;
    lv2_atom_object_get(o, p->urid_property, &property, p->urid_value, &path,
                        0);
    if (property && property->body == p->urid_file && path &&
        path->type == p->urid_path)
        set_path(p, LV2_ATOM_BODY_CONST(path));
}

// in, out, control, notify, answers
static void
run_patch(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    LV2_Atom_Forge_Frame frame;
    LV2_Atom_Sequence *to = p->ports[3];
    lv2_atom_forge_set_buffer(&p->forge, (uint8_t *)to, to->atom.size);
    lv2_atom_forge_sequence_head(&p->forge, &frame, 0);
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)p->ports[2], event)
    if (event->body.type == p->urid_object)
        obey(p, (const LV2_Atom_Object *)&event->body);
    lv2_atom_forge_pop(&p->forge, &frame);
    for (uint32_t i = 0; i < n; i++)
        audio(p, 1)[i] = audio(p, 0)[i] * p->factor;
    say(p, 4, (float)p->n_answers);
}

// in, out, control, events, beats a minute
static void
run_time(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)p->ports[2], event)
    {
        const LV2_Atom_Object *o = (const LV2_Atom_Object *)&event->body;
        const LV2_Atom_Float *bpm = NULL;
        p->n_triggered++;
        if (o->atom.type == p->urid_object && o->body.otype == p->urid_position)
            lv2_atom_object_get(o, p->urid_bpm, &bpm, 0);
        if (bpm)
            say(p, 4, bpm->body);
    }
    say(p, 3, (float)p->n_triggered);
    memcpy(audio(p, 1), audio(p, 0), n * sizeof(float));
}

// ---------------------------------------------------------------------- hidden

static LV2_URID
hidden_key(const struct plugin *p)
{
    return p->map->map(p->map->handle, SET "hidden#kept");
}

static LV2_State_Status
save_hidden(LV2_Handle handle, LV2_State_Store_Function store,
            LV2_State_Handle to, uint32_t flags,
            const LV2_Feature *const *features)
{
    (void)flags, (void)features;
    const struct plugin *p = handle;
    return store(to, hidden_key(p), &p->kept, sizeof p->kept, p->urid_float,
                 LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

static LV2_State_Status
restore_hidden(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
               LV2_State_Handle from, uint32_t flags,
               const LV2_Feature *const *features)
{
    (void)flags, (void)features;
    struct plugin *p = handle;
    size_t size;
    uint32_t type, value_flags;
    const float *kept =
        retrieve(from, hidden_key(p), &size, &type, &value_flags);
    if (kept && size == sizeof *kept && type == p->urid_float)
        p->kept = *kept;
    return LV2_STATE_SUCCESS;
}

// in, out, number, take, kept, age: what is kept is the number that there was
// when `take` was pressed; the age is the frames since it was made.
static void
run_hidden(LV2_Handle handle, uint32_t n)
{
    struct plugin *p = handle;
    if (value(p, 3) > 0.0f)
        p->kept = value(p, 2);
    p->age += n;
    say(p, 4, p->kept);
    say(p, 5, (float)p->age);
    memcpy(audio(p, 1), audio(p, 0), n * sizeof(float));
}

static const void *
extension_hidden(const char *uri)
{
    static const LV2_State_Interface state = {save_hidden, restore_hidden};
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

static const void *
extension(const char *uri)
{
    static const LV2_Worker_Interface worker = {work, work_response, NULL};
    static const LV2_State_Interface state = {save, restore};
    if (strcmp(uri, LV2_WORKER__interface) == 0)
        return &worker;
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

#define PLUGIN(name, run, data)                                                \
    {                                                                          \
        SET name, weir_test_instantiate, weir_test_connect, NULL, run, NULL,   \
            weir_test_cleanup, data                                            \
    }

LV2_SYMBOL_EXPORT const LV2_Descriptor *
lv2_descriptor(uint32_t index)
{
    static const LV2_Descriptor plugins[] = {
        PLUGIN("gain", run_gain, NULL),
        PLUGIN("smooth", run_gain, NULL),
        PLUGIN("stereo", run_stereo, NULL),
        PLUGIN("widen", run_widen, NULL),
        PLUGIN("delay", run_delay, NULL),
        PLUGIN("cv", run_cv, NULL),
        PLUGIN("enabled", run_enabled, NULL),
        PLUGIN("wheel", run_wheel, NULL),
        PLUGIN("kinds", run_kinds, NULL),
        PLUGIN("patch", run_patch, extension),
        PLUGIN("time", run_time, NULL),
        PLUGIN("hidden", run_hidden, extension_hidden),
        PLUGIN("needs-feature", run_gain, NULL),
        PLUGIN("needs-option", run_gain, NULL),
        PLUGIN("needs-fixed-blocks", run_blocks, NULL),
        PLUGIN("needs-power-of-2-blocks", run_blocks, NULL),
        PLUGIN("likes-fixed-blocks", run_blocks, NULL),
        PLUGIN("hundredth", run_hundredth, NULL),
        PLUGIN("unknown-port", run_gain, NULL),
        PLUGIN("unknown-port-optional", run_gain, NULL),
        PLUGIN("huge-atoms", run_time, NULL),
    };
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
}

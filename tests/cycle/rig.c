// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The engine on a bench.
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct rig_tap {
    struct weir_tap tap;
    void *memory;
    struct rig_tap *next;
};

struct rig_table {
    struct weir_table *table;
    struct rig_table *next;
};

struct rig_lines {
    struct weir_lines lines;
    uint32_t request;
    struct rig_lines *next;
};

static void *
make(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (!memory)
        abort();
    return memory;
}

static float *
make_buffer(void)
{
    return make(RIG_MAX_BLOCK * sizeof(float));
}

static WEIR_RT void *
get_buffer(void *port, uint32_t n_frames)
{
    return n_frames <= RIG_MAX_BLOCK ? port : NULL;
}

// ---------------------------------------------------------------- lifetimes

static struct rig_config
with_defaults(const struct rig_config *given)
{
    struct rig_config c = given ? *given : (struct rig_config){0};
    c.rate_hz = c.rate_hz ? c.rate_hz : RIG_RATE_HZ;
    c.latency_blocks = c.latency_blocks ? c.latency_blocks : 1;
    c.main_channels = c.main_channels ? c.main_channels : 2;
    c.lane_frames = c.lane_frames ? c.lane_frames : 32768;
    c.history_frames = c.history_frames ? c.history_frames : 65536;
    return c;
}

struct rig *
rig_new(const struct rig_config *config)
{
    struct rig *r = make(sizeof *r);
    r->config = with_defaults(config);
    r->rate_hz = r->config.rate_hz;
    r->events = make(RIG_MAX_EVENTS * sizeof *r->events);
    r->engine = weir_engine_new(r->config.rate_hz, r->config.lane_frames);
    cr_assert_not_null(r->engine);
    r->engine->latency_blocks = r->config.latency_blocks;
    weir_process_init(&r->process, get_buffer, r->engine->inputs,
                      &r->engine->doorbell, r->config.latency_blocks);
    r->main = rig_add_bus(r, 0, r->config.main_channels);
    rig_mix(r);
    return r;
}

static void
free_strip(struct rig_strip *s)
{
    weir_strip_free(s->mix);
    for (uint32_t c = 0; c < s->n_channels; c++)
        free(s->in[c]);
    free(s);
}

static void
free_bus(struct rig_bus *b)
{
    weir_bus_free(b->mix);
    for (uint32_t c = 0; c < b->n_channels; c++)
        free(b->out[c]);
    free(b);
}

// Tables older than `number`: the callback is past them.
static void
free_tables(struct rig *r, uint64_t number)
{
    struct rig_table **at = &r->tables;
    while (*at) {
        struct rig_table *t = *at;
        if (t->table->number >= number) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        weir_table_free(t->table);
        free(t);
    }
}

#define FREE_LIST(type, list, free_one)                                        \
    for (struct type *one = (list), *next; one; one = next) {                  \
        next = one->next;                                                      \
        free_one(one);                                                         \
    }

static void
free_tap(struct rig_tap *t)
{
    free(t->memory);
    free(t);
}

static void
free_lines(struct rig_lines *l)
{
    weir_line_free(l->lines.dry);
    weir_line_free(l->lines.wet);
    free(l);
}

void
rig_free(struct rig *r)
{
    FREE_LIST(rig_lines, r->lines, free_lines)
    free_tables(r, UINT64_MAX);
    FREE_LIST(rig_strip, r->strips, free_strip)
    FREE_LIST(rig_bus, r->buses, free_bus)
    FREE_LIST(rig_tap, r->taps, free_tap)
    weir_engine_free(r->engine);
    free(r->events);
    free(r);
}

// ------------------------------------------------------------------- events

static void
send_lines(struct rig *r, const struct weir_event *event)
{
    struct rig_lines *l = make(sizeof *l);
    const uint32_t n_channels = event->detour->n_channels;
    const uint32_t n = (uint32_t)event->number;
    if (!r->no_memory) {
        l->lines.dry = weir_line_new(n_channels, n, r->n_lines);
        if (event->request)
            l->lines.wet = weir_line_new(n_channels, n, r->n_lines + 1);
    }
    r->n_lines++;
    l->next = r->lines;
    r->lines = l;
    struct weir_command command = {.kind = WEIR_COMMAND_LINES,
                                   .detour = event->detour,
                                   .lines = &l->lines};
    l->request = rig_push(r, &command, 1);
}

// What the mixer gave back.
static void
free_lines_of(struct rig *r, uint32_t request)
{
    for (struct rig_lines **at = &r->lines; *at; at = &(*at)->next)
        if ((*at)->request == request) {
            struct rig_lines *l = *at;
            *at = l->next;
            free_lines(l);
            return;
        }
}

void
rig_take_events(struct rig *r)
{
    struct weir_event event;
    while (weir_queue_pop(r->engine->events, &event)) {
        if (event.kind == WEIR_EVENT_TABLE) {
            cr_assert_gt(event.number, r->table_through);
            r->table_through = event.number;
            free_tables(r, event.number);
        }
        if (event.kind == WEIR_EVENT_LINES)
            send_lines(r, &event);
        else if (event.kind == WEIR_EVENT_DONE)
            free_lines_of(r, event.request);
        cr_assert_lt(r->n_events, (uint32_t)RIG_MAX_EVENTS);
        r->events[r->n_events++] = event;
    }
}

bool
rig_answer(struct rig *r, uint32_t request, uint64_t *frame)
{
    for (uint32_t i = 0; i < r->n_events; i++) {
        if (r->events[i].kind != WEIR_EVENT_DONE ||
            r->events[i].request != request)
            continue;
        if (frame)
            *frame = r->events[i].number;
        return true;
    }
    return false;
}

// ----------------------------------------------------------------- commands

uint32_t
rig_push(struct rig *r, struct weir_command *commands, uint32_t n)
{
    const uint32_t first = r->request + 1;
    for (uint32_t i = 0; i < n; i++)
        commands[i].request = ++r->request;
    cr_assert(weir_queue_push(r->engine->commands, commands, n));
    return first;
}

static uint32_t
push_one(struct rig *r, struct weir_command command)
{
    return rig_push(r, &command, 1);
}

uint32_t
rig_set(struct rig *r, struct rig_strip *s, enum weir_strip_param param,
        float value)
{
    return push_one(r, (struct weir_command){.kind = WEIR_COMMAND_STRIP_SET,
                                             .strip = s->mix,
                                             .param = param,
                                             .value = value});
}

uint32_t
rig_set_send(struct rig *r, struct rig_strip *s, const struct rig_bus *b,
             enum weir_send_param param, float value)
{
    return push_one(r, (struct weir_command){.kind = WEIR_COMMAND_SEND_SET,
                                             .strip = s->mix,
                                             .slot = b->slot,
                                             .param = param,
                                             .value = value});
}

uint32_t
rig_set_bus(struct rig *r, struct rig_bus *b, enum weir_bus_param param,
            float value)
{
    return push_one(r, (struct weir_command){.kind = WEIR_COMMAND_BUS_SET,
                                             .bus = b->mix,
                                             .param = param,
                                             .value = value});
}

uint32_t
rig_do(struct rig *r, enum weir_command_kind kind)
{
    return push_one(r, (struct weir_command){.kind = kind});
}

// ------------------------------------------------------------ strips, buses

struct rig_strip *
rig_make_strip(struct rig *r, uint32_t n_channels)
{
    struct rig_strip *s = make(sizeof *s);
    s->mix = weir_strip_new(r->engine->inputs, n_channels, r->config.rate_hz,
                            r->n_streams);
    cr_assert_not_null(s->mix);
    s->n_channels = n_channels;
    s->stream = r->n_streams;
    r->n_streams += n_channels;
    for (uint32_t c = 0; c < n_channels; c++)
        s->in[c] = make_buffer();
    s->next = r->strips;
    r->strips = s;
    return s;
}

struct rig_strip *
rig_add_strip(struct rig *r, uint32_t n_channels)
{
    struct rig_strip *s = rig_make_strip(r, n_channels);
    push_one(r, (struct weir_command){.kind = WEIR_COMMAND_STRIP_ADD,
                                      .strip = s->mix});
    s->patched = true;
    const uint64_t number = rig_publish(r);
    push_one(r, (struct weir_command){.kind = WEIR_COMMAND_STRIP_INPUT,
                                      .strip = s->mix,
                                      .number = number});
    return s;
}

uint32_t
rig_remove_strip(struct rig *r, struct rig_strip *s)
{
    return push_one(r, (struct weir_command){.kind = WEIR_COMMAND_STRIP_REMOVE,
                                             .strip = s->mix});
}

void
rig_free_strip(struct rig *r, struct rig_strip *s)
{
    struct rig_strip **at = &r->strips;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    free_strip(s);
}

void
rig_drop_strip(struct rig *r, struct rig_strip *s, uint32_t n_frames)
{
    s->patched = false;
    const uint64_t number = rig_publish(r);
    while (r->table_through < number)
        rig_cycle(r, n_frames);
    rig_free_strip(r, s);
}

struct weir_tap *
rig_make_tap(struct rig *r, uint32_t n_channels)
{
    struct rig_tap *t = make(sizeof *t);
    t->memory =
        make(weir_broadcast_bytes(r->config.history_frames, n_channels));
    weir_broadcast_init(&t->tap.ring, t->memory, r->config.rate_hz, n_channels,
                        r->config.history_frames, 0);
    t->next = r->taps;
    r->taps = t;
    return &t->tap;
}

struct rig_bus *
rig_make_bus(struct rig *r, uint32_t slot, uint32_t n_channels)
{
    struct rig_bus *b = make(sizeof *b);
    b->tap = rig_make_tap(r, n_channels);
    b->mix = weir_bus_new(n_channels, r->config.rate_hz, b->tap);
    cr_assert_not_null(b->mix);
    b->n_channels = n_channels;
    b->slot = slot;
    for (uint32_t c = 0; c < n_channels; c++)
        b->out[c] = make_buffer();
    b->next = r->buses;
    r->buses = b;
    return b;
}

struct rig_bus *
rig_add_bus(struct rig *r, uint32_t slot, uint32_t n_channels)
{
    struct rig_bus *b = rig_make_bus(r, slot, n_channels);
    push_one(r, (struct weir_command){
                    .kind = WEIR_COMMAND_BUS_ADD, .bus = b->mix, .slot = slot});
    rig_mix(r); // its ring begins before the callback may read it
    b->patched = true;
    rig_publish(r);
    return b;
}

uint32_t
rig_remove_bus(struct rig *r, struct rig_bus *b)
{
    b->patched = false;
    rig_publish(r);
    return push_one(r, (struct weir_command){.kind = WEIR_COMMAND_BUS_REMOVE,
                                             .bus = b->mix,
                                             .slot = b->slot});
}

static void
patch_strip(struct weir_table *t, const struct rig_strip *s)
{
    for (uint32_t c = 0; s->patched && c < s->n_channels; c++)
        t->inputs[t->n_inputs++] = (struct weir_input_port){
            .port = s->in[c], .lane = s->mix->lanes[c].frames};
}

static void
patch_bus(struct weir_table *t, const struct rig_bus *b)
{
    for (uint32_t c = 0; b->patched && c < b->n_channels; c++)
        t->outputs[t->n_outputs++] = (struct weir_output_port){
            .port = b->out[c], .ring = &b->tap->ring, .channel = c};
}

uint64_t
rig_publish(struct rig *r)
{
    uint32_t n_inputs = 0;
    uint32_t n_outputs = 0;
    for (struct rig_strip *s = r->strips; s; s = s->next)
        n_inputs += s->n_channels;
    for (struct rig_bus *b = r->buses; b; b = b->next)
        n_outputs += b->n_channels;
    struct rig_table *t = make(sizeof *t);
    t->table = weir_table_new(n_inputs, n_outputs);
    cr_assert_not_null(t->table);
    t->table->number = ++r->table;
    for (struct rig_strip *s = r->strips; s; s = s->next)
        patch_strip(t->table, s);
    for (struct rig_bus *b = r->buses; b; b = b->next)
        patch_bus(t->table, b);
    t->next = r->tables;
    r->tables = t;
    weir_process_set_table(&r->process, t->table);
    return r->table;
}

// ------------------------------------------------------------------- cycles

static void
feed_strip(const struct rig *r, struct rig_strip *s, uint32_t n)
{
    for (uint32_t c = 0; c < s->n_channels; c++) {
        float *in = s->in[c];
        if (s->feed == RIG_FEED_NUMBERS)
            for (uint32_t i = 0; i < n; i++)
                in[i] = rig_number(s->stream + c, r->clock + i);
        else if (s->feed == RIG_FEED_LEVEL)
            for (uint32_t i = 0; i < n; i++)
                in[i] = s->level;
    }
}

// What no block may still hold after the callback.
static void
soil_outputs(struct rig *r, uint32_t n)
{
    for (struct rig_bus *b = r->buses; b; b = b->next)
        for (uint32_t c = 0; b->patched && c < b->n_channels; c++)
            for (uint32_t i = 0; i < n; i++)
                b->out[c][i] = 1e30f;
}

void
rig_callback(struct rig *r, uint32_t n)
{
    const struct weir_process_time time = {
        .frame_time = r->config.first_frame_time + (uint32_t)r->clock,
        .rate_hz = r->rate_hz,
        .mono_ns = rig_ns(r, r->clock) + r->late_ns,
        .freewheel = r->freewheel,
    };
    for (struct rig_strip *s = r->strips; s; s = s->next)
        feed_strip(r, s, n);
    soil_outputs(r, n);
    weir_process_run(&r->process, &time, n);
    r->clock += n;
}

void
rig_mix(struct rig *r)
{
    weir_engine_obey(r->engine);
    while (weir_engine_cycle(r->engine))
        weir_engine_obey(r->engine);
    rig_take_events(r);
}

void
rig_cycle(struct rig *r, uint32_t n)
{
    rig_callback(r, n);
    rig_mix(r);
}

void
rig_run(struct rig *r, uint64_t total, uint32_t n_frames)
{
    for (; total > 0; total -= n_frames) {
        n_frames = (uint32_t)weir_min_u64(total, n_frames);
        rig_cycle(r, n_frames);
    }
}

void
rig_skip(struct rig *r, uint32_t n_frames)
{
    r->clock += n_frames;
}

// ------------------------------------------------------------------ results

bool
rig_read(const struct weir_tap *tap, uint64_t position, float *dst, uint32_t n)
{
    if (position < tap->ring.page->first ||
        position + n > weir_broadcast_published(&tap->ring))
        return false;
    weir_broadcast_copy(&tap->ring, position, dst, n);
    return weir_broadcast_valid_from(&tap->ring) <= position;
}

void
rig_newest(const struct rig *r, const struct rig_bus *b, uint32_t channel,
           float *dst, uint32_t n)
{
    float *frames = make((size_t)n * b->n_channels * sizeof *frames);
    cr_assert(rig_read(b->tap, r->engine->position - n, frames, n));
    for (uint32_t i = 0; i < n; i++)
        dst[i] = frames[(size_t)i * b->n_channels + channel];
    free(frames);
}

struct weir_meter_report
rig_meter(struct rig *r, const struct rig_strip *s, const struct rig_bus *b)
{
    struct weir_meter_report report;
    memset(&report, 0xff, sizeof report);
    const uint32_t request =
        push_one(r, (struct weir_command){.kind = WEIR_COMMAND_METER,
                                          .strip = s ? s->mix : NULL,
                                          .bus = b ? b->mix : NULL,
                                          .report = &report});
    rig_mix(r);
    cr_assert(rig_answer(r, request, NULL));
    return report;
}

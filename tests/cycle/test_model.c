// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Random sequences of everything that can be asked of the mixer, against the
// model: every frame of every bus. The seeds are fixed.
#include "cycle/model.h"
#include "cycle/rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_PENDING = 8 };

// A cycle that the callback has taken and the mixer has not mixed.
struct pending {
    uint64_t position;
    uint32_t n_frames;
    int poisoned; // index of the strip that was fed a NaN, or -1
};

struct game {
    uint64_t seed;
    struct rig *r;
    struct model m;
    struct rig_strip *strips[MODEL_STRIPS];
    uint64_t fed_from[MODEL_STRIPS];
    struct rig_bus *buses[MODEL_BUSES];
    uint32_t leaving[MODEL_BUSES]; // request of the removal
    struct pending pending[MAX_PENDING];
    uint32_t n_pending;
    uint64_t n_poisoned;
    uint64_t n_checked; // samples
};

static uint32_t
draw(struct game *g, uint32_t n)
{
    g->seed = g->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(g->seed >> 33) % n;
}

// Steps of 1/64: exact in a float.
static float
draw_gain(struct game *g)
{
    static const uint32_t ranges[] = {1, 65, 65, 193};
    return (float)draw(g, ranges[draw(g, 4)]) / 64.0f;
}

// ---------------------------------------------------------------- comparing

static bool
is_fed(const struct game *g, uint32_t strip, const struct pending *p)
{
    return p && p->position >= g->fed_from[strip] && p->poisoned != (int)strip;
}

static void
check_frame(struct game *g, uint64_t position)
{
    float got[MODEL_CHANNELS];
    for (uint32_t b = 0; b < MODEL_BUSES; b++) {
        if (!g->m.buses[b].exists ||
            !rig_read(g->buses[b]->tap, position, got, 1))
            continue; // gone in the middle of what is compared
        for (uint32_t c = 0; c < g->buses[b]->n_channels; c++) {
            const double want = g->m.buses[b].out[c];
            if (fabs((double)got[c] - want) > 2e-5 + 1e-5 * fabs(want))
                cr_assert_fail("frame %lu, bus %u, channel %u: %.8g, not %.8g",
                               position, b, c, (double)got[c], want);
            g->n_checked++;
        }
    }
}

// Frames [from, to) in the model, and what the engine made of them.
static void
compare(struct game *g, uint64_t from, uint64_t to, const struct pending *p)
{
    static double in[MODEL_STRIPS][MODEL_CHANNELS];
    for (; from < to; from++) {
        for (uint32_t i = 0; i < g->m.n_strips; i++)
            for (uint32_t c = 0; c < g->strips[i]->n_channels; c++)
                in[i][c] =
                    is_fed(g, i, p)
                        ? (double)rig_number(g->strips[i]->stream + c, from)
                        : 0.0;
        model_frame(&g->m, in);
        check_frame(g, from);
    }
}

static void
bury_buses(struct game *g)
{
    for (uint32_t b = 1; b < MODEL_BUSES; b++) {
        if (!g->leaving[b] || !rig_answer(g->r, g->leaving[b], NULL))
            continue;
        model_forget_bus(&g->m, b);
        g->leaving[b] = 0;
    }
}

// The mixer catches up, and the model with it.
static void
mix(struct game *g)
{
    uint64_t at = g->r->engine->position;
    rig_mix(g->r);
    for (uint32_t i = 0; i < g->n_pending; i++) {
        const struct pending *p = &g->pending[i];
        compare(g, at, p->position, NULL); // lost frames
        compare(g, p->position, p->position + p->n_frames, p);
        at = p->position + p->n_frames;
    }
    cr_assert_eq(at, g->r->engine->position);
    g->n_pending = 0;
    bury_buses(g);
}

static void
callback(struct game *g)
{
    const uint32_t n = 16 + draw(g, draw(g, 4) ? 300 : 2000);
    int poisoned = -1;
    for (uint32_t i = 0; i < g->m.n_strips; i++)
        for (uint32_t c = 0; c < g->strips[i]->n_channels; c++)
            for (uint32_t k = 0; k < n; k++)
                g->strips[i]->in[c][k] =
                    rig_number(g->strips[i]->stream + c, g->r->clock + k);
    if (g->m.n_strips > 0 && draw(g, 20) == 0) {
        poisoned = (int)draw(g, g->m.n_strips);
        g->strips[poisoned]->in[0][draw(g, n)] = NAN;
    }
    g->pending[g->n_pending++] = (struct pending){g->r->clock, n, poisoned};
    rig_callback(g->r, n);
}

// --------------------------------------------------------------- the moves

static void
set(struct game *g, uint32_t i, enum weir_strip_param param, float value)
{
    rig_set(g->r, g->strips[i], param, value);
    model_aim(&g->m, NULL);
}

static void
move_value(struct game *g, uint32_t i)
{
    struct model_strip *s = &g->m.strips[i];
    const bool on = draw(g, 2);
    float value = on ? 1.0f : 0.0f;
    const enum weir_strip_param param = draw(g, 8);
    switch (param) {
    case WEIR_STRIP_PARAM_GAIN:
        s->gain = (double)(value = draw_gain(g));
        break;
    case WEIR_STRIP_PARAM_TRIM:
        s->trim = (double)(value = 0.125f + draw_gain(g));
        break;
    case WEIR_STRIP_PARAM_PAN:
        s->pan = (double)(value = (float)draw(g, 17) / 8.0f - 1.0f);
        break;
    case WEIR_STRIP_PARAM_MUTE:
        s->mute = on;
        break;
    case WEIR_STRIP_PARAM_SOLO:
        s->solo = on;
        break;
    case WEIR_STRIP_PARAM_SOLO_SAFE:
        s->solo_safe = on;
        break;
    case WEIR_STRIP_PARAM_POLARITY:
        s->polarity = on;
        break;
    case WEIR_STRIP_PARAM_MAIN:
        s->main = on;
        break;
    case WEIR_STRIP_PARAM_FEED_PAUSED: // there are no feeds here
        break;
    }
    set(g, i, param, value);
}

static void
move_send(struct game *g, uint32_t i, uint32_t b)
{
    struct model_send *send = &g->m.strips[i].sends[b];
    const bool on = draw(g, 3);
    float value = on ? 1.0f : 0.0f;
    const enum weir_send_param param = draw(g, 3);
    if (param == WEIR_SEND_PARAM_LEVEL)
        send->level = (double)(value = draw_gain(g));
    else if (param == WEIR_SEND_PARAM_ON)
        send->on = on;
    else
        send->pre = on;
    rig_set_send(g->r, g->strips[i], g->buses[b], param, value);
    model_aim(&g->m, NULL);
}

static void
move_bus(struct game *g, uint32_t b)
{
    struct model_bus *bus = &g->m.buses[b];
    if (draw(g, 2)) {
        const float gain = draw_gain(g);
        bus->gain = (double)gain;
        rig_set_bus(g->r, g->buses[b], WEIR_BUS_PARAM_GAIN, gain);
    } else {
        bus->mute = draw(g, 3) == 0;
        rig_set_bus(g->r, g->buses[b], WEIR_BUS_PARAM_MUTE,
                    bus->mute ? 1.0f : 0.0f);
    }
    model_aim(&g->m, NULL);
}

static void
add_strip(struct game *g)
{
    if (g->m.n_strips == MODEL_STRIPS)
        return;
    const uint32_t i = model_add_strip(&g->m, 1 + draw(g, 5));
    g->strips[i] = rig_add_strip(g->r, g->m.strips[i].n_channels);
    g->strips[i]->feed = RIG_FEED_OWN;
    g->fed_from[i] = g->r->clock;
}

static void
remove_strip(struct game *g, uint32_t i)
{
    g->m.strips[i].leaving = true;
    rig_remove_strip(g->r, g->strips[i]);
    model_aim(&g->m, NULL);
}

static void
add_or_remove_bus(struct game *g, uint32_t b)
{
    if (g->m.buses[b].exists) {
        g->m.buses[b].leaving = true;
        g->leaving[b] = rig_remove_bus(g->r, g->buses[b]);
        model_aim(&g->m, NULL);
        return;
    }
    mix(g); // the rig does so, too, before the ring is shown
    model_add_bus(&g->m, b, 1 + draw(g, 4));
    g->buses[b] = rig_add_bus(g->r, b, g->m.buses[b].n_channels);
}

static void
move(struct game *g)
{
    const uint32_t kind = draw(g, 40);
    const uint32_t b = draw(g, MODEL_BUSES);
    const uint32_t i = g->m.n_strips ? draw(g, g->m.n_strips) : 0;
    const bool strip = g->m.n_strips && !g->m.strips[i].leaving;
    const bool bus = g->m.buses[b].exists && !g->m.buses[b].leaving;
    if (kind < 2)
        add_strip(g);
    else if (kind < 3 && strip)
        remove_strip(g, i);
    else if (kind < 5 && b > 0 && !g->m.buses[b].leaving)
        add_or_remove_bus(g, b);
    else if (kind < 20 && strip && b > 0 && bus)
        move_send(g, i, b);
    else if (kind < 23 && bus)
        move_bus(g, b);
    else if (strip)
        move_value(g, i);
}

static void
play(uint64_t seed, uint32_t main_channels)
{
    struct game *g = calloc(1, sizeof *g);
    cr_assert_not_null(g);
    g->seed = seed;
    g->r = rig_new(&(struct rig_config){.main_channels = main_channels});
    model_init(&g->m, main_channels, RIG_RAMP);
    g->buses[0] = g->r->main;
    for (int turn = 0; turn < 300; turn++) {
        for (uint32_t n = draw(g, 6); n > 0; n--)
            move(g);
        for (uint32_t n = 1 + draw(g, 3) * draw(g, 3); n > 0; n--)
            callback(g);
        if (draw(g, 15) == 0)
            rig_skip(g->r, 1 + draw(g, 3000));
        mix(g);
    }
    cr_assert_gt(g->n_checked, 100000);
    cr_assert_eq(rig_count(&g->r->engine->counters.frames_silent),
                 rig_count(&g->r->process.counters.input_frames_lost));
    rig_free(g->r);
    free(g);
}

static void
play_seeds(uint64_t first, uint64_t n, uint32_t main_channels)
{
    for (uint64_t i = 0; i < (RIG_IS_SLOW ? 1 : n); i++)
        play(first + i, main_channels);
}

Test(model, the_mixer_and_the_model_agree_on_a_stereo_main)
{
    play_seeds(1, 4, 2);
}

Test(model, the_mixer_and_the_model_agree_on_a_mono_main)
{
    play_seeds(101, 1, 1);
}

Test(model, the_mixer_and_the_model_agree_on_a_wide_main)
{
    play_seeds(201, 2, 5);
}

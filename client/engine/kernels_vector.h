// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Many inputs into one output or two, with vectors: a tile of each output
// stays in registers while all inputs pass by, and an input's peak and power
// are kept as vectors. Included once by each variant.
// Everything here belongs to @mixer.
#ifndef WEIR_ENGINE_KERNELS_VECTOR_H
#define WEIR_ENGINE_KERNELS_VECTOR_H

#include "engine/kernels.h"
#include "engine/kernels_loops.h"
#include "engine/vector.h"

#include <string.h>

#define ALWAYS WEIR_RT static inline __attribute__((always_inline))

// Vectors of a tile: as many as leave registers for an input's own.
enum { TILE_ONE = VECTOR_WIDTH < 16 ? 8 : 4, TILE_TWO = 4, TILE_MOST = 8 };

// Inputs ahead whose samples are asked for: another core wrote them.
enum { AHEAD = 4 };

struct tile {
    vector left[TILE_MOST];
    vector right[TILE_MOST];
};

struct sums {
    vector peak;
    vector power;
};

// The numbers of a vector's frames.
static const float frames_1_to_16[] = {1, 2,  3,  4,  5,  6,  7,  8,
                                       9, 10, 11, 12, 13, 14, 15, 16};

// One vector into the outputs, and into the sums, which the first one begins.
ALWAYS void
add_vector(struct tile *t, int i, vector y, vector left, vector right,
           struct sums *s, int outputs)
{
    t->left[i] = V_MULADD(y, left, t->left[i]);
    if (outputs == 2)
        t->right[i] = V_MULADD(y, right, t->right[i]);
    s->peak = i > 0 ? V_MAXABS(s->peak, y) : V_ABS(y);
    s->power = i > 0 ? V_MULADD(y, y, s->power) : V_MUL(y, y);
}

// A tile of one input whose gain stands still. It is measured before the
// gain, which is put in at the end.
ALWAYS struct sums
add_still(struct tile *t, const float *src, const struct weir_mix_input *in,
          int k, int outputs)
{
    const vector left = V_SET(in->gain * in->left);
    const vector right = V_SET(in->gain * in->right);
    struct sums s;
    for (int i = 0; i < k; i++)
        add_vector(t, i, V_LOAD(src + i * VECTOR_WIDTH), left, right, &s,
                   outputs);
    const vector gain = V_SET(in->gain);
    s.peak = V_ABS(V_MUL(s.peak, gain));
    s.power = V_MUL(s.power, V_MUL(gain, gain));
    return s;
}

// A tile of one input whose gain moves; `at` frames have gone by.
ALWAYS struct sums
add_moving(struct tile *t, const float *src, const struct weir_mix_input *in,
           uint32_t at, int k, int outputs)
{
    const vector left = V_SET(in->left);
    const vector right = V_SET(in->right);
    const vector step = V_SET(in->step * (float)VECTOR_WIDTH);
    vector gain = V_MULADD(V_SET(in->step), V_LOAD(frames_1_to_16),
                           V_SET(in->gain + in->step * (float)(int32_t)at));
    struct sums s;
    for (int i = 0; i < k; i++) {
        add_vector(t, i, V_MUL(V_LOAD(src + i * VECTOR_WIDTH), gain), left,
                   right, &s, outputs);
        gain = V_ADD(gain, step);
    }
    return s;
}

// On top of what is there.
ALWAYS void
keep_sums(struct weir_sums *kept, struct sums s)
{
    V_STORE(kept->peak, V_MAXABS(V_LOAD(kept->peak), s.peak));
    V_STORE(kept->power, V_ADD(V_LOAD(kept->power), s.power));
}

// Ask for what comes later.
ALWAYS void
fetch_ahead(const struct weir_mix_input *inputs, uint32_t i, uint32_t n_inputs,
            uint32_t at, int k)
{
    const float *src = inputs[i + AHEAD < n_inputs ? i + AHEAD : i].src;
    for (int f = 0; f < k * VECTOR_WIDTH; f += 16)
        __builtin_prefetch(src + at + f);
}

// One tile of `k` vectors, `at` frames into the block, of all inputs. Those
// whose gain moves have a loop of their own, so that neither kind costs the
// other registers.
ALWAYS void
mix_tile(struct tile *t, const struct weir_mix_input *inputs, uint32_t n_inputs,
         bool measured, uint32_t at, int k, int outputs)
{
    for (uint32_t i = 0; i < n_inputs;) {
        for (; i < n_inputs && inputs[i].step == 0.0f; i++) {
            const struct weir_mix_input *in = &inputs[i];
            fetch_ahead(inputs, i, n_inputs, at, k);
            const struct sums s = add_still(t, in->src + at, in, k, outputs);
            if (measured)
                keep_sums(inputs[i].sums, s);
        }
        for (; i < n_inputs && inputs[i].step != 0.0f; i++) {
            const struct weir_mix_input *in = &inputs[i];
            fetch_ahead(inputs, i, n_inputs, at, k);
            const struct sums s =
                add_moving(t, in->src + at, in, at, k, outputs);
            if (measured)
                keep_sums(inputs[i].sums, s);
        }
    }
}

ALWAYS void
load_tile(vector *tile, const float *src, int k)
{
    for (int i = 0; i < k; i++)
        tile[i] = V_LOAD(src + i * VECTOR_WIDTH);
}

ALWAYS void
store_tile(float *dst, const vector *tile, int k)
{
    for (int i = 0; i < k; i++)
        V_STORE(dst + i * VECTOR_WIDTH, tile[i]);
}

// Whole tiles from `at` on; returns where they end.
ALWAYS uint32_t
mix_tiles(float *const dst[2], uint32_t at, uint32_t n,
          const struct weir_mix_input *inputs, uint32_t n_inputs, bool measured,
          int k, int outputs)
{
    const uint32_t length = (uint32_t)k * VECTOR_WIDTH;
    for (; at + length <= n; at += length) {
        struct tile t;
        load_tile(t.left, dst[0] + at, k);
        if (outputs == 2)
            load_tile(t.right, dst[1] + at, k);
        mix_tile(&t, inputs, n_inputs, measured, at, k, outputs);
        store_tile(dst[0] + at, t.left, k);
        if (outputs == 2)
            store_tile(dst[1] + at, t.right, k);
    }
    return at;
}

// Less than a vector that is left at the end: by way of a whole one each.
ALWAYS void
mix_rest(float *const dst[2], uint32_t at, uint32_t n,
         const struct weir_mix_input *inputs, uint32_t n_inputs, bool measured,
         int outputs)
{
    const size_t bytes = (n - at) * sizeof(float);
    float out[2][VECTOR_WIDTH] = {{0.0f}};
    float src[VECTOR_WIDTH] = {0.0f};
    struct tile t;
    if (at == n)
        return;
    for (int o = 0; o < outputs; o++)
        memcpy(out[o], dst[o] + at, bytes);
    t.left[0] = V_LOAD(out[0]);
    t.right[0] = V_LOAD(out[1]);
    for (uint32_t i = 0; i < n_inputs; i++) {
        memcpy(src, inputs[i].src + at, bytes);
        const struct sums s = add_moving(&t, src, &inputs[i], at, 1, outputs);
        if (measured)
            keep_sums(inputs[i].sums, s);
    }
    V_STORE(out[0], t.left[0]);
    V_STORE(out[1], t.right[0]);
    for (int o = 0; o < outputs; o++)
        memcpy(dst[o] + at, out[o], bytes);
}

ALWAYS void
mix(float *const dst[2], uint32_t n, const struct weir_mix_input *inputs,
    uint32_t n_inputs, bool measured, int k, int outputs)
{
    uint32_t at = 0;
    at = mix_tiles(dst, at, n, inputs, n_inputs, measured, k, outputs);
    at = mix_tiles(dst, at, n, inputs, n_inputs, measured, 1, outputs);
    mix_rest(dst, at, n, inputs, n_inputs, measured, outputs);
}

static WEIR_RT void
mix_one(float *dst, uint32_t n, const struct weir_mix_input *inputs,
        uint32_t n_inputs)
{
    float *const both[2] = {dst, dst};
    if (n_inputs > 0 && inputs[0].sums)
        mix(both, n, inputs, n_inputs, true, TILE_ONE, 1);
    else
        mix(both, n, inputs, n_inputs, false, TILE_ONE, 1);
}

static WEIR_RT void
mix_two(float *left, float *right, uint32_t n,
        const struct weir_mix_input *inputs, uint32_t n_inputs)
{
    float *const both[2] = {left, right};
    if (n_inputs > 0 && inputs[0].sums)
        mix(both, n, inputs, n_inputs, true, TILE_TWO, 2);
    else
        mix(both, n, inputs, n_inputs, false, TILE_TWO, 2);
}

#define KERNELS(variant)                                                       \
    {                                                                          \
        .name = variant, .extent = extent, .power = power, .gain = gain,       \
        .add = add, .mix_one = mix_one, .mix_two = mix_two,                    \
    }

#endif

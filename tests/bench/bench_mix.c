// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Mixing: 128 channels into stereo, each with a gain and a pan, peak and
// power of each behind the gain, as the mixer does it for strips that need
// nothing more. Blocks of 64 frames, in lanes as they are.
#include "bench/bench.h"
#include "bench/clock.h"
#include "bench/load.h"
#include "engine/batch.h"
#include "engine/kernels.h"
#include "rt/denormals.h"
#include "rt/inputs.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 128, FRAMES = BENCH_LOAD_FRAMES, LANE_FRAMES = 8192 };

// What a contestant does with the inputs.
struct way {
    const struct weir_kernels *kernels; // null: `load`
    bench_load *load;
};

struct mix {
    const struct way *way;
    struct weir_inputs *inputs;
    struct weir_lane lanes[INPUTS];
    struct weir_mix_input in[INPUTS];
    struct weir_sums sums[INPUTS];
    alignas(WEIR_CACHE_LINE) float left[FRAMES];
    alignas(WEIR_CACHE_LINE) float right[FRAMES];
    float found; // kept, so that nothing is left out
};

extern const struct weir_kernels bench_kernels_plain_v3;

static bool
is_usable(const struct way *way)
{
    const struct weir_kernels *usable[WEIR_KERNELS_MOST];
    const int n = weir_kernels_usable(usable);
#if defined(__x86_64__)
    const struct weir_kernels *needed = way->kernels;
    if (way->load)
        needed =
            way->load == bench_load_v4 ? &weir_kernels_v4 : &weir_kernels_v3;
    else if (needed == &bench_kernels_plain_v3)
        needed = &weir_kernels_v3;
#else
    const struct weir_kernels *needed = way->kernels;
#endif
    for (int i = 0; i < n; i++)
        if (usable[i] == needed)
            return true;
    return false;
}

static void
fill(struct mix *m, float step)
{
    uint32_t seed = 1;
    for (int i = 0; i < INPUTS; i++) {
        for (int f = 0; f < FRAMES; f++) {
            seed = seed * 1664525u + 1013904223u;
            m->lanes[i].frames[f] = (float)(int32_t)seed / 2147483648.0f;
        }
        m->in[i] = (struct weir_mix_input){
            .src = m->lanes[i].frames,
            .gain = 0.5f + (float)i / 256.0f,
            .step = i % 2 ? step : -step,
            .left = 0.75f,
            .right = 0.25f + (float)i / 512.0f,
            .sums = &m->sums[i],
        };
    }
}

static void
leave(void *state)
{
    struct mix *m = state;
    for (int i = 0; i < INPUTS; i++)
        weir_lane_fini(&m->lanes[i]);
    weir_inputs_free(m->inputs);
    free(m);
}

static void *
enter(const struct bench_contestant *contestant, float step)
{
    if (!is_usable(contestant->how))
        return NULL;
    struct mix *m = aligned_alloc(alignof(struct mix), sizeof *m);
    if (!m)
        return NULL;
    memset(m, 0, sizeof *m);
    m->way = contestant->how;
    m->inputs = weir_inputs_new(LANE_FRAMES);
    bool ok = m->inputs;
    for (uint32_t i = 0; ok && i < INPUTS; i++)
        ok = weir_lane_init(&m->lanes[i], m->inputs, i);
    if (ok) {
        fill(m, step);
        return m;
    }
    leave(m);
    return NULL;
}

static void *
enter_moving(const struct bench_contestant *contestant)
{
    return enter(contestant, 0.001f);
}

static void *
enter_still(const struct bench_contestant *contestant)
{
    return enter(contestant, 0.0f);
}

static void
mix_block(struct mix *m)
{
    const struct way *way = m->way;
    if (way->load) {
        way->load(m->left, m->in, INPUTS);
        return;
    }
    for (uint32_t i = 0; i < INPUTS; i += WEIR_BATCH_INPUTS) {
        way->kernels->mix_two(m->left, m->right, FRAMES, m->in + i,
                              WEIR_BATCH_INPUTS);
        m->found += m->sums[0].peak[0];
    }
}

static void
sample(void *state, uint64_t n, double *measured)
{
    struct mix *m = state;
    const double from = bench_now_ns();
    for (uint64_t k = 0; k < n; k++) {
        // Blocks begin with silence, and sums stay numbers of usual size.
        memset(m->left, 0, sizeof m->left);
        memset(m->right, 0, sizeof m->right);
        mix_block(m);
    }
    measured[0] = (bench_now_ns() - from) / (double)n / INPUTS;
}

// Frame `f` of both sides, in double precision.
static bool
is_right(const struct mix *m, int f)
{
    double left = 0.0;
    double right = 0.0;
    for (int i = 0; i < INPUTS; i++) {
        const struct weir_mix_input *in = &m->in[i];
        const double x = (double)in->src[f];
        const double y = x * ((double)in->gain + (double)in->step * (f + 1));
        left += m->way->load ? x : y * (double)in->left;
        right += m->way->load ? 0.0 : y * (double)in->right;
    }
    return fabs(left - (double)m->left[f]) < 1e-4 &&
           fabs(right - (double)m->right[f]) < 1e-4;
}

static bool
verify(void *state)
{
    struct mix *m = state;
    double unused;
    bool right = true;
    sample(m, 1, &unused);
    for (int f = 0; f < FRAMES; f++)
        right &= is_right(m, f);
    return right;
}

// ---------------------------------------------------------------- denormals

// What a reverb's tail, or a filter that is let go, ends in.
static void *
enter_denormals(const struct bench_contestant *contestant)
{
    struct mix *m = enter(contestant, 0.001f);
    for (int i = 0; m && i < INPUTS; i++)
        for (int f = 0; f < FRAMES; f++)
            m->lanes[i].frames[f] *= 1e-39f;
    return m;
}

// With the processor set as the mixer's thread has it.
static void
sample_denormals_off(void *state, uint64_t n, double *measured)
{
    fenv_t before;
    fegetenv(&before);
    weir_denormals_off();
    sample(state, n, measured);
    fesetenv(&before);
}

static bool
verify_denormals(void *state)
{
    const struct mix *m = state;
    double unused;
    bool right = m->lanes[0].frames[0] != 0.0f;
    sample_denormals_off(state, 1, &unused);
    for (int f = 0; f < FRAMES; f++)
        right &= m->way->load || (m->left[f] == 0.0f && m->right[f] == 0.0f);
    return right;
}

// ---------------------------------------------------------------- listening

static void
sample_listen(void *state, uint64_t n, double *measured)
{
    struct mix *m = state;
    const double from = bench_now_ns();
    for (uint64_t k = 0; k < n; k++) {
        if (m->way->load) {
            m->way->load(m->left, m->in, INPUTS);
            continue;
        }
        for (int i = 0; i < INPUTS; i++)
            m->found += m->way->kernels->extent(m->in[i].src, FRAMES).peak;
    }
    measured[0] = (bench_now_ns() - from) / (double)n / INPUTS;
}

static bool
verify_listen(void *state)
{
    struct mix *m = state;
    bool right = true;
    for (int i = 0; i < INPUTS && !m->way->load; i++) {
        float peak = 0.0f;
        for (int f = 0; f < FRAMES; f++)
            peak = fmaxf(peak, fabsf(m->in[i].src[f]));
        right &= m->way->kernels->extent(m->in[i].src, FRAMES).peak == peak;
    }
    return right;
}

// ------------------------------------------------------------------- groups

#if defined(__x86_64__)
static const struct way ways[] = {
    {.load = bench_load_v4},          {.load = bench_load_v3},
    {.kernels = &weir_kernels_v4},    {.kernels = &weir_kernels_v3},
    {.kernels = &weir_kernels_v2},    {.kernels = &bench_kernels_plain_v3},
    {.kernels = &weir_kernels_plain},
};
static const struct bench_contestant all[] = {
    {"load AVX2", &ways[1]},    {"load AVX-512", &ways[0]},
    {"weir AVX-512", &ways[2]}, {"weir AVX2", &ways[3]},
    {"weir SSE", &ways[4]},     {"plain C AVX2", &ways[5]},
    {"plain C", &ways[6]},
};
#elif defined(__aarch64__)
static const struct way ways[] = {
    {.kernels = &weir_kernels_plain},
    {.kernels = &weir_kernels_neon},
};
static const struct bench_contestant all[] = {
    {"plain C", &ways[0]},
    {"weir NEON", &ways[1]},
};
#else
static const struct way ways[] = {{.kernels = &weir_kernels_plain}};
static const struct bench_contestant all[] = {{"plain C", &ways[0]}};
#endif

static const struct bench_target targets[] = {
    {"weir AVX2", "load AVX2", .at_most = 4.5},
    {"weir AVX-512", "load AVX-512", .at_most = 3.5},
    {"plain C AVX2", "load AVX2", .at_most = 8.0},
};

static const struct bench_group groups[] = {
    {
        .name = "mix-moving",
        .title = "128 channels into stereo, 64 frames, gains moving, with peak "
                 "and power of each",
        .unit = "ns a channel",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .targets = targets,
        .n_targets = BENCH_COUNT(targets),
        .enter = enter_moving,
        .sample = sample,
        .verify = verify,
        .leave = leave,
    },
    {
        .name = "mix-still",
        .title = "the same with gains that stand still",
        .unit = "ns a channel",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .enter = enter_still,
        .sample = sample,
        .verify = verify,
        .leave = leave,
    },
    {
        .name = "denormals-off",
        .title = "128 channels of denormal numbers into stereo, gains moving, "
                 "the processor set as in the mixer",
        .unit = "ns a channel",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .enter = enter_denormals,
        .sample = sample_denormals_off,
        .verify = verify_denormals,
        .leave = leave,
    },
    {
        .name = "denormals-on",
        .title = "the same as a thread begins: what it would cost",
        .unit = "ns a channel",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .enter = enter_denormals,
        .sample = sample,
        .verify = verify_denormals,
        .leave = leave,
    },
    {
        .name = "listen",
        .title = "looking 128 channels through for silence and what is not "
                 "finite, 64 frames",
        .unit = "ns a channel",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .enter = enter_still,
        .sample = sample_listen,
        .verify = verify_listen,
        .leave = leave,
    },
};

void
bench_mix_groups(bench_add *add)
{
    for (size_t i = 0; i < BENCH_COUNT(groups); i++)
        add(&groups[i]);
}

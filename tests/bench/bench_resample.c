// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Resampling: what it costs to go through the shim, beside zita-resampler
// called from C++.
#include "bench/bench.h"
#include "bench/clock.h"
#include "bench/resample.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 256, MOST_OUT = 2 * MOST_FRAMES, CHANNELS = 2 };

struct resample {
    const struct bench_resample_way *way;
    struct weir_resampler_config config;
    void *resampler;
    struct bench_resample_block block;
    float in[MOST_FRAMES * CHANNELS];
    float out[MOST_OUT * CHANNELS];
};

static void
fill(struct resample *s, uint32_t n_frames)
{
    uint32_t seed = 1;
    for (int i = 0; i < MOST_FRAMES * CHANNELS; i++) {
        seed = seed * 1664525u + 1013904223u;
        s->in[i] = (float)(int32_t)seed / 2147483648.0f;
    }
    s->block = (struct bench_resample_block){s->in, n_frames, s->out, MOST_OUT};
}

static void *
enter(const struct bench_contestant *contestant, uint32_t n_frames,
      struct weir_resampler_config config)
{
    struct resample *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->way = contestant->how;
    s->config = config;
    fill(s, n_frames);
    s->resampler = s->way->make(&s->config);
    if (s->resampler)
        return s;
    free(s);
    return NULL;
}

static void
leave(void *state)
{
    struct resample *s = state;
    s->way->drop(s->resampler);
    free(s);
}

static void *
enter_small(const struct bench_contestant *contestant)
{
    return enter(contestant, 64,
                 (struct weir_resampler_config){44100, 48000, 1, 48});
}

static void *
enter_down(const struct bench_contestant *contestant)
{
    return enter(contestant, MOST_FRAMES,
                 (struct weir_resampler_config){48000, 16000, 2, 48});
}

static void
sample(void *state, uint64_t n, double *measured)
{
    struct resample *s = state;
    const double from = bench_now_ns();
    s->way->run(s->resampler, &s->block, n);
    measured[0] = (bench_now_ns() - from) / (double)n;
}

// After so many blocks the last one is the same, sample by sample, in both.
static bool
verify(void *state)
{
    struct resample *s = state;
    void *direct = bench_resample_zita.make(&s->config);
    void *mine = s->way->make(&s->config);
    static float out[MOST_OUT * CHANNELS];
    struct bench_resample_block block = s->block;
    bool right = direct && mine;
    block.out = out;
    if (right) {
        right = s->way->run(mine, &s->block, 50) ==
                    bench_resample_zita.run(direct, &block, 50) &&
                memcmp(out, s->out, sizeof out) == 0 && out[0] != 0.0f;
    }
    if (mine)
        s->way->drop(mine);
    bench_resample_zita.drop(direct);
    return right;
}

static const struct bench_contestant all[] = {
    {"zita C++", &bench_resample_zita},
    {"weir shim", &bench_resample_shim},
};

static const struct bench_target targets[] = {
    {"weir shim", "zita C++", .at_most = 1.01},
};

static const struct bench_group groups[] = {
    {
        .name = "resample-44100-48000",
        .title = "64 frames from 44100 to 48000 Hz, mono, half length 48",
        .unit = "ns a block",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .targets = targets,
        .n_targets = BENCH_COUNT(targets),
        .enter = enter_small,
        .sample = sample,
        .verify = verify,
        .leave = leave,
    },
    {
        .name = "resample-48000-16000",
        .title = "256 frames from 48000 to 16000 Hz, stereo, half length 48",
        .unit = "ns a block",
        .contestants = all,
        .n_contestants = BENCH_COUNT(all),
        .targets = targets,
        .n_targets = BENCH_COUNT(targets),
        .enter = enter_down,
        .sample = sample,
        .verify = verify,
        .leave = leave,
    },
};

void
bench_resample_groups(bench_add *add)
{
    for (size_t i = 0; i < BENCH_COUNT(groups); i++)
        add(&groups[i]);
}

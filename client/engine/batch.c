// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Mixes many simple strips at once. Everything here belongs to @mixer.
#include "engine/batch.h"

#include "engine/bus.h"
#include "engine/meter.h"

// One bus and one run, and what is on its way there.
struct job {
    struct weir_batches *to;
    const struct weir_desk_state *desk;
    const struct weir_run *run;
    float *left;
    float *right; // null: the bus is mono
    bool metered;
};

static WEIR_RT void
flush(const struct job *job, struct weir_batch *b)
{
    const struct weir_kernels *k = job->desk->kernels;
    if (b->n == 0)
        return;
    if (b == &job->to->both)
        k->mix_two(job->left, job->right, job->run->n, b->inputs, b->n);
    else
        k->mix_one(b == &job->to->left ? job->left : job->right, job->run->n,
                   b->inputs, b->n);
    b->n = 0;
}

// How loud a strip is at one place of its way.
struct level {
    float gain;
    float step;
};

static inline WEIR_RT void
put(const struct job *job, struct weir_batch *b, struct weir_strip *s,
    uint32_t channel, const struct level *level, const struct weir_path *path)
{
    struct weir_mix_input *input = &b->inputs[b->n];
    *input = (struct weir_mix_input){
        .src = weir_inputs_at(job->desk->inputs, s->lanes[channel].frames,
                              job->run->position),
        .gain = level->gain,
        .step = level->step,
        .left = b == &job->to->right ? path->right.now : path->left.now,
        .right = path->right.now,
        .sums = job->metered ? weir_meter_sums(&s->meter, channel) : NULL,
    };
    if (s->is_detoured)
        input->src = weir_strip_detoured(s, channel, job->run->position);
    if (++b->n == WEIR_BATCH_INPUTS)
        flush(job, b);
}

// As mix_path() in strip.c, for what is simple.
static WEIR_RT void
put_path(const struct job *job, struct weir_strip *s,
         const struct weir_path *path, const struct level *level)
{
    if (job->right && s->n_channels == 1) {
        put(job, &job->to->both, s, 0, level, path);
        return;
    }
    put(job, &job->to->left, s, 0, level, path);
    if (s->n_channels == 2)
        put(job, job->right ? &job->to->right : &job->to->left, s, 1, level,
            path);
}

static WEIR_RT struct level
before_fader(const struct weir_strip *s)
{
    return (struct level){.gain = weir_strip_trim(s)};
}

static WEIR_RT struct level
after_fader(const struct weir_strip *s)
{
    const float trim = weir_strip_trim(s);
    return (struct level){
        .gain = trim * s->fader.now,
        .step = s->fader.left > 0 ? trim * s->fader.step : 0.0f,
    };
}

// Main's meters go on, whether or not the strip is heard there; one whose
// fader is down for good has nothing to add.
static WEIR_RT void
put_main(const struct job *job, struct weir_strip *s)
{
    const struct level level = after_fader(s);
    if (!weir_ramp_rests_at(&s->fader, 0.0f))
        put_path(job, s, &s->to_main, &level);
}

static WEIR_RT void
put_send(const struct job *job, struct weir_strip *s,
         const struct weir_send *send)
{
    const struct level before = before_fader(s);
    const struct level after = after_fader(s);
    if (!weir_path_is_silent(&send->before))
        put_path(job, s, &send->before, &before);
    if (!weir_path_is_silent(&send->after))
        put_path(job, s, &send->after, &after);
}

static WEIR_RT void
flush_all(const struct job *job)
{
    flush(job, &job->to->both);
    flush(job, &job->to->left);
    flush(job, &job->to->right);
}

WEIR_RT void
weir_batch_mix(struct weir_batches *batches, struct weir_strip *const *strips,
               uint32_t n_strips, const struct weir_desk_state *desk,
               uint32_t slot, const struct weir_run *run)
{
    const struct weir_bus *bus = desk->buses[slot];
    const bool is_main = slot == 0;
    const struct job job = {
        .to = batches,
        .desk = desk,
        .run = run,
        .left = bus->sum[0] + run->offset,
        .right = bus->n_channels > 1 ? bus->sum[1] + run->offset : NULL,
        .metered = is_main,
    };
    for (uint32_t i = 0; i < n_strips; i++) {
        struct weir_strip *s = strips[i];
        if (!s->is_simple)
            continue;
        if (is_main)
            put_main(&job, s);
        else
            put_send(&job, s, &s->sends[slot]);
    }
    flush_all(&job);
}

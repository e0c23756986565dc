// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What was recorded last: a ring of frames, and runs that say what they are.
#include "record/replay.h"

#include <stdlib.h>
#include <string.h>

// When there are more the oldest is forgotten, with its frames.
enum { MAX_RUNS = 256 };

struct run {
    uint64_t first;
    uint64_t n;
    bool silent;
    bool lost;
    uint64_t n_lost;
    uint64_t n_rest; // more of them, with the run's end
};

struct weir_replay {
    uint32_t n_channels;
    uint64_t size; // frames
    float *frames;
    uint64_t first;
    uint64_t end;
    const float *lent; // those from `lent_first` on lie with the caller
    uint64_t lent_first;
    uint32_t n_runs;
    struct run runs[MAX_RUNS]; // the oldest first
};

struct weir_replay *
weir_replay_new(uint32_t n_channels, uint64_t n_frames)
{
    struct weir_replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return NULL;
    replay->n_channels = n_channels;
    replay->size = n_frames;
    replay->frames = calloc(n_frames * n_channels, sizeof(float));
    if (replay->frames)
        return replay;
    free(replay);
    return NULL;
}

void
weir_replay_free(struct weir_replay *replay)
{
    if (!replay)
        return;
    free(replay->frames);
    free(replay);
}

void
weir_replay_begin(struct weir_replay *replay, uint64_t position)
{
    replay->first = replay->end = position;
    replay->lent = NULL;
    replay->n_runs = 0;
}

uint64_t
weir_replay_first(const struct weir_replay *replay)
{
    return replay->first;
}

uint64_t
weir_replay_end(const struct weir_replay *replay)
{
    return replay->end;
}

// ------------------------------------------------------------------ keeping

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static float *
at(const struct weir_replay *replay, uint64_t position)
{
    return replay->frames + position % replay->size * replay->n_channels;
}

static bool
is_lent(const struct weir_replay *replay, uint64_t position)
{
    return replay->lent && position >= replay->lent_first;
}

static const float *
look_at(const struct weir_replay *replay, uint64_t position)
{
    if (is_lent(replay, position))
        return replay->lent +
               (position - replay->lent_first) * replay->n_channels;
    return at(replay, position);
}

// How many frames from there lie side by side.
static uint64_t
side_by_side(const struct weir_replay *replay, uint64_t position)
{
    const uint64_t n = replay->size - position % replay->size;
    if (is_lent(replay, position))
        return replay->end - position;
    return replay->lent ? min_u64(n, replay->lent_first - position) : n;
}

// Lent ones, from there on.
static void
copy_in(struct weir_replay *replay, uint64_t position)
{
    const float *frames = look_at(replay, position);
    const size_t frame_bytes = replay->n_channels * sizeof *frames;
    const uint64_t n = replay->end - position;
    const uint64_t n_first = min_u64(n, replay->size - position % replay->size);
    memcpy(at(replay, position), frames, n_first * frame_bytes);
    memcpy(replay->frames, frames + n_first * replay->n_channels,
           (n - n_first) * frame_bytes);
}

static void
forget_before(struct weir_replay *replay, uint64_t position)
{
    uint32_t n = 0;
    while (n + 1 < replay->n_runs && replay->runs[n + 1].first <= position)
        n++;
    replay->n_runs -= n;
    memmove(replay->runs, replay->runs + n,
            replay->n_runs * sizeof *replay->runs);
    if (position > replay->first)
        replay->first = position;
}

static void
add_to_runs(struct weir_replay *replay, const struct weir_replay_part *part)
{
    struct run *last =
        replay->n_runs > 0 ? &replay->runs[replay->n_runs - 1] : NULL;
    const bool silent = !part->frames;
    if (part->n == 0) {
        if (last && last->lost)
            last->n_rest += part->n_lost;
        return;
    }
    // Lost ones stay as they came: a part of them may be counted already.
    if (last && !last->lost && !part->lost) {
        last->n += part->n;
        return;
    }
    if (replay->n_runs == MAX_RUNS)
        forget_before(replay, replay->runs[1].first);
    replay->runs[replay->n_runs++] = (struct run){
        .first = replay->end,
        .n = part->n,
        .silent = silent,
        .lost = part->lost,
        .n_lost = part->n_lost,
    };
}

void
weir_replay_lend(struct weir_replay *replay,
                 const struct weir_replay_part *part)
{
    add_to_runs(replay, part);
    replay->lent = part->frames;
    replay->lent_first = replay->end;
    replay->end += part->n;
    if (replay->end - replay->first > replay->size)
        forget_before(replay, replay->end - replay->size);
}

void
weir_replay_keep(struct weir_replay *replay, uint64_t position)
{
    const uint64_t begin =
        position > replay->lent_first ? position : replay->lent_first;
    if (replay->lent && begin < replay->end)
        copy_in(replay, begin);
    replay->lent = NULL;
    forget_before(replay, position);
}

// ------------------------------------------------------------------ getting

// Of what a run has lost, the part that its first `n` frames have.
static uint64_t
lost_in(const struct run *run, uint64_t n)
{
    if (n >= run->n)
        return run->n_lost + run->n_rest;
    return (uint64_t)((long double)run->n_lost * (long double)n /
                      (long double)run->n);
}

struct weir_replay_part
weir_replay_get(const struct weir_replay *replay, uint64_t position,
                uint32_t max)
{
    uint32_t i = replay->n_runs;
    while (i > 0 && replay->runs[i - 1].first > position)
        i--;
    if (i == 0 || position >= replay->end)
        return (struct weir_replay_part){.n = 0};
    const struct run *run = &replay->runs[i - 1];
    const uint64_t offset = position - run->first;
    uint64_t n = min_u64(max, run->n - offset);
    if (!run->silent)
        n = min_u64(n, side_by_side(replay, position));
    return (struct weir_replay_part){
        .frames = run->silent ? NULL : look_at(replay, position),
        .n = (uint32_t)n,
        .lost = run->lost,
        .n_lost = lost_in(run, offset + n) - lost_in(run, offset),
    };
}

void
weir_replay_lost(const struct weir_replay *replay, uint64_t from, uint64_t to,
                 uint64_t *n_lost, uint64_t *n_runs)
{
    bool before = false;
    *n_lost = *n_runs = 0;
    for (uint32_t i = 0; i < replay->n_runs; i++) {
        const struct run *run = &replay->runs[i];
        if (run->lost && run->first < to && run->first + run->n > from) {
            const uint64_t begin = from > run->first ? from - run->first : 0;
            *n_lost += lost_in(run, to - run->first) - lost_in(run, begin);
            *n_runs += begin == 0 && !before;
        }
        before = run->lost;
    }
}

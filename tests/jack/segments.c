// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Says what a recording of test signals consists of.
//     segments FILE OFFSET CHANNEL...
// FILE holds interleaved floats from byte OFFSET on; CHANNEL names the
// signals whose sum is in it, as in 0+2. Prints one line for each stretch:
//     ramp START N T       N frames, exactly the sums from frame time T on
//     silence START N      zeros, in all channels
//     missing START N      NaN, as capture marks a cycle it did not see
//     other START N        anything else
#include "signal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANNELS = 64, MAX_SUM = 8, PROOF_FRAMES = 8, MAX_LOST_BITS = 6 };
enum kind { RAMP, SILENCE, MISSING, OTHER };
static const char *const kind_names[] = {"ramp", "silence", "missing", "other"};

struct sum {
    unsigned signals[MAX_SUM];
    unsigned n;
};

static struct sum sums[MAX_CHANNELS];
static size_t n_channels;
static float *frames;
static size_t n_frames;

static float
expected(const struct sum *sum, uint32_t t)
{
    int32_t units = 0;
    for (unsigned i = 0; i < sum->n; i++)
        units += signal_units(sum->signals[i], t);
    return (float)units / SIGNAL_SCALE;
}

static bool
is_ramp(size_t at, uint32_t t)
{
    for (size_t c = 0; c < n_channels; c++)
        if (frames[at * n_channels + c] != expected(&sums[c], t))
            return false;
    return true;
}

static bool
all_zero(size_t at)
{
    for (size_t c = 0; c < n_channels; c++)
        if (frames[at * n_channels + c] != 0.0f)
            return false;
    return true;
}

static bool
proves_itself(size_t at, uint32_t t)
{
    for (size_t k = 0; k < PROOF_FRAMES && at + k < n_frames; k++)
        if (!is_ramp(at + k, t + (uint32_t)k))
            return false;
    return true;
}

// x with x * odd == 1, modulo 2^32.
static uint32_t
inverse(uint32_t odd)
{
    uint32_t x = odd;
    for (int i = 0; i < 5; i++)
        x *= 2 - odd * x;
    return x;
}

// The frame time whose sum is in the first channel there: the sum of the
// slopes times it is known but for its highest bits, which are tried.
static bool
find_time(size_t at, uint32_t *t)
{
    const float units = frames[at * n_channels] * SIGNAL_SCALE;
    const struct sum *sum = &sums[0];
    uint32_t slope = 0;
    unsigned lost_bits = 0;
    if (!(fabsf(units) < SIGNAL_SCALE) || units != truncf(units))
        return false;
    for (unsigned i = 0; i < sum->n; i++)
        slope += signal_slope(sum->signals[i]);
    for (; slope % 2 == 0 && lost_bits < MAX_LOST_BITS; lost_bits++)
        slope /= 2;
    const uint32_t w =
        ((uint32_t)(int32_t)units + sum->n * SIGNAL_MIDDLE) & SIGNAL_MASK;
    const uint32_t low = (w >> lost_bits) * inverse(slope);
    const unsigned n_known = SIGNAL_BITS - lost_bits;
    for (uint32_t high = 0; high < 1u << lost_bits; high++) {
        *t = (low & ((1u << n_known) - 1)) | high << n_known;
        if (proves_itself(at, *t))
            return true;
    }
    return false;
}

static enum kind
kind_at(size_t at, enum kind now, uint32_t *t)
{
    if (now == RAMP && is_ramp(at, *t))
        return RAMP;
    if (isnan(frames[at * n_channels]))
        return MISSING;
    if (all_zero(at))
        return SILENCE;
    return find_time(at, t) ? RAMP : OTHER;
}

static void
say(enum kind kind, size_t start, size_t n, uint32_t t)
{
    printf("%s %zu %zu", kind_names[kind], start, n);
    if (kind == RAMP)
        printf(" %u", t & SIGNAL_MASK);
    printf("\n");
}

static void
say_segments(void)
{
    size_t start = 0;
    uint32_t t = 0;
    uint32_t t_start = 0;
    enum kind now = OTHER;
    for (size_t at = 0; at < n_frames; at++, t++) {
        const uint32_t due = t;
        const enum kind kind = kind_at(at, now, &t);
        const bool goes_on = kind == now && (kind != RAMP || t == due);
        if (at > 0 && !goes_on)
            say(now, start, at - start, t_start);
        if (at == 0 || !goes_on) {
            start = at;
            t_start = t;
        }
        now = kind;
    }
    if (n_frames > 0)
        say(now, start, n_frames - start, t_start);
}

static bool
load(const char *path, long offset)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    const size_t n_bytes = (size_t)(ftell(file) - offset);
    n_frames = n_bytes / (n_channels * sizeof *frames);
    frames = malloc(n_bytes + 1);
    fseek(file, offset, SEEK_SET);
    const bool ok = frames && fread(frames, 1, n_bytes, file) == n_bytes;
    fclose(file);
    return ok;
}

static void
parse(struct sum *sum, char *text)
{
    for (char *word = strtok(text, "+"); word && sum->n < MAX_SUM;
         word = strtok(NULL, "+"))
        sum->signals[sum->n++] = (unsigned)atoi(word);
}

int
main(int argc, char **argv)
{
    if (argc < 4 || argc - 3 > MAX_CHANNELS)
        return 2;
    for (int i = 3; i < argc; i++)
        parse(&sums[n_channels++], argv[i]);
    if (!load(argv[1], atol(argv[2])))
        return 1;
    say_segments();
    return 0;
}

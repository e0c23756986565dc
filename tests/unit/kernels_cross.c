// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Every variant of the kernels against the plain ones, in plain C alone: for
// machines that are emulated (kernels_on_aarch64.py). Prints the variants'
// names; exit status 1 with a line on stderr when one differs.
#include "engine/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 7, LONGEST = 210 };

static float
noise(void)
{
    static uint32_t seed = 1;
    seed = seed * 1664525u + 1013904223u;
    return (float)(int32_t)seed / 2147483648.0f;
}

struct result {
    float left[LONGEST + 8];
    float right[LONGEST + 8];
    float one[LONGEST + 8];
    float peak[2][INPUTS];
    float power[2][INPUTS];
    struct weir_extent extent;
};

static void
add_up(const struct weir_sums *sums, float *peak, float *power)
{
    for (int i = 0; i < INPUTS; i++) {
        peak[i] = 0.0f;
        power[i] = 0.0f;
        for (int lane = 0; lane < WEIR_SUM_LANES; lane++) {
            peak[i] = fmaxf(peak[i], sums[i].peak[lane]);
            power[i] += sums[i].power[lane];
        }
    }
}

static void
run(const struct weir_kernels *k, struct weir_mix_input *in, uint32_t n,
    struct result *r)
{
    static struct weir_sums sums[INPUTS];
    memset(r, 0, sizeof *r);
    memset(sums, 0, sizeof sums);
    for (int i = 0; i < INPUTS; i++)
        in[i].sums = &sums[i];
    k->mix_two(r->left, r->right, n, in, INPUTS);
    add_up(sums, r->peak[0], r->power[0]);
    k->mix_one(r->one, n, in, INPUTS);
    add_up(sums, r->peak[1], r->power[1]);
    r->extent = k->extent(in[0].src, n);
}

static void
compare(const char *name, const char *what, uint32_t n, const float *a,
        const float *b, uint32_t n_values)
{
    for (uint32_t i = 0; i < n_values; i++) {
        if (fabsf(a[i] - b[i]) <= 1e-5f * (1.0f + fabsf(a[i])))
            continue;
        fprintf(stderr, "%s, %u frames: %s %u is %g instead of %g\n", name, n,
                what, i, (double)b[i], (double)a[i]);
        exit(1);
    }
}

static void
check(const struct weir_kernels *k, uint32_t n)
{
    static float src[INPUTS][LONGEST + 8];
    static struct result want;
    static struct result got;
    struct weir_mix_input in[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
        for (uint32_t f = 0; f < LONGEST + 8; f++)
            src[i][f] = noise();
        in[i] = (struct weir_mix_input){.src = src[i] + i,
                                        .gain = 2.0f * noise(),
                                        .step = i % 3 ? 0.0f : noise() / 100,
                                        .left = noise(),
                                        .right = noise()};
    }
    run(&weir_kernels_plain, in, n, &want);
    run(k, in, n, &got);
    compare(k->name, "left", n, want.left, got.left, LONGEST + 8);
    compare(k->name, "right", n, want.right, got.right, LONGEST + 8);
    compare(k->name, "one", n, want.one, got.one, LONGEST + 8);
    compare(k->name, "peak", n, want.peak[0], got.peak[0], 2 * INPUTS);
    compare(k->name, "power", n, want.power[0], got.power[0], 2 * INPUTS);
    compare(k->name, "extent", n, &want.extent.peak, &got.extent.peak, 1);
}

int
main(void)
{
    const struct weir_kernels *usable[WEIR_KERNELS_MOST];
    const int n_usable = weir_kernels_usable(usable);
    for (int v = 0; v < n_usable; v++) {
        for (uint32_t n = 0; n <= LONGEST; n++)
            check(usable[v], n);
        puts(usable[v]->name);
    }
    return 0;
}

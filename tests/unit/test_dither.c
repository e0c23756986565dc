// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Dither by its numbers: with a triangle of +-1 step the error that rounding
// leaves has the mean 0 and a quarter of a step squared, whatever the sound,
// and no sample of it says anything about another one.
#include "common/dither.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { N = 200000, CHANNELS = 2 };

static float in[N * CHANNELS];
static int out[N * CHANNELS];
static double error[N * CHANNELS];

// The error of `n` frames around `level`, in steps.
static void
dither_level(double level)
{
    for (int i = 0; i < N * CHANNELS; i++)
        in[i] = (float)(level * 0x1p-15);
    weir_dither(WEIR_SAMPLES_S16, 1000000, CHANNELS, in, N, out);
    for (int i = 0; i < N * CHANNELS; i++)
        error[i] = out[i] - in[i] * 0x1p15;
}

static double
mean_of_product(int distance)
{
    double sum = 0;
    const int n = N * CHANNELS - distance;
    for (int i = 0; i < n; i++)
        sum += error[i] * error[i + distance];
    return sum / n;
}

static double
mean(void)
{
    double sum = 0;
    for (int i = 0; i < N * CHANNELS; i++)
        sum += error[i];
    return sum / (N * CHANNELS);
}

// The standard error of a mean over 400000 is 0.5 / 632 = 0.0008, of a mean
// product 0.25 / 632 = 0.0004, and of the power 0.0004 at most.
Test(dither, the_error_has_mean_and_power_that_no_level_changes)
{
    const double levels[] = {0, 0.1, 0.25, 0.5, 0.77, -3.5, 1000.3};
    for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++) {
        dither_level(levels[i]);
        cr_assert_lt(fabs(mean()), 0.005, "%g: %g", levels[i], mean());
        cr_assert_lt(fabs(mean_of_product(0) - 0.25), 0.003, "%g: %g",
                     levels[i], mean_of_product(0));
    }
}

Test(dither, no_sample_of_the_error_says_anything_about_another)
{
    dither_level(0.3);
    // Odd distances are across the channels.
    for (int distance = 1; distance <= 64; distance++)
        cr_assert_lt(fabs(mean_of_product(distance)), 0.0025, "%d: %g",
                     distance, mean_of_product(distance));
}

Test(dither, the_error_is_one_step_of_dither_and_half_a_step_of_rounding)
{
    dither_level(0.45);
    double most = 0;
    for (int i = 0; i < N * CHANNELS; i++)
        most = fmax(most, fabs(error[i]));
    cr_assert(most <= 1.4501 && most > 1.44, "%g", most);
}

// A sine of 0.4 steps would be nothing at all without dither.
Test(dither, a_tone_below_one_step_is_still_there)
{
    double found = 0;
    for (int i = 0; i < N; i++)
        in[i] = (float)(0.4 * 0x1p-15 * sin(i * 0.13));
    weir_dither(WEIR_SAMPLES_S16, 0, 1, in, N, out);
    for (int i = 0; i < N; i++)
        found += 2 * out[i] * sin(i * 0.13) / N;
    cr_assert_lt(fabs(found - 0.4), 0.02, "%g", found);
}

Test(dither, the_same_frames_are_the_same_integers_in_whichever_pieces)
{
    static int pieces[N * CHANNELS];
    dither_level(0.3);
    weir_dither(WEIR_SAMPLES_S16, 1000000, CHANNELS, in, 77, pieces);
    weir_dither(WEIR_SAMPLES_S16, 1000077, CHANNELS, in, N - 77,
                pieces + 77 * CHANNELS);
    cr_assert_eq(memcmp(pieces, out, sizeof out), 0);
}

Test(dither, a_24_bit_step_is_a_256th_of_a_16_bit_one)
{
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < N; i++)
        in[i] = 0.25f;
    weir_dither(WEIR_SAMPLES_S24, 0, 1, in, N, out);
    for (int i = 0; i < N; i++) {
        sum += out[i] - 0x1p21;
        squares += (out[i] - 0x1p21) * (out[i] - 0x1p21);
    }
    cr_assert_lt(fabs(sum / N), 0.01);
    cr_assert_lt(fabs(squares / N - 0.25), 0.005);
}

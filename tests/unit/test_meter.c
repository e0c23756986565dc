// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Peak and RMS over 300 ms.
#include "engine/meter.h"

#include "engine/kernels.h"

#include <criterion/criterion.h>
#include <math.h>

enum { RATE_HZ = 48000, WINDOW = 14400, LONGEST = 8192 };

// A meter on its way.
struct ride {
    struct weir_meter meter;
    uint64_t position;
};

static bool
begin(struct ride *m, uint32_t n_channels, uint32_t rate_hz)
{
    m->position = 0;
    return weir_meter_init(&m->meter, n_channels, rate_hz);
}

static void
begin_at(struct ride *m, uint64_t position)
{
    m->position = position;
    weir_meter_begin(&m->meter, position);
}

static void
add(struct ride *m, uint32_t channel, const float *src, uint32_t n)
{
    weir_meter_add(&m->meter, &weir_kernels_plain, channel, m->position, src,
                   n);
}

// As the mixer does: who is at a bin's end closes it.
static void
pass(struct ride *m, uint32_t n)
{
    if (n == weir_meter_room(m->meter.bin_frames, m->position))
        weir_meter_close(&m->meter, m->position);
    m->position += n;
}

static void
feed(struct ride *m, const float *src, uint32_t n)
{
    add(m, 0, src, n);
    m->position += n;
}

static void
feed_sums(struct ride *m, const struct weir_sums *sums)
{
    struct weir_sums *to = weir_meter_sums(&m->meter, 0);
    for (int lane = 0; lane < WEIR_SUM_LANES; lane++) {
        to->peak[lane] = fmaxf(to->peak[lane], sums->peak[lane]);
        to->power[lane] += sums->power[lane];
    }
}

static void
feed_sine(struct ride *m, double amplitude, double hz, uint64_t n_frames,
          uint32_t block)
{
    static float src[LONGEST];
    for (uint64_t at = 0; at < n_frames; at += block) {
        for (uint32_t i = 0; i < block; i++)
            src[i] = (float)(amplitude *
                             sin(2 * M_PI * hz / RATE_HZ * (double)(at + i)));
        feed(m, src, block);
    }
}

static void
feed_silence(struct ride *m, uint64_t n_frames, uint32_t block)
{
    static const float src[LONGEST];
    for (; n_frames > 0; n_frames -= weir_min_u64(n_frames, block))
        feed(m, src, (uint32_t)weir_min_u64(n_frames, block));
}

static double
to_db(float lin)
{
    return 20.0 * log10((double)lin);
}

static struct weir_meter_report
read_meter(const struct ride *m)
{
    struct weir_meter_report report;
    weir_meter_read(&m->meter, m->position, &report);
    return report;
}

static const uint32_t blocks[] = {16, 64, 100, 480, 1000, 1024, 4096, 8192};
enum { N_BLOCKS = sizeof blocks / sizeof blocks[0] };

Test(meter, a_new_meter_shows_silence)
{
    struct ride m;
    cr_assert(begin(&m, 3, RATE_HZ));
    const struct weir_meter_report report = read_meter(&m);
    cr_assert_eq(report.n_channels, 3);
    for (int c = 0; c < 3; c++)
        cr_assert(report.peak[c] == 0.0f && report.rms[c] == 0.0f);
    weir_meter_fini(&m.meter);
}

Test(meter, a_full_scale_sine_is_3_01_db_below_its_peak_at_any_block_size)
{
    for (int i = 0; i < N_BLOCKS; i++) {
        struct ride m;
        cr_assert(begin(&m, 1, RATE_HZ));
        feed_sine(&m, 1.0, 1000.0, 10 * WINDOW, blocks[i]);
        const struct weir_meter_report report = read_meter(&m);
        cr_assert_float_eq(to_db(report.peak[0]), 0.0, 1e-6);
        cr_assert_float_eq(to_db(report.rms[0]), -3.0103, 2e-3, "block %u: %g",
                           blocks[i], to_db(report.rms[0]));
        weir_meter_fini(&m.meter);
    }
}

Test(meter, rms_is_right_before_the_window_is_full)
{
    struct ride m;
    cr_assert(begin(&m, 1, RATE_HZ));
    feed_sine(&m, 0.5, 1000.0, 4800, 48);
    cr_assert_float_eq(to_db(read_meter(&m).rms[0]), -9.0309, 1e-3);
    weir_meter_fini(&m.meter);
}

Test(meter, it_forgets_exactly_300_ms_after_the_sound_at_any_block_size)
{
    static const float one = 1.0f;
    for (int i = 0; i < N_BLOCKS; i++)
        for (uint64_t before = 0; before < 2000; before += 333) {
            struct ride m;
            cr_assert(begin(&m, 1, RATE_HZ));
            feed_silence(&m, before, blocks[i]);
            feed(&m, &one, 1);
            feed_silence(&m, WINDOW - 480 - 1, blocks[i]);
            cr_assert_eq(read_meter(&m).peak[0], 1.0f, "block %u", blocks[i]);
            cr_assert_gt(read_meter(&m).rms[0], 0.0f);
            feed_silence(&m, 480 + 1, blocks[i]);
            cr_assert_eq(read_meter(&m).peak[0], 0.0f, "block %u", blocks[i]);
            cr_assert_eq(read_meter(&m).rms[0], 0.0f);
            weir_meter_fini(&m.meter);
        }
}

Test(meter, it_forgets_when_time_only_passes)
{
    static const float one = 1.0f;
    struct ride m;
    cr_assert(begin(&m, 1, RATE_HZ));
    feed(&m, &one, 1);
    for (uint32_t i = 0; i < WINDOW; i += 64)
        pass(&m, 64);
    cr_assert_eq(read_meter(&m).peak[0], 0.0f);
    cr_assert_eq(read_meter(&m).rms[0], 0.0f);
    weir_meter_fini(&m.meter);
}

Test(meter, the_window_is_300_ms_long_at_any_block_size)
{
    // Ten times louder, then soft for 295 ms: the loud part still counts;
    // RMS says for how long the window reaches back.
    for (int i = 0; i < N_BLOCKS; i++) {
        struct ride m;
        cr_assert(begin(&m, 1, RATE_HZ));
        feed_sine(&m, 1.0, 1000.0, 5 * LONGEST, blocks[i]);
        feed_silence(&m, WINDOW / 2, blocks[i]);
        // Half of the window is silent: 3 dB less; it may be 10 ms short.
        const double db = to_db(read_meter(&m).rms[0]);
        cr_assert_float_eq(db, -6.02, 0.16, "block %u: %g", blocks[i], db);
        weir_meter_fini(&m.meter);
    }
}

Test(meter, channels_are_apart)
{
    struct ride m;
    float src[64][100];
    cr_assert(begin(&m, 64, RATE_HZ));
    for (int c = 0; c < 64; c++)
        for (int i = 0; i < 100; i++)
            src[c][i] = (i % 2 ? -1.0f : 1.0f) * (float)(c + 1);
    for (int block = 0; block < 200; block++) {
        for (uint32_t c = 0; c < 64; c++)
            add(&m, c, src[c], 100);
        m.position += 100;
    }
    const struct weir_meter_report report = read_meter(&m);
    for (int c = 0; c < 64; c++) {
        cr_assert_eq(report.peak[c], (float)(c + 1));
        cr_assert_float_eq(report.rms[c], (float)(c + 1), 1e-4);
    }
    weir_meter_fini(&m.meter);
}

Test(meter, reading_changes_nothing)
{
    struct ride m;
    cr_assert(begin(&m, 1, RATE_HZ));
    feed_sine(&m, 0.3, 440.0, WINDOW, 64);
    const struct weir_meter_report first = read_meter(&m);
    for (int i = 0; i < 100; i++)
        (void)read_meter(&m);
    const struct weir_meter_report last = read_meter(&m);
    cr_assert(first.peak[0] == last.peak[0] && first.rms[0] == last.rms[0]);
    weir_meter_fini(&m.meter);
}

Test(meter, any_rate_has_its_300_ms)
{
    static const uint32_t rates[] = {8000, 11025, 44100, 96000, 192000};
    static const float one = 1.0f;
    for (int i = 0; i < 5; i++) {
        struct ride m;
        const uint64_t window = rates[i] * UINT64_C(3) / 10;
        cr_assert(begin(&m, 1, rates[i]));
        feed(&m, &one, 1);
        feed_silence(&m, window * 96 / 100, 8192);
        cr_assert_eq(read_meter(&m).peak[0], 1.0f, "%u", rates[i]);
        feed_silence(&m, window * 5 / 100, 8192);
        cr_assert_eq(read_meter(&m).peak[0], 0.0f, "%u", rates[i]);
        weir_meter_fini(&m.meter);
    }
}

// -------------------------------------------- what has been measured before

// Peak and power in any lanes.
static struct weir_sums
sums_of(const float *src, uint32_t n)
{
    struct weir_sums sums = {.peak = {0.0f}};
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t lane = i * 7 % WEIR_SUM_LANES;
        sums.peak[lane] = fmaxf(sums.peak[lane], fabsf(src[i]));
        sums.power[lane] += src[i] * src[i];
    }
    return sums;
}

// One meter is given samples, the other one sums, in pieces that end with the
// bins.
static void
feed_both(struct ride *plain, struct ride *by_sums, const float *src,
          uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        const uint32_t room =
            weir_meter_room(by_sums->meter.bin_frames, by_sums->position);
        const uint32_t part = weir_min_u32(n - at, room);
        const struct weir_sums sums = sums_of(src + at, part);
        feed(plain, src + at, part);
        feed_sums(by_sums, &sums);
        pass(by_sums, part);
        at += part;
    }
}

Test(meter, sums_show_the_same_as_samples_wherever_it_began)
{
    static float src[1000];
    for (uint64_t from = 0; from < 3000000; from += 299993) {
        struct ride plain;
        struct ride by_sums;
        cr_assert(begin(&plain, 1, RATE_HZ));
        cr_assert(begin(&by_sums, 1, RATE_HZ));
        begin_at(&plain, from);
        begin_at(&by_sums, from);
        uint64_t at = from;
        for (uint32_t n = 1; n < 1000; n += 37) {
            for (uint32_t i = 0; i < n; i++)
                src[i] =
                    (float)sin((double)(at + i) * 0.1) / (float)(n % 5 + 1);
            feed_both(&plain, &by_sums, src, n);
            at += n;
            const struct weir_meter_report a = read_meter(&plain);
            const struct weir_meter_report b = read_meter(&by_sums);
            cr_assert_eq(a.peak[0], b.peak[0]);
            cr_assert_float_eq(a.rms[0], b.rms[0], 1e-6);
        }
        weir_meter_fini(&plain.meter);
        weir_meter_fini(&by_sums.meter);
    }
}

Test(meter, a_meter_that_begins_late_counts_from_there)
{
    for (uint64_t from = 0; from < 1000; from += 77) {
        struct ride m;
        cr_assert(begin(&m, 1, RATE_HZ));
        begin_at(&m, 4800000 + from);
        feed_sine(&m, 1.0, 1000.0, 2400, 48);
        cr_assert_float_eq(to_db(read_meter(&m).rms[0]), -3.0103, 1e-3);
        weir_meter_fini(&m.meter);
    }
}

Test(meter, sums_are_forgotten_with_their_bin)
{
    struct ride m;
    const struct weir_sums loud = {.peak = {[9] = 1.0f}, .power = {[3] = 2.0f}};
    cr_assert(begin(&m, 1, RATE_HZ));
    feed_sums(&m, &loud);
    cr_assert_eq(read_meter(&m).peak[0], 1.0f); // at once
    pass(&m, 480);
    cr_assert_eq(read_meter(&m).peak[0], 1.0f);
    for (int bin = 1; bin < WEIR_METER_BINS; bin++) {
        cr_assert_float_eq(read_meter(&m).rms[0], sqrt(2.0 / (480.0 * bin)),
                           1e-6);
        pass(&m, 480);
    }
    cr_assert_eq(read_meter(&m).peak[0], 0.0f);
    cr_assert_eq(read_meter(&m).rms[0], 0.0f);
    weir_meter_fini(&m.meter);
}

Test(meter, a_meter_that_was_never_made_can_be_freed)
{
    struct weir_meter m = {0};
    weir_meter_fini(&m);
    weir_meter_fini(&m);
}

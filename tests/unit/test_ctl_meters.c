// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weirctl's terminal view is made of, without a terminal.
#include "oscctl/ctl/meters/bar.h"
#include "oscctl/ctl/meters/layout.h"
#include "oscctl/ctl/meters/level.h"
#include "oscctl/ctl/meters/model.h"
#include "oscctl/ctl/meters/text.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- level

static struct ctl_level
level_at(double peak_db, int64_t now_ms)
{
    struct ctl_level level;
    ctl_level_init(&level);
    ctl_level_take(&level, peak_db, peak_db - 6, now_ms);
    return level;
}

Test(level, a_peak_stands_for_two_seconds_and_then_falls_20_db_a_second)
{
    struct ctl_level level = level_at(-6, 1000);
    ctl_level_take(&level, -50, -60, 1040);
    cr_assert_float_eq(ctl_level_hold(&level, 3000), -6, 1e-6);
    cr_assert_float_eq(ctl_level_hold(&level, 3500), -16, 1e-4);
    cr_assert_float_eq(ctl_level_hold(&level, 4000), -26, 1e-4);
    cr_assert_float_eq(ctl_level_hold(&level, 9000), -50, 1e-4);
}

Test(level, a_peak_above_the_falling_hold_is_the_new_one)
{
    struct ctl_level level = level_at(-6, 0);
    ctl_level_take(&level, -20, -30, 2500); // the hold has fallen to -16
    cr_assert_float_eq(ctl_level_hold(&level, 2500), -16, 1e-4);
    ctl_level_take(&level, -20, -30, 2900); // to -24
    ctl_level_take(&level, -60, -70, 2940);
    cr_assert_float_eq(ctl_level_hold(&level, 4900), -20, 1e-4);
}

Test(level, full_scale_is_a_clip_until_it_is_cleared)
{
    struct ctl_level level = level_at(-0.01, 0);
    cr_assert(!level.clipped);
    ctl_level_take(&level, 0, -3, 10);
    ctl_level_take(&level, -40, -50, 20);
    cr_assert(level.clipped);
    cr_assert_float_eq(level.max_db, 0, 1e-6);
    ctl_level_clear(&level);
    cr_assert(!level.clipped);
    cr_assert_float_eq(level.max_db, -40, 1e-6);
}

Test(level, what_is_no_level_is_silence)
{
    const double wrong[] = {NAN, INFINITY, -INFINITY, 1e30, -121};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct ctl_level level = level_at(wrong[i], 0);
        cr_assert_float_eq(level.peak_db, -120, 1e-6, "%g", wrong[i]);
        cr_assert(!level.clipped, "%g", wrong[i]);
    }
}

// ---------------------------------------------------------------- bar

enum { N = 40 };

static int
count(const struct ctl_bar_cell *cells, int from, int to)
{
    int n = 0;
    for (int i = 0; i < N; i++)
        n += cells[i].glyph >= from && cells[i].glyph <= to;
    return n;
}

Test(bar, silence_is_empty_and_full_scale_is_full)
{
    struct ctl_bar_cell cells[N];
    ctl_bar_fill(cells, N, -120, -120, -120);
    cr_assert_eq(count(cells, CTL_BAR_EMPTY, CTL_BAR_EMPTY), N);
    ctl_bar_fill(cells, N, 0, 0, -120);
    cr_assert_eq(count(cells, CTL_BAR_FULL, CTL_BAR_FULL), N);
    ctl_bar_fill(cells, N, 30, 30, 30);
    cr_assert_eq(count(cells, CTL_BAR_FULL, CTL_BAR_FULL), N - 1);
    cr_assert_eq(cells[N - 1].glyph, CTL_BAR_HOLD);
    ctl_bar_fill(cells, N, NAN, NAN, NAN);
    cr_assert_eq(count(cells, CTL_BAR_EMPTY, CTL_BAR_EMPTY), N);
}

Test(bar, it_is_filled_to_the_rms_and_marked_to_the_peak_and_at_the_hold)
{
    struct ctl_bar_cell cells[N];
    ctl_bar_fill(cells, N, -20, -10, -4); // 20, 30, in cell 36
    for (int i = 0; i < N; i++) {
        const int wanted = i < 20    ? CTL_BAR_FULL
                           : i < 30  ? CTL_BAR_PEAK
                           : i == 36 ? CTL_BAR_HOLD
                                     : CTL_BAR_EMPTY;
        cr_assert_eq(cells[i].glyph, wanted, "cell %d", i);
    }
}

Test(bar, it_grows_by_eighths)
{
    struct ctl_bar_cell cells[N];
    int before = 0;
    for (float db = -70; db <= 0; db += 0.05f) {
        ctl_bar_fill(cells, N, db, -120, -120);
        int eighths = 0;
        for (int i = 0; i < N; i++)
            eighths += cells[i].glyph;
        cr_assert(eighths == before || eighths == before + 1, "%g", (double)db);
        before = eighths;
    }
    cr_assert_eq(before, 8 * N);
}

Test(bar, colours_change_at_minus_12_and_minus_3)
{
    struct ctl_bar_cell cells[N];
    ctl_bar_fill(cells, N, -120, -120, -120);
    for (int i = 0; i < N; i++) {
        const int wanted = i < 28   ? CTL_BAR_GREEN
                           : i < 37 ? CTL_BAR_YELLOW
                                    : CTL_BAR_RED;
        cr_assert_eq(cells[i].zone, wanted, "cell %d", i);
    }
}

// ---------------------------------------------------------------- layout

Test(layout, what_fits_is_shown_whole)
{
    struct ctl_layout l;
    ctl_layout(&l, 24, 80, 8, 3, 2);
    cr_assert(!l.too_small);
    cr_assert_eq(l.n_strips, 8);
    cr_assert_eq(l.n_buses, 3);
    cr_assert_eq(l.n_readers, 2);
    cr_assert_geq(l.bar_width, 38);
    ctl_layout(&l, 24, 80, 2, 17, 0);
    cr_assert_eq(l.n_buses, 17);
}

Test(layout, buses_and_readers_leave_most_lines_to_many_strips)
{
    struct ctl_layout l;
    ctl_layout(&l, 24, 80, 300, 30, 30);
    cr_assert_geq(l.n_strips, 10);
    cr_assert_geq(l.n_buses, 3);
    cr_assert_geq(l.n_readers, 3);
}

Test(layout, nothing_lies_over_anything_else_whatever_the_size)
{
    static const int ns[] = {0, 1, 3, 20, 500};
    struct ctl_layout l;
    for (int lines = 1; lines < 60; lines++)
        for (int columns = 1; columns < 260; columns++)
            for (int k = 0; k < 125; k++) {
                ctl_layout(&l, lines, columns, ns[k % 5], ns[k / 5 % 5],
                           ns[k / 25]);
                if (l.too_small)
                    continue;
                cr_assert_eq(l.strips_y, 2);
                cr_assert_geq(l.buses_y, l.strips_y + l.n_strips + 1);
                const int end = l.n_readers > 0 ? l.readers_y + l.n_readers
                                                : l.buses_y + l.n_buses;
                cr_assert_leq(end, lines - 1, "%dx%d %d", columns, lines, k);
                cr_assert(l.n_readers == 0 ||
                          l.readers_y >= l.buses_y + l.n_buses + 1);
                cr_assert(ns[k / 5 % 5] == 0 || l.n_buses > 0);
                cr_assert(ns[k % 5] == 0 || l.n_strips > 0);
                cr_assert_gt(l.bar_width, 0);
                cr_assert_lt(l.bar_x + l.bar_width,
                             l.max_x ? l.max_x + 1 : l.clip_x);
                cr_assert_eq(l.clip_x + 4, columns);
            }
    ctl_layout(&l, 5, 80, 1, 1, 0);
    cr_assert(l.too_small);
    ctl_layout(&l, 24, 31, 1, 1, 0);
    cr_assert(l.too_small);
}

Test(layout, scrolling_keeps_the_selected_line_in_sight_and_moves_little)
{
    cr_assert_eq(ctl_layout_scroll(0, 40, 10, 5), 0);
    cr_assert_eq(ctl_layout_scroll(0, 40, 10, 10), 1);
    cr_assert_eq(ctl_layout_scroll(20, 40, 10, 7), 7);
    cr_assert_eq(ctl_layout_scroll(20, 40, 10, -1), 20);
    cr_assert_eq(ctl_layout_scroll(39, 40, 10, -1), 30);
    cr_assert_eq(ctl_layout_scroll(3, 5, 10, -1), 0);
}

// ---------------------------------------------------------------- text

static int
fit(char *out, size_t n_out, const char *utf8, int width, bool unicode)
{
    wchar_t wide[64];
    setlocale(LC_CTYPE, "C.UTF-8");
    const int columns = ctl_text_fit(wide, 64, utf8, width, unicode);
    cr_assert_geq((int)wcstombs(out, wide, n_out), 0);
    return columns;
}

Test(text, wide_characters_are_cut_by_columns)
{
    char out[256];
    cr_assert_eq(fit(out, sizeof out, "ab主唱", 5, true), 4);
    cr_assert_str_eq(out, "ab主");
    cr_assert_eq(fit(out, sizeof out, "ab主唱", 6, true), 6);
    cr_assert_str_eq(out, "ab主唱");
}

Test(text, what_a_terminal_would_obey_becomes_a_question_mark)
{
    char out[256];
    cr_assert_eq(fit(out, sizeof out,
                     "a\x1b[2Jb\x7f\xc2\x9b"
                     "31m",
                     40, true),
                 11);
    cr_assert_str_eq(out, "a?[2Jb??31m");
    fit(out, sizeof out,
        "a\xe2\x80\xae"
        "b\xe2\x80\xa8"
        "c\xff\xc3",
        40, true);
    cr_assert_str_eq(out, "a?b?c??");
}

Test(text, marks_stand_on_a_character_and_not_on_each_other_without_end)
{
    char out[256];
    char tower[64] = "e";
    for (int i = 0; i < 20; i++)
        strcat(tower, "\xcc\x81");
    cr_assert_eq(fit(out, sizeof out, tower, 40, true), 1);
    cr_assert_str_eq(out, "e\xcc\x81\xcc\x81");
    cr_assert_eq(fit(out, sizeof out,
                     "\xcc\x81"
                     "a",
                     40, true),
                 1);
    cr_assert_str_eq(out, "a");
}

Test(text, without_unicode_only_ascii_is_left)
{
    char out[256];
    cr_assert_eq(fit(out, sizeof out, "Gäste 主", 40, false), 7);
    cr_assert_str_eq(out, "G?ste ?");
}

Test(text, no_bytes_whatever_take_more_columns_than_there_are)
{
    srand(1);
    for (int i = 0; i < 20000; i++) {
        char bytes[40], out[256];
        for (size_t k = 0; k < sizeof bytes - 1; k++)
            bytes[k] = (char)(rand() % 4 == 0 ? rand() : 'a' + rand() % 26);
        bytes[sizeof bytes - 1] = '\0';
        const int width = rand() % 30;
        cr_assert_leq(fit(out, sizeof out, bytes, width, true), width);
        for (const char *c = out; *c; c++)
            cr_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
}

// ---------------------------------------------------------------- model

static struct ctl_meters model;

static void
start(void)
{
    ctl_meters_init(&model);
}

static void
end(void)
{
    ctl_meters_fini(&model);
}

TestSuite(model, .init = start, .fini = end);

// One message; `types` are of f, i, h, s, T, F, their values follow.
static void
take(const char *address, const char *types, ...)
{
    lo_message message = lo_message_new();
    va_list args;
    va_start(args, types);
    for (const char *t = types; *t; t++) {
        if (*t == 'f')
            lo_message_add_float(message, (float)va_arg(args, double));
        else if (*t == 'i')
            lo_message_add_int32(message, va_arg(args, int));
        else if (*t == 's')
            lo_message_add_string(message, va_arg(args, const char *));
        else
            lo_message_add(message, *t == 'T' ? "T" : "F");
    }
    va_end(args);
    ctl_meters_take(&model, address, message, 0);
    lo_message_free(message);
}

Test(model, values_find_their_strip_and_bus)
{
    take("/strip/mic/gain", "f", -6.0);
    take("/strip/mic/name", "s", "Lead Vox");
    take("/strip/mic/mute", "T");
    take("/strip/mic/meter", "ffff", -3.0, -9.0, 1.0, -2.0);
    take("/bus/main/gain", "i", -1);
    cr_assert_eq(model.strips.n, 1);
    cr_assert_eq(model.buses.n, 1);
    const struct ctl_strip *mic = model.strips.list[0];
    cr_assert_str_eq(mic->name, "Lead Vox");
    cr_assert_float_eq(mic->gain.is, -6, 1e-6);
    cr_assert(mic->mute.is != 0 && mic->solo.is == 0 && !mic->is_bus);
    cr_assert_eq(mic->n_channels, 2);
    cr_assert_float_eq(mic->levels[0].rms_db, -9, 1e-6);
    cr_assert(!mic->levels[0].clipped && mic->levels[1].clipped);
    cr_assert(model.buses.list[0]->is_bus);
    cr_assert_float_eq(model.buses.list[0]->gain.is, -1, 1e-6);
}

Test(model, what_a_mixer_would_not_send_changes_nothing)
{
    take("/strip/mic/gain", "f", -6.0);
    take("/strip/Mic/gain", "f", 0.0);
    take("/strip/mic\x1b/gain", "f", 0.0);
    take("/strip/a23456789012345678901234567890123/gain", "f", 0.0);
    take("/strip//gain", "f", 0.0);
    take("/strip/mic/gain/x", "f", 0.0);
    take("/strip/mic/gain", "s", "loud");
    take("/strip/mic/gain", "f", (double)NAN);
    take("/strip/mic/name", "s", "\x1b[31m");
    take("/strip/mic/name", "f", 1.0);
    take("/strip/mic/gain", "");
    take("/removed", "");
    take("/renamed", "s", "mic");
    take("/status/xruns", "s", "many");
    take("/strip/new/meter", "ff", -3.0, -3.0);
    cr_assert_eq(model.strips.n, 1);
    cr_assert_float_eq(model.strips.list[0]->gain.is, -6, 1e-6);
    cr_assert_str_eq(model.strips.list[0]->name, "mic");
    take("/strip/mic/gain", "f", 900.0);
    cr_assert_float_eq(model.strips.list[0]->gain.is, 10, 1e-6);
    take("/reader/r/lag_frames", "f", 1e30);
    take("/status/dsp_load", "f", -1e30);
    cr_assert_leq(model.readers[0].lag_frames, 1e9);
    cr_assert_geq(model.dsp_load, -10000);
}

Test(model, there_is_an_end_to_what_is_kept)
{
    char address[64];
    lo_message long_meter = lo_message_new();
    for (int i = 0; i < 1000; i++)
        lo_message_add_float(long_meter, -3);
    for (int i = 0; i < 2000; i++) {
        snprintf(address, sizeof address, "/strip/s%d/gain", i);
        take(address, "f", 0.0);
        snprintf(address, sizeof address, "/bus/b%d/gain", i);
        take(address, "f", 0.0);
        snprintf(address, sizeof address, "/reader/r%d/state", i);
        take(address, "s", "a state that is longer than any that there is");
    }
    ctl_meters_take(&model, "/strip/s0/meter", long_meter, 0);
    lo_message_free(long_meter);
    cr_assert_eq(model.strips.n, 512);
    cr_assert_eq(model.buses.n, 64);
    cr_assert_eq(model.n_readers, 128);
    cr_assert_eq(model.strips.list[0]->n_channels, 64);
}

Test(model, what_goes_is_gone)
{
    take("/strip/a/gain", "f", 0.0);
    take("/strip/b/gain", "f", 0.0);
    take("/bus/main/gain", "f", 0.0);
    take("/removed", "s", "a");
    cr_assert_eq(model.strips.n, 1);
    cr_assert_str_eq(model.strips.list[0]->id, "b");
    take("/strip/a/meter", "ff", -3.0, -3.0); // was under way
    cr_assert_eq(model.strips.n, 1);
    take("/reader/r/state", "s", "running");
    take("/reader/b/state", "s", "running");
    take("/removed", "s", "reader/b");
    cr_assert_eq(model.n_readers, 1);
    cr_assert_eq(model.strips.n, 1);
}

static void
order(const char *list, const char *ids)
{
    lo_message reply = lo_message_new();
    lo_message_add_string(reply, list);
    for (; *ids; ids++)
        lo_message_add_string(reply, (const char[]){*ids, 0});
    ctl_meters_reply(&model, reply);
    lo_message_free(reply);
}

Test(model, the_order_is_the_mixers)
{
    static const char ids[] = "cad";
    take("/strip/a/gain", "f", 0.0);
    take("/strip/d/gain", "f", 0.0);
    take("/strip/c/gain", "f", 0.0);
    order("/strip/list", ids);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(model.strips.list[i]->id[0], ids[i]);
    take("/strip/b/gain", "f", 0.0);
    cr_assert_eq(model.strips.list[3]->id[0], 'b');
    order("/bus/list", "zyx");
    cr_assert_eq(model.strips.list[0]->id[0], 'c');
}

Test(model, what_two_lists_do_not_have_is_gone)
{
    take("/strip/a/gain", "f", 0.0);
    take("/strip/b/gain", "f", 0.0);
    take("/reader/r/state", "s", "running");
    take("/reader/q/state", "s", "running");
    order("/strip/list", "b");
    order("/strip/list", "ab"); // the one before was overtaken
    order("/strip/list", "b");
    cr_assert_eq(model.strips.n, 2);
    order("/strip/list", "b");
    cr_assert_eq(model.strips.n, 1);
    cr_assert_str_eq(model.strips.list[0]->id, "b");
    order("/reader/list", "q");
    order("/reader/list", "q");
    cr_assert_eq(model.n_readers, 1);
    cr_assert_str_eq(model.readers[0].id, "q");
}

// The mixer's answer to a set.
static void
answer(const char *address, float value)
{
    lo_message reply = lo_message_new();
    lo_message_add_string(reply, address);
    lo_message_add_float(reply, value);
    ctl_meters_reply(&model, reply);
    lo_message_free(reply);
}

Test(model, a_key_holds_until_the_mixer_has_answered_the_last_one)
{
    take("/strip/a/gain", "f", -6.0);
    struct ctl_ridden *gain = &model.strips.list[0]->gain;
    ctl_ridden_want(gain, -5.5f, 1000);
    ctl_ridden_want(gain, -5, 1001);
    take("/strip/a/gain", "f", -5.5); // the first one's echo
    answer("/strip/a/gain", -5.5f);
    cr_assert_float_eq(ctl_ridden_value(gain, 1500), -5, 1e-6);
    answer("/strip/a/gain", -5.25f);
    cr_assert_float_eq(ctl_ridden_value(gain, 1500), -5.25, 1e-6);
    take("/strip/a/gain", "f", 3.0); // another hand
    cr_assert_float_eq(ctl_ridden_value(gain, 1500), 3, 1e-6);
}

Test(model, a_key_that_is_refused_or_not_answered_is_forgotten)
{
    take("/strip/a/gain", "f", -6.0);
    take("/bus/b/mute", "F");
    struct ctl_ridden *gain = &model.strips.list[0]->gain;
    struct ctl_ridden *mute = &model.buses.list[0]->mute;
    ctl_ridden_want(mute, 1, 1000);
    cr_assert_float_eq(ctl_ridden_value(mute, 1500), 1, 1e-6);
    ctl_meters_refuse(&model, "/bus/b/mute");
    cr_assert_float_eq(ctl_ridden_value(mute, 1500), 0, 1e-6);
    ctl_ridden_want(gain, -5, 1000);
    cr_assert_float_eq(ctl_ridden_value(gain, 2999), -5, 1e-6);
    cr_assert_float_eq(ctl_ridden_value(gain, 3000), -6, 1e-6);
    ctl_ridden_want(gain, -4, 3001);
    answer("/strip/a/gain", -4);
    cr_assert_float_eq(ctl_ridden_value(gain, 3002), -4, 1e-6);
}

Test(model, counters_count_from_where_they_were_seen_first_or_cleared)
{
    take("/status/xruns", "i", 7);
    cr_assert(!ctl_count_grew(&model.xruns));
    take("/status/xruns", "i", 8);
    cr_assert(ctl_count_grew(&model.xruns));
    ctl_meters_clear(&model);
    cr_assert(!ctl_count_grew(&model.xruns));
    take("/status/xruns", "i", 2); // another mixer
    take("/status/xruns", "i", 3);
    cr_assert(ctl_count_grew(&model.xruns));
}

Test(model, a_mixer_that_goes_leaves_silence_and_one_that_comes_is_new)
{
    take("/strip/a/gain", "f", 0.0);
    take("/strip/a/meter", "ff", -3.0, -6.0);
    ctl_meters_lose(&model);
    cr_assert(model.gone);
    cr_assert_float_eq(model.strips.list[0]->levels[0].peak_db, -120, 1e-6);
    ctl_meters_return(&model);
    cr_assert(!model.gone);
    cr_assert_eq(model.strips.n, 0);
}

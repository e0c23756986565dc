// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Feeds as the attach socket opens them and OSC shows them, over a driven
// mixer.
#include "desk/bench_desk.h"

#include "desk/feeds.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 256 };

static struct bench *b;
static struct weir_feed_ring ring; // as the feeder has mapped it
static uint64_t written;
static int n_ready, n_flushed;
static enum weir_feed_state why_gone;

static void
set_up(void)
{
    b = bench_new();
    bench_ask(b, "/strip/add mic 1\n/strip/add music 2");
    n_ready = n_flushed = 0;
    why_gone = 0;
}

static void
tear_down(void)
{
    bench_free(b);
}

TestSuite(osc_feed, .init = set_up, .fini = tear_down);

static void
ready(void *owner, const struct weir_fault *fault)
{
    (void)owner;
    cr_assert_null(fault);
    n_ready++;
}

static void
gone(void *owner, enum weir_feed_state why)
{
    (void)owner;
    why_gone = why;
}

static void
flushed(void *owner, struct weir_ticket done)
{
    (void)owner;
    n_flushed++;
    weir_ticket_settle(done, NULL);
}

static struct weir_desk_feed *
open_feed(const char *strip, struct weir_fault *fault)
{
    const struct weir_feed_config config = {.rate_hz = 48000};
    struct weir_desk_feed *f = weir_desk_feed_open(
        b->desk, strip, &config, (struct weir_ticket){.fn = ready}, fault);
    if (!f)
        return NULL;
    f->gone = gone;
    f->flush = flushed;
    // As another process would: by the descriptor alone.
    void *memory = mmap(NULL, weir_feed_ring_bytes(f->capacity, f->n_channels),
                        PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
    cr_assert_neq(memory, MAP_FAILED);
    ring = weir_feed_ring_view(memory, f->capacity, f->n_channels);
    written = 0;
    bench_step(b);
    return f;
}

static struct weir_desk_feed *
open_mic(void)
{
    struct weir_fault fault;
    struct weir_desk_feed *f = open_feed("mic", &fault);
    cr_assert_not_null(f);
    return f;
}

static void
write_level(float level, uint32_t n)
{
    float frames[8192];
    for (uint32_t i = 0; i < n * ring.n_channels; i++)
        frames[i] = level;
    cr_assert(weir_feed_ring_room(&ring, written) >= n);
    weir_feed_ring_put(&ring, written, frames, n);
    weir_feed_ring_publish(&ring, written += n);
}

Test(osc_feed, every_strip_has_a_feed_branch_without_a_feed)
{
    EXPECT("/strip/mic/feed/*", "/strip/mic/feed/paused F\n"
                                "/strip/mic/feed/buffered_ms 0\n"
                                "/strip/mic/feed/ratio 1\n"
                                "/strip/mic/feed/underruns 0\n"
                                "/strip/mic/feed/overruns 0\n"
                                "/strip/mic/feed/flushed 0\n");
    EXPECT_START("/strip/mic/feed/flush", "/error /strip/mic/feed/flush 6 ");
    EXPECT_START("/strip/mic/feed/flush 1", "/error /strip/mic/feed/flush 2 ");
    EXPECT_START("/strip/mic/feed/ratio 1", "/error /strip/mic/feed/ratio 9 ");
    EXPECT_START("/strip/none/feed/ratio", "/error /strip/none/feed/ratio 4 ");
    EXPECT_START("/strip/mic/feed/pitch", "/error /strip/mic/feed/pitch 1 ");
    EXPECT_START("/strip/mic/paused", "/error /strip/mic/paused 1 ");
}

Test(osc_feed, what_it_counts_is_shown)
{
    struct weir_desk_feed *f = open_mic();
    cr_assert_eq(n_ready, 1);
    write_level(0.5f, 4800 + BLOCK);
    bench_cycle(b, BLOCK);
    EXPECT("/strip/mic/feed/buffered_ms", "/strip/mic/feed/buffered_ms 100\n");
    EXPECT("/strip/mic/feed/flush", "/reply /strip/mic/feed/flush\n");
    cr_assert_eq(n_flushed, 1);
    bench_cycle(b, BLOCK);
    EXPECT("/strip/mic/feed/{buffered_ms,flushed,underruns}",
           "/strip/mic/feed/buffered_ms 0\n"
           "/strip/mic/feed/underruns 0\n"
           "/strip/mic/feed/flushed 4560\n"); // but for the fade
    write_level(0.5f, BLOCK);
    weir_feed_ring_count_overrun(&ring, 77);
    bench_cycle(b, BLOCK);
    bench_cycle(b, BLOCK);
    EXPECT("/strip/mic/feed/{overruns,underruns}",
           "/strip/mic/feed/underruns 1\n/strip/mic/feed/overruns 77\n");
    weir_desk_feed_close(b->desk, f);
    EXPECT("/strip/mic/feed/{overruns,underruns}",
           "/strip/mic/feed/underruns 0\n/strip/mic/feed/overruns 0\n");
}

Test(osc_feed, a_bundle_that_is_refused_flushes_nothing)
{
    struct weir_desk_feed *f = open_mic();
    write_level(0.5f, 4800);
    bench_ask(b, "/strip/mic/feed/flush\n/strip/none/gain 1");
    for (int i = 0; i < 4; i++)
        bench_cycle(b, BLOCK);
    cr_assert_eq(n_flushed, 0);
    EXPECT("/strip/mic/feed/flushed", "/strip/mic/feed/flushed 0\n");
    weir_desk_feed_close(b->desk, f);
}

Test(osc_feed, what_is_written_after_the_flush_was_asked_is_kept)
{
    struct weir_desk_feed *f = open_mic();
    write_level(0.5f, 1000);
    bench_cycle(b, BLOCK);
    bench_send_lines(b, "/strip/mic/feed/flush");
    write_level(0.25f, 1000); // the mixer has not come to it yet
    for (int i = 0; i < 2; i++)
        bench_cycle(b, BLOCK);
    EXPECT("/strip/mic/feed/flushed", "/reply /strip/mic/feed/flush\n"
                                      "/strip/mic/feed/flushed 504\n");
    weir_desk_feed_close(b->desk, f);
}

Test(osc_feed, paused_is_the_strips_and_outlives_its_feeds)
{
    EXPECT("/strip/mic/feed/paused T", "/reply /strip/mic/feed/paused T\n");
    struct weir_desk_feed *f = open_mic();
    write_level(0.5f, 4800);
    bench_cycle(b, BLOCK);
    bench_cycle(b, BLOCK);
    cr_assert_eq(weir_feed_ring_room(&ring, written), f->capacity - 4800);
    weir_desk_feed_close(b->desk, f);
    bench_cycle(b, BLOCK);
    EXPECT("/strip/mic/feed/paused", "/strip/mic/feed/paused T\n");
    EXPECT("/strip/mic/feed/paused F", "/reply /strip/mic/feed/paused F\n");
    f = open_mic();
    write_level(0.5f, 4800);
    bench_cycle(b, BLOCK);
    cr_assert_eq(weir_feed_ring_room(&ring, written),
                 f->capacity - 4800 + BLOCK);
    weir_desk_feed_close(b->desk, f);
}

Test(osc_feed, subscribers_hear_what_moves)
{
    struct weir_desk_feed *f = open_mic();
    bench_ask(b, "/subscribe /strip/mic/feed/*");
    bench_tick(b, 100);
    const char *snapshot = bench_answers(b);
    cr_assert(strstr(snapshot, "/snapshot_end /strip/mic/feed/* 6\n"), "%s",
              snapshot);
    write_level(0.5f, 4800 + BLOCK);
    bench_cycle(b, BLOCK);
    bench_tick(b, 100);
    const char *moved = bench_answers(b);
    cr_assert(strstr(moved, "/strip/mic/feed/buffered_ms 100\n"), "%s", moved);
    cr_assert_null(strstr(moved, "ratio"), "%s", moved);
    bench_tick(b, 100);
    cr_assert_str_empty(bench_answers(b));
    bench_send_lines(b, "/strip/mic/feed/paused T");
    bench_step(b);
    bench_answers(b);
    bench_tick(b, 100);
    cr_assert_str_eq(bench_answers(b), "/strip/mic/feed/paused T\n");
    weir_desk_feed_close(b->desk, f);
}

Test(osc_feed, a_strip_has_one_feed_and_the_next_one_at_once)
{
    struct weir_fault fault = {0};
    struct weir_desk_feed *f = open_mic();
    write_level(0.5f, 4800);
    bench_cycle(b, BLOCK);
    cr_assert_null(open_feed("mic", &fault));
    cr_assert_eq(fault.code, WEIR_FAULT_EXISTS);
    cr_assert_null(open_feed("none", &fault));
    cr_assert_eq(fault.code, WEIR_FAULT_NO_OBJECT);
    // No cycle in between: the old one has not begun to fade.
    for (int i = 0; i < 20; i++) {
        weir_desk_feed_close(b->desk, f);
        f = open_mic();
    }
    write_level(0.5f, 4800);
    bench_cycle(b, BLOCK);
    bench_cycle(b, BLOCK);
    EXPECT("/strip/mic/feed/buffered_ms",
           "/strip/mic/feed/buffered_ms 89.333\n");
    weir_desk_feed_close(b->desk, f);
}

Test(osc_feed, a_feed_can_be_closed_before_it_plays)
{
    const struct weir_feed_config config = {.rate_hz = 48000};
    struct weir_fault fault;
    struct weir_desk_feed *f = weir_desk_feed_open(
        b->desk, "mic", &config, (struct weir_ticket){.fn = ready}, &fault);
    weir_desk_feed_close(b->desk, f);
    bench_step(b);
    cr_assert_eq(n_ready, 1);
    bench_cycle(b, BLOCK);
}

Test(osc_feed, its_owner_hears_when_the_strip_goes)
{
    struct weir_desk_feed *f = open_mic();
    write_level(0.5f, 4800);
    bench_cycle(b, BLOCK);
    bench_send_lines(b, "/strip/mic/remove");
    for (int i = 0; i < 4; i++)
        bench_cycle(b, BLOCK);
    cr_assert_eq(why_gone, WEIR_FEED_REMOVED);
    cr_assert_eq(weir_feed_ring_state(&ring), WEIR_FEED_REMOVED);
    weir_desk_feed_close(b->desk, f);
    bench_step(b);
}

Test(osc_feed, its_owner_may_close_it_while_the_strip_goes)
{
    struct weir_desk_feed *f = open_mic();
    write_level(0.5f, 4800);
    bench_cycle(b, BLOCK);
    bench_send_lines(b, "/strip/mic/remove");
    weir_desk_feed_close(b->desk, f);
    for (int i = 0; i < 4; i++)
        bench_cycle(b, BLOCK);
    cr_assert_eq(why_gone, 0);
}

Test(osc_feed, its_ring_keeps_its_size)
{
    const struct weir_desk_feed *f = open_mic();
    const int seals = fcntl(f->fd, F_GET_SEALS);
    cr_assert_eq(seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
                 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    cr_assert_eq(ftruncate(f->fd, 0), -1);
}

Test(osc_feed, rates_and_latencies_out_of_reach_are_refused)
{
    static const struct weir_feed_config wrong[] = {
        {.rate_hz = 0},
        {.rate_hz = 500},
        {.rate_hz = 1000000},
        {.rate_hz = 48000, .target_frames = 48000 * 2 + 1},
    };
    struct weir_fault fault;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_null(weir_desk_feed_open(b->desk, "mic", &wrong[i],
                                           (struct weir_ticket){0}, &fault));
        cr_assert_eq(fault.code, WEIR_FAULT_RANGE);
    }
}

Test(osc_feed, a_latency_holds_what_it_must_at_the_least)
{
    struct weir_fault fault;
    bench_cycle(b, BLOCK);
    const struct weir_feed_config little = {
        .rate_hz = 24000, .pace = WEIR_FEED_PACE_CLOCK, .target_frames = 1};
    struct weir_desk_feed *f = weir_desk_feed_open(
        b->desk, "mic", &little, (struct weir_ticket){0}, &fault);
    // The filter, a period, 2 ms.
    cr_assert_eq(f->target_frames, 48 + BLOCK / 2 + 48);
    const struct weir_feed_config none = {.rate_hz = 48000,
                                          .pace = WEIR_FEED_PACE_CLOCK};
    struct weir_desk_feed *g = weir_desk_feed_open(
        b->desk, "music", &none, (struct weir_ticket){0}, &fault);
    cr_assert_eq(g->target_frames, 48 + BLOCK + 96 + 1440);
    cr_assert(g->capacity >= 4 * (uint64_t)g->target_frames);
    bench_step(b);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// libweir's feeds against a weir that a test plays itself: a thread answers
// the request, after that the test drives ring and socket step by step.
#include "fake_feed.h"
#include "rt/clock.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <weir/feed.h>

enum { RATE = 44100, WEIR_RATE = 48000, CAPACITY = 1024, MOST = 4096 };

// What the played weir does with the one feed it waits for.
enum deed { ATTACH, REFUSE, HANG_UP, TALK_NONSENSE, NO_RING, NO_RATE };

static struct stage {
    char run_dir[64];
    int listener;
    int socket;
    enum deed deed;
    struct fake_feed ring;
    // What the feed asked: types and words.
    char types[16];
    char text[256];
    pthread_t thread;
} stage;

static struct weir_feed *feed;
static float out[MOST * 2];
static float in[MOST * 2];

// ---------------------------------------------------------------- the stage

static void
note_request(const struct weir_wire *m)
{
    size_t n =
        (size_t)snprintf(stage.text, sizeof stage.text, "%s", m->address);
    snprintf(stage.types, sizeof stage.types, "%s", m->types);
    for (unsigned i = 0; i < m->n_args; i++) {
        int32_t number = 0;
        const char *text = weir_wire_get_string(m, i);
        char *to = stage.text + n;
        weir_wire_get_int(m, i, &number);
        n += text ? (size_t)snprintf(to, sizeof stage.text - n, " %s", text)
                  : (size_t)snprintf(to, sizeof stage.text - n, " %d", number);
    }
}

static void *
serve(void *unused)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire request;
    stage.socket = fake_accept(stage.listener, packet, &request);
    note_request(&request);
    if (stage.deed == ATTACH || stage.deed == NO_RATE)
        fake_fed(stage.socket, "mouth", &stage.ring,
                 stage.deed == ATTACH ? WEIR_RATE : 0);
    else if (stage.deed == REFUSE)
        fake_refuse(stage.socket, 5, "voice is fed already");
    else if (stage.deed == TALK_NONSENSE)
        fake_send(stage.socket, "nonsense", 8, &stage.ring.fd, 1);
    else if (stage.deed == NO_RING)
        fake_attached(stage.socket, "mouth", WEIR_RATE, NULL, 0);
    else
        close(stage.socket);
    return unused;
}

static void
fill_in(void)
{
    for (unsigned i = 0; i < MOST * 2; i++)
        out[i] = (float)i / 8192.0f - 0.5f;
}

static void
set_up(void)
{
    fill_in();
    snprintf(stage.run_dir, sizeof stage.run_dir, "/tmp/weir-test-XXXXXX");
    cr_assert(mkdtemp(stage.run_dir));
    stage.listener = fake_listen(stage.run_dir, "weir");
    fake_feed_init(&stage.ring, RATE, 2, CAPACITY, FAKE_SEALED);
}

static void
tear_down(void)
{
    char path[128];
    weir_feed_close(feed);
    fake_feed_fini(&stage.ring);
    close(stage.listener);
    snprintf(path, sizeof path, "%s/weir/attach.sock", stage.run_dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/weir", stage.run_dir);
    rmdir(path);
    rmdir(stage.run_dir);
}

static enum weir_feed_result
open_with(const struct weir_feed_config *config, struct weir_feed_error *error)
{
    cr_assert_eq(pthread_create(&stage.thread, NULL, serve, NULL), 0);
    const enum weir_feed_result result = weir_feed_open(config, &feed, error);
    pthread_join(stage.thread, NULL);
    return result;
}

static enum weir_feed_result
open_paced(enum weir_feed_pacing pace, struct weir_feed_error *error)
{
    const struct weir_feed_config config = {
        .run_dir = stage.run_dir,
        .program = "test",
        .id = "wanted",
        .strip = "voice",
        .rate_hz = RATE,
        .n_channels = 2,
        .pace = pace,
        .target_frames = 77,
    };
    return open_with(&config, error);
}

static void
opened(enum weir_feed_pacing pace)
{
    struct weir_feed_error error = {""};
    cr_assert_eq(open_paced(pace, &error), WEIR_FEED_OK, "%s", error.text);
}

// Frames `from`.. of `out`, without waiting.
static bool
wrote(uint64_t from, uint32_t n, uint32_t expected)
{
    const struct weir_fed fed = weir_feed_write(feed, out + 2 * from, n, 0);
    return fed.kind == WEIR_FED_FRAMES && fed.n_frames == expected;
}

// Whether weir finds exactly these frames next.
static bool
finds(uint64_t from, uint64_t n)
{
    return fake_feed_take(&stage.ring, in, MOST) == n &&
           memcmp(in, out + 2 * from, n * 2 * sizeof *in) == 0;
}

TestSuite(feed, .init = set_up, .fini = tear_down, .timeout = 60);

// ---------------------------------------------------------------- attaching

Test(feed, asking_tells_weir_everything)
{
    opened(WEIR_FEED_CLOCK);
    cr_assert_str_eq(stage.types, "isssiisi");
    cr_assert_str_eq(stage.text, "/feed 1 test wanted voice 44100 2 clock 77");
}

Test(feed, what_is_not_said_is_weirs_to_choose)
{
    const struct weir_feed_config config = {.run_dir = stage.run_dir,
                                            .strip = "voice"};
    cr_assert_eq(open_with(&config, NULL), WEIR_FEED_OK);
    cr_assert_str_eq(stage.text, "/feed 1 feed  voice 0 0 pipe 0");
}

Test(feed, an_open_feed_knows_its_id_and_format)
{
    opened(WEIR_FEED_PIPE);
    const struct weir_feed_format format = weir_feed_format(feed);
    cr_assert_str_eq(weir_feed_id(feed), "mouth");
    cr_assert_eq(format.rate_hz, RATE);
    cr_assert_eq(format.n_channels, 2);
    cr_assert_eq(format.capacity_frames, CAPACITY);
    cr_assert_eq(format.weir_rate_hz, WEIR_RATE);
    cr_assert_str_empty(weir_feed_end_reason(feed));
}

Test(feed, a_config_that_was_not_zeroed_or_names_no_strip_is_refused)
{
    const struct weir_feed_config dirty = {.strip = "voice",
                                           .reserved = {[7] = 1}};
    const struct weir_feed_config nowhere = {.program = "test"};
    struct weir_feed_error error = {""};
    cr_assert_eq(weir_feed_open(&dirty, &feed, &error), WEIR_FEED_REFUSED);
    cr_assert(strstr(error.text, "zero the struct"), "%s", error.text);
    cr_assert_eq(weir_feed_open(&nowhere, &feed, &error), WEIR_FEED_REFUSED);
    cr_assert(strstr(error.text, "strip"), "%s", error.text);
    cr_assert_null(feed);
}

Test(feed, without_weir_there_is_nobody)
{
    const struct weir_feed_config config = {
        .instance = "other", .run_dir = stage.run_dir, .strip = "voice"};
    struct weir_feed_error error = {""};
    cr_assert_eq(weir_feed_open(&config, &feed, &error), WEIR_FEED_NOBODY);
    cr_assert(strstr(error.text, "other/attach.sock"), "%s", error.text);
    cr_assert_null(feed);
}

Test(feed, weirs_refusal_is_told_in_its_words)
{
    struct weir_feed_error error = {""};
    stage.deed = REFUSE;
    cr_assert_eq(open_paced(WEIR_FEED_PIPE, &error), WEIR_FEED_REFUSED);
    cr_assert(strstr(error.text, "voice is fed already"), "%s", error.text);
}

Test(feed, no_nonsense_is_believed)
{
    static const struct {
        enum deed deed;
        enum weir_feed_result result;
    } cases[] = {{HANG_UP, WEIR_FEED_NOBODY},
                 {TALK_NONSENSE, WEIR_FEED_SYSTEM},
                 {NO_RING, WEIR_FEED_SYSTEM},
                 {NO_RATE, WEIR_FEED_SYSTEM}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct weir_feed_error error = {""};
        stage.deed = cases[i].deed;
        cr_expect_eq(open_paced(WEIR_FEED_PIPE, &error), cases[i].result,
                     "%zu: %s", i, error.text);
        cr_expect(error.text[0]);
        cr_expect_null(feed);
    }
}

static bool
refuses_ring(const char *why)
{
    struct weir_feed_error error = {""};
    const bool refused = open_paced(WEIR_FEED_PIPE, &error) > WEIR_FEED_OK;
    if (refused && strstr(error.text, why))
        return true;
    cr_log_error("%s: %s", why, error.text);
    return false;
}

Test(feed, a_ring_that_lies_is_not_mapped)
{
    struct weir_feed_page *page = stage.ring.ring.page;
    const struct weir_feed_page good = {.capacity = page->capacity,
                                        .n_channels = page->n_channels,
                                        .rate_hz = page->rate_hz};
    page->magic++;
    cr_expect(refuses_ring("no ring"));
    page->magic--;
    page->abi = 2;
    cr_expect(refuses_ring("version 2"));
    page->abi = WEIR_FEED_ABI;
    for (uint32_t n = 0; n < 66; n += 65) {
        page->n_channels = n;
        cr_expect(refuses_ring("channel"));
    }
    page->n_channels = good.n_channels;
    page->rate_hz = 0;
    cr_expect(refuses_ring("rate"));
    page->rate_hz = good.rate_hz;
    static const uint64_t capacities[] = {0, 1, 1000, UINT64_C(1) << 25};
    for (size_t i = 0; i < 4; i++) {
        page->capacity = capacities[i];
        cr_expect(refuses_ring("capacity"));
    }
    page->capacity = 2 * CAPACITY;
    cr_expect(refuses_ring("size"));
    page->capacity = good.capacity;
    opened(WEIR_FEED_PIPE);
}

Test(feed, a_ring_that_could_shrink_is_not_mapped)
{
    fake_feed_fini(&stage.ring);
    fake_feed_init(&stage.ring, RATE, 2, CAPACITY, FAKE_UNSEALED);
    cr_assert(refuses_ring("not sealed"));
}

// ------------------------------------------------------------------ writing

Test(feed, what_is_written_is_what_weir_finds)
{
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 300, 300));
    cr_assert(finds(0, 300));
    cr_assert(wrote(300, 1, 1));
    cr_assert(wrote(301, 1000, 1000)); // around the ring's end
    cr_assert(finds(300, 1001));
    cr_assert_eq(weir_feed_position(feed), 1301);
}

Test(feed, it_takes_what_there_is_room_for)
{
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 1000, 1000));
    cr_assert(wrote(1000, 1000, 24));
    cr_assert_eq(weir_feed_write(feed, out, 1, 0).kind, WEIR_FED_TIMEOUT);
    cr_assert_eq(fake_feed_take(&stage.ring, NULL, 10), 10);
    cr_assert(wrote(1024, 1000, 10));
    cr_assert_eq(weir_feed_stats(feed).buffered_frames, CAPACITY);
    cr_assert_eq(fake_feed_take(&stage.ring, NULL, 1014), 1014);
    cr_assert(finds(1024, 10));
}

static void *
take_when_it_sleeps(void *unused)
{
    // The other side is a thread under test: there is nothing to wait on.
    while (!atomic_load(&stage.ring.ring.page->sleeping))
        usleep(100);
    fake_feed_take(&stage.ring, NULL, 5);
    return unused;
}

Test(feed, it_sleeps_until_weir_makes_room)
{
    pthread_t taker;
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, CAPACITY, CAPACITY));
    cr_assert_eq(pthread_create(&taker, NULL, take_when_it_sleeps, NULL), 0);
    const struct weir_fed fed = weir_feed_write(feed, out, 100, 60000);
    pthread_join(taker, NULL);
    cr_assert_eq(fed.kind, WEIR_FED_FRAMES);
    cr_assert_eq(fed.n_frames, 5);
    cr_assert_eq(atomic_load(&stage.ring.ring.page->sleeping), 0);
}

// No futex wakes it: it has to look for itself.
static void *
hang_up_when_it_sleeps(void *unused)
{
    while (!atomic_load(&stage.ring.ring.page->sleeping))
        usleep(100);
    close(stage.socket);
    return unused;
}

Test(feed, a_weir_that_dies_wakes_who_waits_for_room)
{
    pthread_t killer;
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, CAPACITY, CAPACITY));
    cr_assert_eq(pthread_create(&killer, NULL, hang_up_when_it_sleeps, NULL),
                 0);
    const struct weir_fed fed = weir_feed_write(feed, out, 100, 600000);
    pthread_join(killer, NULL);
    cr_assert_eq(fed.kind, WEIR_FED_ENDED);
    cr_assert_str_eq(weir_feed_end_reason(feed), "weir is gone");
}

static void
on_alarm(int number)
{
    (void)number;
}

Test(feed, a_signal_ends_the_wait_for_room)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval soon = {.it_value = {.tv_usec = 20000},
                                   .it_interval = {.tv_usec = 20000}};
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, CAPACITY, CAPACITY));
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    const struct weir_fed fed = weir_feed_write(feed, out, 100, 600000);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0}}, NULL);
    cr_assert_eq(fed.kind, WEIR_FED_TIMEOUT);
}

Test(feed, a_read_index_beyond_what_was_written_gives_no_room)
{
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 10, 10));
    weir_feed_ring_finish(&stage.ring.ring, 11);
    cr_assert_eq(weir_feed_write(feed, out, 10, 0).kind, WEIR_FED_TIMEOUT);
    cr_assert_eq(weir_feed_stats(feed).buffered_frames, 0);
}

// -------------------------------------------------------------------- clock

static struct weir_feed_clock_pair
pair_seen(uint32_t *seen)
{
    struct weir_feed_clock_pair pair = {0, 0};
    cr_assert(weir_feed_ring_get_clock(&stage.ring.ring, seen, &pair));
    return pair;
}

Test(feed, a_live_source_is_stamped_with_the_time_of_each_write)
{
    uint32_t seen = 0;
    opened(WEIR_FEED_CLOCK);
    const uint64_t before = weir_now_ns();
    cr_assert(wrote(0, 100, 100));
    const uint64_t between = weir_now_ns();
    const struct weir_feed_clock_pair first = pair_seen(&seen);
    cr_assert_eq(first.position, 100);
    cr_assert(first.ns >= before && first.ns <= between);
    cr_assert(wrote(100, 50, 50));
    const struct weir_feed_clock_pair second = pair_seen(&seen);
    cr_assert_eq(second.position, 150);
    cr_assert_geq(second.ns, between);
}

Test(feed, who_knows_the_time_better_stamps_it)
{
    uint32_t seen = 0;
    opened(WEIR_FEED_CLOCK);
    cr_assert(wrote(0, 100, 100));
    weir_feed_stamp(feed, 12345);
    cr_assert(wrote(100, 50, 50));
    struct weir_feed_clock_pair pair = pair_seen(&seen);
    cr_assert_eq(pair.ns, 12345);
    cr_assert_eq(pair.position, 100); // the second is not stamped yet
    weir_feed_stamp(feed, 12399);
    pair = pair_seen(&seen);
    cr_assert_eq(pair.ns, 12399);
    cr_assert_eq(pair.position, 150);
}

Test(feed, a_live_source_never_waits_and_what_does_not_fit_is_counted)
{
    opened(WEIR_FEED_CLOCK);
    cr_assert(wrote(0, 1000, 1000));
    const struct weir_fed fed = weir_feed_write(feed, out + 2000, 100, 600000);
    cr_assert_eq(fed.kind, WEIR_FED_FRAMES);
    cr_assert_eq(fed.n_frames, 100);
    cr_assert_eq(weir_feed_position(feed), CAPACITY);
    cr_assert_eq(weir_feed_stats(feed).overruns, 76);
    cr_assert_eq(atomic_load(&stage.ring.ring.page->overruns), 76);
    cr_assert(finds(0, CAPACITY));
}

// -------------------------------------------------------------- what is said

Test(feed, a_flush_drops_what_was_written_before_it)
{
    uint64_t to = 0;
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 100, 100));
    cr_assert_eq(weir_feed_ring_flushed(&stage.ring.ring, &to), 0);
    weir_feed_flush(feed);
    cr_assert(wrote(100, 10, 10));
    cr_assert_eq(weir_feed_ring_flushed(&stage.ring.ring, &to), 1);
    cr_assert_eq(to, 100);
    fake_feed_drop(&stage.ring, to);
    cr_assert_eq(weir_feed_stats(feed).flushed, 100);
    cr_assert(finds(100, 10));
}

Test(feed, a_command_comes_before_anything_is_taken)
{
    struct weir_feed_command command;
    opened(WEIR_FEED_PIPE);
    fake_command(stage.socket, 7, "flush", "now");
    const struct weir_fed fed = weir_feed_write(feed, out, 10, 0);
    cr_assert_eq(fed.kind, WEIR_FED_COMMAND);
    cr_assert_eq(fed.n_frames, 0);
    cr_assert_eq(fake_feed_fill(&stage.ring), 0);
    cr_assert(weir_feed_command(feed, &command));
    cr_assert_eq(command.request, 7);
    cr_assert_str_eq(command.verb, "flush");
    cr_assert_str_eq(command.argument, "now");
    cr_assert_not(weir_feed_command(feed, &command));
    cr_assert(wrote(0, 10, 10));
}

static void
answered(const char *address, int32_t request)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire m;
    int32_t number = 0;
    const ssize_t n = recv(stage.socket, packet, sizeof packet, 0);
    cr_assert(n > 0 && weir_wire_parse(&m, packet, (size_t)n));
    cr_assert_str_eq(m.address, address);
    cr_assert(weir_wire_get_int(&m, 0, &number));
    cr_assert_eq(number, request);
}

Test(feed, a_flush_that_nobody_takes_is_done_by_libweir)
{
    uint64_t to = 0;
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 10, 10));
    fake_command(stage.socket, 8, "flush", NULL);
    fake_command(stage.socket, 9, "dance", NULL);
    cr_assert_eq(weir_feed_look(feed), WEIR_FED_COMMAND);
    cr_assert_eq(weir_feed_write(feed, out, 10, 0).kind, WEIR_FED_COMMAND);
    answered("/done", 8);
    cr_assert_eq(weir_feed_ring_flushed(&stage.ring.ring, &to), 1);
    cr_assert_eq(to, 10);
    cr_assert(wrote(10, 10, 10));
    answered("/failed", 9);
}

Test(feed, its_descriptor_tells_of_commands)
{
    struct pollfd p;
    opened(WEIR_FEED_PIPE);
    p = (struct pollfd){.fd = weir_feed_fd(feed), .events = POLLIN};
    cr_assert_eq(poll(&p, 1, 0), 0);
    cr_assert_eq(weir_feed_look(feed), WEIR_FED_TIMEOUT);
    fake_command(stage.socket, 7, "flush", NULL);
    cr_assert_eq(poll(&p, 1, 10000), 1);
    cr_assert_eq(weir_feed_look(feed), WEIR_FED_COMMAND);
}

Test(feed, a_farewell_is_told_in_weirs_words)
{
    opened(WEIR_FEED_PIPE);
    fake_bye(stage.socket, "the strip was removed");
    cr_assert_eq(weir_feed_write(feed, out, 10, 0).kind, WEIR_FED_ENDED);
    cr_assert_str_eq(weir_feed_end_reason(feed), "the strip was removed");
    cr_assert_eq(fake_feed_fill(&stage.ring), 0);
}

Test(feed, a_ring_that_ended_ends_it)
{
    static const struct {
        enum weir_feed_state state;
        const char *reason;
    } cases[] = {{WEIR_FEED_ENDED, "weir ended"},
                 {WEIR_FEED_REMOVED, "the strip was removed"}};
    for (size_t i = 0; i < 2; i++) {
        opened(WEIR_FEED_PIPE);
        fake_feed_set_state(&stage.ring, cases[i].state);
        cr_expect_eq(weir_feed_write(feed, out, 10, 0).kind, WEIR_FED_ENDED);
        cr_expect_str_eq(weir_feed_end_reason(feed), cases[i].reason);
        weir_feed_close(feed);
        feed = NULL;
        fake_feed_set_state(&stage.ring, WEIR_FEED_RUNNING);
    }
}

// ------------------------------------------------------------------- the end

static void *
hear_when_it_sleeps(void *unused)
{
    while (!atomic_load(&stage.ring.ring.page->sleeping))
        usleep(100);
    fake_feed_take(&stage.ring, in, MOST);
    fake_feed_set_state(&stage.ring, WEIR_FEED_HEARD);
    return unused;
}

Test(feed, it_drains_until_all_was_heard)
{
    pthread_t hearer;
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 10, 10));
    weir_feed_end(feed);
    cr_assert(weir_feed_ring_has_ended(&stage.ring.ring));
    cr_assert_eq(weir_feed_drain(feed, 0), WEIR_FED_TIMEOUT);
    cr_assert_eq(pthread_create(&hearer, NULL, hear_when_it_sleeps, NULL), 0);
    cr_assert_eq(weir_feed_drain(feed, 60000), WEIR_FED_HEARD);
    pthread_join(hearer, NULL);
    // What was heard stays heard, whatever weir says after it.
    fake_bye(stage.socket, "weir has ended");
    cr_assert_eq(weir_feed_drain(feed, 0), WEIR_FED_HEARD);
}

Test(feed, a_drain_hears_of_commands_and_of_the_end)
{
    struct weir_feed_command command;
    opened(WEIR_FEED_PIPE);
    cr_assert(wrote(0, 10, 10));
    weir_feed_end(feed);
    fake_command(stage.socket, 7, "flush", NULL);
    cr_assert_eq(weir_feed_drain(feed, 60000), WEIR_FED_COMMAND);
    cr_assert(weir_feed_command(feed, &command));
    fake_bye(stage.socket, "weir has ended");
    cr_assert_eq(weir_feed_drain(feed, 60000), WEIR_FED_ENDED);
}

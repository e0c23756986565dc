// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// libweir against a weir that a test plays itself: a thread answers the
// attach, after that the test drives ring and socket step by step.
#include "fake_weir.h"
#include "rt/futex.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <weir/reader.h>

enum { RATE = 48000, MAX_SOURCES = 3, BUFFER_FRAMES = 4096 };

// What the played weir does with the one reader it waits for.
enum deed { ATTACH, REFUSE, HANG_UP, TALK_NONSENSE, ONE_RING_TOO_FEW };

struct stage {
    char run_dir[64];
    int listener;
    int socket;
    enum deed deed;
    unsigned n_rings;
    struct fake_ring rings[MAX_SOURCES];
    struct weir_reader_page *page;
    int page_fd;
    int32_t rate_hz;
    // What the reader asked.
    int32_t abi;
    char program[32];
    char id[32];
    char sources[MAX_SOURCES][32];
    unsigned n_sources;
    pthread_t thread;
};

static struct stage stage;
static struct weir_reader *reader;
static float buffer[BUFFER_FRAMES * 8];

// ---------------------------------------------------------------- the stage

static void
note_request(const struct weir_wire *request)
{
    weir_wire_get_int(request, 0, &stage.abi);
    snprintf(stage.program, sizeof stage.program, "%s",
             weir_wire_get_string(request, 1));
    snprintf(stage.id, sizeof stage.id, "%s", weir_wire_get_string(request, 2));
    stage.n_sources = request->n_args - 3;
    for (unsigned i = 0; i < stage.n_sources && i < MAX_SOURCES; i++)
        snprintf(stage.sources[i], sizeof stage.sources[i], "%s",
                 weir_wire_get_string(request, 3 + i));
}

static void *
serve(void *unused)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire request;
    int fds[1 + MAX_SOURCES];
    stage.socket = fake_accept(stage.listener, packet, &request);
    note_request(&request);
    fds[0] = stage.page_fd;
    for (unsigned i = 0; i < stage.n_rings; i++)
        fds[1 + i] = stage.rings[i].fd;
    const unsigned n = 1 + stage.n_rings - (stage.deed == ONE_RING_TOO_FEW);
    if (stage.deed == ATTACH || stage.deed == ONE_RING_TOO_FEW)
        fake_attached(stage.socket, "ear", stage.rate_hz, fds, n);
    else if (stage.deed == REFUSE)
        fake_refuse(stage.socket, 4, "no source \"bogus\"");
    else if (stage.deed == TALK_NONSENSE)
        fake_send(stage.socket, "nonsense", 8, fds, n);
    else
        close(stage.socket);
    return unused;
}

// One stereo ring of a second, and a weir that attaches.
static void
set_up(void)
{
    snprintf(stage.run_dir, sizeof stage.run_dir, "/tmp/weir-test-XXXXXX");
    cr_assert(mkdtemp(stage.run_dir));
    stage.listener = fake_listen(stage.run_dir, "weir");
    stage.rate_hz = RATE;
    stage.page_fd = fake_page_new(&stage.page);
    stage.n_rings = 1;
    fake_ring_init(&stage.rings[0], 0, RATE, 2, RATE, 0, FAKE_SEALED);
}

static void
tear_down(void)
{
    char path[128];
    weir_reader_close(reader);
    for (unsigned i = 0; i < stage.n_rings; i++)
        fake_ring_fini(&stage.rings[i]);
    munmap(stage.page, WEIR_READER_PAGE_BYTES);
    close(stage.listener);
    snprintf(path, sizeof path, "%s/weir/attach.sock", stage.run_dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/weir", stage.run_dir);
    rmdir(path);
    rmdir(stage.run_dir);
}

static void
replace_ring(uint32_t n_channels, uint64_t capacity, uint64_t first,
             enum fake_seal seal)
{
    fake_ring_fini(&stage.rings[0]);
    fake_ring_init(&stage.rings[0], 0, RATE, n_channels, capacity, first, seal);
}

static void
add_ring(uint32_t n_channels, uint64_t capacity, uint64_t first)
{
    const unsigned i = stage.n_rings++;
    fake_ring_init(&stage.rings[i], i, RATE, n_channels, capacity, first,
                   FAKE_SEALED);
}

static enum weir_reader_result
attach_to(const char *instance, struct weir_reader_error *error)
{
    static const char *const names[MAX_SOURCES] = {"main", "strip/a",
                                                   "strip/b/pre"};
    const struct weir_reader_config config = {
        .instance = instance,
        .run_dir = stage.run_dir,
        .program = "test",
        .id = "wanted",
        .sources = names,
        .n_sources = stage.n_rings,
    };
    return weir_reader_open(&config, &reader, error);
}

static enum weir_reader_result
attach(struct weir_reader_error *error)
{
    cr_assert_eq(pthread_create(&stage.thread, NULL, serve, NULL), 0);
    const enum weir_reader_result result = attach_to("weir", error);
    pthread_join(stage.thread, NULL);
    return result;
}

static void
attached(void)
{
    struct weir_reader_error error = {""};
    cr_assert_eq(attach(&error), WEIR_READER_OK, "%s", error.text);
}

static struct weir_read
read_now(uint32_t n)
{
    return weir_reader_read(reader, buffer, n, 0);
}

// Whether the buffer holds the ramp of all sources from `position` on.
static bool
is_ramp(uint64_t position, uint64_t n)
{
    const float *at = buffer;
    for (uint64_t i = 0; i < n; i++)
        for (unsigned s = 0; s < stage.n_rings; s++)
            for (unsigned c = 0; c < stage.rings[s].b.n_channels; c++)
                if (*at++ != fake_sample(position + i, s, c))
                    return false;
    return true;
}

static bool
got_frames(struct weir_read got, uint64_t position, uint64_t n)
{
    return got.kind == WEIR_READ_FRAMES && got.position == position &&
           got.n_frames == n && is_ramp(position, n);
}

static bool
got_lost(struct weir_read got, uint64_t position, uint64_t n)
{
    return got.kind == WEIR_READ_LOST && got.position == position &&
           got.n_frames == n;
}

TestSuite(reader, .init = set_up, .fini = tear_down, .timeout = 60);

// ---------------------------------------------------------------- attaching

Test(reader, a_config_that_was_not_zeroed_is_refused)
{
    const struct weir_reader_config config = {.reserved = {[7] = 1}};
    struct weir_reader_error error = {{0}};
    cr_assert_eq(weir_reader_open(&config, &reader, &error),
                 WEIR_READER_REFUSED);
    cr_assert(strstr(error.text, "zero the struct"), "%s", error.text);
    cr_assert_null(reader);
}

Test(reader, attaching_tells_weir_who_asks_and_for_what)
{
    add_ring(1, RATE, 0);
    add_ring(3, RATE, 0);
    attached();
    cr_assert_eq(stage.abi, WEIR_BROADCAST_ABI);
    cr_assert_str_eq(stage.program, "test");
    cr_assert_str_eq(stage.id, "wanted");
    cr_assert_eq(stage.n_sources, 3);
    cr_assert_str_eq(stage.sources[2], "strip/b/pre");
}

Test(reader, an_attached_reader_knows_its_id_and_format)
{
    add_ring(3, RATE / 2, 0);
    attached();
    const struct weir_reader_format format = weir_reader_format(reader);
    cr_assert_str_eq(weir_reader_id(reader), "ear");
    cr_assert_eq(format.rate_hz, RATE);
    cr_assert_eq(format.n_channels, 5);
    cr_assert_eq(format.capacity_frames, RATE / 2);
}

Test(reader, without_weir_there_is_nobody)
{
    struct weir_reader_error error;
    cr_assert_eq(attach_to("other", &error), WEIR_READER_NOBODY);
    cr_assert(strstr(error.text, "other/attach.sock"), "%s", error.text);
    cr_assert_null(reader);
}

Test(reader, a_dead_weirs_socket_is_nobody)
{
    struct weir_reader_error error;
    close(stage.listener);
    cr_assert_eq(attach_to("weir", &error), WEIR_READER_NOBODY);
}

Test(reader, an_impossible_name_is_refused_with_its_name)
{
    struct weir_reader_error error;
    cr_assert_eq(attach_to("../etc", &error), WEIR_READER_SYSTEM);
    cr_assert(strstr(error.text, "../etc"), "%s", error.text);
}

Test(reader, weirs_own_words_explain_a_refusal)
{
    struct weir_reader_error error;
    stage.deed = REFUSE;
    cr_assert_eq(attach(&error), WEIR_READER_REFUSED);
    cr_assert(strstr(error.text, "no source \"bogus\""), "%s", error.text);
    cr_assert_null(reader);
}

Test(reader, weir_hanging_up_at_once_is_nobody)
{
    struct weir_reader_error error;
    stage.deed = HANG_UP;
    cr_assert_eq(attach(&error), WEIR_READER_NOBODY);
}

Test(reader, an_answer_that_makes_no_sense_is_refused)
{
    struct weir_reader_error error;
    stage.deed = TALK_NONSENSE;
    cr_assert_eq(attach(&error), WEIR_READER_SYSTEM);
}

Test(reader, an_answer_with_too_few_rings_is_refused)
{
    struct weir_reader_error error;
    add_ring(1, RATE, 0);
    stage.deed = ONE_RING_TOO_FEW;
    cr_assert_eq(attach(&error), WEIR_READER_SYSTEM);
}

static int
n_open_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

Test(reader, a_refused_or_closed_reader_leaves_no_file_open)
{
    const int before = n_open_fds();
    struct weir_reader_error error;
    stage.deed = ONE_RING_TOO_FEW;
    cr_assert_eq(attach(&error), WEIR_READER_SYSTEM);
    close(stage.socket);
    cr_assert_eq(n_open_fds(), before);
    stage.deed = ATTACH;
    attached();
    weir_reader_close(reader);
    reader = NULL;
    close(stage.socket);
    cr_assert_eq(n_open_fds(), before);
}

// ---------------------------------------------------- rings that are not ours

static void
refuses_the_ring(const char *why)
{
    struct weir_reader_error error = {""};
    cr_assert_neq(attach(&error), WEIR_READER_OK);
    cr_assert(strstr(error.text, why), "%s", error.text);
    cr_assert_null(reader);
}

Test(reader, another_abi_is_refused_with_both_versions)
{
    stage.rings[0].b.page->abi = 77;
    refuses_the_ring("version 77, this program reads version 1");
}

Test(reader, a_ring_that_could_shrink_is_refused)
{
    replace_ring(2, RATE, 0, FAKE_UNSEALED);
    refuses_the_ring("not sealed");
}

Test(reader, a_file_that_is_no_ring_is_refused)
{
    stage.rings[0].b.page->magic++;
    refuses_the_ring("no ring");
}

Test(reader, no_or_too_many_channels_are_refused)
{
    stage.rings[0].b.page->n_channels = 0;
    refuses_the_ring("channel");
    stage.rings[0].b.page->n_channels = 65;
    refuses_the_ring("channel");
}

Test(reader, an_odd_empty_or_endless_capacity_is_refused)
{
    stage.rings[0].b.page->capacity = 0;
    refuses_the_ring("capacity");
    stage.rings[0].b.page->capacity = RATE - 1;
    refuses_the_ring("capacity");
    stage.rings[0].b.page->capacity = UINT64_MAX - 1;
    refuses_the_ring("capacity");
}

Test(reader, a_header_that_promises_more_than_the_file_has_is_refused)
{
    stage.rings[0].b.page->capacity = RATE + 2;
    refuses_the_ring("contradicts");
    stage.rings[0].b.page->capacity = RATE;
    stage.rings[0].b.page->data_offset = 0;
    refuses_the_ring("contradicts");
}

Test(reader, a_ring_that_begins_after_its_end_is_refused)
{
    stage.rings[0].b.page->first = 1;
    refuses_the_ring("begins");
}

Test(reader, rings_of_another_rate_are_refused)
{
    stage.rate_hz = 44100;
    refuses_the_ring("rate");
}

Test(reader, a_file_of_no_size_is_refused)
{
    fake_ring_fini(&stage.rings[0]);
    fake_ring_init(&stage.rings[0], 0, RATE, 2, RATE, 0, FAKE_UNSEALED);
    cr_assert_eq(ftruncate(stage.rings[0].fd, 0), 0);
    cr_assert_eq(fcntl(stage.rings[0].fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    refuses_the_ring("too small");
}

// ------------------------------------------------------------------ reading

Test(reader, it_begins_at_the_newest_frame)
{
    fake_ring_publish(&stage.rings[0], 1000);
    attached();
    cr_assert_eq(weir_reader_position(reader), 1000);
    cr_assert_eq(read_now(64).kind, WEIR_READ_TIMEOUT);
    fake_ring_publish(&stage.rings[0], 100);
    cr_assert(got_frames(read_now(64), 1000, 64));
    cr_assert(got_frames(read_now(64), 1064, 36));
}

Test(reader, it_can_step_back_into_the_past)
{
    fake_ring_publish(&stage.rings[0], 1000);
    attached();
    cr_assert_eq(weir_reader_rewind(reader, 300), 300);
    cr_assert_eq(weir_reader_position(reader), 700);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 700, 300));
}

Test(reader, it_steps_back_no_further_than_the_rings_beginning)
{
    replace_ring(2, RATE, 5000, FAKE_SEALED);
    fake_ring_publish(&stage.rings[0], 1000);
    attached();
    cr_assert_eq(weir_reader_rewind(reader, 3000), 1000);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 5000, 1000));
}

Test(reader, stepping_back_in_a_full_ring_leaves_the_writer_room)
{
    fake_ring_publish(&stage.rings[0], 3 * RATE);
    attached();
    // An eighth of the history is less than a quarter of a second here.
    cr_assert_eq(weir_reader_rewind(reader, UINT64_MAX), RATE - RATE / 8);
    fake_ring_publish(&stage.rings[0], RATE / 8);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 2 * RATE + RATE / 8,
                         BUFFER_FRAMES));
}

Test(reader, joined_sources_become_channels_of_one_frame)
{
    add_ring(1, RATE, 0);
    add_ring(3, RATE, 0);
    attached();
    for (unsigned i = 0; i < 3; i++)
        fake_ring_publish(&stage.rings[i], 1500);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 0, 1500));
}

Test(reader, joined_sources_wait_for_the_slowest)
{
    add_ring(1, RATE, 0);
    attached();
    fake_ring_publish(&stage.rings[0], 500);
    cr_assert_eq(read_now(64).kind, WEIR_READ_TIMEOUT);
    fake_ring_publish(&stage.rings[1], 200);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 0, 200));
}

Test(reader, a_source_that_begins_later_sets_the_common_beginning)
{
    fake_ring_publish(&stage.rings[0], 100);
    add_ring(1, RATE, 300);
    attached();
    cr_assert_eq(weir_reader_position(reader), 300);
    fake_ring_publish(&stage.rings[0], 300);
    fake_ring_publish(&stage.rings[1], 100);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 300, 100));
}

// ------------------------------------------------------------------- losing

Test(reader, a_lapped_reader_learns_exactly_what_it_lost)
{
    replace_ring(2, 1000, 0, FAKE_SEALED);
    attached();
    fake_ring_publish(&stage.rings[0], 2500);
    // On it goes 750 behind the newest.
    cr_assert(got_lost(read_now(BUFFER_FRAMES), 0, 1750));
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 1750, 750));
    cr_assert_eq(atomic_load(&stage.page->lost_frames), 1750);
    cr_assert_eq(atomic_load(&stage.page->dropouts), 1);
    cr_assert_eq(atomic_load(&stage.page->position), 2500);
}

Test(reader, losses_one_behind_the_other_are_one_dropout)
{
    replace_ring(2, 1000, 0, FAKE_SEALED);
    attached();
    fake_ring_publish(&stage.rings[0], 2000);
    cr_assert_eq(read_now(64).kind, WEIR_READ_LOST);
    fake_ring_publish(&stage.rings[0], 2000);
    cr_assert_eq(read_now(64).kind, WEIR_READ_LOST);
    cr_assert_eq(atomic_load(&stage.page->lost_frames), 3250);
    cr_assert_eq(atomic_load(&stage.page->dropouts), 1);
    cr_assert(got_frames(read_now(64), 3250, 64));
    fake_ring_publish(&stage.rings[0], 2000);
    cr_assert_eq(read_now(64).kind, WEIR_READ_LOST);
    cr_assert_eq(atomic_load(&stage.page->dropouts), 2);
}

Test(reader, when_one_of_the_joined_is_lapped_all_go_on_together)
{
    replace_ring(2, 4000, 0, FAKE_SEALED);
    add_ring(1, 1000, 0);
    attached();
    fake_ring_publish(&stage.rings[0], 2000);
    fake_ring_publish(&stage.rings[1], 2000);
    cr_assert(got_lost(read_now(BUFFER_FRAMES), 0, 1250));
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 1250, 750));
    cr_assert_eq(atomic_load(&stage.page->lost_frames), 1250);
}

Test(reader, got_and_lost_are_all_whatever_the_pace)
{
    uint64_t total = 0;
    replace_ring(2, 1000, 0, FAKE_SEALED);
    attached();
    for (unsigned k = 1; k < 400; k++) {
        fake_ring_publish(&stage.rings[0], k * 37 % 700);
        const struct weir_read got = read_now(300);
        cr_assert_eq(got.position, total);
        if (got.kind == WEIR_READ_FRAMES)
            cr_assert(is_ramp(got.position, got.n_frames));
        total += got.n_frames;
    }
    cr_assert_eq(weir_reader_position(reader), total);
    cr_assert_gt(atomic_load(&stage.page->dropouts), 3);
}

// ------------------------------------------------------------------- ending

Test(reader, what_was_published_before_the_end_is_still_handed_out)
{
    attached();
    fake_ring_publish(&stage.rings[0], 100);
    fake_ring_end(&stage.rings[0], WEIR_BROADCAST_ENDED);
    cr_assert(got_frames(read_now(64), 0, 64));
    cr_assert(got_frames(read_now(64), 64, 36));
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_str_eq(weir_reader_end_reason(reader), "weir ended");
}

Test(reader, a_format_change_or_a_removed_source_has_its_own_reason)
{
    attached();
    fake_ring_end(&stage.rings[0], WEIR_BROADCAST_FORMAT);
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert(strstr(weir_reader_end_reason(reader), "rate"));
}

Test(reader, weirs_death_ends_it_after_the_last_frame)
{
    attached();
    fake_ring_publish(&stage.rings[0], 100);
    close(stage.socket);
    cr_assert(got_frames(read_now(64), 0, 64));
    cr_assert(got_frames(read_now(64), 64, 36));
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_str_eq(weir_reader_end_reason(reader), "weir is gone");
}

Test(reader, a_reader_sent_away_ends_although_the_ring_goes_on)
{
    attached();
    fake_ring_publish(&stage.rings[0], 10);
    cr_assert(fake_bye(stage.socket, "kicked"));
    cr_assert(got_frames(read_now(64), 0, 10));
    fake_ring_publish(&stage.rings[0], 10);
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_str_eq(weir_reader_end_reason(reader), "kicked");
}

Test(reader, weirs_last_words_arrive_although_it_did_not_read_ours)
{
    attached();
    weir_reader_answer(reader, 1, NULL);
    cr_assert(fake_bye(stage.socket, "kicked"));
    close(stage.socket);
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_str_eq(weir_reader_end_reason(reader), "kicked");
}

Test(reader, one_ended_source_ends_the_joined_reader)
{
    add_ring(1, RATE, 0);
    attached();
    fake_ring_publish(&stage.rings[0], 200);
    fake_ring_publish(&stage.rings[1], 100);
    fake_ring_end(&stage.rings[1], WEIR_BROADCAST_REMOVED);
    cr_assert(got_frames(read_now(BUFFER_FRAMES), 0, 100));
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
}

// -------------------------------------------------------- headers that lie

static void
lie(uint64_t published, uint64_t reserved)
{
    atomic_store(&stage.rings[0].b.page->published, published);
    atomic_store(&stage.rings[0].b.page->reserved, reserved);
}

Test(reader, a_ring_that_runs_backwards_gives_nothing)
{
    fake_ring_publish(&stage.rings[0], 1000);
    attached();
    lie(10, 10);
    cr_assert_eq(read_now(64).kind, WEIR_READ_TIMEOUT);
}

Test(reader, a_ring_that_jumps_to_the_end_of_time_ends)
{
    attached();
    lie(UINT64_MAX, UINT64_MAX);
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_eq(read_now(64).kind, WEIR_READ_ENDED);
    cr_assert_eq(atomic_load(&stage.page->lost_frames), 0);
}

Test(reader, a_reservation_that_lies_costs_frames_but_no_endless_loop)
{
    attached();
    fake_ring_publish(&stage.rings[0], 100);
    lie(100, UINT64_MAX);
    cr_assert(got_lost(read_now(64), 0, 100));
    cr_assert_eq(weir_reader_read(reader, buffer, 64, 10).kind,
                 WEIR_READ_TIMEOUT);
}

Test(reader, fields_that_change_after_the_attach_are_not_looked_at_again)
{
    attached();
    fake_ring_publish(&stage.rings[0], 100);
    stage.rings[0].b.page->capacity = UINT64_MAX;
    stage.rings[0].b.page->n_channels = 64;
    stage.rings[0].b.page->data_offset = UINT32_MAX;
    stage.rings[0].b.page->first = UINT64_MAX;
    cr_assert(got_frames(read_now(64), 0, 64));
    cr_assert_eq(weir_reader_rewind(reader, 64), 64);
}

// ------------------------------------------------------------------ waiting

static int64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Test(reader, it_waits_as_long_as_it_was_told)
{
    attached();
    const int64_t before = now_ms();
    cr_assert_eq(weir_reader_read(reader, buffer, 64, 250).kind,
                 WEIR_READ_TIMEOUT);
    cr_assert_geq(now_ms() - before, 249);
}

static void *
publish_later(void *unused)
{
    usleep(20000);
    fake_ring_publish(&stage.rings[0], 5);
    return unused;
}

Test(reader, a_waiting_reader_is_woken_by_the_next_block)
{
    pthread_t thread;
    attached();
    cr_assert_eq(pthread_create(&thread, NULL, publish_later, NULL), 0);
    cr_assert(got_frames(weir_reader_read(reader, buffer, 64, 30000), 0, 5));
    pthread_join(thread, NULL);
}

// Two that sleep on the ring: a reader, and behind it a stranger who notes
// whether it was woken.
struct sleeper {
    _Atomic pid_t tid; // set when it goes to sleep next
    int result;        // of the stranger's wait
};

static void *
sleep_as_reader(void *arg)
{
    struct sleeper *s = arg;
    atomic_store(&s->tid, gettid());
    weir_reader_read(reader, buffer, 64, 30000);
    return NULL;
}

static void *
sleep_as_stranger(void *arg)
{
    struct sleeper *s = arg;
    _Atomic uint32_t *word = &stage.rings[0].b.page->wake;
    const uint32_t seen = atomic_load(word);
    atomic_store(&s->tid, gettid());
    s->result =
        weir_futex_wait(word, seen, UINT64_C(10000000000), WEIR_FUTEX_SHARED);
    return NULL;
}

static char
state_of(pid_t tid)
{
    char path[64];
    char state = '?';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *f = fopen(path, "r");
    if (!f)
        return '?';
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    fclose(f);
    return state;
}

static pthread_t
put_to_sleep(void *(*how)(void *), struct sleeper *s)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, how, s), 0);
    while (atomic_load(&s->tid) == 0 || state_of(atomic_load(&s->tid)) != 'S')
        usleep(1000); // between two looks
    return thread;
}

Test(reader, a_reader_that_is_woken_wakes_the_next)
{
    struct sleeper ear = {0};
    struct sleeper stranger = {0};
    const float sample = 0.5f;
    const float *const channels[] = {&sample, &sample};
    attached();
    const pthread_t first = put_to_sleep(sleep_as_reader, &ear);
    const pthread_t second = put_to_sleep(sleep_as_stranger, &stranger);
    weir_broadcast_write(&stage.rings[0].b, 0, channels, 1);
    weir_futex_wake_one(&stage.rings[0].b.page->wake, WEIR_FUTEX_SHARED);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    cr_assert_eq(stranger.result, 0, "%s", strerror(stranger.result));
}

static void *
die_later(void *unused)
{
    usleep(20000);
    close(stage.socket);
    return unused;
}

Test(reader, a_waiting_reader_notices_weirs_death)
{
    pthread_t thread;
    attached();
    cr_assert_eq(pthread_create(&thread, NULL, die_later, NULL), 0);
    cr_assert_eq(weir_reader_read(reader, buffer, 64, 30000).kind,
                 WEIR_READ_ENDED);
    pthread_join(thread, NULL);
}

static void
on_alarm(int signal_number)
{
    (void)signal_number;
}

Test(reader, a_signal_ends_the_waiting)
{
    // Again and again: one that comes between two waits is not missed.
    const struct itimerval soon = {{0, 20000}, {0, 20000}};
    const struct sigaction action = {.sa_handler = on_alarm};
    attached();
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    const int64_t before = now_ms();
    cr_assert_eq(weir_reader_read(reader, buffer, 64, 30000).kind,
                 WEIR_READ_TIMEOUT);
    cr_assert_lt(now_ms() - before, 30000);
}

// ----------------------------------------------------------------- commands

static bool
answer_is(const char *address, int32_t request, const char *text)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire m;
    int32_t number;
    const ssize_t n = recv(stage.socket, packet, sizeof packet, 0);
    cr_assert(n > 0 && weir_wire_parse(&m, packet, (size_t)n));
    if (!weir_wire_get_int(&m, 0, &number) || number != request)
        return false;
    const char *got = weir_wire_get_string(&m, 1);
    return strcmp(m.address, address) == 0 &&
           strcmp(got ? got : "", text ? text : "") == 0;
}

Test(reader, a_command_is_told_with_its_argument_and_answered)
{
    struct weir_reader_command command;
    attached();
    cr_assert(fake_command(stage.socket, 42, "metadata", "a song"));
    cr_assert_eq(read_now(64).kind, WEIR_READ_COMMAND);
    cr_assert(weir_reader_command(reader, &command));
    cr_assert_eq(command.request, 42);
    cr_assert_str_eq(command.verb, "metadata");
    cr_assert_str_eq(command.argument, "a song");
    cr_assert_not(weir_reader_command(reader, &command));
    weir_reader_answer(reader, 42, NULL);
    cr_assert(answer_is("/done", 42, NULL));
    cr_assert(fake_command(stage.socket, 43, "split", NULL));
    cr_assert_eq(read_now(64).kind, WEIR_READ_COMMAND);
    cr_assert(weir_reader_command(reader, &command));
    cr_assert_str_eq(command.argument, "");
    weir_reader_answer(reader, 43, "not yet");
    cr_assert(answer_is("/failed", 43, "not yet"));
}

static bool
has_something_to_say(void)
{
    struct pollfd fd = {.fd = weir_reader_fd(reader), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

Test(reader, what_weir_says_wakes_who_polls)
{
    attached();
    fake_ring_publish(&stage.rings[0], 10);
    cr_assert_not(has_something_to_say());
    cr_assert(fake_command(stage.socket, 1, "stop", NULL));
    cr_assert(has_something_to_say());
    cr_assert_eq(read_now(64).kind, WEIR_READ_COMMAND);
    cr_assert_not(has_something_to_say());
    cr_assert(fake_bye(stage.socket, "enough"));
    cr_assert(has_something_to_say());
}

Test(reader, a_reader_that_ignores_commands_goes_on_reading)
{
    attached();
    fake_ring_publish(&stage.rings[0], 10);
    cr_assert(fake_command(stage.socket, 1, "stop", NULL));
    cr_assert_eq(read_now(64).kind, WEIR_READ_COMMAND);
    cr_assert(got_frames(read_now(64), 0, 10));
    cr_assert(answer_is("/failed", 1, "this reader takes no commands"));
}

Test(reader, packets_that_make_no_sense_are_passed_over)
{
    attached();
    fake_ring_publish(&stage.rings[0], 10);
    cr_assert(fake_send(stage.socket, "garbage!", 8, NULL, 0));
    cr_assert(
        fake_send(stage.socket, "/bye\0\0\0\0,i\0\0\0\0\0\1", 16, NULL, 0));
    cr_assert(got_frames(read_now(64), 0, 10));
}

Test(reader, what_it_shows_is_on_its_page)
{
    attached();
    cr_assert_eq(atomic_load(&stage.page->state), WEIR_READER_RUNNING);
    weir_reader_show(reader, WEIR_READER_SHOW_ARMED);
    cr_assert_eq(atomic_load(&stage.page->state), WEIR_READER_ARMED);
}

Test(reader, the_clock_is_known_once_weir_has_set_it)
{
    uint64_t position;
    uint64_t ns;
    double rate_hz;
    const struct weir_broadcast_clock clock = {480, 123456789, 48000123456};
    attached();
    cr_assert_not(weir_reader_clock(reader, &position, &ns, &rate_hz));
    weir_broadcast_set_clock(&stage.rings[0].b, clock);
    cr_assert(weir_reader_clock(reader, &position, &ns, &rate_hz));
    cr_assert(position == 480 && ns == 123456789);
    cr_assert(fabs(rate_hz - 48000.123456) < 1e-9);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer in its own thread, the callback in another, and commands and
// port tables from a third: what each hands to the others is complete.
#include "engine/mixer_thread.h"

#include "cycle/rig.h"
#include "unit/threads.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BLOCK = 64, ANSWER_MS = 30000, N_HASHED = RIG_IS_SLOW ? 200 : 1000 };

// A rig whose callback runs in a thread of its own. A port's buffer holds at
// its end the stream that it is filled with: by position, in the callback.
struct machine {
    struct rig *r;
    struct weir_mixer_thread *mixer;
    int event_fd;

    // What the callback's thread is to do.
    pthread_t rt;
    uint64_t n_frames;
    uint32_t block;
    bool freewheel;
    const struct rig_bus *watched; // plays `watched_stream` alone
    uint32_t watched_stream;
    _Atomic bool stop;

    // What it found; read when it has been joined.
    uint64_t n_wrong;
    uint64_t n_right;
    uint64_t hash; // of main's blocks
};

static struct weir_process *the_process; // the port's callback has no argument

static WEIR_RT void *
fill_buffer(void *port, uint32_t n_frames)
{
    float *frames = port;
    const float stream = frames[RIG_MAX_BLOCK - 1];
    if (stream > 0.0f)
        for (uint32_t i = 0; i < n_frames; i++)
            frames[i] =
                rig_number((uint32_t)stream - 1, the_process->position + i);
    return port;
}

static void
mark(struct rig_strip *s)
{
    s->feed = RIG_FEED_OWN;
    for (uint32_t c = 0; c < s->n_channels; c++)
        s->in[c][RIG_MAX_BLOCK - 1] = (float)(s->stream + c + 1);
}

static void
start_mixer(struct machine *m)
{
    m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    cr_assert_geq(m->event_fd, 0);
    m->mixer = weir_mixer_thread_start(m->r->engine, 0, m->event_fd);
    cr_assert_not_null(m->mixer);
}

static struct machine *
new_machine(const struct rig_config *config)
{
    struct machine *m = calloc(1, sizeof *m);
    cr_assert_not_null(m);
    m->r = rig_new(config);
    m->block = BLOCK;
    m->r->process.get_buffer = fill_buffer;
    the_process = &m->r->process;
    return m;
}

// ------------------------------------------------------------- the callback

// The watched bus is `latency` blocks behind, or silent (late, or before the
// first frame); nothing else, and never half.
static void
watch(struct machine *m, uint64_t position)
{
    const uint64_t behind = (uint64_t)m->r->config.latency_blocks * m->block;
    const float *out = m->watched->out[0];
    const bool silent = out[0] == 0.0f;
    for (uint32_t i = 0; i < m->block; i++) {
        const float right =
            silent ? 0.0f
                   : rig_number(m->watched_stream, position - behind + i);
        m->n_wrong += out[i] != right;
        m->n_right += !silent && out[i] == right;
    }
}

static void
hash_main(struct machine *m)
{
    for (uint32_t c = 0; c < m->r->main->n_channels; c++)
        for (uint32_t i = 0; i < m->block; i++) {
            uint32_t bits;
            memcpy(&bits, &m->r->main->out[c][i], sizeof bits);
            m->hash = (m->hash ^ bits) * UINT64_C(0x100000001b3);
        }
}

static void *
run_callback(void *arg)
{
    struct machine *m = arg;
    struct weir_process *p = &m->r->process;
    uint32_t frame_time = 0;
    for (uint64_t at = 0; at < m->n_frames; at += m->block) {
        const struct weir_process_time time = {.frame_time = frame_time,
                                               .rate_hz = RIG_RATE_HZ,
                                               .freewheel = m->freewheel};
        const uint64_t position = p->position;
        if (atomic_load(&m->stop))
            break;
        weir_process_run(p, &time, m->block);
        frame_time += m->block;
        if (m->watched)
            watch(m, position);
        hash_main(m);
        if (!m->freewheel)
            threads_breathe();
    }
    return NULL;
}

static void
start_callback(struct machine *m)
{
    cr_assert_eq(pthread_create(&m->rt, NULL, run_callback, m), 0);
}

// ------------------------------------------------------------------ control

static void
await_event(struct machine *m)
{
    struct pollfd fd = {.fd = m->event_fd, .events = POLLIN};
    uint64_t n;
    cr_assert_eq(poll(&fd, 1, ANSWER_MS), 1, "no event");
    cr_assert_eq(read(m->event_fd, &n, sizeof n), (ssize_t)sizeof n);
    rig_take_events(m->r);
}

static void
await_answer(struct machine *m, uint32_t request)
{
    weir_mixer_thread_ring(m->r->engine);
    while (!rig_answer(m->r, request, NULL))
        await_event(m);
}

static void
await_table(struct machine *m, uint64_t number)
{
    while (m->r->table_through < number)
        await_event(m);
}

static void
stop_mixer(struct machine *m)
{
    const uint32_t stop = rig_do(m->r, WEIR_COMMAND_STOP);
    weir_mixer_thread_ring(m->r->engine);
    weir_mixer_thread_join(m->mixer);
    rig_take_events(m->r);
    cr_assert(rig_answer(m->r, stop, NULL));
}

static void
free_machine(struct machine *m)
{
    close(m->event_fd);
    rig_free(m->r);
    free(m);
}

// As @control does it: object, ports, then the number of their table.
static struct rig_strip *
add_strip(struct machine *m, uint32_t n_channels)
{
    struct rig_strip *s = rig_make_strip(m->r, n_channels);
    struct weir_command add = {.kind = WEIR_COMMAND_STRIP_ADD, .strip = s->mix};
    mark(s);
    await_answer(m, rig_push(m->r, &add, 1));
    s->patched = true;
    struct weir_command input = {.kind = WEIR_COMMAND_STRIP_INPUT,
                                 .strip = s->mix,
                                 .number = rig_publish(m->r)};
    await_answer(m, rig_push(m->r, &input, 1));
    return s;
}

static void
remove_strip(struct machine *m, struct rig_strip *s)
{
    await_answer(m, rig_remove_strip(m->r, s));
    s->patched = false;
    await_table(m, rig_publish(m->r));
    rig_free_strip(m->r, s); // its lanes and buffers, too
}

static void
ride(struct machine *m, struct rig_strip *s, uint32_t i)
{
    struct weir_command group[4];
    static const enum weir_strip_param params[4] = {
        WEIR_STRIP_PARAM_GAIN, WEIR_STRIP_PARAM_PAN, WEIR_STRIP_PARAM_MUTE,
        WEIR_STRIP_PARAM_POLARITY};
    for (uint32_t k = 0; k < 4; k++)
        group[k] = (struct weir_command){.kind = WEIR_COMMAND_STRIP_SET,
                                         .strip = s->mix,
                                         .param = params[k],
                                         .value = (float)((i + k) % 2)};
    const uint32_t first = rig_push(m->r, group, 4);
    await_answer(m, first + 3);
    uint64_t frame[2];
    cr_assert(rig_answer(m->r, first, &frame[0]));
    cr_assert(rig_answer(m->r, first + 3, &frame[1]));
    cr_assert_eq(frame[0], frame[1]); // the whole group at one frame
}

// A strip that plays on, alone on a bus of its own.
static void
set_up_watched(struct machine *m)
{
    struct rig_strip *still = rig_add_strip(m->r, 2);
    struct rig_bus *b = rig_add_bus(m->r, 1, 2);
    mark(still);
    rig_set_send(m->r, still, b, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(m->r, still, b, WEIR_SEND_PARAM_ON, 1.0f);
    rig_mix(m->r);
    // Not a test of ramps: it is there from the first frame.
    weir_ramp_set(&still->mix->sends[1].after.left, 1.0f);
    weir_ramp_set(&still->mix->sends[1].after.right, 1.0f);
    m->watched = b;
    m->watched_stream = still->stream;
}

static void
churn(struct machine *m, uint32_t n_rounds)
{
    for (uint32_t i = 0; i < n_rounds; i++) {
        struct rig_strip *s = add_strip(m, 1 + i % 3);
        ride(m, s, i);
        struct weir_meter_report report;
        struct weir_command meter = {
            .kind = WEIR_COMMAND_METER, .strip = s->mix, .report = &report};
        await_answer(m, rig_push(m->r, &meter, 1));
        cr_assert_eq(report.n_channels, 1 + i % 3);
        remove_strip(m, s);
    }
}

// -------------------------------------------------------------------- tests

static void
churn_while_running(bool freewheel, uint32_t n_rounds)
{
    struct machine *m = new_machine(NULL);
    set_up_watched(m);
    m->freewheel = freewheel;
    m->n_frames = UINT64_MAX / 2;
    start_mixer(m);
    start_callback(m);
    churn(m, n_rounds);
    atomic_store(&m->stop, true);
    pthread_join(m->rt, NULL);
    stop_mixer(m);
    const uint64_t n_lost =
        rig_count(&m->r->process.counters.input_frames_lost);
    cr_assert_eq(m->n_wrong, 0);
    cr_assert_gt(m->n_right, 0);
    cr_assert_eq(m->r->engine->n_strips, 1);
    // What was dropped behind the last cycle is not mixed as silence.
    cr_assert_leq(m->r->process.position - m->r->engine->position, n_lost);
    if (freewheel) {
        cr_assert_eq(n_lost, 0);
        cr_assert_eq(rig_count(&m->r->process.counters.late_blocks), 0);
    }
    free_machine(m);
}

Test(mixer_thread, strips_come_and_go_in_freewheel_and_no_frame_is_lost,
     .timeout = 100)
{
    churn_while_running(true, RIG_IS_SLOW ? 80 : 1500);
}

Test(mixer_thread, strips_come_and_go_and_every_frame_that_is_heard_is_right,
     .timeout = 100)
{
    churn_while_running(false, RIG_IS_SLOW ? 80 : 1500);
}

static uint64_t
hash_in_freewheel(uint32_t latency_blocks, uint32_t block, uint32_t lane)
{
    struct machine *m = new_machine(&(struct rig_config){
        .latency_blocks = latency_blocks, .lane_frames = lane});
    struct rig_strip *a = rig_add_strip(m->r, 1);
    struct rig_strip *b = rig_add_strip(m->r, 2);
    mark(a);
    mark(b);
    rig_set(m->r, a, WEIR_STRIP_PARAM_PAN, 0.3f);
    rig_set(m->r, b, WEIR_STRIP_PARAM_GAIN, 0.7f);
    rig_mix(m->r);
    m->freewheel = true;
    m->block = block;
    m->n_frames = (uint64_t)block * N_HASHED;
    start_mixer(m);
    start_callback(m);
    pthread_join(m->rt, NULL);
    stop_mixer(m);
    cr_assert_eq(m->r->engine->position, m->n_frames);
    cr_assert_eq(rig_count(&m->r->process.counters.late_blocks), 0);
    cr_assert_eq(rig_count(&m->r->process.counters.input_frames_lost), 0);
    const uint64_t hash = m->hash;
    free_machine(m);
    return hash;
}

// The same by one thread, in real time's way.
static uint64_t
hash_driven(uint32_t latency_blocks, uint32_t block)
{
    struct machine *m =
        new_machine(&(struct rig_config){.latency_blocks = latency_blocks});
    struct rig_strip *a = rig_add_strip(m->r, 1);
    struct rig_strip *b = rig_add_strip(m->r, 2);
    mark(a);
    mark(b);
    rig_set(m->r, a, WEIR_STRIP_PARAM_PAN, 0.3f);
    rig_set(m->r, b, WEIR_STRIP_PARAM_GAIN, 0.7f);
    rig_mix(m->r);
    m->block = block;
    m->event_fd = -1;
    for (int i = 0; i < N_HASHED; i++) {
        rig_cycle(m->r, block);
        hash_main(m);
    }
    const uint64_t hash = m->hash;
    free_machine(m);
    return hash;
}

Test(mixer_thread, freewheel_equals_the_driven_mixer_to_the_bit, .timeout = 100)
{
    cr_assert_eq(hash_in_freewheel(1, 64, 0), hash_driven(1, 64));
    cr_assert_eq(hash_in_freewheel(3, 1024, 0), hash_driven(3, 1024));
}

Test(mixer_thread, freewheel_loses_nothing_with_more_latency_than_rings,
     .timeout = 100)
{
    cr_assert_eq(hash_in_freewheel(16, 2048, 8192), hash_driven(16, 2048));
}

Test(mixer_thread, what_is_in_the_rings_is_mixed_before_it_ends, .timeout = 100)
{
    for (uint32_t i = 0; i < 50; i++) {
        struct machine *m = new_machine(NULL);
        mark(rig_add_strip(m->r, 2));
        m->n_frames = BLOCK * (i + 1);
        if (i % 2)
            start_mixer(m);
        start_callback(m);
        pthread_join(m->rt, NULL);
        if (i % 2 == 0)
            start_mixer(m);
        stop_mixer(m);
        cr_assert_eq(m->r->engine->position, m->n_frames);
        cr_assert_eq(rig_count(&m->r->engine->counters.frames_mixed),
                     m->n_frames);
        free_machine(m);
    }
}

Test(mixer_thread, without_cycles_a_removal_is_answered_all_the_same,
     .timeout = 100)
{
    struct machine *m = new_machine(NULL);
    start_mixer(m);
    struct rig_strip *s = rig_add_strip(m->r, 2);
    await_answer(m, m->r->request);
    await_answer(m, rig_remove_strip(m->r, s));
    stop_mixer(m);
    cr_assert_eq(m->r->engine->n_strips, 0);
    free_machine(m);
}

Test(mixer_thread, it_starts_without_real_time_where_that_is_not_allowed,
     .timeout = 100)
{
    struct rig *r = rig_new(NULL);
    struct weir_mixer_thread *t = weir_mixer_thread_start(r->engine, 5, -1);
    cr_assert_not_null(t);
    (void)weir_mixer_thread_is_realtime(t);
    rig_do(r, WEIR_COMMAND_STOP);
    weir_mixer_thread_ring(r->engine);
    weir_mixer_thread_join(t);
    weir_mixer_thread_join(NULL);
    rig_free(r);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The thread that measures loudness. Everything that run() calls is the
// thread's; the functions with external names are @control's.
#include "observe/loudness_thread.h"

#include "rt/queue.h"
#include "rt/stack.h"

#include <ebur128.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    MAX_REQUESTS = 1024,
    MAX_RESULTS = 1024,
    CHUNK_FRAMES = 4096,
    PERIOD_MS = 100,
    REMEMBERED_S = 10,
};
static const float nothing = -120.0f;

struct meter {
    ebur128_state *state; // null: the slot is not observed
    struct weir_broadcast ring;
    uint64_t position;
    uint64_t generation;
    bool left; // and that has not been told yet
};

struct weir_loudness_thread {
    pthread_t thread;
    unsigned rate_hz;
    int requests_fd;
    int results_fd;
    struct weir_queue *requests; // @control writes, the thread reads
    struct weir_queue *results;  // the thread writes, @control reads
    // The thread's own.
    struct meter meters[WEIR_MAX_BUSES];
    bool ending;
    float chunk[CHUNK_FRAMES * WEIR_MAX_CHANNELS];
};

static void
ring_bell(int fd)
{
    const uint64_t one = 1;
    // Full means that the other side has plenty to do already.
    if (write(fd, &one, sizeof one) < 0)
        return;
}

// False when the queue is full, because @control has not looked for long.
static bool
tell(struct weir_loudness_thread *t, const struct weir_loudness_result *r)
{
    if (!weir_queue_push(t->results, r, 1))
        return false;
    ring_bell(t->results_fd);
    return true;
}

// --------------------------------------------------------------- measuring

static float
loud(int (*ask)(ebur128_state *, double *), ebur128_state *state)
{
    double value;
    if (ask(state, &value) != EBUR128_SUCCESS || !isfinite(value) ||
        value < (double)nothing)
        return nothing;
    return (float)value;
}

static float
true_peak(ebur128_state *state)
{
    double most = 0.0;
    for (unsigned c = 0; c < state->channels; c++) {
        double peak = 0.0;
        ebur128_true_peak(state, c, &peak);
        most = peak > most ? peak : most;
    }
    return most > 1e-6 ? (float)(20.0 * log10(most)) : nothing;
}

static float
loudness_range(ebur128_state *state)
{
    double range = 0.0;
    if (ebur128_loudness_range(state, &range) != EBUR128_SUCCESS ||
        !isfinite(range))
        return 0.0f;
    return (float)range;
}

static void
report(struct weir_loudness_thread *t, uint32_t slot)
{
    ebur128_state *s = t->meters[slot].state;
    (void)tell(t, &(struct weir_loudness_result){
                      .slot = slot,
                      .generation = t->meters[slot].generation,
                      .values = {loud(ebur128_loudness_momentary, s),
                                 loud(ebur128_loudness_shortterm, s),
                                 loud(ebur128_loudness_global, s),
                                 loudness_range(s), true_peak(s)},
                  });
}

// Lost frames were not heard here, so they are not measured.
static void
measure(struct weir_loudness_thread *t, struct meter *m)
{
    struct weir_broadcast_span span;
    do {
        span = weir_broadcast_read(&m->ring, &m->position, t->chunk,
                                   CHUNK_FRAMES, weir_broadcast_keep(&m->ring));
        ebur128_add_frames_float(m->state, t->chunk, span.n);
    } while (span.n == CHUNK_FRAMES);
}

// ----------------------------------------------------------------- requests

static ebur128_state *
new_state(const struct weir_loudness_thread *t, const struct meter *m)
{
    return ebur128_init(m->ring.n_channels, t->rate_hz,
                        EBUR128_MODE_I | EBUR128_MODE_LRA |
                            EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM);
}

static void
observe(struct weir_loudness_thread *t, struct meter *m,
        const struct weir_broadcast *ring)
{
    const uint64_t published = weir_broadcast_published(ring);
    const uint64_t remembered = weir_min_u64(
        (uint64_t)REMEMBERED_S * t->rate_hz, weir_broadcast_keep(ring));
    const uint64_t first = ring->page->first;
    m->ring = *ring;
    m->position =
        published > first + remembered ? published - remembered : first;
    m->state = new_state(t, m);
}

static void
reset(struct weir_loudness_thread *t, struct meter *m)
{
    ebur128_state *fresh = new_state(t, m);
    if (!m->state || !fresh)
        return;
    ebur128_destroy(&m->state);
    m->state = fresh;
    m->position = weir_broadcast_published(&m->ring);
}

static void
leave(struct weir_loudness_thread *t, uint32_t slot)
{
    if (t->meters[slot].state)
        ebur128_destroy(&t->meters[slot].state);
    t->meters[slot].left = true;
}

// A bus goes only when this has been told: until there is room.
static void
tell_left(struct weir_loudness_thread *t, uint32_t slot)
{
    struct meter *m = &t->meters[slot];
    m->left = !tell(t, &(struct weir_loudness_result){
                           .slot = slot,
                           .left = true,
                           .generation = m->generation,
                       });
}

static void
obey(struct weir_loudness_thread *t, const struct weir_loudness_request *r)
{
    struct meter *m = &t->meters[r->slot];
    m->generation = r->generation;
    switch (r->kind) {
    case WEIR_LOUDNESS_OBSERVE:
        observe(t, m, &r->ring);
        break;
    case WEIR_LOUDNESS_RESET:
        reset(t, m);
        break;
    case WEIR_LOUDNESS_LEAVE:
        leave(t, r->slot);
        break;
    case WEIR_LOUDNESS_END:
        t->ending = true;
        break;
    }
}

static bool
measure_all(struct weir_loudness_thread *t)
{
    bool any = false;
    for (uint32_t slot = 0; slot < WEIR_MAX_BUSES; slot++) {
        if (t->meters[slot].left)
            tell_left(t, slot);
        any = any || t->meters[slot].left;
        if (!t->meters[slot].state)
            continue;
        measure(t, &t->meters[slot]);
        report(t, slot);
        any = true;
    }
    return any;
}

static void *
run(void *arg)
{
    struct weir_loudness_thread *t = arg;
    struct weir_loudness_request r;
    uint64_t count;
    while (!t->ending) {
        const bool any = measure_all(t);
        struct pollfd p = {.fd = t->requests_fd, .events = POLLIN};
        if (poll(&p, 1, any ? PERIOD_MS : -1) > 0 &&
            read(t->requests_fd, &count, sizeof count) < 0)
            continue;
        while (weir_queue_pop(t->requests, &r))
            obey(t, &r);
    }
    for (uint32_t slot = 0; slot < WEIR_MAX_BUSES; slot++)
        if (t->meters[slot].state)
            ebur128_destroy(&t->meters[slot].state);
    return NULL;
}

// ---------------------------------------------------------- @control's side

static void
release(struct weir_loudness_thread *t)
{
    if (t->requests_fd >= 0)
        close(t->requests_fd);
    if (t->results_fd >= 0)
        close(t->results_fd);
    weir_queue_free(t->requests);
    weir_queue_free(t->results);
    free(t);
}

static bool
start_thread(struct weir_loudness_thread *t)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr))
        return false;
    pthread_attr_setstacksize(&attr, WEIR_STACK_BYTES);
    const int rc = pthread_create(&t->thread, &attr, run, t);
    pthread_attr_destroy(&attr);
    return rc == 0;
}

struct weir_loudness_thread *
weir_loudness_thread_start(unsigned rate_hz, int *fd)
{
    struct weir_loudness_thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->rate_hz = rate_hz;
    t->requests_fd = eventfd(0, EFD_CLOEXEC);
    t->results_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    t->requests =
        weir_queue_new(sizeof(struct weir_loudness_request), MAX_REQUESTS);
    t->results =
        weir_queue_new(sizeof(struct weir_loudness_result), MAX_RESULTS);
    *fd = t->results_fd;
    if (t->requests_fd >= 0 && t->results_fd >= 0 && t->requests &&
        t->results && start_thread(t))
        return t;
    release(t);
    return NULL;
}

void
weir_loudness_thread_ask(struct weir_loudness_thread *t,
                         const struct weir_loudness_request *request)
{
    (void)weir_queue_push(t->requests, request, 1);
    ring_bell(t->requests_fd);
}

bool
weir_loudness_thread_take(struct weir_loudness_thread *t,
                          struct weir_loudness_result *result)
{
    return weir_queue_pop(t->results, result);
}

void
weir_loudness_thread_stop(struct weir_loudness_thread *t)
{
    if (!t)
        return;
    weir_loudness_thread_ask(
        t, &(struct weir_loudness_request){.kind = WEIR_LOUDNESS_END});
    pthread_join(t->thread, NULL);
    release(t);
}

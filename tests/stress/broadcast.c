// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast ring, with eight readers in processes (or threads) of their
// own and of different speeds:
//     stress_broadcast threads|processes CHANNELS FRAMES
// The writer waits for the first reader alone, which therefore may lose
// nothing; the others read when so many frames have gathered, up to more than
// the ring holds, and sleep on the ring's futex until then. With processes,
// the last is stopped and continued by signals. What a reader got, and what
// it was told it lost, is every frame, in order, none torn.
//
// A sample is its position and channel, as a bit pattern: the channel's mask
// makes the samples of a frame differ from one another in known bits, so a
// frame of two halves, or of another lap, shows. Below 2^30 all are finite.
#include "stress/stress.h"

#include "rt/broadcast.h"
#include "rt/futex.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    CAPACITY = 16384,
    FIRST = 12345, // position of the first frame
    LONGEST = 1500,
    N_READERS = 8,
    MAX_CHANNELS = 3,
    AT_ONCE = CAPACITY,
    N_STOPS = 20,
    STOPPED_FOR = 2 * CAPACITY,  // frames of the writer's
    RUNNING_FOR = CAPACITY / 16, // frames of the reader's, at least
};
// A wake that is lost is a stall that the watcher notices.
#define SLEEP_NS UINT64_C(3600000000000)

static const struct {
    uint32_t gather; // frames that it waits for
    uint32_t n_max;  // frames a read
} paces[N_READERS] = {
    {1, AT_ONCE},
    {1, 64},
    {1000, 1000},
    {CAPACITY / 2 + 7, 999},
    {CAPACITY, AT_ONCE},
    {2 * CAPACITY + 1, AT_ONCE},
    {1, 1},
    {64, 64},
};

static struct shared {
    struct stress_end ends[1 + N_READERS];
    _Atomic uint64_t lost[N_READERS];
    // The writer goes on before this position; the watcher moves it, so that
    // the stops are spread over the whole run, however slow the watcher is.
    _Atomic uint64_t allowed;
} * s;

static enum stress_kind kind;
static struct weir_broadcast ring; // the writer's
static int ring_fd;
static size_t ring_bytes;
static uint64_t end_position;

// ----------------------------------------------------------------- numbers

static const uint32_t masks[MAX_CHANNELS] = {0, 0x2a5a5a5a, 0x15a5a5a5};

static STRESS_PRIVATE void
number(uint32_t *samples, uint32_t channel, uint64_t position, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        samples[i] = (uint32_t)(position + i) ^ masks[channel];
}

static STRESS_PRIVATE uint32_t
n_wrong(const uint32_t *samples, uint64_t position, uint32_t n)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < ring.n_channels; c++)
            wrong += samples[i * ring.n_channels + c] !=
                     ((uint32_t)(position + i) ^ masks[c]);
    return wrong;
}

// ------------------------------------------------------------------ writer

static uint32_t
length_of(uint64_t block)
{
    return block % 32 == 0 ? 1 : 1 + (uint32_t)(block * 7919 % LONGEST);
}

static void
write_block(uint64_t p, uint32_t n)
{
    static uint32_t numbers[LONGEST];
    static float samples[MAX_CHANNELS][LONGEST];
    const float *channels[MAX_CHANNELS];
    for (uint32_t c = 0; c < ring.n_channels; c++) {
        number(numbers, c, p, n);
        memcpy(samples[c], numbers, n * sizeof *numbers);
        channels[c] = samples[c];
    }
    weir_broadcast_write(&ring, p, channels, n);
    weir_futex_wake_one(&ring.page->wake, WEIR_FUTEX_SHARED);
}

static bool
has_to_wait(uint64_t p, uint32_t n)
{
    return p + n > stress_seen(&s->ends[1]) + CAPACITY ||
           p >= atomic_load_explicit(&s->allowed, memory_order_relaxed);
}

static void
write_all(struct stress_end *me)
{
    uint64_t p = FIRST;
    for (uint64_t block = 0; p < end_position; block++) {
        const uint32_t n =
            (uint32_t)weir_min_u64(length_of(block), end_position - p);
        while (has_to_wait(p, n))
            stress_breathe();
        write_block(p, n);
        p += n;
        stress_tell(me, p);
    }
}

// ----------------------------------------------------------------- readers

// The ring as a reader has it: mapped for reading alone.
static struct weir_broadcast
map_ring(void)
{
    void *memory = mmap(NULL, ring_bytes, PROT_READ, MAP_SHARED, ring_fd, 0);
    if (memory == MAP_FAILED)
        stress_fail("the ring cannot be mapped");
    if (kind == STRESS_PROCESSES &&
        munmap(ring.page, ring_bytes) != 0) // what the fork has left here
        stress_fail("the ring cannot be unmapped");
    return weir_broadcast_view(memory, CAPACITY, ring.n_channels);
}

// Until enough has gathered, or the end is there.
static void
gather(const struct weir_broadcast *b, uint64_t q, uint32_t n)
{
    const uint64_t until = weir_min_u64(q + n, end_position);
    for (;;) {
        // acquire: pairs with the release in weir_broadcast_publish().
        const uint32_t seen =
            atomic_load_explicit(&b->page->wake, memory_order_acquire);
        if (weir_broadcast_published(b) >= until)
            return;
        // As the mixer and libweir do: one is woken, and wakes the next.
        if (weir_futex_wait(&b->page->wake, seen, SLEEP_NS,
                            WEIR_FUTEX_SHARED) == 0)
            weir_futex_wake_one(&b->page->wake, WEIR_FUTEX_SHARED);
    }
}

static void
check(const struct stress_end *me, const float *got, uint64_t q, uint32_t n)
{
    static _Thread_local uint32_t samples[AT_ONCE * MAX_CHANNELS];
    memcpy(samples, got, (size_t)n * ring.n_channels * sizeof *samples);
    if (n_wrong(samples, q, n) > 0)
        stress_fail("%s: %u samples are wrong in %u frames at %" PRIu64,
                    me->name, n_wrong(samples, q, n), n, q);
}

static void
read_all(struct stress_end *me)
{
    static _Thread_local float got[AT_ONCE * MAX_CHANNELS];
    const int which = (int)(me - s->ends) - 1;
    const struct weir_broadcast b = map_ring();
    uint64_t q = FIRST;
    uint64_t n_got = 0;
    uint64_t n_lost = 0;
    while (q < end_position) {
        const uint64_t from = q;
        gather(&b, q, paces[which].gather);
        const struct weir_broadcast_span r = weir_broadcast_read(
            &b, &q, got, paces[which].n_max, weir_broadcast_keep(&b));
        if (from + r.lost + r.n != q)
            stress_fail("%s: %" PRIu64 " lost and %u got between %" PRIu64
                        " and %" PRIu64,
                        me->name, r.lost, r.n, from, q);
        check(me, got, q - r.n, r.n);
        n_got += r.n;
        n_lost += r.lost;
        stress_tell(me, q);
        atomic_store_explicit(&s->lost[which], n_lost, memory_order_relaxed);
    }
    if (n_got + n_lost != end_position - FIRST || n_got == 0)
        stress_fail("%s: %" PRIu64 " got, %" PRIu64 " lost, %" PRIu64 " sent",
                    me->name, n_got, n_lost, end_position - FIRST);
    printf("%s: %" PRIu64 " got, %" PRIu64 " lost\n", me->name, n_got, n_lost);
    fflush(stdout);
}

// ------------------------------------------------------- stop and continue

enum step { RUNNING, STOPPING, STOPPED };

static void
send(struct stress_end *end, int number)
{
    if (end->pid > 0 && kill(end->pid, number) != 0)
        stress_fail("%s: no signal", end->name);
}

static bool
has_stopped(const struct stress_end *end)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)end->pid, &info, WSTOPPED | WNOHANG) == 0 &&
           info.si_pid == end->pid;
}

static int n_stops;

static void
allow(uint64_t position)
{
    if (position > atomic_load_explicit(&s->allowed, memory_order_relaxed))
        atomic_store_explicit(&s->allowed, position, memory_order_relaxed);
}

// Where the writer is when the next stop is due.
static uint64_t
next_stop(void)
{
    return n_stops == N_STOPS
               ? end_position
               : FIRST + (end_position - FIRST) * (uint64_t)(n_stops + 1) /
                             (N_STOPS + 1);
}

// The last reader stands while the writer laps it, by counts of both.
static void
stop_and_continue(void)
{
    static enum step step;
    static uint64_t from;
    struct stress_end *victim = &s->ends[N_READERS];
    const uint64_t written = stress_seen(&s->ends[0]);
    const uint64_t read = stress_seen(victim);
    if (step == RUNNING && n_stops < N_STOPS && written >= next_stop() &&
        read >= from + RUNNING_FOR) {
        send(victim, SIGSTOP);
        step = STOPPING;
    } else if (step == STOPPING && has_stopped(victim)) {
        from = written;
        allow(from + STOPPED_FOR);
        step = STOPPED;
    } else if (step == STOPPED && written >= from + STOPPED_FOR) {
        if (read > from)
            stress_fail("%s went on while it was stopped", victim->name);
        from = read;
        n_stops++;
        allow(next_stop());
        send(victim, SIGCONT);
        step = RUNNING;
    }
}

// -------------------------------------------------------------------- main

static void
make_ring(uint32_t n_channels)
{
    ring_bytes = weir_broadcast_bytes(CAPACITY, n_channels);
    ring_fd = memfd_create("stress", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (ring_fd < 0 || ftruncate(ring_fd, (off_t)ring_bytes) != 0)
        stress_fail("no memory");
    void *memory =
        mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, 0);
    // As weir seals it: no other mapping can be written through.
    if (memory == MAP_FAILED ||
        fcntl(ring_fd, F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE |
                  F_SEAL_SEAL) != 0)
        stress_fail("the ring cannot be mapped and sealed");
    weir_broadcast_init(&ring, memory, 48000, n_channels, CAPACITY, FIRST);
}

static void
make_ends(void)
{
    static const char *const names[N_READERS] = {
        "in step",  "by 64",    "by 1000", "by half",
        "by a lap", "too slow", "by one",  "stopped",
    };
    s = stress_share(sizeof *s);
    s->ends[0].name = "writer";
    s->ends[0].run = write_all;
    for (int i = 0; i < N_READERS; i++) {
        s->ends[1 + i].name = names[i];
        s->ends[1 + i].run = read_all;
        stress_tell(&s->ends[1 + i], FIRST);
    }
}

static uint64_t
lost(int reader)
{
    return atomic_load_explicit(&s->lost[reader], memory_order_relaxed);
}

// Otherwise it showed less than it says.
static void
check_kinds(void)
{
    if (lost(0) != 0)
        stress_fail("the writer waited for %s, which lost %" PRIu64,
                    s->ends[1].name, lost(0));
    if (lost(5) == 0)
        stress_fail("%s lost nothing", s->ends[6].name);
    if (kind == STRESS_THREADS)
        return;
    if (n_stops < N_STOPS)
        stress_fail("%d stops of %d", n_stops, N_STOPS);
    if (lost(7) < (uint64_t)N_STOPS * (STOPPED_FOR - CAPACITY))
        stress_fail("%s lost %" PRIu64 " in %d stops", s->ends[8].name, lost(7),
                    N_STOPS);
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const uint32_t n_channels = (uint32_t)atoi(argv[2]);
    kind = strcmp(argv[1], "threads") == 0 ? STRESS_THREADS : STRESS_PROCESSES;
    end_position = FIRST + strtoull(argv[3], NULL, 10);
    if (n_channels < 1 || n_channels > MAX_CHANNELS || end_position >> 30)
        return 2;
    make_ring(n_channels);
    make_ends();
    allow(kind == STRESS_PROCESSES ? next_stop() : end_position);
    stress_run(kind, s->ends, 1 + N_READERS,
               kind == STRESS_PROCESSES ? stop_and_continue : NULL);
    check_kinds();
    return 0;
}

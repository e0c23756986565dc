// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings between two threads or two processes:
//     stress_inputs threads|processes wait|drop|nothing
// `wait`: the writer waits for room, and 10^8 frames of each lane arrive, each
// at its place. `drop`: it does not wait, as the callback does not; what was
// refused and what arrived is every frame. `nothing`: nothing is written,
// which the watcher has to notice.
// Each frame is its position and lane, as a bit pattern: a number up to 2^27,
// the lane above it, so finite as a float. The payload is plain memory:
// ThreadSanitizer sees every order that is too weak between threads.
#include "stress/stress.h"

#include "rt/inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANE = 65536, N_LANES = 2, LONGEST = 1600, LANE_SHIFT = 28 };
enum { N_FRAMES = 100000000 };
_Static_assert(N_FRAMES < 1 << 27, "finite as a float");

static struct {
    struct weir_inputs in;
    float lanes[N_LANES][LANE];
    // What the writer tells at its end.
    uint64_t n_refused; // frames
    _Atomic bool written;
    struct stress_end ends[2];
    struct weir_cycle cycles[];
} * s;

static bool wait_for_room;
static bool write_nothing;

static uint32_t
length_of(uint64_t cycle)
{
    // Now and then one frame, and lengths that meet the end of the lane
    // everywhere.
    return cycle % 16 == 0 ? 1 : 1 + (uint32_t)(cycle * 7919 % LONGEST);
}

static STRESS_PRIVATE void
number(uint32_t *frames, uint32_t lane, uint64_t position, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        frames[i] = lane << LANE_SHIFT | (uint32_t)(position + i);
}

static STRESS_PRIVATE uint32_t
n_wrong(const uint32_t *frames, uint32_t lane, uint64_t position, uint32_t n)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < n; i++)
        wrong += frames[i] != (lane << LANE_SHIFT | (uint32_t)(position + i));
    return wrong;
}

static void
write_cycle(uint64_t position, uint32_t n)
{
    uint32_t numbers[LONGEST];
    float src[LONGEST];
    for (uint32_t k = 0; k < N_LANES; k++) {
        number(numbers, k, position, n);
        memcpy(src, numbers, n * sizeof *src);
        weir_inputs_write(&s->in, s->lanes[k], position, src, n);
    }
    weir_inputs_record(&s->in, (struct weir_cycle){.position = position,
                                                   .table = (uint32_t)~position,
                                                   .mono_ns = position * 3,
                                                   .n_frames = n});
    weir_inputs_commit(&s->in);
}

static void
write_all(struct stress_end *me)
{
    uint64_t position = 0;
    for (uint64_t cycle = 0; position < N_FRAMES && !write_nothing; cycle++) {
        const uint32_t left = (uint32_t)(N_FRAMES - position);
        const uint32_t n = weir_min_u32(length_of(cycle), left);
        bool fits = weir_inputs_fits(&s->in, position, n);
        while (!fits && wait_for_room) {
            stress_breathe();
            fits = weir_inputs_fits(&s->in, position, n);
        }
        if (fits) {
            write_cycle(position, n);
        } else {
            s->n_refused += n;
            stress_breathe(); // as one who comes again only later
        }
        position += n;
        stress_tell(me, position);
    }
    // release: pairs with the acquire in read_all(); hands over `n_refused`,
    // and that no cycle comes after it.
    atomic_store_explicit(&s->written, !write_nothing, memory_order_release);
}

// One cycle, if there is one; what comes after it.
static uint64_t
read_cycle(uint64_t position, uint64_t *n_got)
{
    const struct weir_cycle *c;
    float dst[LONGEST];
    uint32_t numbers[LONGEST];
    if (!weir_inputs_peek(&s->in, &c))
        return position;
    if (c->position < position || (wait_for_room && c->position != position) ||
        c->table != (uint32_t)~c->position || c->mono_ns != c->position * 3 ||
        c->n_frames == 0 || c->n_frames > LONGEST)
        stress_fail("a wrong record after frame %" PRIu64 ": %u frames at "
                    "%" PRIu64,
                    position, c->n_frames, c->position);
    for (uint32_t k = 0; k < N_LANES; k++) {
        weir_inputs_read(&s->in, s->lanes[k], c->position, dst, c->n_frames);
        memcpy(numbers, dst, c->n_frames * sizeof *dst);
        if (n_wrong(numbers, k, c->position, c->n_frames) > 0)
            stress_fail("%u frames are wrong in lane %u, of %u at %" PRIu64,
                        n_wrong(numbers, k, c->position, c->n_frames), k,
                        c->n_frames, c->position);
    }
    weir_inputs_finish(&s->in);
    *n_got += c->n_frames;
    return c->position + c->n_frames;
}

static void
read_all(struct stress_end *me)
{
    uint64_t position = 0;
    uint64_t n_got = 0;
    for (;;) {
        // acquire: pairs with the release in write_all().
        const bool last =
            atomic_load_explicit(&s->written, memory_order_acquire);
        const uint64_t before = position;
        position = read_cycle(position, &n_got);
        if (position == before && last)
            break;
        if (position == before)
            stress_breathe();
        stress_tell(me, position);
    }
    if (n_got + s->n_refused != N_FRAMES || n_got == 0 ||
        (s->n_refused == 0) != wait_for_room)
        stress_fail("%" PRIu64 " arrived, %" PRIu64 " were refused, %d sent",
                    n_got, s->n_refused, N_FRAMES);
    printf("%" PRIu64 " frames arrived in %d lanes, %" PRIu64 " were refused\n",
           n_got, N_LANES, s->n_refused);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const enum stress_kind kind =
        strcmp(argv[1], "threads") == 0 ? STRESS_THREADS : STRESS_PROCESSES;
    wait_for_room = strcmp(argv[2], "wait") == 0;
    write_nothing = strcmp(argv[2], "nothing") == 0;
    const size_t n_cycles = weir_inputs_cycles(LANE);
    s = stress_share(sizeof *s + n_cycles * sizeof *s->cycles);
    weir_inputs_init(&s->in, s->cycles, LANE);
    s->ends[0].name = "writer";
    s->ends[0].run = write_all;
    s->ends[1].name = "reader";
    s->ends[1].run = read_all;
    stress_run(kind, s->ends, 2, NULL);
    return 0;
}

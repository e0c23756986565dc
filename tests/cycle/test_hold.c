// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Readers that the mixer waits for in freewheel, and what rings say of it.
#include "cycle/rig.h"
#include "engine/hold.h"
#include "rt/clock.h"
#include "unit/threads.h"

#include <criterion/criterion.h>
#include <pthread.h>

enum {
    BLOCK = 256,
    CAPACITY = 4 * BLOCK,
    N_FRAMES = 200 * BLOCK,
    N_FEW = 3 * BLOCK
};

struct held {
    struct weir_hold hold;
    _Atomic uint64_t position;
    _Atomic uint32_t wake;
    struct rig *rig;
    uint64_t most; // frames that were not read yet, at most
};

static void
begin(struct held *h, struct rig *rig)
{
    *h = (struct held){.rig = rig};
    h->hold = (struct weir_hold){
        .position = &h->position, .wake = &h->wake, .capacity = CAPACITY};
    h->hold.next = rig->engine->holds;
    rig->engine->holds = &h->hold;
}

static struct rig *
new_rig(bool freewheel)
{
    struct rig *r = rig_new(&(struct rig_config){0});
    rig_add_strip(r, 2);
    r->freewheel = freewheel;
    return r;
}

// A block at a time, and never before the mixer stands still for it.
static void *
read_slowly(void *arg)
{
    struct held *h = arg;
    const struct weir_broadcast *ring = &h->rig->main->tap->ring;
    for (uint64_t at = 0; at < N_FRAMES;) {
        const uint64_t published = weir_broadcast_published(ring);
        if (published - at > h->most)
            h->most = published - at;
        if (published < at + CAPACITY && published < N_FRAMES) {
            threads_breathe();
            continue;
        }
        at += BLOCK;
        atomic_store(&h->position, at);
        atomic_fetch_add(&h->wake, 1);
    }
    return NULL;
}

Test(hold, nothing_is_overwritten_that_a_held_reader_has_not_read,
     .timeout = 60)
{
    struct rig *r = new_rig(true);
    struct held h;
    pthread_t thread;
    begin(&h, r);
    pthread_create(&thread, NULL, read_slowly, &h);
    rig_run(r, N_FRAMES, BLOCK);
    pthread_join(thread, NULL);
    cr_assert_eq(h.most, CAPACITY, "%lu", h.most);
    cr_assert_not(h.hold.given_up);
    rig_free(r);
}

Test(hold, in_real_time_nobody_is_waited_for)
{
    struct rig *r = new_rig(false);
    struct held h;
    begin(&h, r);
    const uint64_t begin_ns = weir_now_ns();
    rig_run(r, N_FRAMES, BLOCK);
    cr_assert_not(h.hold.given_up);
    cr_assert_lt(weir_now_ns() - begin_ns, WEIR_HOLD_PATIENCE_NS);
    rig_free(r);
}

Test(hold, who_is_released_is_not_waited_for)
{
    struct rig *r = new_rig(true);
    struct held h;
    begin(&h, r);
    h.hold.released = true;
    rig_run(r, N_FRAMES, BLOCK);
    cr_assert_eq(r->engine->position, N_FRAMES);
    cr_assert_not(h.hold.given_up);
    rig_free(r);
}

// One that stands still, and one that has read what is not there yet.
Test(hold, patience_is_bounded_and_is_only_lost_with_who_holds_it_up,
     .timeout = 60)
{
    struct rig *r = new_rig(true);
    struct held dead;
    struct held liar;
    begin(&dead, r);
    begin(&liar, r);
    atomic_store(&liar.position, UINT64_MAX);
    const uint64_t begin_ns = weir_now_ns();
    rig_run(r, N_FRAMES, BLOCK);
    cr_assert_geq(weir_now_ns() - begin_ns, WEIR_HOLD_PATIENCE_NS);
    cr_assert_eq(r->engine->position, N_FRAMES);
    cr_assert(dead.hold.given_up);
    cr_assert_not(liar.hold.given_up);
    rig_free(r);
}

static void
check_epoch(const struct weir_tap *tap, bool freewheel, uint64_t first)
{
    const uint64_t epoch = weir_broadcast_get_epoch(&tap->ring);

    cr_assert_eq(epoch, weir_broadcast_epoch(first, freewheel));
}

Test(hold, every_ring_says_since_which_frame_it_is_freewheel)
{
    struct rig *r = new_rig(false);
    struct weir_tap *early = rig_make_tap(r, 2);
    rig_push(r,
             &(struct weir_command){.kind = WEIR_COMMAND_TAP_ADD,
                                    .tap = early,
                                    .strip = r->strips->mix},
             1);
    rig_run(r, N_FEW, BLOCK);
    check_epoch(early, false, 0);
    r->freewheel = true;
    rig_run(r, N_FEW, BLOCK);
    check_epoch(early, true, N_FEW);
    // And one that comes later the same.
    struct weir_tap *late = rig_make_tap(r, 2);
    rig_push(r,
             &(struct weir_command){.kind = WEIR_COMMAND_TAP_ADD,
                                    .tap = late,
                                    .param = 1,
                                    .strip = r->strips->mix},
             1);
    rig_run(r, BLOCK, BLOCK);
    check_epoch(late, true, N_FEW);
    r->freewheel = false;
    rig_run(r, BLOCK, BLOCK);
    check_epoch(early, false, 2 * N_FEW + BLOCK);
    check_epoch(late, false, 2 * N_FEW + BLOCK);
    rig_free(r);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A mix that is there later than the ports want it is counted, and the longest
// time that one took is kept.
#include "cycle/rig.h"
#include "rt/clock.h"

#include <criterion/criterion.h>

enum { BLOCK = 480, BLOCK_NS = 10000000 };

static uint64_t
count_late(const struct rig *r)
{
    return rig_count(&r->engine->counters.blocks_late);
}

static uint64_t
longest_ns(const struct rig *r)
{
    return atomic_load_explicit(&r->engine->counters.longest_ns,
                                memory_order_relaxed);
}

// One more cycle, whose mix was there so long after its callback.
static void
took(struct rig *r, int64_t ns)
{
    rig_cycle(r, BLOCK);
    weir_engine_note_end(r->engine, r->engine->clock.called_ns + (uint64_t)ns);
}

Test(late, a_mix_within_its_latency_is_in_time)
{
    for (uint32_t n = 1; n <= 3; n++) {
        struct rig *r = rig_new(&(struct rig_config){.latency_blocks = n});
        took(r, (int64_t)n * BLOCK_NS);
        cr_assert_eq(count_late(r), 0);
        took(r, (int64_t)n * BLOCK_NS + 1);
        cr_assert_eq(count_late(r), 1);
        took(r, 1);
        cr_assert_eq(count_late(r), 1);
        rig_free(r);
    }
}

Test(late, the_longest_is_kept)
{
    struct rig *r = rig_new(NULL);
    took(r, 3000);
    cr_assert_eq(longest_ns(r), 3000);
    took(r, 5 * BLOCK_NS);
    took(r, 7000);
    cr_assert_eq(longest_ns(r), 5 * BLOCK_NS);
    took(r, INT64_C(6000000000)); // does not fit into 32 bits
    cr_assert_eq(longest_ns(r), UINT64_C(6000000000));
    rig_free(r);
}

Test(late, a_clock_that_is_ahead_of_us_is_not_late)
{
    struct rig *r = rig_new(NULL);
    took(r, -5);
    cr_assert_eq(count_late(r), 0);
    cr_assert_eq(longest_ns(r), 0);
    rig_free(r);
}

Test(late, what_jack_thinks_of_the_time_is_another_matter)
{
    struct rig *r = rig_new(NULL);
    const uint64_t now_ns = weir_now_ns();
    rig_cycle(r, BLOCK); // which began some seconds after the machine's start
    cr_assert_geq(r->engine->clock.called_ns, now_ns);
    weir_engine_note_end(r->engine, r->engine->clock.called_ns + BLOCK_NS);
    cr_assert_eq(count_late(r), 0);
    rig_free(r);
}

Test(late, freewheel_has_all_the_time_it_needs)
{
    struct rig *r = rig_new(NULL);
    r->freewheel = true;
    took(r, 5 * BLOCK_NS);
    cr_assert_eq(count_late(r), 0);
    cr_assert_eq(longest_ns(r), 0);
    rig_free(r);
}

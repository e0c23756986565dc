// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Chains, block by block: what comes out is known to the bit.
#include "rig.h"
#include "trouble.h"

#include "rt/denormals.h"

#include <math.h>

static void
set(struct rig *r, const char *id, const char *symbol, float value)
{
    cr_assert(weir_chain_set(r->chain, id, symbol, value, &r->why), "%s",
              r->why.text);
}

Test(chain, an_empty_one_changes_nothing)
{
    static struct rig r;
    rig_begin(&r, 2, 0);
    rig_block(&r, 100);
    for (uint32_t f = 0; f < 100; f++)
        cr_assert(r.sound[1][f] == rig_in(&r, 1, 100, f));
    cr_assert_eq(weir_chain_latency(r.chain), 0);
    rig_end(&r);
}

Test(chain, a_plugin_fades_in_and_is_then_heard_to_the_bit)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    cr_assert(weir_chain_add(r.chain, "g", "urn:weir:test:gain", 0, &r.why));
    set(&r, "g", "gain", 3.0f);
    rig_block(&r, 480);
    for (uint32_t f = 0; f < 480; f++) {
        const float wet = f + 1 < FADE ? (float)(f + 1) / FADE : 1.0f;
        const float in = rig_in(&r, 0, 480, f);
        cr_assert_float_eq(r.sound[0][f], in * (1 + 2 * wet), 1e-5f);
        if (f >= FADE)
            cr_assert(r.sound[0][f] == in * 3.0f);
    }
    rig_end(&r);
}

Test(chain, plugins_run_in_their_order_and_move)
{
    static struct rig r;
    rig_begin(&r, 2, 0);
    // A balance of 1 leaves the right alone: what comes behind doubles it.
    rig_add(&r, "first", "gain");
    rig_add(&r, "second", "stereo");
    set(&r, "first", "gain", 2.0f);
    set(&r, "second", "balance", 0.5f);
    rig_run(&r, 512);
    rig_block(&r, 64);
    cr_assert(r.sound[0][5] == rig_in(&r, 0, 64, 5) * 2.0f * 0.5f);
    cr_assert(r.sound[1][5] == rig_in(&r, 1, 64, 5) * 2.0f * 1.5f);
    // The meter of the second hears the first.
    cr_assert_float_eq(rig_shown(&r, "second", "peak"), 2.0f, 0.5f);
    cr_assert_gt(rig_shown(&r, "second", "peak"), 1.0f);
    cr_assert(weir_chain_move(r.chain, "second", 0, &r.why));
    rig_run(&r, 1024);
    cr_assert_str_eq(weir_chain_slot(r.chain, 0)->id, "second");
    cr_assert_leq(rig_shown(&r, "second", "peak"), 1.0f);
    rig_end(&r);
}

Test(chain, a_mono_plugin_runs_once_for_each_channel)
{
    static struct rig r;
    rig_begin(&r, 3, 0);
    rig_add(&r, "g", "gain");
    set(&r, "g", "gain", 0.5f);
    rig_block(&r, 64);
    for (uint32_t c = 0; c < 3; c++)
        cr_assert(r.sound[c][9] == rig_in(&r, c, 64, 9) * 0.5f);
    rig_end(&r);
}

Test(chain, a_stereo_plugin_on_a_mono_strip_gives_the_mean)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "s", "stereo");
    set(&r, "s", "balance", 0.5f);
    rig_block(&r, 64);
    cr_assert_float_eq(r.sound[0][9], rig_in(&r, 0, 64, 9), 1e-6f);
    rig_end(&r);
}

Test(chain, a_mono_to_stereo_plugin_hears_the_mean)
{
    static struct rig r;
    rig_begin(&r, 2, 0);
    rig_add(&r, "w", "widen");
    rig_block(&r, 64);
    const float mean = (rig_in(&r, 0, 64, 9) + rig_in(&r, 1, 64, 9)) * 0.5f;
    cr_assert(r.sound[0][9] == mean);
    cr_assert(r.sound[1][9] == -0.5f * mean);
    rig_end(&r);
}

Test(chain, channels_beyond_a_plugins_pass_it_by_as_late_as_it_is)
{
    static struct rig r;
    rig_begin(&r, 3, 0);
    rig_add(&r, "w", "widen");
    rig_block(&r, 64);
    cr_assert(r.sound[2][9] == rig_in(&r, 2, 64, 9));
    rig_end(&r);
}

Test(chain, latency_is_read_and_a_bypass_is_as_late)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "d", "delay");
    rig_run(&r, 2048);
    cr_assert_eq(weir_chain_latency(r.chain), 1000);
    rig_block(&r, 64);
    cr_assert(r.sound[0][3] == rig_input(0, r.position - 64 + 3 - 1000));
    cr_assert(weir_chain_bypass(r.chain, "d", true, &r.why));
    for (int i = 0; i < 10; i++) {
        // Both sides of the fade are the same: nothing is to be heard of it.
        rig_block(&r, 64);
        cr_assert_float_eq(r.sound[0][3],
                           rig_input(0, r.position - 64 + 3 - 1000), 1e-6f);
    }
    cr_assert_eq(weir_chain_latency(r.chain), 1000);
    cr_assert_eq(weir_chain_state(weir_chain_find(r.chain, "d")),
                 WEIR_SLOT_BYPASSED);
    rig_end(&r);
}

Test(chain, latency_that_changes_is_followed_beyond_the_delay_there_was)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "d", "delay");
    set(&r, "d", "frames", 30000.0f);
    rig_run(&r, 4096);
    cr_assert_eq(weir_chain_latency(r.chain), 30000);
    weir_chain_service(r.chain); // gives the longer delay
    rig_run(&r, 40000);
    cr_assert(weir_chain_bypass(r.chain, "d", true, &r.why));
    rig_run(&r, 512);
    rig_block(&r, 64);
    cr_assert(r.sound[0][3] == rig_input(0, r.position - 64 + 3 - 30000));
    rig_end(&r);
}

Test(chain, a_bypass_fades_over_5_ms)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    set(&r, "g", "gain", 3.0f);
    rig_block(&r, 64);
    cr_assert(weir_chain_bypass(r.chain, "g", true, &r.why));
    rig_block(&r, 480);
    for (uint32_t f = 0; f < 480; f++) {
        const float wet = f + 1 < FADE ? 1 - (float)(f + 1) / FADE : 0.0f;
        const float in = rig_in(&r, 0, 480, f);
        cr_assert_float_eq(r.sound[0][f], in * (1 + 2 * wet), 1e-5f);
    }
    rig_end(&r);
}

Test(chain, a_plugin_that_can_bypass_itself_is_asked_to)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "e", "enabled");
    rig_block(&r, 64);
    cr_assert(r.sound[0][0] == 2 * rig_in(&r, 0, 64, 0));
    cr_assert(weir_chain_bypass(r.chain, "e", true, &r.why));
    rig_block(&r, 64);
    cr_assert(r.sound[0][0] == rig_in(&r, 0, 64, 0));
    cr_assert(weir_chain_bypass(r.chain, "e", false, &r.why));
    rig_block(&r, 64);
    cr_assert(r.sound[0][0] == 2 * rig_in(&r, 0, 64, 0));
    rig_end(&r);
}

Test(chain, a_removed_plugin_fades_out_and_is_gone)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    set(&r, "g", "gain", 3.0f);
    rig_block(&r, 64);
    cr_assert(weir_chain_remove(r.chain, "g", &r.why));
    cr_assert_eq(weir_chain_count(r.chain), 0);
    rig_block(&r, 64);
    cr_assert_float_eq(r.sound[0][0], rig_in(&r, 0, 64, 0) * (3 - 2.0f / FADE),
                       1e-5f);
    rig_run(&r, 512);
    cr_assert(r.sound[0][0] == rig_in(&r, 0, 128, 0));
    weir_chain_service(r.chain);
    rig_add(&r, "g", "gain");
    rig_end(&r);
}

Test(chain, a_value_moves_by_steps_of_64_frames)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "s", "smooth");
    set(&r, "s", "gain", 2.0f);
    rig_block(&r, 512);
    float last = 1.0f;
    for (uint32_t f = 0; f < 512; f++) {
        const float gain = r.sound[0][f] / rig_in(&r, 0, 512, f);
        cr_assert_geq(gain, last - 1e-4f);
        cr_assert_leq(gain - last, 0.3f);
        if (f % 64 != 0)
            cr_assert_float_eq(gain, last, 1e-4f);
        last = gain;
    }
    cr_assert_eq(r.sound[0][511], 2 * rig_in(&r, 0, 512, 511));
    cr_assert_eq(rig_shown(&r, "s", "gain"), 2.0f);
    rig_end(&r);
}

Test(chain, a_block_is_not_cut_where_it_was_promised_whole)
{
    static struct rig r;
    rig_begin(&r, 1, WEIR_BLOCKS_FIXED);
    rig_add(&r, "s", "needs-fixed-blocks");
    set(&r, "s", "gain", 2.0f);
    rig_block(&r, 128);
    for (uint32_t f = 0; f < 128; f++)
        cr_assert(r.sound[0][f] == 2 * rig_in(&r, 0, 128, f));
    rig_end(&r);
}

// The plugins end the test at a block of another length.
Test(chain, a_block_that_is_not_as_promised_passes_the_plugin_by)
{
    static struct rig r;
    rig_begin(&r, 1, WEIR_BLOCKS_FIXED | WEIR_BLOCKS_POWER_OF_TWO);
    rig_add(&r, "f", "needs-fixed-blocks");
    rig_add(&r, "p", "needs-power-of-2-blocks");
    set(&r, "f", "gain", 2.0f);
    set(&r, "p", "gain", 2.0f);
    rig_block(&r, 128);
    cr_assert(r.sound[0][127] == 4 * rig_in(&r, 0, 128, 127));
    cr_assert_eq(rig_shown(&r, "f", "promised"), 128.0f);
    cr_assert_eq(rig_shown(&r, "p", "promised"), 128.0f);
    // The step from there is let down over 5 ms.
    const float last = r.sound[0][127];
    rig_block(&r, 64);
    cr_assert_float_eq(r.sound[0][0], last, 1e-5f);
    for (uint32_t n = 64; n < FADE; n += 64)
        rig_block(&r, 64);
    rig_block(&r, 1000);
    for (uint32_t f = 0; f < 1000; f++)
        cr_assert(r.sound[0][f] == rig_in(&r, 0, 1000, f));
    cr_assert_eq(weir_chain_state(weir_chain_find(r.chain, "f")),
                 WEIR_SLOT_RUNNING);
    rig_run(&r, 2 * FADE);
    rig_block(&r, 128);
    for (uint32_t f = 0; f < 128; f++)
        cr_assert(r.sound[0][f] == 4 * rig_in(&r, 0, 128, f));
    rig_end(&r);
}

Test(chain, what_is_not_promised_is_not_relied_on)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "l", "likes-fixed-blocks");
    set(&r, "l", "gain", 2.0f);
    rig_block(&r, 100);
    cr_assert_eq(rig_shown(&r, "l", "promised"), 0.0f);
    cr_assert(r.sound[0][99] == 2 * rig_in(&r, 0, 100, 99));
    rig_end(&r);
}

Test(chain, others_are_called_with_any_length_beside_one_that_was_promised_one)
{
    static struct rig r;
    rig_begin(&r, 1, WEIR_BLOCKS_FIXED);
    rig_add(&r, "f", "needs-fixed-blocks");
    rig_add(&r, "g", "gain");
    rig_add(&r, "s", "smooth");
    set(&r, "g", "gain", 3.0f);
    rig_run(&r, 2 * FADE);
    // Its value moves by steps of 64 frames as ever.
    set(&r, "s", "gain", 2.0f);
    rig_block(&r, 128);
    const float gain = r.sound[0][100] / rig_in(&r, 0, 128, 100);
    cr_assert_gt(gain, 3.0f);
    cr_assert_lt(gain, 6.0f);
    cr_assert_neq(gain, r.sound[0][0] / rig_in(&r, 0, 128, 0));
    cr_assert(weir_chain_bypass(r.chain, "f", true, &r.why));
    rig_run(&r, 2 * FADE);
    rig_block(&r, 100);
    for (uint32_t f = 0; f < 100; f++)
        cr_assert(r.sound[0][f] == 6 * rig_in(&r, 0, 100, f));
    rig_end(&r);
}

static void
set_inside_a_block(unsigned promises, const char *name, uint32_t from)
{
    static struct rig r;
    rig_begin(&r, 1, promises);
    rig_add(&r, "s", name);
    const struct weir_slot *s = weir_chain_find(r.chain, "s");
    weir_chain_set_at(r.chain, s->number, 2, 2.0f, 50);
    weir_chain_set_at(r.chain, s->number, 2, 3.0f, 128 + 20);
    rig_block(&r, 128);
    for (uint32_t f = 0; f < 128; f++)
        cr_assert(r.sound[0][f] == (f < from ? 1 : 2) * rig_in(&r, 0, 128, f));
    rig_block(&r, 128);
    for (uint32_t f = 0; f < 128; f++)
        cr_assert(r.sound[0][f] ==
                  (f < 20 && from > 0 ? 2 : 3) * rig_in(&r, 0, 128, f));
    rig_end(&r);
}

Test(chain, a_value_is_set_at_its_frame_or_for_a_whole_block)
{
    set_inside_a_block(0, "gain", 50);
    set_inside_a_block(WEIR_BLOCKS_FIXED, "needs-fixed-blocks", 0);
}

Test(chain, out_of_range_and_unknown_names_are_refused)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "g", "gain");
    cr_assert_not(weir_chain_set(r.chain, "g", "gain", 4.1f, &r.why));
    cr_assert_str_eq(r.why.text, "gain of g lies in 0..4");
    cr_assert_not(weir_chain_set(r.chain, "g", "gain", NAN, &r.why));
    cr_assert_not(weir_chain_set(r.chain, "g", "in", 0.0f, &r.why));
    cr_assert_not(weir_chain_set(r.chain, "g", "nothing", 0.0f, &r.why));
    cr_assert_not(weir_chain_set(r.chain, "h", "gain", 0.0f, &r.why));
    cr_assert_not(
        weir_chain_add(r.chain, "g", "urn:weir:test:gain", 0, &r.why));
    cr_assert_str_eq(r.why.text, "g is here already");
    cr_assert_not(
        weir_chain_add(r.chain, "h", "urn:weir:test:wrong-library", 0, &r.why));
    rig_end(&r);
}

Test(chain, there_is_room_for_16)
{
    static struct rig r;
    char id[8];
    rig_begin(&r, 1, 0);
    for (uint32_t i = 0; i < WEIR_MAX_SLOTS; i++) {
        snprintf(id, sizeof id, "g%u", i);
        rig_add(&r, id, "gain");
    }
    cr_assert_not(
        weir_chain_add(r.chain, "more", "urn:weir:test:gain", 0, &r.why));
    rig_end(&r);
}

Test(chain, a_trigger_is_seen_in_one_block)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "k", "kinds");
    cr_assert_eq(rig_shown(&r, "k", "triggered"), 0.0f);
    set(&r, "k", "trigger", 1.0f);
    rig_run(&r, 1024);
    cr_assert_eq(rig_shown(&r, "k", "triggered"), 1.0f);
    cr_assert_eq(rig_shown(&r, "k", "trigger"), 0.0f);
    rig_end(&r);
}

Test(chain, a_cv_input_has_the_value_that_is_set)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "c", "cv");
    rig_block(&r, 64);
    cr_assert(r.sound[0][7] == 0.5f * rig_in(&r, 0, 64, 7));
    set(&r, "c", "factor", -0.25f);
    rig_run(&r, 512);
    rig_block(&r, 64);
    cr_assert(r.sound[0][7] == -0.25f * rig_in(&r, 0, 64, 7));
    rig_end(&r);
}

Test(chain, time_is_told_once)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "t", "time");
    rig_run(&r, 1024);
    cr_assert_eq(rig_shown(&r, "t", "events"), 1.0f);
    cr_assert_eq(rig_shown(&r, "t", "bpm"), 120.0f);
    rig_end(&r);
}

Test(chain, nonsense_is_silenced_at_once_and_the_plugin_starts_again)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "t", "trouble");
    set(&r, "t", "gain", 3.0f);
    rig_block(&r, 128);
    const float last = r.sound[0][127];
    set(&r, "t", "deed", WEIR_DEED_NAN);
    rig_block(&r, 480);
    // The step down to the input is let down over 5 ms.
    const float step = last - rig_in(&r, 0, 480, 0);
    for (uint32_t f = 0; f < 480; f++) {
        const float left = f < FADE ? 1 - (float)f / FADE : 0.0f;
        cr_assert_float_eq(r.sound[0][f], rig_in(&r, 0, 480, f) + step * left,
                           1e-5f);
    }
    cr_assert_eq(weir_chain_faults(r.chain), 1);
    weir_chain_service(r.chain);
    cr_assert_eq(weir_chain_state(weir_chain_find(r.chain, "t")),
                 WEIR_SLOT_RUNNING);
    rig_run(&r, 512);
    rig_block(&r, 64);
    cr_assert(r.sound[0][9] == 3 * rig_in(&r, 0, 64, 9));
    rig_end(&r);
}

Test(chain, a_plugin_that_gives_nonsense_again_and_again_is_given_up)
{
    static struct rig r;
    rig_begin(&r, 1, 0);
    rig_add(&r, "t", "trouble");
    for (uint32_t i = 1; i <= WEIR_SLOT_RESTARTS + 1; i++) {
        cr_assert_eq(weir_chain_state(weir_chain_find(r.chain, "t")),
                     WEIR_SLOT_RUNNING);
        set(&r, "t", "deed", WEIR_DEED_NAN);
        rig_run(&r, 1024);
        cr_assert_eq(weir_chain_faults(r.chain), i);
        weir_chain_service(r.chain);
        rig_run(&r, 1024);
    }
    cr_assert_eq(weir_chain_state(weir_chain_find(r.chain, "t")),
                 WEIR_SLOT_FAILED);
    rig_block(&r, 64);
    cr_assert(r.sound[0][9] == rig_in(&r, 0, 64, 9));
    rig_end(&r);
}

#if defined(__x86_64__)
Test(chain, a_plugin_cannot_change_how_others_calculate)
{
    static struct rig r;
    weir_denormals_off();
    const unsigned before = _mm_getcsr() & ~0x3fu;
    rig_begin(&r, 1, 0);
    rig_add(&r, "t", "trouble");
    cr_assert_eq(rig_shown(&r, "t", "flushes"), 1.0f);
    set(&r, "t", "deed", WEIR_DEED_MXCSR);
    rig_block(&r, 64);
    cr_assert_eq(_mm_getcsr() & ~0x3fu, before);
    rig_block(&r, 64);
    cr_assert_eq(rig_shown(&r, "t", "flushes"), 1.0f);
    rig_end(&r);
}
#endif

Test(chain, changes_before_the_first_block_and_at_the_end_leave_nothing)
{
    static struct rig r;
    rig_begin(&r, 2, 0);
    cr_assert(weir_chain_add(r.chain, "a", "urn:weir:test:gain", 0, &r.why));
    cr_assert(weir_chain_add(r.chain, "b", "urn:weir:test:patch", 0, &r.why));
    cr_assert(weir_chain_remove(r.chain, "a", &r.why));
    rig_end(&r); // the address sanitizer counts
}

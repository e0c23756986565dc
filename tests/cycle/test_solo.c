// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Solo is in place, and on main only. Each strip plays a level that is one
// bit of the sum, so the sum says who is heard.
#include "cycle/rig.h"

#include <criterion/criterion.h>

enum { A = 1, B = 2, C = 4 };

struct trio {
    struct rig *r;
    struct rig_strip *a;
    struct rig_strip *b;
    struct rig_strip *c;
};

static struct rig_strip *
add_voice(struct rig *r, int bit)
{
    struct rig_strip *s = rig_add_strip(r, 2);
    s->feed = RIG_FEED_LEVEL;
    s->level = (float)bit / 16.0f;
    return s;
}

static struct trio
new_trio(void)
{
    struct trio t = {.r = rig_new(NULL)};
    t.a = add_voice(t.r, A);
    t.b = add_voice(t.r, B);
    t.c = add_voice(t.r, C);
    return t;
}

// Who is in a bus, after the ramps.
static int
heard(struct rig *r, const struct rig_bus *b)
{
    float got[2];
    rig_run(r, 512, 64);
    cr_assert(rig_read(b->tap, r->engine->position - 1, got, 1));
    cr_assert_eq(got[0], got[1]);
    return (int)(got[0] * 16.0f);
}

static void
set(const struct trio *t, struct rig_strip *s, enum weir_strip_param param,
    bool on)
{
    rig_set(t->r, s, param, on ? 1.0f : 0.0f);
}

Test(solo, only_soloed_strips_are_heard_until_the_last_solo_is_taken_back)
{
    struct trio t = new_trio();
    cr_assert_eq(heard(t.r, t.r->main), A + B + C);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A);
    set(&t, t.c, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A + C);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, false);
    cr_assert_eq(heard(t.r, t.r->main), C);
    set(&t, t.c, WEIR_STRIP_PARAM_SOLO, false);
    cr_assert_eq(heard(t.r, t.r->main), A + B + C);
    rig_free(t.r);
}

Test(solo, a_safe_strip_is_heard_beside_a_soloed_one)
{
    struct trio t = new_trio();
    set(&t, t.b, WEIR_STRIP_PARAM_SOLO_SAFE, true);
    cr_assert_eq(heard(t.r, t.r->main), A + B + C);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A + B);
    set(&t, t.b, WEIR_STRIP_PARAM_SOLO_SAFE, false);
    cr_assert_eq(heard(t.r, t.r->main), A);
    rig_free(t.r);
}

Test(solo, setting_it_twice_counts_once)
{
    struct trio t = new_trio();
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, false);
    cr_assert_eq(heard(t.r, t.r->main), A + B + C);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, false);
    set(&t, t.b, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), B);
    rig_free(t.r);
}

Test(solo, sends_are_not_affected_whether_pre_or_post)
{
    struct trio t = new_trio();
    struct rig_bus *post = rig_add_bus(t.r, 1, 2);
    struct rig_bus *pre = rig_add_bus(t.r, 2, 2);
    rig_set_send(t.r, t.b, pre, WEIR_SEND_PARAM_PRE, 1.0f);
    rig_set_send(t.r, t.b, pre, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(t.r, t.b, pre, WEIR_SEND_PARAM_ON, 1.0f);
    rig_set_send(t.r, t.b, post, WEIR_SEND_PARAM_LEVEL, 1.0f);
    rig_set_send(t.r, t.b, post, WEIR_SEND_PARAM_ON, 1.0f);
    rig_run(t.r, 512, 64);
    const uint64_t from = t.r->engine->position;
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A);
    float got[2];
    for (uint64_t p = from; p < t.r->engine->position; p++) {
        cr_assert(rig_read(pre->tap, p, got, 1) && got[0] == B / 16.0f);
        cr_assert(rig_read(post->tap, p, got, 1) && got[0] == B / 16.0f);
    }
    rig_free(t.r);
}

Test(solo, a_muted_soloed_strip_is_silent_and_so_are_the_others)
{
    struct trio t = new_trio();
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    set(&t, t.a, WEIR_STRIP_PARAM_MUTE, true);
    cr_assert_eq(heard(t.r, t.r->main), 0);
    set(&t, t.a, WEIR_STRIP_PARAM_MUTE, false);
    cr_assert_eq(heard(t.r, t.r->main), A);
    rig_free(t.r);
}

Test(solo, a_soloed_strip_that_does_not_go_to_main_stays_away_from_it)
{
    struct trio t = new_trio();
    set(&t, t.a, WEIR_STRIP_PARAM_MAIN, false);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), 0);
    rig_free(t.r);
}

Test(solo, when_the_soloed_strip_is_removed_the_others_come_back)
{
    struct trio t = new_trio();
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A);
    const uint32_t request = rig_remove_strip(t.r, t.a);
    cr_assert_eq(heard(t.r, t.r->main), B + C);
    cr_assert(rig_answer(t.r, request, NULL));
    rig_drop_strip(t.r, t.a, 64);
    cr_assert_eq(heard(t.r, t.r->main), B + C);
    set(&t, t.c, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), C);
    rig_free(t.r);
}

Test(solo, removing_another_strip_leaves_the_solo_alone)
{
    struct trio t = new_trio();
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    rig_remove_strip(t.r, t.b);
    cr_assert_eq(heard(t.r, t.r->main), A);
    rig_drop_strip(t.r, t.b, 64);
    cr_assert_eq(heard(t.r, t.r->main), A);
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, false);
    cr_assert_eq(heard(t.r, t.r->main), A + C);
    rig_free(t.r);
}

Test(solo, a_strip_that_is_added_while_another_is_soloed_is_never_heard)
{
    struct trio t = new_trio();
    set(&t, t.a, WEIR_STRIP_PARAM_SOLO, true);
    rig_run(t.r, 512, 64);
    const uint64_t from = t.r->engine->position;
    struct rig_strip *late = add_voice(t.r, 8);
    float got[2];
    rig_run(t.r, 512, 64);
    for (uint64_t p = from; p < t.r->engine->position; p++)
        cr_assert(rig_read(t.r->main->tap, p, got, 1) && got[0] == A / 16.0f);
    set(&t, late, WEIR_STRIP_PARAM_SOLO, true);
    cr_assert_eq(heard(t.r, t.r->main), A + 8);
    rig_free(t.r);
}

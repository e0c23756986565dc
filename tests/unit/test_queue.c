// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The queue of records: groups go in whole, and come out in order. With two
// threads and two processes: tests/stress/queue.c.
#include "rt/queue.h"

#include <criterion/criterion.h>

struct record {
    uint64_t group;
    uint32_t index; // in its group
    uint32_t of;
    uint64_t check;
};

static uint64_t
check_of(const struct record *r)
{
    return (r->group * 31 + r->index) * UINT64_C(0x9e3779b97f4a7c15) + r->of;
}

static void
make_group(struct record *records, uint64_t group, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        records[i] = (struct record){.group = group, .index = i, .of = n};
        records[i].check = check_of(&records[i]);
    }
}

Test(queue, a_new_queue_is_empty_and_has_all_its_room)
{
    struct weir_queue *q = weir_queue_new(sizeof(uint32_t), 8);
    uint32_t got = 77;
    cr_assert_eq(weir_queue_room(q), 8);
    cr_assert_not(weir_queue_pop(q, &got));
    cr_assert_eq(got, 77);
    weir_queue_free(q);
}

Test(queue, a_full_queue_takes_nothing_and_keeps_its_records)
{
    struct weir_queue *q = weir_queue_new(sizeof(uint32_t), 4);
    const uint32_t records[5] = {10, 11, 12, 13, 14};
    uint32_t got;
    cr_assert(weir_queue_push(q, records, 4));
    cr_assert_eq(weir_queue_room(q), 0);
    cr_assert_not(weir_queue_push(q, records, 1));
    for (uint32_t i = 0; i < 4; i++)
        cr_assert(weir_queue_pop(q, &got) && got == 10 + i);
    cr_assert_not(weir_queue_pop(q, &got));
    weir_queue_free(q);
}

Test(queue, a_group_that_does_not_fit_is_refused_whole)
{
    struct weir_queue *q = weir_queue_new(sizeof(uint32_t), 4);
    const uint32_t records[5] = {10, 11, 12, 13, 14};
    uint32_t got;
    cr_assert_not(weir_queue_push(q, records, 5));
    cr_assert(weir_queue_push(q, records, 2));
    cr_assert_not(weir_queue_push(q, records, 3));
    cr_assert_eq(weir_queue_room(q), 2);
    cr_assert(weir_queue_push(q, records + 2, 2));
    for (uint32_t i = 0; i < 4; i++)
        cr_assert(weir_queue_pop(q, &got) && got == 10 + i);
    weir_queue_free(q);
}

Test(queue, room_comes_back_as_records_are_taken)
{
    struct weir_queue *q = weir_queue_new(sizeof(uint32_t), 2);
    uint32_t got;
    for (uint32_t i = 0; i < 1000; i++) {
        cr_assert(weir_queue_push(q, &(uint32_t[2]){i, ~i}, 2));
        cr_assert(weir_queue_pop(q, &got) && got == i);
        cr_assert_eq(weir_queue_room(q), 1);
        cr_assert(weir_queue_pop(q, &got) && got == ~i);
        cr_assert_eq(weir_queue_room(q), 2);
    }
    weir_queue_free(q);
}

Test(queue, groups_of_any_size_go_round_the_end_whole)
{
    struct weir_queue *q = weir_queue_new(sizeof(struct record), 16);
    struct record out;
    for (uint64_t group = 0; group < 5000; group++) {
        struct record in[16];
        const uint32_t n = 1 + (uint32_t)(group * 7 % 16);
        make_group(in, group, n);
        cr_assert(weir_queue_push(q, in, n));
        for (uint32_t i = 0; i < n; i++) {
            cr_assert(weir_queue_pop(q, &out));
            cr_assert(out.group == group && out.index == i && out.of == n);
            cr_assert_eq(out.check, check_of(&out));
        }
    }
    weir_queue_free(q);
}

Test(queue, its_indices_may_wrap)
{
    struct weir_queue *q = weir_queue_new(sizeof(uint32_t), 4);
    uint32_t got;
    // As after 2^32 - 3 records.
    atomic_store(&q->head, UINT32_MAX - 2);
    atomic_store(&q->tail, UINT32_MAX - 2);
    q->tail_seen = q->head_seen = UINT32_MAX - 2;
    for (uint32_t i = 0; i < 20; i++) {
        cr_assert(weir_queue_push(q, &(uint32_t[3]){i, i + 1, i + 2}, 3));
        cr_assert_not(weir_queue_push(q, &(uint32_t[2]){0, 0}, 2));
        for (uint32_t k = 0; k < 3; k++)
            cr_assert(weir_queue_pop(q, &got) && got == i + k);
        cr_assert_not(weir_queue_pop(q, &got));
    }
    weir_queue_free(q);
}

Test(queue, null_can_be_freed)
{
    weir_queue_free(NULL);
}

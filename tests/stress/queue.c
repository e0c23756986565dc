// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A queue between two threads or two processes:
//     stress_queue threads|processes
// Groups of every length come out whole, in order, and nothing is lost,
// although the queue is full again and again.
#include "stress/stress.h"

#include "rt/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 1024, LARGEST = 13, N_RECORDS = 10000000 };

struct record {
    uint64_t group;
    uint32_t index; // in its group
    uint32_t of;
    uint64_t check;
};

static struct {
    struct weir_queue queue;
    struct record records[SIZE];
    struct stress_end ends[2];
} * s;

static STRESS_PRIVATE uint64_t
check_of(const struct record *r)
{
    return (r->group * 31 + r->index) * UINT64_C(0x9e3779b97f4a7c15) + r->of;
}

static STRESS_PRIVATE void
make_group(struct record *records, uint64_t group, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        records[i] = (struct record){.group = group, .index = i, .of = n};
        records[i].check = check_of(&records[i]);
    }
}

static STRESS_PRIVATE bool
is_right(const struct record *r, uint64_t group, uint32_t index, uint32_t of)
{
    return r->group == group && r->index == index && r->of == of &&
           r->check == check_of(r);
}

static void
push_all(struct stress_end *me)
{
    struct record group[LARGEST];
    uint64_t number = 0;
    for (uint64_t sent = 0; sent < N_RECORDS; number++) {
        const uint32_t n = 1 + (uint32_t)(number * 5 % LARGEST);
        make_group(group, number, n);
        while (!weir_queue_push(&s->queue, group, n))
            stress_breathe();
        sent += n;
        stress_tell(me, sent);
    }
}

static void
pop_group(uint64_t group, uint64_t *n_got)
{
    struct record r;
    while (!weir_queue_pop(&s->queue, &r))
        stress_breathe();
    const uint32_t n = r.of;
    for (uint32_t i = 0; i < n || i == 0; i++) {
        // Behind a group's first record is all the rest of it.
        if (i > 0 && !weir_queue_pop(&s->queue, &r))
            stress_fail("group %" PRIu64 " ends after %u of %u", group, i, n);
        if (!is_right(&r, group, i, n))
            stress_fail("group %" PRIu64 ": record %u of %u is wrong", group, i,
                        n);
    }
    *n_got += n;
}

static void
pop_all(struct stress_end *me)
{
    uint64_t n_got = 0;
    struct record none;
    for (uint64_t group = 0; n_got < N_RECORDS; group++) {
        pop_group(group, &n_got);
        stress_tell(me, n_got);
    }
    if (weir_queue_pop(&s->queue, &none))
        stress_fail("more came than was sent");
    printf("%" PRIu64 " records arrived\n", n_got);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    s = stress_share(sizeof *s);
    weir_queue_init(&s->queue, s->records, sizeof *s->records, SIZE);
    s->ends[0].name = "writer";
    s->ends[0].run = push_all;
    s->ends[1].name = "reader";
    s->ends[1].run = pop_all;
    stress_run(strcmp(argv[1], "threads") == 0 ? STRESS_THREADS
                                               : STRESS_PROCESSES,
               s->ends, 2, NULL);
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Requests for JACK's graph while JACK hangs, is lost, and comes back too
// late. The graph is the test's: it answers when it is let.
#include "common/loop.h"
#include "jack/graph.h"
#include "jack/patching.h"
#include "jack/worker.h"
#include "oscctl/patchbay.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 512 };

static struct weir_loop *loop;
static struct weir_worker *worker;
static struct weir_patching *patching;
static struct weir_patchbay *bay;
static sem_t let; // one post for each call of the worker's

// What was answered.
static unsigned n_done;
static unsigned n_faults[10]; // by code
static char last_text[200];

// ------------------------------------------------------------- the graph

static void
hang(void)
{
    while (sem_wait(&let))
        ;
}

void
weir_graph_connect(jack_client_t *client, const char *from, const char *to,
                   struct weir_fault *fault)
{
    (void)client;
    hang();
    if (strcmp(from, to) == 0)
        weir_fault(fault, WEIR_FAULT_FAILED, "the same");
}

void
weir_graph_disconnect(jack_client_t *client, const char *from, const char *to,
                      struct weir_fault *fault)
{
    (void)client;
    hang();
    weir_fault(fault, WEIR_FAULT_NO_OBJECT, "%s-%s", from, to);
}

bool
weir_graph_list(jack_client_t *client, enum weir_patch_kind kind,
                struct weir_patch_list *out)
{
    (void)client;
    hang();
    out->n_rows = kind == WEIR_PATCH_PORTS ? 3 : 2;
    return true;
}

void
weir_graph_free_list(struct weir_patch_list *list)
{
    list->n_rows = 0;
}

// ---------------------------------------------------------------- answers

static void
note(void *owner, const struct weir_fault *fault)
{
    (void)owner;
    n_done++;
    n_faults[fault ? fault->code : 0]++;
    snprintf(last_text, sizeof last_text, "%s", fault ? fault->text : "");
}

static void
note_seen(void *owner, const struct weir_patch_list *list,
          const struct weir_fault *fault)
{
    if (!fault)
        *(uint32_t *)owner = list->n_rows;
    note(NULL, fault);
}

static const struct weir_ticket ticket = {.fn = note};

static void
ask(void)
{
    bay->change(bay, WEIR_PATCH_CONNECT, "a:b", "c:d", ticket);
}

static void
answer(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        sem_post(&let);
}

// A minute, at most; criterion's process is ended before.
static void
await(unsigned n)
{
    for (int i = 0; i < 600 && n_done < n; i++)
        weir_loop_turn(loop, 100);
    cr_assert_eq(n_done, n);
}

static void
set_up(void)
{
    sem_init(&let, 0, 0);
    loop = weir_loop_new();
    worker = weir_worker_start(loop);
    patching = weir_patching_new(NULL, worker);
    bay = weir_patching_base(patching);
}

static void
tear_down(void)
{
    answer(2 * MOST);
    cr_assert(weir_worker_stop(worker, 60000));
    weir_patching_free(patching);
    weir_loop_free(loop);
    sem_destroy(&let);
}

TestSuite(patching, .init = set_up, .fini = tear_down);

// ------------------------------------------------------------------ tests

Test(patching, answers_come_as_the_graph_gives_them)
{
    uint32_t n_rows = 0;
    ask();
    cr_expect_eq(n_done, 0);
    bay->change(bay, WEIR_PATCH_CONNECT, "a:b", "a:b", ticket);
    bay->change(bay, WEIR_PATCH_DISCONNECT, "from", "to", ticket);
    answer(3);
    await(3);
    cr_expect_eq(n_faults[0], 1);
    cr_expect_eq(n_faults[WEIR_FAULT_FAILED], 1);
    cr_expect_eq(n_faults[WEIR_FAULT_NO_OBJECT], 1);
    cr_expect_str_eq(last_text, "from-to");
    bay->look(bay, WEIR_PATCH_CONNECTIONS, note_seen, &n_rows);
    answer(1);
    await(4);
    cr_expect_eq(n_rows, 2);
}

Test(patching, no_more_than_512_wait)
{
    uint32_t n_rows = 0;
    for (int i = 0; i < MOST; i++)
        ask();
    cr_expect_eq(n_done, 0);
    ask();
    bay->look(bay, WEIR_PATCH_PORTS, note_seen, &n_rows);
    cr_expect_eq(n_done, 2);
    cr_expect_eq(n_faults[WEIR_FAULT_LIMIT], 2);
    answer(1);
    await(3);
    ask(); // there is room again
    cr_expect_eq(n_done, 3);
    answer(MOST);
    await(MOST + 3);
    cr_expect_eq(n_faults[0], MOST + 1);
}

Test(patching, what_waits_when_jack_is_lost_is_refused_at_once_and_once)
{
    uint32_t n_rows = 0;
    ask();
    bay->look(bay, WEIR_PATCH_PORTS, note_seen, &n_rows);
    weir_patching_give_up(patching, "JACK is gone");
    cr_expect_eq(n_done, 2);
    cr_expect_eq(n_faults[WEIR_FAULT_NOT_NOW], 2);
    ask();
    bay->look(bay, WEIR_PATCH_PORTS, note_seen, &n_rows);
    cr_expect_eq(n_faults[WEIR_FAULT_NOT_NOW], 4);
    cr_expect_str_eq(last_text, "JACK is gone");
    // The worker comes back: that is for nobody.
    answer(2);
    cr_assert(weir_worker_settle(worker, 60000));
    cr_expect_eq(n_done, 4);
    cr_expect_eq(n_rows, 0);
}

Test(patching, a_worker_that_is_stopped_tells_nobody)
{
    ask();
    answer(2 * MOST);
    cr_assert(weir_worker_stop(worker, 60000));
    cr_expect_eq(n_done, 0);
    worker = weir_worker_start(loop); // for tear_down()
}

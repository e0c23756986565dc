// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The callback's other side: what @control prepares, publishes and ends.
#include "rt/process.h"

#include "rt/clock.h"
#include "rt/futex.h"

#include <stdlib.h>
#include <string.h>

enum { CLOSE_SLICE_NS = 10000000 };

struct weir_table *
weir_table_new(uint32_t n_inputs, uint32_t n_outputs)
{
    struct weir_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->inputs = calloc(n_inputs + 1, sizeof *t->inputs);
    t->outputs = calloc(n_outputs + 1, sizeof *t->outputs);
    if (!t->inputs || !t->outputs) {
        weir_table_free(t);
        return NULL;
    }
    return t;
}

void
weir_table_free(struct weir_table *t)
{
    if (!t)
        return;
    free(t->inputs);
    free(t->outputs);
    free(t);
}

void
weir_process_init(struct weir_process *p, weir_get_buffer *get_buffer,
                  struct weir_inputs *inputs, _Atomic uint32_t *doorbell,
                  uint32_t latency_blocks)
{
    memset(p, 0, sizeof *p);
    p->get_buffer = get_buffer;
    p->inputs = inputs;
    p->doorbell = doorbell;
    p->latency_blocks = latency_blocks;
}

struct weir_table *
weir_process_set_table(struct weir_process *p, struct weir_table *table)
{
    // release: pairs with the acquire in run_cycle(); hands over the table. No
    // acquire: the one that comes back was written by this thread.
    return atomic_exchange_explicit(&p->table, table, memory_order_release);
}

bool
weir_process_close(struct weir_process *p, uint64_t timeout_ns)
{
    // seq_cst, like the load after it: see weir_process_run().
    atomic_store_explicit(&p->closing, 1, memory_order_seq_cst);
    const uint64_t end_ns = weir_now_ns() + timeout_ns;
    for (;;) {
        // seq_cst: see above; also the acquire that pairs with the release at
        // the end of weir_process_run().
        const uint32_t inside =
            atomic_load_explicit(&p->inside, memory_order_seq_cst);
        if (!(inside & 1))
            return true;
        if (weir_now_ns() >= end_ns)
            return false;
        weir_futex_wait(&p->inside, inside, CLOSE_SLICE_NS, WEIR_FUTEX_PRIVATE);
    }
}

void
weir_process_new_clock(struct weir_process *p)
{
    p->running = false;
}

void
weir_process_reopen(struct weir_process *p)
{
    // release: pairs with the load in weir_process_run() of a call that comes
    // after this; it finds what was changed while none could.
    atomic_store_explicit(&p->closing, 0, memory_order_release);
}

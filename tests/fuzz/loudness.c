// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// In the place of observe/loudness.c: no thread, nothing measured; what is
// asked is answered at the loop's next turn, in its order.
#include "observe/loudness.h"

#include "common/loop.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_WAITING = 256 };

struct weir_loudness {
    struct weir_loop *loop;
    struct weir_watch watch;
    struct weir_ticket waiting[MAX_WAITING];
    unsigned n_waiting;
};

// What a ticket's end asks anew waits for the next turn.
static void
settle_all(struct weir_loudness *l)
{
    struct weir_ticket now[MAX_WAITING];
    const unsigned n = l->n_waiting;
    for (unsigned i = 0; i < n; i++)
        now[i] = l->waiting[i];
    l->n_waiting = 0;
    for (unsigned i = 0; i < n; i++)
        weir_ticket_settle(now[i], NULL);
}

static void
answer(void *owner)
{
    struct weir_loudness *l = owner;
    weir_loop_drain(l->watch.fd);
    settle_all(l);
}

static void
await(struct weir_loudness *l, struct weir_ticket ticket)
{
    const uint64_t one = 1;
    struct weir_fault fault;
    if (l->n_waiting == MAX_WAITING) {
        weir_fault(&fault, WEIR_FAULT_LIMIT, "too many questions at once");
        weir_ticket_settle(ticket, &fault);
        return;
    }
    l->waiting[l->n_waiting++] = ticket;
    if (write(l->watch.fd, &one, sizeof one) < 0)
        abort();
}

struct weir_loudness *
weir_loudness_start(struct weir_loop *loop, unsigned rate_hz)
{
    struct weir_loudness *l = calloc(1, sizeof *l);
    const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void)rate_hz;
    if (!l || fd < 0)
        abort();
    l->loop = loop;
    weir_loop_watch(loop, &l->watch, fd, answer, l);
    return l;
}

void
weir_loudness_observe(struct weir_loudness *l, struct weir_desk_bus *bus,
                      struct weir_ticket ready)
{
    (void)bus;
    await(l, ready);
}

void
weir_loudness_reset(struct weir_loudness *l, struct weir_desk_bus *bus,
                    struct weir_ticket done)
{
    (void)bus;
    await(l, done);
}

void
weir_loudness_leave(struct weir_loudness *l, struct weir_desk_bus *bus,
                    struct weir_ticket gone)
{
    (void)bus;
    await(l, gone);
}

bool
weir_loudness_is_awaited(const struct weir_loudness *l)
{
    return l->n_waiting > 0;
}

void
weir_loudness_stop(struct weir_loudness *l)
{
    const int fd = l->watch.fd;
    weir_loop_ignore(l->loop, &l->watch);
    close(fd);
    settle_all(l);
    free(l);
}

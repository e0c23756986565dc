// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What waits to be sent on a stream: order, bound, memory.
#include "oscctl/backlog.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct pipe {
    int fds[2]; // from, to
    struct weir_backlog backlog;
    uint32_t n_put; // numbers that went in
    uint32_t n_got;
};

static struct pipe
open_pipe(void)
{
    struct pipe p = {.n_put = 0};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, p.fds), 0);
    return p;
}

static void
close_pipe(struct pipe *p)
{
    close(p->fds[0]);
    close(p->fds[1]);
    weir_backlog_clear(&p->backlog);
}

// `n` more numbers; false when there is no room.
static bool
put(struct pipe *p, uint32_t n)
{
    unsigned char *at = weir_backlog_reserve(&p->backlog, 4 * n);
    if (!at)
        return false;
    for (uint32_t i = 0; i < n; i++, p->n_put++)
        memcpy(at + 4 * i, &p->n_put, 4);
    weir_backlog_add(&p->backlog, 4 * n);
    return true;
}

// The other side reads at most `n` numbers, and finds them in their order.
static void
get(struct pipe *p, uint32_t n)
{
    uint32_t numbers[1024];
    n = n < 1024 ? n : 1024;
    const ssize_t got =
        recv(p->fds[1], numbers, 4 * n, MSG_DONTWAIT | MSG_WAITALL);
    for (ssize_t i = 0; i < got / 4; i++)
        cr_assert_eq(numbers[i], p->n_got++);
    cr_assert(got <= 0 || got % 4 == 0);
}

Test(osc_backlog, bytes_arrive_in_their_order_however_they_are_taken)
{
    struct pipe p = open_pipe();
    srand(1);
    for (unsigned k = 0; k < 20000; k++) {
        const bool grows = k / 2000 % 2 == 0;
        put(&p, 1 + (uint32_t)rand() % (grows ? 900 : 50));
        cr_assert(weir_backlog_send(&p.backlog, p.fds[0]) >= 0);
        get(&p, (uint32_t)rand() % (grows ? 500 : 1024));
    }
    while (p.n_got < p.n_put) {
        cr_assert(weir_backlog_send(&p.backlog, p.fds[0]) >= 0);
        get(&p, 1024);
    }
    cr_assert_eq(weir_backlog_length(&p.backlog), 0);
    close_pipe(&p);
}

Test(osc_backlog, it_holds_a_megabyte_and_not_a_byte_more)
{
    struct pipe p = open_pipe();
    for (unsigned i = 0; i < WEIR_BACKLOG_MAX / 4096; i++)
        cr_assert(put(&p, 1024));
    cr_assert_eq(weir_backlog_length(&p.backlog), WEIR_BACKLOG_MAX);
    cr_assert_null(weir_backlog_reserve(&p.backlog, 1));
    cr_assert_null(weir_backlog_reserve(&p.backlog, SIZE_MAX / 4));
    const ssize_t n_sent = weir_backlog_send(&p.backlog, p.fds[0]);
    cr_assert(n_sent > 0);
    cr_assert_not_null(weir_backlog_reserve(&p.backlog, (size_t)n_sent));
    cr_assert_null(weir_backlog_reserve(&p.backlog, (size_t)n_sent + 1));
    close_pipe(&p);
}

Test(osc_backlog, memory_stays_within_twice_what_may_wait)
{
    struct pipe p = open_pipe();
    for (unsigned k = 0; k < 5000; k++) {
        put(&p, 700);
        cr_assert(weir_backlog_send(&p.backlog, p.fds[0]) >= 0);
        get(&p, 1024);
        cr_assert(p.backlog.size <= 2 * WEIR_BACKLOG_MAX);
    }
    while (put(&p, 1024))
        continue;
    cr_assert(p.backlog.size > 65536);
    while (weir_backlog_length(&p.backlog) > 0) {
        weir_backlog_send(&p.backlog, p.fds[0]);
        get(&p, 1024);
    }
    cr_assert(p.backlog.size <= 65536, "%zu bytes for nothing", p.backlog.size);
    close_pipe(&p);
}

Test(osc_backlog, who_is_gone_is_known_and_who_is_slow_is_not_gone)
{
    struct pipe p = open_pipe();
    while (put(&p, 1024))
        continue;
    while (weir_backlog_send(&p.backlog, p.fds[0]) > 0)
        continue;
    cr_assert_eq(weir_backlog_send(&p.backlog, p.fds[0]), 0);
    shutdown(p.fds[1], SHUT_RDWR);
    // No SIGPIPE either: it would end this process.
    cr_assert_eq(weir_backlog_send(&p.backlog, p.fds[0]), -1);
    close_pipe(&p);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The poll loop: what a descriptor is watched for, and who is called.
#include "common/loop.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct end {
    struct weir_loop *loop;
    struct weir_watch watch;
    int fds[2]; // its own, and the other's
    int n_calls;
    struct weir_watch *ignores; // when it is called
    struct weir_watch *pauses;
};

static void
count(void *owner)
{
    struct end *e = owner;
    e->n_calls++;
    if (e->ignores)
        weir_loop_ignore(e->loop, e->ignores);
    if (e->pauses)
        weir_loop_want(e->loop, e->pauses, 0);
}

static struct end *
watched(struct weir_loop *loop)
{
    struct end *e = calloc(1, sizeof *e);
    e->loop = loop;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, e->fds), 0);
    cr_assert(weir_loop_watch(loop, &e->watch, e->fds[0], count, e));
    return e;
}

static void
end(struct end *e)
{
    weir_loop_ignore(e->loop, &e->watch);
    close(e->fds[0]);
    close(e->fds[1]);
    free(e);
}

static void
give_byte(const struct end *e)
{
    cr_assert_eq(write(e->fds[1], "x", 1), 1);
}

Test(loop, who_watches_for_reading_is_called_when_something_came)
{
    struct weir_loop *loop = weir_loop_new();
    struct end *e = watched(loop);
    cr_assert_eq(weir_loop_turn(loop, 0), 0);
    give_byte(e);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(e->n_calls, 1);
    cr_assert_eq(e->watch.seen, WEIR_LOOP_READ);
    end(e);
    weir_loop_free(loop);
}

Test(loop, who_watches_for_room_is_called_while_there_is_some)
{
    struct weir_loop *loop = weir_loop_new();
    struct end *e = watched(loop);
    char block[4096] = "";
    weir_loop_want(loop, &e->watch, WEIR_LOOP_READ | WEIR_LOOP_WRITE);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(e->watch.seen, WEIR_LOOP_WRITE);
    while (send(e->fds[0], block, sizeof block, MSG_DONTWAIT) > 0)
        continue;
    cr_assert_eq(weir_loop_turn(loop, 0), 0);
    give_byte(e);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(e->watch.seen, WEIR_LOOP_READ);
    end(e);
    weir_loop_free(loop);
}

Test(loop, who_looks_away_hears_nothing_and_then_all_of_it)
{
    struct weir_loop *loop = weir_loop_new();
    struct end *e = watched(loop);
    weir_loop_want(loop, &e->watch, 0);
    give_byte(e);
    shutdown(e->fds[1], SHUT_RDWR);
    shutdown(e->fds[0], SHUT_RDWR);
    cr_assert_eq(weir_loop_turn(loop, 0), 0);
    weir_loop_want(loop, &e->watch, WEIR_LOOP_READ);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(e->watch.seen, WEIR_LOOP_READ | WEIR_LOOP_HANGUP);
    end(e);
    weir_loop_free(loop);
}

Test(loop, a_hangup_is_told_to_who_wants_it_alone)
{
    struct weir_loop *loop = weir_loop_new();
    struct end *e = watched(loop);
    weir_loop_want(loop, &e->watch, WEIR_LOOP_HANGUP);
    give_byte(e);
    cr_assert_eq(weir_loop_turn(loop, 0), 0);
    close(e->fds[1]);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(e->watch.seen, WEIR_LOOP_HANGUP);
    e->fds[1] = dup(0);
    end(e);
    weir_loop_free(loop);
}

Test(loop, who_was_taken_away_in_the_same_turn_is_not_called)
{
    struct weir_loop *loop = weir_loop_new();
    struct end *a = watched(loop);
    struct end *b = watched(loop);
    a->ignores = &b->watch;
    b->ignores = &a->watch;
    give_byte(a);
    give_byte(b);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(a->n_calls + b->n_calls, 1);
    end(a);
    end(b);
    weir_loop_free(loop);
}

Test(loop, who_was_made_to_look_away_in_the_same_turn_is_not_called)
{
    struct weir_loop *loop = weir_loop_new();
    struct end *a = watched(loop);
    struct end *b = watched(loop);
    a->pauses = &b->watch;
    b->pauses = &a->watch;
    give_byte(a);
    give_byte(b);
    cr_assert_eq(weir_loop_turn(loop, 0), 1);
    cr_assert_eq(a->n_calls + b->n_calls, 1);
    end(a);
    end(b);
    weir_loop_free(loop);
}

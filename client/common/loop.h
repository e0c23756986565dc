// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The one poll loop of a thread: descriptors and timers, each with a
// function. Everything here belongs to the thread that runs it (@control).
#ifndef WEIR_COMMON_LOOP_H
#define WEIR_COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct weir_loop;

typedef void weir_loop_fn(void *owner);

/// What to watch for, and what was seen: a sum of these.  A hang-up (or an
/// error) is seen whatever is watched for, unless that is nothing.
enum {
    WEIR_LOOP_READ = 1,
    WEIR_LOOP_WRITE = 2,
    WEIR_LOOP_HANGUP = 4,
};

/// One watched descriptor; embedded in whoever owns it.
struct weir_watch {
    int fd; // -1: not watched
    weir_loop_fn *fn;
    void *owner;
    unsigned wanted; // what is watched for
    unsigned seen;   // what `fn` is called for
};

/// Make a loop; null when the system refuses.  Free with weir_loop_free().
struct weir_loop *weir_loop_new(void);
void weir_loop_free(struct weir_loop *loop);

/// Call `fn(owner)` whenever `fd` can be read (or hangs up).  Borrows
/// `watch`, which must stay where it is until weir_loop_ignore().
bool weir_loop_watch(struct weir_loop *loop, struct weir_watch *watch, int fd,
                     weir_loop_fn *fn, void *owner);

/// Stop watching; the descriptor stays open.  Allowed from within `fn`.
void weir_loop_ignore(struct weir_loop *loop, struct weir_watch *watch);

/// Watch for something else from now on; 0: look away for a while.
void weir_loop_want(struct weir_loop *loop, struct weir_watch *watch,
                    unsigned wanted);

/// A timer: a descriptor that can be read every so often.
/// Starts with weir_timer_set(); `every_ms` 0 stops it.
struct weir_timer {
    struct weir_watch watch;
    weir_loop_fn *fn;
    void *owner;
};
bool weir_timer_open(struct weir_loop *loop, struct weir_timer *timer,
                     weir_loop_fn *fn, void *owner);
void weir_timer_set(struct weir_timer *timer, uint32_t first_ms,
                    uint32_t every_ms);
void weir_timer_close(struct weir_loop *loop, struct weir_timer *timer);

/// Wait for events and serve them, until weir_loop_stop().
void weir_loop_run(struct weir_loop *loop);

/// Serve what is there within `timeout_ms`, once; how many were served.
int weir_loop_turn(struct weir_loop *loop, int timeout_ms);

/// Let weir_loop_run() return after the function that runs now.
void weir_loop_stop(struct weir_loop *loop);

/// Empty an eventfd (or timerfd) that became readable.
void weir_loop_drain(int fd);

#endif

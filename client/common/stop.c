// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// SIGINT and SIGTERM.
#include "common/stop.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t requested;

static void
on_signal(int signal_number)
{
    (void)signal_number;
    requested = 1;
}

void
weir_stop_also(int signal_number)
{
    struct sigaction stop = {.sa_handler = on_signal};
    // No SA_RESTART: who waits must notice.
    stop.sa_flags = (int)SA_RESETHAND;
    sigaction(signal_number, &stop, NULL);
}

void
weir_stop_install(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    weir_stop_also(SIGINT);
    weir_stop_also(SIGTERM);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

bool
weir_stop_requested(void)
{
    return requested != 0;
}

void
weir_stop_wait(int timeout_ms)
{
    weir_stop_wait_for(-1, timeout_ms);
}

void
weir_stop_wait_for(int fd, int timeout_ms)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    weir_stop_poll(&readable, 1, timeout_ms);
}

int
weir_stop_poll(struct pollfd *fds, unsigned n_fds, int timeout_ms)
{
    const struct timespec timeout = {timeout_ms / 1000,
                                     timeout_ms % 1000 * 1000000L};
    sigset_t both;
    sigset_t before;
    int n = 0;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    // ppoll() opens the door and waits in one step: no signal slips between.
    sigprocmask(SIG_BLOCK, &both, &before);
    if (!requested)
        n = ppoll(fds, n_fds, &timeout, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return n;
}

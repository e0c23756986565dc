// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A JACK server of weir's own.
#include "jack/dummy.h"

#include "jack/launcher.h"

#include <poll.h>
#include <unistd.h>

bool
weir_dummy_start(struct weir_dummy *d)
{
    return weir_launcher_start_dummy(d->launcher, &d->pid, &d->pidfd);
}

bool
weir_dummy_wait(const struct weir_dummy *d, int timeout_ms)
{
    struct pollfd p = {.fd = d->pidfd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 0;
}

bool
weir_dummy_has_died(const struct weir_dummy *d)
{
    return d->pid != 0 && !weir_dummy_wait(d, 0);
}

void
weir_dummy_stop(struct weir_dummy *d)
{
    if (d->pid == 0)
        return;
    weir_launcher_stop_dummy(d->launcher);
    close(d->pidfd);
    d->pid = 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A JACK server of weir's own.
#include "jack/dummy.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_MS = 1500 };

// In the child: never returns.
static void
become_jackd(const char *server, uint32_t rate_hz, uint32_t block_frames,
             bool verbose)
{
    char rate[16];
    char period[16];
    sigset_t none;
    snprintf(rate, sizeof rate, "%u", rate_hz);
    snprintf(period, sizeof period, "%u", block_frames);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // A group of its own: Ctrl-C is for weir, which ends it when it is done.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int null_fd = open("/dev/null", O_RDWR);
    dup2(null_fd, STDIN_FILENO);
    dup2(verbose ? STDERR_FILENO : null_fd, STDOUT_FILENO);
    if (!verbose)
        dup2(null_fd, STDERR_FILENO);
    // -S: a client that is late delays the cycle rather than lose it.
    execlp("jackd", "jackd", "-n", server, "--no-mlock", "-S", "-d", "dummy",
           "-r", rate, "-p", period, (char *)NULL);
    _exit(127);
}

bool
weir_dummy_start(struct weir_dummy *d, const char *server, uint32_t rate_hz,
                 uint32_t block_frames, bool verbose)
{
    d->pid = fork();
    if (d->pid == 0)
        become_jackd(server, rate_hz, block_frames, verbose);
    if (d->pid < 0) {
        d->pid = 0;
        return false;
    }
    d->pidfd = (int)syscall(SYS_pidfd_open, d->pid, 0);
    return true;
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
    kill(d->pid, SIGTERM);
    if (weir_dummy_wait(d, STOP_MS))
        kill(d->pid, SIGKILL);
    waitpid(d->pid, NULL, 0);
    close(d->pidfd);
    d->pid = 0;
}

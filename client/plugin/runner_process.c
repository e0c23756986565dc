// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's process. Everything here is @control's.
#include "plugin/runner_process.h"

#include "common/sealed.h"
#include "plugin/nursery_private.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void
weir_runner_link_free(struct weir_runner_link *link)
{
    if (!link)
        return;
    munmap(link->page, link->n_bytes);
    free(link);
}

static void
write_page(struct weir_runner_page *p, const struct weir_runner *r)
{
    p->n_channels = r->config.n_channels;
    p->max_block = r->config.block;
    p->period = r->config.period;
    p->rate_hz = r->config.rate_hz;
    p->priority = r->config.priority;
    snprintf(p->folder, sizeof p->folder, "%s", r->folder);
}

static struct weir_runner_link *
make_link(const struct weir_runner *r, int *fd)
{
    struct weir_runner_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->n_bytes = weir_runner_bytes(r->config.n_channels, r->config.block);
    *fd = weir_sealed_open("weir-plugins", link->n_bytes);
    if (*fd < 0)
        goto free_link;
    void *page = weir_sealed_seal(*fd, 0)
                     ? mmap(NULL, link->n_bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_POPULATE, *fd, 0)
                     : MAP_FAILED;
    if (page == MAP_FAILED)
        goto close_fd;
    link->page = page;
    write_page(link->page, r);
    return link;

close_fd:
    close(*fd);
free_link:
    free(link);
    return NULL;
}

// It has begun, or not: then its socket is closed, which is seen.
static void
hear_that_it_runs(void *owner, pid_t pid, int pid_fd, const char *why)
{
    struct weir_runner *r = owner;
    (void)why;
    r->pid = pid;
    r->pid_fd = pid_fd;
}

bool
weir_runner_spawn(struct weir_runner *r, struct weir_runner_link **out,
                  struct weir_why *why)
{
    int memory, pair[2];
    struct weir_runner_link *link = make_link(r, &memory);
    if (!link)
        return weir_why(why, "no memory for the plugins' process: %s",
                        strerror(errno));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        close(memory);
        weir_runner_link_free(link);
        return weir_why(why, "no socket for the plugins' process: %s",
                        strerror(errno));
    }
    r->socket = pair[0];
    r->has_process = true;
    r->n_hung_up = 0;
    if (weir_nursery_run(r->config.nursery, pair[1], memory, hear_that_it_runs,
                         r, why)) {
        *out = link;
        return true;
    }
    weir_runner_link_free(link);
    weir_runner_kill(r);
    return false;
}

bool
weir_runner_has_ended(const struct weir_runner *r, char *how, size_t size)
{
    siginfo_t info = {.si_pid = 0};
    struct pollfd end = {r->pid_fd, POLLIN, 0};
    if (r->pid_fd < 0) {
        snprintf(how, size, "did not start");
        return r->n_hung_up > 1;
    }
    if (poll(&end, 1, 0) <= 0) {
        snprintf(how, size, "has closed its descriptors");
        return r->n_hung_up > 1;
    }
    if (waitid(P_PIDFD, (id_t)r->pid_fd, &info, WEXITED | WNOHANG) != 0 ||
        info.si_pid == 0)
        snprintf(how, size, "has ended");
    else if (info.si_code == CLD_EXITED)
        snprintf(how, size, "exited with %d", info.si_status);
    else
        snprintf(how, size, "died of SIG%s",
                 sigabbrev_np(info.si_status) ? sigabbrev_np(info.si_status)
                                              : "?");
    return true;
}

void
weir_runner_kill(struct weir_runner *r)
{
    if (!r->has_process)
        return;
    weir_nursery_forget_run(r->config.nursery, r);
    if (r->pid_fd >= 0)
        weir_nursery_kill(r->config.nursery, r->pid_fd);
    close(r->socket);
    r->socket = r->pid_fd = -1;
    r->pid = 0;
    r->has_process = false;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner's process. Everything here is @control's.
#include "plugin/runner_process.h"

#include "common/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void
weir_runner_link_free(struct weir_runner_link *link)
{
    if (!link)
        return;
    munmap(link->page, link->n_bytes);
    free(link);
}

static void
write_page(struct weir_runner_page *p, const struct weir_runner_config *c,
           const char *folder)
{
    p->n_channels = c->n_channels;
    p->max_block = c->block;
    p->rate_hz = c->rate_hz;
    p->priority = c->priority;
    p->memory_bytes = c->memory_bytes;
    snprintf(p->folder, sizeof p->folder, "%s", folder);
}

static struct weir_runner_link *
make_link(const struct weir_runner_config *c, const char *folder, int *fd)
{
    struct weir_runner_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->n_bytes = weir_runner_bytes(c->n_channels, c->block);
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
    write_page(link->page, c, folder);
    return link;

close_fd:
    close(*fd);
free_link:
    free(link);
    return NULL;
}

// With no signal blocked or ignored, nothing on its input, and its output
// where the log goes: weir's own has promises to keep.
static int
spawn(const char *const *argv, int socket, int memory, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, 2, 1);
    posix_spawn_file_actions_adddup2(&files, socket, WEIR_RUNNER_SOCKET);
    posix_spawn_file_actions_adddup2(&files, memory, WEIR_RUNNER_MEMORY);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    // posix_spawn() changes none of the arguments.
    const int rc = posix_spawn(pid, argv[0], &files, &attr,
                               (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

// Out of the way of the numbers that the process gets them under.
static int
move_up(int fd)
{
    const int up = fcntl(fd, F_DUPFD_CLOEXEC, 16);
    close(fd);
    return up;
}

bool
weir_runner_spawn(const struct weir_runner_config *c, const char *folder,
                  const struct weir_runner_process *process,
                  struct weir_runner_link **out, struct weir_why *why)
{
    int memory, pair[2];
    struct weir_runner_link *link = make_link(c, folder, &memory);
    if (!link)
        return weir_why(why, "no memory for the plugins' process: %s",
                        strerror(errno));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        close(memory);
        weir_runner_link_free(link);
        return weir_why(why, "no socket for the plugins' process: %s",
                        strerror(errno));
    }
    memory = move_up(memory);
    pair[1] = move_up(pair[1]);
    const int rc = spawn(c->argv, pair[1], memory, process->pid);
    close(memory);
    close(pair[1]);
    *process->pid_fd = rc == 0 ? pidfd_open(*process->pid, 0) : -1;
    if (*process->pid_fd < 0) {
        close(pair[0]);
        weir_runner_link_free(link);
        *process->pid = 0;
        return weir_why(why, "the plugins' process does not start: %s",
                        strerror(rc ? rc : errno));
    }
    *process->socket = pair[0];
    *out = link;
    return true;
}

bool
weir_runner_has_ended(int pid_fd, char *how, size_t size)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PIDFD, (id_t)pid_fd, &info, WEXITED | WNOHANG) != 0 ||
        info.si_pid == 0)
        return false;
    if (info.si_code == CLD_EXITED)
        snprintf(how, size, "exited with %d", info.si_status);
    else
        snprintf(how, size, "died of SIG%s",
                 sigabbrev_np(info.si_status) ? sigabbrev_np(info.si_status)
                                              : "?");
    return true;
}

void
weir_runner_kill(int pid_fd)
{
    siginfo_t info;
    struct pollfd end = {pid_fd, POLLIN, 0};
    pidfd_send_signal(pid_fd, SIGKILL, NULL, 0);
    if (poll(&end, 1, 1000) > 0)
        waitid(P_PIDFD, (id_t)pid_fd, &info, WEXITED | WNOHANG);
}

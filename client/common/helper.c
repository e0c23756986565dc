// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#include "common/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HELPERS_FD = 3 };

// In the child. What the other process has open is not this one's; the other's
// end is its end, not a signal to all of a terminal or of a service.
static void
become(const char *name, int socket)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    prctl(PR_SET_NAME, name);
    const int null_fd = open("/dev/null", O_RDWR);
    dup2(null_fd, STDIN_FILENO);
    dup2(null_fd, STDOUT_FILENO);
    if (socket != HELPERS_FD)
        dup3(socket, HELPERS_FD, O_CLOEXEC);
    syscall(SYS_close_range, HELPERS_FD + 1, ~0U, 0);
}

bool
weir_helper_start(struct weir_helper *helper, const char *name,
                  void (*serve)(int socket, const void *owner),
                  const void *owner)
{
    int ends[2];
    *helper = (struct weir_helper){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        become(name, ends[1]);
        serve(HELPERS_FD, owner);
        _exit(0);
    }
    const int why = errno;
    close(ends[1]);
    if (pid > 0) {
        *helper = (struct weir_helper){ends[0], pid};
        return true;
    }
    close(ends[0]);
    errno = why;
    return false;
}

void
weir_helper_stop(struct weir_helper *helper)
{
    if (helper->pid == 0)
        return;
    close(helper->socket);
    waitpid(helper->pid, NULL, 0);
    *helper = (struct weir_helper){.socket = -1};
}

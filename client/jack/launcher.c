// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The launcher, and how it is asked.
#include "jack/launcher.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_MS = 1500, ANSWER_MS = 2000 };

// One byte each.
enum { START_DUMMY = 1, STOP_DUMMY = 2 };

// With START_DUMMY's go the pidfd, when `error` is 0.
struct answer {
    int32_t error;
    int32_t pid;
};

// ---------------------------------------------------------- in the launcher

struct started {
    pid_t pid; // 0: none
    int pidfd;
};

// In the child: never returns.
static void
become_jackd(const struct weir_launcher_config *config)
{
    char rate[16];
    char period[16];
    sigset_t none;
    struct sigaction usual = {.sa_handler = SIG_DFL};
    snprintf(rate, sizeof rate, "%u", config->rate_hz);
    snprintf(period, sizeof period, "%u", config->block_frames);
    sigaction(SIGINT, &usual, NULL);
    sigaction(SIGTERM, &usual, NULL);
    sigaction(SIGHUP, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // A group of its own: Ctrl-C is for weir, which ends it when it is done.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The launcher's stdin and stdout are /dev/null.
    dup2(config->verbose ? STDERR_FILENO : STDIN_FILENO, STDOUT_FILENO);
    if (!config->verbose)
        dup2(STDIN_FILENO, STDERR_FILENO);
    // -S: a client that is late delays the cycle rather than lose it.
    execlp("jackd", "jackd", "-n", config->server, "--no-mlock", "-S", "-d",
           "dummy", "-r", rate, "-p", period, (char *)NULL);
    _exit(127);
}

static void
end_dummy(struct started *dummy, int patience_ms)
{
    struct pollfd ended = {.fd = dummy->pidfd, .events = POLLIN};
    if (dummy->pid == 0)
        return;
    kill(dummy->pid, SIGTERM);
    if (poll(&ended, 1, patience_ms) == 0)
        kill(dummy->pid, SIGKILL);
    waitpid(dummy->pid, NULL, 0);
    close(dummy->pidfd);
    dummy->pid = 0;
}

static struct answer
start_dummy(struct started *dummy, const struct weir_launcher_config *config)
{
    end_dummy(dummy, STOP_MS);
    const pid_t pid = fork();
    if (pid == 0)
        become_jackd(config);
    if (pid < 0)
        return (struct answer){.error = errno};
    dummy->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    dummy->pid = pid;
    if (dummy->pidfd >= 0)
        return (struct answer){.pid = (int32_t)pid};
    const int why = errno;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    dummy->pid = 0;
    return (struct answer){.error = why};
}

static void
send_answer(int to, struct answer answer, int fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec data = {&answer, sizeof answer};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    (void)sendmsg(to, &message, MSG_NOSIGNAL);
}

static void
serve(int from, const void *owner)
{
    const struct weir_launcher_config *config = owner;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct started dummy = {0};
    unsigned char request = 0;
    ssize_t n = 1;
    // weir ends cleanly when its terminal closes, and may then still ask.
    sigaction(SIGHUP, &ignore, NULL);
    while (n == 1 || (n < 0 && errno == EINTR)) {
        n = recv(from, &request, sizeof request, 0);
        if (n == 1 && request == START_DUMMY) {
            const struct answer answer = start_dummy(&dummy, config);
            send_answer(from, answer, answer.error ? -1 : dummy.pidfd);
        } else if (n == 1 && request == STOP_DUMMY) {
            end_dummy(&dummy, STOP_MS);
            send_answer(from, (struct answer){0}, -1);
        }
    }
    end_dummy(&dummy, STOP_MS);
}

// ------------------------------------------------------------ from outside

bool
weir_launcher_start(struct weir_launcher *l,
                    const struct weir_launcher_config *config)
{
    const struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
    if (!weir_helper_start(&l->helper, "weir-launcher", serve, config))
        return false;
    setsockopt(l->helper.socket, SOL_SOCKET, SO_RCVTIMEO, &patience,
               sizeof patience);
    return true;
}

static int
take_fd(struct msghdr *message)
{
    int fd = -1;
    const struct cmsghdr *c = CMSG_FIRSTHDR(message);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

// False with errno.
static bool
ask(const struct weir_launcher *l, unsigned char request, struct answer *answer,
    int *fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {answer, sizeof *answer};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    *fd = -1;
    if (send(l->helper.socket, &request, sizeof request, MSG_NOSIGNAL) < 0)
        return false;
    const ssize_t n = recvmsg(l->helper.socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return false;
    *fd = take_fd(&message);
    errno = n == sizeof *answer ? answer->error : EPIPE;
    return errno == 0;
}

bool
weir_launcher_start_dummy(const struct weir_launcher *l, pid_t *pid, int *pidfd)
{
    struct answer answer;
    if (!ask(l, START_DUMMY, &answer, pidfd))
        return false;
    *pid = answer.pid;
    return *pidfd >= 0;
}

void
weir_launcher_stop_dummy(const struct weir_launcher *l)
{
    struct answer answer;
    int none;
    (void)ask(l, STOP_DUMMY, &answer, &none);
}

void
weir_launcher_stop(struct weir_launcher *l)
{
    weir_helper_stop(&l->helper);
}

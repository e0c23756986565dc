// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into a program, it is what somebody would be who has taken it
// over: in the thread that gets SIGRTMIN+6 it tries each line of the file
// INTRUDER_TRIES and writes what came of it to INTRUDER_SAYS:
//     TID number errno
// and TID "done". Tried in a signal handler, in whatever thread that was.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_TRIES = 32, LINE_BYTES = 512 };

struct
try {
    char what[16];
    char on[LINE_BYTES];
    int (*fn)(const char *on);
};

static struct try tries[MAX_TRIES];
static int n_tries;
static int says_fd = -1;

// ------------------------------------------------------------------ trying

// 0 or errno; what was opened is closed.
static int
opened(int fd)
{
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int
done(long result)
{
    return result < 0 ? errno : 0;
}

static int
try_read(const char *path)
{
    return opened(open(path, O_RDONLY | O_CLOEXEC));
}

static int
try_write(const char *path)
{
    return opened(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int
try_list(const char *path)
{
    return opened(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
try_remove(const char *path)
{
    return done(unlink(path));
}

static int
try_run(const char *path)
{
    char *const words[] = {(char[]){"intruder"}, NULL};
    return done(execve(path, words, words + 1));
}

static int
try_own(const char *path)
{
    return done(chown(path, getuid(), getgid()));
}

static int
try_socket(const char *family)
{
    return opened(socket(atoi(family), SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int
try_port(const char *port, int (*meet)(int, const struct sockaddr *, socklen_t))
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(port)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    const int why = done(meet(fd, (const struct sockaddr *)&to, sizeof to));
    close(fd);
    return why;
}

static int
try_connect(const char *port)
{
    return try_port(port, connect);
}

static int
try_listen(const char *port)
{
    return try_port(port, bind);
}

static int
try_signal(const char *pid)
{
    return done(kill(atoi(pid), 0));
}

static int
try_trace(const char *pid)
{
    return done(ptrace(PTRACE_ATTACH, atoi(pid), NULL, NULL));
}

static int
try_space(const char *unused)
{
    (void)unused;
    return done(unshare(CLONE_NEWUTS));
}

static const struct {
    const char *what;
    int (*fn)(const char *on);
} known[] = {
    {"read", try_read},     {"write", try_write},     {"list", try_list},
    {"remove", try_remove}, {"run", try_run},         {"own", try_own},
    {"socket", try_socket}, {"connect", try_connect}, {"listen", try_listen},
    {"signal", try_signal}, {"trace", try_trace},     {"space", try_space},
};

static void
on_signal(int number)
{
    const int before = errno;
    const long tid = syscall(SYS_gettid);
    (void)number;
    for (int i = 0; i < n_tries; i++)
        dprintf(says_fd, "%ld %d %d\n", tid, i, tries[i].fn(tries[i].on));
    dprintf(says_fd, "%ld done\n", tid);
    errno = before;
}

// ------------------------------------------- no thread is deaf to its signal

static int
open_ears(const char *name, int how, const sigset_t *set, sigset_t *old)
{
    sigset_t most;
    int (*const real)(int, const sigset_t *, sigset_t *) =
        (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT, name);
    if (!set || how == SIG_UNBLOCK)
        return real(how, set, old);
    most = *set;
    sigdelset(&most, SIGRTMIN + 6);
    return real(how, &most, old);
}

int
pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return open_ears("pthread_sigmask", how, set, old);
}

int
sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return open_ears("sigprocmask", how, set, old);
}

// --------------------------------------------------------------------- begin

static void
learn(const char *line)
{
    struct try *t = &tries[n_tries];
    if (n_tries == MAX_TRIES ||
        sscanf(line, "%15s %511[^\n]", t->what, t->on) < 1)
        return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].what, t->what) == 0)
            t->fn = known[i].fn;
    n_tries += t->fn != NULL;
}

__attribute__((constructor)) static void
begin(void)
{
    char line[LINE_BYTES + 16];
    const char *path = getenv("INTRUDER_TRIES");
    const char *says = getenv("INTRUDER_SAYS");
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file || !says)
        return;
    while (fgets(line, sizeof line, file))
        learn(line);
    fclose(file);
    says_fd = open(says, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGRTMIN + 6, &action, NULL);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Where a thread stands. on_signal() is the thread's that is asked, wherever
// it is: it calls what is safe there, backtrace() too once that has loaded
// what it needs.
#include "common/where.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_FRAMES = 48,
    HANDLER_FRAMES = 2, // the handler itself, and the kernel's way to it
};

// In the pipe: all or nothing, as it is less than PIPE_BUF.
struct answer {
    pid_t tid;
    int n_frames;
    void *frames[MAX_FRAMES];
};

static int ends[2] = {-1, -1}; // fixed while the handler can come

static void
on_signal(int number)
{
    const int error = errno;
    struct answer answer = {.tid = gettid()};
    (void)number;
    answer.n_frames = backtrace(answer.frames, MAX_FRAMES);
    if (write(ends[1], &answer, sizeof answer) < 0)
        answer.n_frames = 0; // it is full: nobody reads
    errno = error;
}

int
weir_where_open(void)
{
    void *frame;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    (void)backtrace(&frame, 1); // loads libgcc now, and not in the handler
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -1;
    if (sigaction(SIGURG, &action, NULL) == 0)
        return ends[0];
    weir_where_close();
    return -1;
}

void
weir_where_close(void)
{
    signal(SIGURG, SIG_IGN);
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
        ends[i] = -1;
    }
}

static bool
take(struct answer *answer)
{
    return ends[0] >= 0 &&
           read(ends[0], answer, sizeof *answer) == sizeof *answer;
}

bool
weir_where_ask(pthread_t thread)
{
    struct answer old;
    while (take(&old))
        continue;
    return ends[0] >= 0 && pthread_kill(thread, SIGURG) == 0;
}

// ------------------------------------------------------------------- words

struct words {
    char *text;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void
add(struct words *words, const char *format, ...)
{
    va_list args;
    const size_t room = WEIR_WHERE_BYTES - words->n;
    va_start(args, format);
    const int n = vsnprintf(words->text + words->n, room, format, args);
    va_end(args);
    if (n > 0)
        words->n += (size_t)n < room ? (size_t)n : room - 1;
}

static const char *
file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void
add_frame(struct words *words, const void *frame)
{
    Dl_info info;
    const uintptr_t at = (uintptr_t)frame;
    if (!dladdr(frame, &info) || !info.dli_fname)
        add(words, "%p", frame);
    else if (info.dli_sname)
        add(words, "%s+0x%zx", info.dli_sname,
            (size_t)(at - (uintptr_t)info.dli_saddr));
    else
        add(words, "%s+0x%zx", file_name(info.dli_fname),
            (size_t)(at - (uintptr_t)info.dli_fbase));
}

bool
weir_where_read(pid_t tid, char text[WEIR_WHERE_BYTES])
{
    struct answer answer;
    struct words words = {.text = text};
    text[0] = '\0';
    do {
        if (!take(&answer))
            return false;
    } while (answer.tid != tid || answer.n_frames <= HANDLER_FRAMES ||
             answer.n_frames > MAX_FRAMES);
    for (int i = HANDLER_FRAMES; i < answer.n_frames; i++) {
        add(&words, "%s", i > HANDLER_FRAMES ? ", called by " : "");
        add_frame(&words, answer.frames[i]);
    }
    return true;
}

// One line of a file of /proc; "" when it cannot be read.
static void
read_line(pid_t tid, const char *file, char *line, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/%s", (long)tid, file);
    line[0] = '\0';
    FILE *from = fopen(path, "re");
    if (!from)
        return;
    if (!fgets(line, (int)size, from))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    fclose(from);
}

void
weir_where_kernel(pid_t tid, char text[WEIR_WHERE_BYTES])
{
    char stat[256];
    char wchan[128];
    char syscall[256];
    read_line(tid, "stat", stat, sizeof stat);
    read_line(tid, "wchan", wchan, sizeof wchan);
    read_line(tid, "syscall", syscall, sizeof syscall);
    const char *state = strrchr(stat, ')'); // "TID (NAME) STATE ..."
    snprintf(text, WEIR_WHERE_BYTES, "state %c, waits in %s, system call %s",
             state && state[1] ? state[2] : '?',
             wchan[0] && strcmp(wchan, "0") != 0 ? wchan : "-",
             syscall[0] ? syscall : "-");
}

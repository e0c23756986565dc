// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The targets' passwords. None of them is ever in an argument, a log line or
// an error's text.
#include "stream/password.h"
#include "common/log.h"
#include "common/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define VARIABLE "WEIR_STREAM_PASSWORD"

enum { MAX_FILE = 65536 };

// False when it is empty, or too long.
static bool
set(struct weir_stream_target *target, const char *password)
{
    const size_t n = strlen(password);
    if (n == 0 || n >= sizeof target->password)
        return false;
    memcpy(target->password, password, n + 1);
    return true;
}

static bool
set_all(struct weir_stream_target *targets, unsigned n, const char *password,
        const char *where)
{
    for (unsigned i = 0; i < n; i++)
        if (!set(&targets[i], password)) {
            weir_log(WEIR_LOG_ERROR,
                     "%s: the password is empty or too long "
                     "(at most 255 bytes)",
                     where);
            return false;
        }
    return true;
}

// ---------------------------------------------------------------------- file

static char *
read_file(const char *path)
{
    struct stat facts;
    char *text = calloc(1, MAX_FILE + 1);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = text && fd >= 0 ? 1 : -1;
    while (got > 0 && n < MAX_FILE) {
        got = read(fd, text + n, MAX_FILE - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        // Its name is not repeated: somebody may have typed a password there.
        weir_log(WEIR_LOG_ERROR, "--password-file: cannot be read: %s",
                 strerror(errno));
        free(text);
        text = NULL;
    } else if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
               (facts.st_mode & (S_IRGRP | S_IROTH)))
        weir_log(WEIR_LOG_INFO,
                 "--password-file %s: others can read it "
                 "(chmod 600)",
                 path);
    if (fd >= 0)
        close(fd);
    return text;
}

// A line of "TARGET PASSWORD": to whom it applies gets it.
static bool
take_line(struct weir_stream_target *targets, unsigned n, const char *line)
{
    const size_t n_key = strcspn(line, " \t");
    const char *password = line + n_key + strspn(line + n_key, " \t");
    bool taken = false;
    if (*password == '\0')
        return false;
    for (unsigned i = 0; i < n; i++) {
        const char *key = targets[i].address.shown;
        const bool mine = strlen(key) == n_key && !memcmp(key, line, n_key);
        const bool any = n_key == 1 && line[0] == '*';
        if (mine || (any && targets[i].password[0] == '\0'))
            taken = set(&targets[i], password);
    }
    return taken;
}

static bool
are_all_there(const struct weir_stream_target *targets, unsigned n,
              const char *path)
{
    for (unsigned i = 0; i < n; i++)
        if (targets[i].password[0] == '\0') {
            weir_log(WEIR_LOG_ERROR,
                     "--password-file %s: no password for %s "
                     "(a line of \"%s PASSWORD\", or one "
                     "line with a password alone)",
                     path, targets[i].address.shown, targets[i].address.shown);
            return false;
        }
    return true;
}

// Line by line. A line alone that names no target is a password.
static bool
take_lines(struct weir_stream_target *targets, unsigned n, char *text,
           const char *path)
{
    char *save = NULL;
    unsigned n_lines = 0;
    bool taken = false;
    const char *first = NULL;
    for (char *line = strtok_r(text, "\r\n", &save); line;
         line = strtok_r(NULL, "\r\n", &save)) {
        if (n_lines++ == 0)
            first = line;
        taken |= take_line(targets, n, line);
    }
    if (n_lines == 1 && !taken)
        return set_all(targets, n, first, path);
    return are_all_there(targets, n, path);
}

static bool
from_file(const char *path, struct weir_stream_target *targets, unsigned n)
{
    char *text = read_file(path);
    if (!text)
        return false;
    const bool ok = take_lines(targets, n, text, path);
    explicit_bzero(text, MAX_FILE);
    free(text);
    return ok;
}

// ------------------------------------------------------------------ terminal

static void
say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        return;
}

// A line without its end; false when nothing was typed, or a signal came.
static bool
read_line(int fd, char *out, size_t size)
{
    size_t n = 0;
    while (n < size - 1 && !weir_stop_requested() &&
           read(fd, out + n, 1) == 1 && out[n] != '\n')
        n++;
    out[n] = '\0';
    return n > 0 && !weir_stop_requested();
}

static bool
ask_for(int fd, struct weir_stream_target *target)
{
    char line[sizeof target->password];
    say(fd, "Password of ");
    say(fd, target->address.user);
    say(fd, "@");
    say(fd, target->address.shown);
    say(fd, ": ");
    const bool ok = read_line(fd, line, sizeof line) && set(target, line);
    explicit_bzero(line, sizeof line);
    say(fd, "\n");
    return ok;
}

static bool
ask(struct weir_stream_target *targets, unsigned n)
{
    struct termios before;
    struct termios silent;
    bool ok = true;
    const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        weir_log(WEIR_LOG_ERROR, "no password (--password-file FILE, " VARIABLE
                                 " in the environment, or a terminal to ask "
                                 "on)");
        ok = false;
        goto close;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &silent);
    for (unsigned i = 0; i < n && ok; i++)
        ok = ask_for(fd, &targets[i]);
    tcsetattr(fd, TCSAFLUSH, &before);
    if (!ok)
        weir_log(WEIR_LOG_ERROR, "no password was given");

close:
    if (fd >= 0)
        close(fd);
    return ok;
}

bool
weir_stream_passwords(const char *file, struct weir_stream_target *targets,
                      unsigned n_targets)
{
    const char *all = getenv(VARIABLE);
    if (file)
        return from_file(file, targets, n_targets);
    if (all)
        return set_all(targets, n_targets, all, VARIABLE);
    return ask(targets, n_targets);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Programs that are started when a file is begun or finished: no shell sees
// the names of files.
#include "common/log.h"
#include "common/name.h"
#include "record/hooks_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_WORDS = 30,
    MAX_COMMAND = 4096, // bytes
    MAX_RUNNING = 32,
    MAX_VARIABLES = 8,
};

struct running {
    pid_t pid;
    const char *command;
};

static struct running running[MAX_RUNNING];
static int n_running;

// ------------------------------------------------------------------- words

// Into `copy`, which they point into. 0: none, or too many.
static int
split(const char *command, char *copy, char **words)
{
    char *save;
    int n = 0;
    if (strlen(command) >= MAX_COMMAND)
        return 0;
    strcpy(copy, command);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        if (n == MAX_WORDS)
            return 0;
        words[n++] = word;
    }
    return n;
}

const char *
weir_hooks_refuse(const char *command)
{
    char copy[MAX_COMMAND];
    char *words[MAX_WORDS];
    return split(command, copy, words) > 0
               ? NULL
               : "not a program and at most 29 arguments between spaces";
}

// A name that begins with a dash is no option.
static void
put_name(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s%s", *name == '-' ? "./" : "", name);
}

// ------------------------------------------------------------- environment

struct variables {
    char text[MAX_VARIABLES][WEIR_NAME_BYTES + 32];
    int n;
};

static void
add_text(struct variables *v, const char *name, const char *value)
{
    if (value)
        snprintf(v->text[v->n++], sizeof v->text[0], "%s=%s", name, value);
}

static void
add_number(struct variables *v, const char *name, uint64_t value)
{
    snprintf(v->text[v->n++], sizeof v->text[0], "%s=%llu", name,
             (unsigned long long)value);
}

static bool
is_ours(const struct variables *v, const char *entry)
{
    for (int i = 0; i < v->n; i++) {
        const char *end = strchr(v->text[i], '=');
        if (strncmp(v->text[i], entry, (size_t)(end - v->text[i]) + 1) == 0)
            return true;
    }
    return false;
}

// Ours, and all of the recorder's own that are called otherwise.
static char **
make_environment(struct variables *v)
{
    size_t n = 0;
    while (environ[n])
        n++;
    char **out = calloc(n + MAX_VARIABLES + 1, sizeof *out);
    if (!out)
        return NULL;
    size_t at = 0;
    for (int i = 0; i < v->n; i++)
        out[at++] = v->text[i];
    for (size_t i = 0; i < n; i++)
        if (!is_ours(v, environ[i]))
            out[at++] = environ[i];
    return out;
}

// ---------------------------------------------------------------- starting

// Its output is no line of ours; a signal from the keyboard is not its own;
// and it has signals as programs expect them.
static int
spawn(char **words, char **environment, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none;
    sigset_t ignored; // by us: see weir_stop_install(), weir_helper_start()
    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGINT);
    sigaddset(&ignored, SIGTERM);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &ignored);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETPGROUP);
    const int cause =
        posix_spawnp(pid, words[0], &files, &how, words, environment);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return cause;
}

static void
start(const char *command, char **words, struct variables *v)
{
    pid_t pid;
    char **environment = make_environment(v);
    const int cause = environment ? spawn(words, environment, &pid) : ENOMEM;
    free(environment);
    if (cause == 0)
        running[n_running++] = (struct running){pid, command};
    else
        weir_log(WEIR_LOG_ERROR, "%s: cannot be run: %s", command,
                 strerror(cause));
}

void
weir_hooks_spawn(const char *command, const char *file, const char *next,
                 const struct weir_take_counts *counts)
{
    static struct variables v;
    char copy[MAX_COMMAND];
    char *words[MAX_WORDS + 3];
    char names[2][WEIR_NAME_BYTES + 2];
    weir_hooks_reap();
    if (n_running == MAX_RUNNING) {
        weir_log(WEIR_LOG_ERROR, "%s: not run: %d others have not ended yet",
                 command, n_running);
        return;
    }
    int n = split(command, copy, words);
    put_name(names[0], sizeof names[0], file);
    words[n++] = names[0];
    if (next) {
        put_name(names[1], sizeof names[1], next);
        words[n++] = names[1];
    }
    words[n] = NULL;
    v.n = 0;
    add_text(&v, "WEIR_FILE", names[0]);
    add_text(&v, "WEIR_NEXT", next ? names[1] : NULL);
    if (counts) {
        add_number(&v, "WEIR_FRAMES", counts->frames);
        add_number(&v, "WEIR_LOST", counts->lost);
        add_number(&v, "WEIR_DROPOUTS", counts->dropouts);
    }
    start(command, words, &v);
}

// ------------------------------------------------------------------ ending

static void
say_how_it_ended(const struct running *r, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        weir_log(WEIR_LOG_ERROR, "%s: exit status %d", r->command,
                 WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        weir_log(WEIR_LOG_ERROR, "%s: %s", r->command,
                 strsignal(WTERMSIG(status)));
}

bool
weir_hooks_reap(void)
{
    for (int i = n_running; i-- > 0;) {
        int status = 0;
        if (waitpid(running[i].pid, &status, WNOHANG) == 0)
            continue;
        say_how_it_ended(&running[i], status);
        running[i] = running[--n_running];
    }
    return n_running > 0;
}

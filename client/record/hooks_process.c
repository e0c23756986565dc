// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Hooks are the user's own programs and may do what the user may; the recorder
// gives that up. So a process that is forked before runs them. It knows the
// commands; what comes from the recorder is which of them, and for what files.
#include "common/helper.h"
#include "common/log.h"
#include "common/name.h"
#include "record/hooks_private.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum { REAP_MS = 100 };

struct about {
    enum weir_hook hook;
    bool has_next;
    bool has_counts;
    struct weir_take_counts counts;
};

// A packet has of the names what they need: many have to fit into a socket.
struct request {
    struct about about;
    char names[2 * WEIR_NAME_BYTES]; // file, next: both end with a zero
};

static struct weir_helper helper = {.socket = -1};

static const char *
command_of(const struct weir_hooks *hooks, enum weir_hook hook)
{
    switch (hook) {
    case WEIR_HOOK_OPEN:
        return hooks->on_open;
    case WEIR_HOOK_CLOSE:
        return hooks->on_close;
    case WEIR_HOOK_SPLIT:
        return hooks->on_split;
    }
    return NULL;
}

// ------------------------------------------------------------ in the process

static void
run(const struct weir_hooks *hooks, const struct request *r, size_t n)
{
    const struct about *about = &r->about;
    const char *command = command_of(hooks, about->hook);
    const char *end = (const char *)r + n;
    const char *file = r->names;
    if (!command || n < sizeof r->about ||
        !memchr(file, 0, (size_t)(end - file)))
        return;
    const char *next = file + strlen(file) + 1;
    if (!memchr(next, 0, (size_t)(end - next)))
        return;
    weir_hooks_spawn(command, file, about->has_next ? next : NULL,
                     about->has_counts ? &about->counts : NULL);
}

// Until the recorder has ended, and all that it asked for is running.
static void
serve(int from, const void *owner)
{
    const struct weir_hooks *hooks = owner;
    static struct request request;
    ssize_t n = 1;
    while (n > 0 || (n < 0 && errno == EINTR)) {
        struct pollfd asked = {.fd = from, .events = POLLIN};
        if (poll(&asked, 1, weir_hooks_reap() ? REAP_MS : -1) == 0)
            continue;
        n = recv(from, &request, sizeof request, 0);
        if (n > 0)
            run(hooks, &request, (size_t)n);
    }
    weir_hooks_reap();
}

// -------------------------------------------------------------- from outside

bool
weir_hooks_start(const struct weir_hooks *hooks)
{
    if (!hooks->on_open && !hooks->on_close && !hooks->on_split)
        return true;
    if (weir_helper_start(&helper, "weir-hooks", serve, hooks))
        return true;
    weir_log(WEIR_LOG_ERROR, "no process that runs commands: %s",
             strerror(errno));
    return false;
}

void
weir_hooks_run(enum weir_hook hook, const char *file, const char *next,
               const struct weir_take_counts *counts)
{
    static struct request request;
    const char *second = next ? next : "";
    const size_t n_file = strlen(file) + 1;
    const size_t n_next = strlen(second) + 1;
    if (helper.pid == 0 || n_file > WEIR_NAME_BYTES || n_next > WEIR_NAME_BYTES)
        return;
    memset(&request.about, 0, sizeof request.about);
    request.about.hook = hook;
    request.about.has_next = next != NULL;
    request.about.has_counts = counts != NULL;
    if (counts)
        request.about.counts = *counts;
    memcpy(request.names, file, n_file);
    memcpy(request.names + n_file, second, n_next);
    // A file's end does not wait for programs.
    if (send(helper.socket, &request,
             offsetof(struct request, names) + n_file + n_next,
             MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        weir_log(WEIR_LOG_ERROR, "%s: no command was run for it: %s", file,
                 strerror(errno));
}

void
weir_hooks_stop(void)
{
    weir_helper_stop(&helper);
}

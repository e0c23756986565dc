// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Titles of MP3 streams: the helper, and how it is asked.
#include "stream/titles.h"
#include "common/log.h"
#include "rt/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, MAX_TARGETS = 16 };

// A packet to the helper.
struct request {
    unsigned target;
    char title[WEIR_STREAM_MAX_TITLE + 1];
};

struct weir_titles {
    const struct weir_icecast_config *const *targets;
    unsigned n_targets;
    int socket;
    pid_t helper;
    pthread_mutex_t lock; // of the title
    char title[WEIR_STREAM_MAX_TITLE + 1];
};

// --------------------------------------------------------------- in the helper

// A request on its way.
struct errand {
    pid_t pid; // 0: none
    int ended; // a pipe that its process holds open
    int64_t until_ms;
};

struct helper {
    struct weir_titles *titles;
    struct weir_icecast *icecasts[MAX_TARGETS];
    struct errand errands[MAX_TARGETS];
};

static void
end_errand(struct helper *h, unsigned target)
{
    struct errand *errand = &h->errands[target];
    if (errand->pid == 0)
        return;
    kill(errand->pid, SIGKILL);
    waitpid(errand->pid, NULL, 0);
    close(errand->ended);
    errand->pid = 0;
}

static void
run_errand(struct helper *h, const struct request *request)
{
    struct weir_icecast *icecast = h->icecasts[request->target];
    const struct weir_stream_address *address =
        &h->titles->targets[request->target]->target->address;
    if (weir_icecast_tell_title(icecast, request->title))
        weir_log(WEIR_LOG_DEBUG, "%s: title told", address->shown);
    else
        weir_log(WEIR_LOG_ERROR, "%s: the server did not take the title",
                 address->shown);
}

// A newer title takes the place of one that is on its way.
static void
begin_errand(struct helper *h, const struct request *request)
{
    struct errand *errand = &h->errands[request->target];
    int ends[2];
    end_errand(h, request->target);
    if (pipe(ends) != 0)
        return;
    errand->pid = fork();
    if (errand->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_errand(h, request);
        _exit(0);
    }
    close(ends[1]);
    errand->ended = ends[0];
    errand->until_ms = weir_now_ms() + PATIENCE_MS;
    if (errand->pid > 0)
        return;
    close(ends[0]);
    errand->pid = 0;
}

static void
look_after(struct helper *h, unsigned target, short seen)
{
    struct errand *errand = &h->errands[target];
    const bool late = errand->pid != 0 && weir_now_ms() >= errand->until_ms;
    if (late)
        weir_log(WEIR_LOG_ERROR,
                 "%s: the server did not take the title "
                 "within 10 s",
                 h->titles->targets[target]->target->address.shown);
    if (late || (errand->pid != 0 && seen))
        end_errand(h, target);
}

// False when there is nobody to help any more.
static bool
take_request(struct helper *h)
{
    struct request request;
    const ssize_t n =
        recv(h->titles->socket, &request, sizeof request, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return false;
    if ((size_t)n == sizeof request && request.target < h->titles->n_targets)
        begin_errand(h, &request);
    return true;
}

// Which descriptors to wait for, and how long.
static int
what_to_wait_for(struct helper *h, struct pollfd *fds)
{
    const int64_t now_ms = weir_now_ms();
    int64_t timeout_ms = -1;
    fds[0] = (struct pollfd){.fd = h->titles->socket, .events = POLLIN};
    for (unsigned i = 0; i < h->titles->n_targets; i++) {
        const struct errand *errand = &h->errands[i];
        const int64_t left_ms = errand->until_ms - now_ms;
        fds[1 + i] = (struct pollfd){.fd = errand->pid ? errand->ended : -1,
                                     .events = POLLIN};
        if (errand->pid && (timeout_ms < 0 || left_ms < timeout_ms))
            timeout_ms = left_ms > 0 ? left_ms : 0;
    }
    return (int)timeout_ms;
}

static void
help(struct weir_titles *titles)
{
    struct helper h = {.titles = titles};
    struct pollfd fds[1 + MAX_TARGETS];
    for (unsigned i = 0; i < titles->n_targets; i++)
        if (!(h.icecasts[i] = weir_icecast_new(titles->targets[i])))
            return;
    do {
        const int timeout_ms = what_to_wait_for(&h, fds);
        poll(fds, 1 + titles->n_targets, timeout_ms);
        for (unsigned i = 0; i < titles->n_targets; i++)
            look_after(&h, i, fds[1 + i].revents);
    } while (take_request(&h));
    for (unsigned i = 0; i < titles->n_targets; i++)
        end_errand(&h, i);
}

// Signals of a terminal reach it as well: the other side's end is its end.
static void
become_helper(struct weir_titles *titles, int socket)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    titles->socket = socket;
    help(titles);
    _exit(0);
}

// ---------------------------------------------------------------- from outside

struct weir_titles *
weir_titles_start(const struct weir_icecast_config *const *targets,
                  unsigned n_targets)
{
    int ends[2];
    struct weir_titles *titles = calloc(1, sizeof *titles);
    if (!titles ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        goto failed;
    titles->targets = targets;
    titles->n_targets = n_targets;
    pthread_mutex_init(&titles->lock, NULL);
    titles->helper = fork();
    if (titles->helper == 0) {
        close(ends[0]);
        become_helper(titles, ends[1]);
    }
    close(ends[1]);
    titles->socket = ends[0];
    if (titles->helper > 0)
        return titles;
    close(ends[0]);

failed:
    weir_log(WEIR_LOG_ERROR, "titles: no helper process: %s", strerror(errno));
    free(titles);
    return NULL;
}

void
weir_titles_stop(struct weir_titles *titles)
{
    if (!titles)
        return;
    kill(titles->helper, SIGKILL);
    waitpid(titles->helper, NULL, 0);
    close(titles->socket);
    titles->socket = -1;
}

// Under the lock: each server gets the newest last.
static void
ask(struct weir_titles *titles, unsigned target)
{
    struct request request = {.target = target};
    memcpy(request.title, titles->title, sizeof request.title);
    if (send(titles->socket, &request, sizeof request,
             MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        weir_log(WEIR_LOG_ERROR, "titles: %s", strerror(errno));
}

void
weir_titles_set(struct weir_titles *titles, const char *title)
{
    pthread_mutex_lock(&titles->lock);
    strncpy(titles->title, title, sizeof titles->title - 1);
    for (unsigned i = 0; i < titles->n_targets; i++)
        ask(titles, i);
    pthread_mutex_unlock(&titles->lock);
}

void
weir_titles_tell_again(struct weir_titles *titles, unsigned target)
{
    pthread_mutex_lock(&titles->lock);
    if (titles->title[0] != '\0')
        ask(titles, target);
    pthread_mutex_unlock(&titles->lock);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is sent, in a file.
#include "stream/dump.h"
#include "common/log.h"
#include "common/name.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { NEWS_MS = 500 };

struct weir_dump {
    struct weir_store *store;
    pthread_t thread;
    int fd;
    int ended_fd;
    struct weir_cursor cursor;
    off_t size; // of whole pieces
    char path[WEIR_NAME_BYTES];
};

static bool
write_all(int fd, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return true;
}

// False when the file has come to its end before the stream.
static bool
keep(struct weir_dump *d, const struct weir_taken *taken)
{
    if (taken->missed_us > 0)
        weir_log(WEIR_LOG_ERROR,
                 "%s: the disk was too slow: %.1f s are "
                 "missing",
                 d->path, (double)taken->missed_us * 1e-6);
    if (write_all(d->fd, taken->bytes, taken->size)) {
        d->size += (off_t)taken->size;
        return true;
    }
    weir_log(WEIR_LOG_ERROR, "%s: %s: it ends here, the stream goes on",
             d->path, strerror(errno));
    // A piece that is not whole helps nobody.
    if (ftruncate(d->fd, d->size) != 0)
        weir_log(WEIR_LOG_DEBUG, "%s: %s", d->path, strerror(errno));
    return false;
}

static void *
run(void *argument)
{
    struct weir_dump *d = argument;
    const uint64_t one = 1;
    struct weir_taken taken;
    enum weir_store_result result = WEIR_STORE_NOTHING;
    bool ok = true;
    while (ok && result != WEIR_STORE_ENDED) {
        result = weir_store_take(d->store, &d->cursor, NEWS_MS, &taken);
        if (result != WEIR_STORE_TAKEN)
            continue;
        ok = keep(d, &taken);
        weir_store_release(d->store, &taken);
    }
    if (ok && fsync(d->fd) != 0)
        weir_log(WEIR_LOG_ERROR, "%s: %s", d->path, strerror(errno));
    close(d->fd);
    if (write(d->ended_fd, &one, sizeof one) < 0)
        weir_log(WEIR_LOG_ERROR, "%s: eventfd: %s", d->path, strerror(errno));
    return NULL;
}

// Signals are for the thread that reads.
static int
start_thread(struct weir_dump *d)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int cause = pthread_create(&d->thread, NULL, run, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return cause;
}

struct weir_dump *
weir_dump_start(const char *path, struct weir_store *store)
{
    struct weir_dump *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->store = store;
    weir_store_begin(store, &d->cursor);
    d->ended_fd = eventfd(0, EFD_CLOEXEC);
    d->fd = weir_name_create(path, d->path, sizeof d->path);
    int cause = d->fd < 0 || d->ended_fd < 0 ? errno : start_thread(d);
    if (cause == 0) {
        weir_log(WEIR_LOG_INFO, "dumping to %s", d->path);
        return d;
    }
    weir_log(WEIR_LOG_ERROR, "--dump %s: cannot be made: %s", path,
             strerror(cause));
    if (d->fd >= 0)
        close(d->fd);
    if (d->ended_fd >= 0)
        close(d->ended_fd);
    free(d);
    return NULL;
}

bool
weir_dump_wait(struct weir_dump *d, int timeout_ms)
{
    struct pollfd p = {.fd = d ? d->ended_fd : -1, .events = POLLIN};
    // Not one that may be stuck.
    return !d ||
           (poll(&p, 1, timeout_ms) > 0 && pthread_join(d->thread, NULL) == 0);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is asked of the nursery, and what came of it. An answer is believed
// when it fits a question, and its bytes are a description.
#include "plugin/nursery_private.h"

#include "common/log.h"
#include "plugin/flat.h"
#include "plugin/parcel.h"
#include "rt/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// What was not to be had may be there later; a list gets longer.
enum { FAILED_MS = 5000, LIST_MS = 5000, MOST_FAILED = 64 };

static uint32_t
new_serial(struct weir_nursery *n)
{
    if (++n->next_serial == 0)
        n->next_serial = 1;
    return n->next_serial;
}

// ------------------------------------------------------------------- questions

static bool
send_one(struct weir_nursery *n, enum weir_nursery_op op, uint32_t serial,
         uint32_t rate_hz, const char *text, const int *fds)
{
    struct weir_nursery_request request = {
        .op = op, .serial = serial, .rate_hz = rate_hz};
    snprintf(request.text, sizeof request.text, "%s", text);
    return weir_parcel_send(n->reader, &request, sizeof request, fds,
                            fds ? 2 : 0, MSG_DONTWAIT);
}

static void
send_start(struct weir_nursery *n, struct weir_nursery_start *s)
{
    if (s->is_sent || !send_one(n, WEIR_NURSERY_RUN, s->serial, 0, "", s->fds))
        return;
    s->is_sent = true;
    close(s->fds[0]);
    close(s->fds[1]);
}

// Runners first: somebody waits for their sound.
void
weir_nursery_send(struct weir_nursery *n)
{
    if (n->reader < 0)
        return;
    for (struct weir_nursery_start *s = n->starts; s; s = s->next)
        send_start(n, s);
    for (struct weir_nursery_known *k = n->known; k; k = k->next)
        if (k->serial != 0 && !k->is_sent)
            k->is_sent = send_one(n, WEIR_NURSERY_DESCRIBE, k->serial,
                                  k->rate_hz, k->uri, NULL);
    if (n->list_serial != 0 && !n->list_is_sent)
        n->list_is_sent =
            send_one(n, WEIR_NURSERY_LIST, n->list_serial, 0, "", NULL);
}

uint32_t
weir_nursery_oldest(const struct weir_nursery *n)
{
    uint32_t oldest = 0;
    uint32_t age = 0;
    for (const struct weir_nursery_start *s = n->starts; s; s = s->next)
        if (s->is_sent && n->next_serial - s->serial >= age) {
            oldest = s->serial;
            age = n->next_serial - s->serial;
        }
    for (const struct weir_nursery_known *k = n->known; k; k = k->next)
        if (k->serial != 0 && k->is_sent && n->next_serial - k->serial >= age) {
            oldest = k->serial;
            age = n->next_serial - k->serial;
        }
    if (n->list_serial != 0 && n->list_is_sent && !n->list_is_told &&
        n->next_serial - n->list_serial >= age)
        oldest = n->list_serial;
    return oldest;
}

// ---------------------------------------------------------------- descriptions

static void
tell_described(struct weir_nursery *n, struct weir_nursery_known *k)
{
    k->serial = 0;
    k->told_ms = k->used_ms = weir_now_ms();
    k->is_telling = true;
    while (k->asked) {
        struct weir_nursery_asked *a = k->asked;
        k->asked = a->next;
        n->n_asked--;
        if (a->fn)
            a->fn(a->owner, k->uri, k->type, k->type ? NULL : k->why);
        free(a);
    }
    k->is_telling = false;
}

// Its bytes, if they are ones that nobody can change any more; free().
static unsigned char *
read_sealed(int fd, size_t *n)
{
    struct stat about;
    const int seals = fd >= 0 ? fcntl(fd, F_GET_SEALS) : -1;
    if (seals < 0 || !(seals & F_SEAL_WRITE) || fstat(fd, &about) != 0 ||
        about.st_size <= 0 || about.st_size > WEIR_FLAT_BYTES)
        return NULL;
    *n = (size_t)about.st_size;
    unsigned char *bytes = malloc(*n);
    if (bytes && pread(fd, bytes, *n, 0) == (ssize_t)*n)
        return bytes;
    free(bytes);
    return NULL;
}

static bool
take_type(struct weir_nursery_known *k, int fd)
{
    size_t n;
    struct weir_plugin_type *type = NULL;
    unsigned char *bytes = read_sealed(fd, &n);
    if (bytes && weir_flat_get_type(bytes, n, &type) &&
        strcmp(type->uri, k->uri) != 0) {
        weir_plugin_type_free(type);
        type = NULL;
    }
    free(bytes);
    k->type = type;
    return type != NULL;
}

static void
take_described(struct weir_nursery *n, struct weir_nursery_known *k,
               const struct weir_nursery_answer *a, int fd, const char *why)
{
    if (why)
        snprintf(k->why, sizeof k->why, "%s", why);
    else if (!a->ok)
        snprintf(k->why, sizeof k->why, "%s",
                 a->why[0] ? a->why : "it cannot be described");
    else if (!take_type(k, fd))
        snprintf(k->why, sizeof k->why, "its description makes no sense");
    tell_described(n, k);
}

// Of those that came to nothing only so many are kept.
static void
forget_failed(struct weir_nursery *n)
{
    uint32_t n_failed = 0;
    for (struct weir_nursery_known **at = &n->known; *at;) {
        struct weir_nursery_known *k = *at;
        if (k->type || k->serial != 0 || k->is_telling ||
            ++n_failed <= MOST_FAILED) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        free(k->uri);
        free(k);
    }
}

static bool
is_unused(const struct weir_nursery *n, const struct weir_nursery_known *k)
{
    return k->type && k->type->n_held == 0 && k->serial == 0 && !k->asked &&
           !k->is_telling && weir_now_ms() - k->used_ms >= n->keep_ms;
}

static struct weir_nursery_known **
find_longest_unused(struct weir_nursery *n)
{
    struct weir_nursery_known **found = NULL;
    for (struct weir_nursery_known **at = &n->known; *at; at = &(*at)->next)
        if (is_unused(n, *at) && (!found || (*at)->used_ms < (*found)->used_ms))
            found = at;
    return found;
}

void
weir_nursery_forget_unused(struct weir_nursery *n)
{
    uint32_t n_types = 0;
    for (const struct weir_nursery_known *k = n->known; k; k = k->next)
        n_types += k->type != NULL;
    for (; n_types > WEIR_NURSERY_TYPES; n_types--) {
        struct weir_nursery_known **at = find_longest_unused(n);
        if (!at)
            return;
        struct weir_nursery_known *k = *at;
        *at = k->next;
        weir_plugin_type_free(k->type);
        free(k->uri);
        free(k);
    }
}

static struct weir_nursery_known *
find(const struct weir_nursery *n, const char *uri, uint32_t rate_hz)
{
    struct weir_nursery_known *k = n->known;
    while (k && !(strcmp(k->uri, uri) == 0 &&
                  (rate_hz == 0 || k->rate_hz == rate_hz)))
        k = k->next;
    if (k)
        k->used_ms = weir_now_ms();
    return k;
}

static struct weir_nursery_known *
get(struct weir_nursery *n, const char *uri, uint32_t rate_hz)
{
    struct weir_nursery_known *k = find(n, uri, rate_hz);
    if (k)
        return k;
    forget_failed(n);
    k = calloc(1, sizeof *k);
    if (k && !(k->uri = strdup(uri))) {
        free(k);
        return NULL;
    }
    if (!k)
        return NULL;
    k->rate_hz = rate_hz;
    k->next = n->known;
    n->known = k;
    return k;
}

static bool
is_told(const struct weir_nursery_known *k)
{
    return k->serial == 0 &&
           (k->type || (k->why[0] && weir_now_ms() - k->told_ms < FAILED_MS));
}

void
weir_nursery_describe(struct weir_nursery *n, const char *uri, uint32_t rate_hz,
                      weir_nursery_described_fn *fn, void *owner)
{
    if (n->reader < 0) {
        fn(owner, uri, NULL, WEIR_NURSERY_GONE);
        return;
    }
    if (strlen(uri) >= WEIR_NURSERY_TEXT || n->n_asked == WEIR_NURSERY_ASKED) {
        fn(owner, uri, NULL,
           n->n_asked == WEIR_NURSERY_ASKED ? "too much is asked at once"
                                            : "its URI is too long");
        return;
    }
    struct weir_nursery_known *k = get(n, uri, rate_hz);
    if (k && is_told(k)) {
        fn(owner, uri, k->type, k->type ? NULL : k->why);
        return;
    }
    struct weir_nursery_asked *a = k ? malloc(sizeof *a) : NULL;
    if (!a) {
        fn(owner, uri, NULL, "memory is short");
        return;
    }
    *a = (struct weir_nursery_asked){k->asked, fn, owner};
    k->asked = a;
    n->n_asked++;
    if (k->serial == 0) {
        k->serial = new_serial(n);
        k->is_sent = false;
        weir_nursery_send(n);
    }
}

const struct weir_plugin_type *
weir_nursery_known(const struct weir_nursery *n, const char *uri,
                   const char **why_not)
{
    const struct weir_nursery_known *k = find(n, uri, 0);
    *why_not = NULL;
    if (k && k->type)
        return k->type;
    if (k && is_told(k))
        *why_not = k->why;
    else if (n->reader < 0)
        *why_not = WEIR_NURSERY_GONE;
    return NULL;
}

// ------------------------------------------------------------------------ list

static void
tell_listed(struct weir_nursery *n, const char *why)
{
    while (n->listers) {
        struct weir_nursery_lister *l = n->listers;
        n->listers = l->next;
        if (l->fn)
            l->fn(l->owner, n->n_entries, n->entries, why);
        free(l);
    }
}

static void
take_list(struct weir_nursery *n, const struct weir_nursery_answer *a, int fd)
{
    size_t size = 0;
    uint32_t n_entries = 0;
    struct weir_plugin_entry *entries = NULL;
    unsigned char *list = read_sealed(fd, &size);
    n->list_is_told = true;
    if (a->ok || a->why[0])
        n->list_serial = 0;
    if (!a->ok && a->why[0]) {
        free(list);
        tell_listed(n, n->entries ? NULL : a->why);
        return;
    }
    // Names that are there are better than newer URIs alone.
    if ((!a->ok && n->has_names) || (fd >= 0 && !list) ||
        (list && !weir_flat_get_entries(list, size, &entries, &n_entries))) {
        free(list);
        tell_listed(n, n->entries ? NULL : "the list makes no sense");
        return;
    }
    free(n->list);
    free(n->entries);
    n->list = list;
    n->entries = entries;
    n->n_entries = n_entries;
    n->has_names = a->ok != 0;
    tell_listed(n, NULL);
}

static void
ask_for_list(struct weir_nursery *n)
{
    const int64_t now_ms = weir_now_ms();
    if (n->list_ms != 0 && now_ms - n->list_ms < LIST_MS)
        return;
    n->list_ms = now_ms;
    n->list_serial = new_serial(n);
    n->list_is_sent = n->list_is_told = false;
    weir_nursery_send(n);
}

void
weir_nursery_list(struct weir_nursery *n, weir_nursery_listed_fn *fn,
                  void *owner)
{
    if (n->reader < 0) {
        fn(owner, n->n_entries, n->entries,
           n->entries ? NULL : WEIR_NURSERY_GONE);
        return;
    }
    ask_for_list(n);
    if (n->list_is_told || n->entries) {
        fn(owner, n->n_entries, n->entries, NULL);
        return;
    }
    struct weir_nursery_lister *l = malloc(sizeof *l);
    if (!l) {
        fn(owner, 0, NULL, "memory is short");
        return;
    }
    *l = (struct weir_nursery_lister){n->listers, fn, owner};
    n->listers = l;
}

// --------------------------------------------------------------------- runners

bool
weir_nursery_run(struct weir_nursery *n, int socket, int memory,
                 weir_nursery_ran_fn *fn, void *owner, struct weir_why *why)
{
    struct weir_nursery_start *s = n->reader >= 0 ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        close(socket);
        close(memory);
        return weir_why(why, "%s",
                        n->reader < 0 ? WEIR_NURSERY_GONE : "out of memory");
    }
    *s = (struct weir_nursery_start){.next = n->starts,
                                     .serial = new_serial(n),
                                     .fds = {socket, memory},
                                     .fn = fn,
                                     .owner = owner};
    n->starts = s;
    weir_nursery_send(n);
    return true;
}

static void
free_start(struct weir_nursery_start *s)
{
    if (!s->is_sent) {
        close(s->fds[0]);
        close(s->fds[1]);
    }
    free(s);
}

static void
take_ran(struct weir_nursery *n, struct weir_nursery_start *s,
         const struct weir_nursery_answer *a, int *fd, const char *why)
{
    for (struct weir_nursery_start **at = &n->starts; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    const bool ok = !why && a->ok && *fd >= 0 && a->pid > 0;
    if (ok)
        s->fn(s->owner, a->pid, *fd, NULL);
    else
        s->fn(s->owner, 0, -1, why ? why : a->why);
    if (ok)
        *fd = -1;
    free_start(s);
}

void
weir_nursery_forget_run(struct weir_nursery *n, const void *owner)
{
    for (struct weir_nursery_start **at = &n->starts; *at;) {
        struct weir_nursery_start *s = *at;
        if (s->owner != owner) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        free_start(s);
    }
}

// --------------------------------------------------------------------- answers

void
weir_nursery_tell(struct weir_nursery *n, const struct weir_nursery_answer *a,
                  int *fd, const char *why)
{
    if (a->serial == 0)
        return;
    for (struct weir_nursery_start *s = n->starts; s; s = s->next)
        if (s->serial == a->serial) {
            take_ran(n, s, a, fd, why);
            return;
        }
    for (struct weir_nursery_known *k = n->known; k; k = k->next)
        if (k->serial == a->serial) {
            take_described(n, k, a, *fd, why);
            return;
        }
    if (n->list_serial == a->serial && why) {
        n->list_serial = 0;
        tell_listed(n, n->entries ? NULL : why);
    } else if (n->list_serial == a->serial)
        take_list(n, a, *fd);
    else if (a->op == WEIR_NURSERY_RUN && *fd >= 0) {
        // One that was given up: it is killed, and not lost.
        weir_nursery_kill(n, *fd);
        *fd = -1;
    }
}

void
weir_nursery_give_up(struct weir_nursery *n, const char *why)
{
    const struct weir_nursery_answer none = {0};
    int fd = -1;
    while (n->starts)
        take_ran(n, n->starts, &none, &fd, why);
    for (struct weir_nursery_known *k = n->known; k; k = k->next)
        if (k->serial != 0)
            take_described(n, k, &none, -1, why);
    n->list_serial = 0;
    tell_listed(n, why);
}

void
weir_nursery_forget(struct weir_nursery *n, const void *owner)
{
    for (struct weir_nursery_known *k = n->known; k; k = k->next)
        for (struct weir_nursery_asked *a = k->asked; a; a = a->next)
            if (a->owner == owner)
                a->fn = NULL;
    for (struct weir_nursery_lister *l = n->listers; l; l = l->next)
        if (l->owner == owner)
            l->fn = NULL;
}

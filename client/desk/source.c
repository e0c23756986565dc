// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Sources: rings in sealed shared memory, made when they are asked for.
#include "desk/source.h"

#include "common/sealed.h"
#include "desk/desk_private.h"
#include "rt/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// ------------------------------------------------------------------ memory

static struct weir_source *
new_source(int fd, uint32_t rate_hz, uint32_t n_channels,
           uint64_t capacity_frames)
{
    const uint64_t capacity = (capacity_frames + 1) & ~UINT64_C(1);
    const int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    struct weir_source *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->fd = fd;
    s->n_bytes = weir_broadcast_bytes(capacity, n_channels);
    // MAP_POPULATE: the mixer meets no fresh page.
    s->memory = mmap(NULL, s->n_bytes, PROT_READ | PROT_WRITE,
                     flags | MAP_POPULATE, fd, 0);
    if (s->memory == MAP_FAILED) {
        free(s);
        return NULL;
    }
    weir_lock_large(s->memory, s->n_bytes);
    weir_broadcast_init(&s->tap.ring, s->memory, rate_hz, n_channels, capacity,
                        0);
    return s;
}

struct weir_source *
weir_source_new_private(uint32_t rate_hz, uint32_t n_channels,
                        uint64_t capacity_frames)
{
    return new_source(-1, rate_hz, n_channels, capacity_frames);
}

struct weir_source *
weir_source_new_shared(uint32_t rate_hz, uint32_t n_channels,
                       uint64_t capacity_frames)
{
    const uint64_t capacity = (capacity_frames + 1) & ~UINT64_C(1);
    const int fd = weir_sealed_open("weir-ring",
                                    weir_broadcast_bytes(capacity, n_channels));
    if (fd < 0)
        return NULL;
    struct weir_source *s = new_source(fd, rate_hz, n_channels, capacity);
    if (!s) {
        close(fd);
        return NULL;
    }
    // Nobody else can map it for writing from here on.
    if (weir_sealed_seal(fd, F_SEAL_FUTURE_WRITE))
        return s;
    weir_source_free(s);
    return NULL;
}

void
weir_source_free(struct weir_source *s)
{
    if (!s)
        return;
    munmap(s->memory, s->n_bytes);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

void
weir_source_wait(struct weir_source *s, bool waiting)
{
    // relaxed: it hands over no other memory, and who sleeps finds it when it
    // looks again by itself.
    atomic_store_explicit(&s->tap.ring.page->state,
                          waiting ? WEIR_BROADCAST_WAITING
                                  : WEIR_BROADCAST_RUNNING,
                          memory_order_relaxed);
}

// ---------------------------------------------------------------- by name

struct place {
    struct weir_desk_strip *strip;
    struct weir_desk_bus *bus;
    bool pre;
};

static bool
find_strip_place(struct weir_desk *desk, const char *name, struct place *out)
{
    char id[WEIR_SOURCE_NAME_BYTES];
    const char *slash = strchr(name, '/');
    const size_t n = slash ? (size_t)(slash - name) : strlen(name);
    if (n >= sizeof id || (slash && strcmp(slash, "/pre") != 0))
        return false;
    memcpy(id, name, n);
    id[n] = '\0';
    out->strip = weir_desk_find_strip(desk, id);
    out->pre = slash != NULL;
    return out->strip != NULL;
}

static bool
find_place(struct weir_desk *desk, const char *name, struct place *out)
{
    *out = (struct place){0};
    if (strncmp(name, "strip/", 6) == 0)
        return find_strip_place(desk, name + 6, out);
    out->bus = weir_desk_find_bus(desk, name);
    return out->bus != NULL;
}

static struct weir_source *
find_source(const struct weir_desk *desk, const struct place *place)
{
    for (struct weir_source *s = desk->sources; s; s = s->next)
        if (s->strip == place->strip && s->bus == place->bus &&
            s->pre == place->pre)
            return s;
    return NULL;
}

static enum weir_fault_code
no_such_source(struct weir_desk *desk, const char *name,
               struct weir_fault *fault)
{
    if (weir_desk_find_strip(desk, name))
        return weir_fault(fault, WEIR_FAULT_NO_OBJECT,
                          "no bus %.40s (for the strip say strip/%.40s)", name,
                          name);
    return weir_fault(fault, WEIR_FAULT_NO_OBJECT,
                      "no source %.60s (a bus's id, strip/ID or strip/ID/pre; "
                      "weirctl list shows them)",
                      name);
}

static struct weir_source *
new_named(struct weir_desk *desk, const char *name, const struct place *place)
{
    const uint32_t n_channels =
        place->bus ? place->bus->o.n_channels : place->strip->o.n_channels;
    struct weir_source *s = weir_source_new_shared(
        desk->config.rate_hz, n_channels, desk->config.history_frames);
    if (!s)
        return NULL;
    snprintf(s->name, sizeof s->name, "%s", name);
    s->strip = place->strip;
    s->bus = place->bus;
    s->pre = place->pre;
    weir_source_wait(s, desk->waiting);
    s->next = desk->sources;
    desk->sources = s;
    return s;
}

static struct weir_command
about(const struct weir_source *s, enum weir_command_kind kind)
{
    struct weir_command c = {.kind = kind, .param = s->pre};
    c.strip = s->strip ? s->strip->mix : NULL;
    c.bus = s->bus ? s->bus->mix : NULL;
    return c;
}

// Ask the mixer about a source's tap.
static bool
tell_mixer(struct weir_desk *desk, struct weir_source *s,
           enum weir_command_kind kind, float value, struct weir_ticket ticket)
{
    struct weir_command c = about(s, kind);
    c.tap = &s->tap;
    c.value = value;
    return weir_link_send_one(desk->config.link, &c, ticket);
}

static void
no_ring(const char *name, int error, struct weir_fault *fault)
{
    char what[32 + WEIR_SOURCE_NAME_BYTES];
    snprintf(what, sizeof what, "no ring for %.*s", WEIR_SOURCE_NAME_BYTES,
             name);
    weir_fault_system(fault, what, error);
}

struct weir_source *
weir_source_get(struct weir_desk *desk, const char *name,
                struct weir_ticket ready, struct weir_fault *fault)
{
    struct place place;
    if (!find_place(desk, name, &place)) {
        no_such_source(desk, name, fault);
        return NULL;
    }
    struct weir_source *s = find_source(desk, &place);
    const bool fresh = !s;
    if (fresh)
        s = new_named(desk, name, &place);
    if (!s) {
        no_ring(name, errno, fault);
        return NULL;
    }
    if (fresh)
        s->tap.has_readers = true; // the mixer does not have it yet
    s->n_readers++;
    // With `fresh` the tap is added; else this says, in its turn, that there
    // are readers.
    if (tell_mixer(desk, s,
                   fresh ? WEIR_COMMAND_TAP_ADD : WEIR_COMMAND_TAP_READERS,
                   1.0f, ready))
        return s;
    weir_fault(fault, WEIR_FAULT_LIMIT, "too many commands under way");
    weir_source_put(desk, s);
    return NULL;
}

static void
free_when_let_go(void *owner, const struct weir_fault *fault)
{
    (void)fault;
    weir_source_free(owner);
}

void
weir_source_put(struct weir_desk *desk, struct weir_source *s)
{
    if (--s->n_readers > 0)
        return;
    if (s->permanent) {
        tell_mixer(desk, s, WEIR_COMMAND_TAP_READERS, 0.0f,
                   (struct weir_ticket){0});
        return;
    }
    struct weir_source **at = &desk->sources;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    if (!s->strip && !s->bus) {
        weir_source_free(s); // its strip is gone: the mixer has no tap of it
        return;
    }
    tell_mixer(desk, s, WEIR_COMMAND_TAP_REMOVE, 0.0f,
               (struct weir_ticket){.fn = free_when_let_go, .owner = s});
}

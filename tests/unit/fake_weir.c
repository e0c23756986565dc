// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Weir as its readers see it. Failures of the system abort: a test that
// cannot be set up has failed.
#include "fake_weir.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void
must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

float
fake_sample(uint64_t position, unsigned s, unsigned c)
{
    const uint64_t step = 2 * (uint64_t)c + 1;
    const uint64_t k = (position * step + 1000 * (uint64_t)s) % 8192;
    return (float)k / 8192.0f - 0.5f;
}

float
fake_tone(uint64_t position, unsigned c, double hz, uint32_t rate_hz)
{
    const double turns = fmod((double)position * hz / rate_hz, 1.0);
    return (float)((c == 0 ? 0.5 : 0.25) * sin(turns * 6.283185307179586));
}

// -------------------------------------------------------------------- rings

static void *
make_memory(int *fd, size_t n_bytes, enum fake_seal seal)
{
    *fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    must(*fd >= 0, "memfd_create");
    must(ftruncate(*fd, (off_t)n_bytes) == 0, "ftruncate");
    void *memory =
        mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    must(memory != MAP_FAILED, "mmap");
    if (seal == FAKE_SEALED)
        must(fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0, "seal");
    return memory;
}

void
fake_ring_init(struct fake_ring *ring, unsigned number, uint32_t rate_hz,
               uint32_t n_channels, uint64_t capacity, uint64_t first,
               enum fake_seal seal)
{
    const size_t n_bytes = weir_broadcast_bytes(capacity, n_channels);
    void *memory = make_memory(&ring->fd, n_bytes, seal);
    weir_broadcast_init(&ring->b, memory, rate_hz, n_channels, capacity, first);
    ring->number = number;
    ring->tone_hz = 0.0;
    ring->level = 1.0f;
    ring->position = first;
}

void
fake_ring_fini(struct fake_ring *ring)
{
    munmap(ring->b.page,
           weir_broadcast_bytes(ring->b.capacity, ring->b.n_channels));
    close(ring->fd);
}

static void
wake(struct fake_ring *ring)
{
    syscall(SYS_futex, &ring->b.page->wake, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

enum { BLOCK = 256 };

static float
sample_of(const struct fake_ring *ring, uint64_t position, unsigned c)
{
    if (ring->tone_hz > 0.0)
        return fake_tone(position, c, ring->tone_hz, ring->b.page->rate_hz);
    return fake_sample(position, ring->number, c);
}

static void
publish_block(struct fake_ring *ring, uint32_t n)
{
    static float frames[64][BLOCK];
    const float *channels[64];
    for (unsigned c = 0; c < ring->b.n_channels; c++) {
        for (uint32_t i = 0; i < n; i++)
            frames[c][i] = ring->level * sample_of(ring, ring->position + i, c);
        channels[c] = frames[c];
    }
    weir_broadcast_write(&ring->b, ring->position, channels, n);
    ring->position += n;
}

void
fake_ring_publish(struct fake_ring *ring, uint64_t n)
{
    while (n > 0) {
        const uint64_t most = weir_min_u64(BLOCK, ring->b.capacity / 4);
        const uint32_t part = (uint32_t)weir_min_u64(n, most > 0 ? most : 1);
        publish_block(ring, part);
        n -= part;
    }
    wake(ring);
}

void
fake_ring_end(struct fake_ring *ring, enum weir_broadcast_state state)
{
    // release: pairs with the acquire in the reader: nothing is published
    // after it.
    atomic_store_explicit(&ring->b.page->state, state, memory_order_release);
    // release: pairs with the acquire before the reader goes to sleep.
    atomic_fetch_add_explicit(&ring->b.page->wake, 1, memory_order_release);
    wake(ring);
}

int
fake_page_new(struct weir_reader_page **out)
{
    int fd;
    *out = make_memory(&fd, WEIR_READER_PAGE_BYTES, FAKE_SEALED);
    return fd;
}

// ------------------------------------------------------------------- socket

int
fake_listen(const char *run_dir, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *path = address.sun_path;
    mkdir(run_dir, 0700);
    snprintf(path, sizeof address.sun_path, "%s/%s", run_dir, name);
    mkdir(path, 0700);
    snprintf(path, sizeof address.sun_path, "%s/%s/attach.sock", run_dir, name);
    unlink(path);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    must(fd >= 0, "socket");
    must(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(fd, 8) == 0, "listen");
    return fd;
}

int
fake_accept(int listener, unsigned char *packet, struct weir_wire *request)
{
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    must(fd >= 0, "accept");
    const ssize_t n = recv(fd, packet, WEIR_ATTACH_MAX_PACKET, 0);
    must(n > 0 && weir_wire_parse(request, packet, (size_t)n), "/attach");
    return fd;
}

bool
fake_send(int socket, const void *packet, size_t n, const int *fds,
          unsigned n_fds)
{
    alignas(struct cmsghdr) char control[CMSG_SPACE(32 * sizeof(int))] = {0};
    unsigned char copy[WEIR_ATTACH_MAX_PACKET];
    struct iovec io = {copy, n};
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
    memcpy(copy, packet, n);
    if (n_fds > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool
send_built(int socket, struct weir_wire_out *w, const int *fds, unsigned n_fds)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    const size_t n = weir_wire_end(w, packet, sizeof packet);
    return n > 0 && fake_send(socket, packet, n, fds, n_fds);
}

bool
fake_attached(int socket, const char *id, int32_t rate_hz, const int *fds,
              unsigned n_fds)
{
    struct weir_wire_out w;
    weir_wire_begin(&w, "/attached");
    weir_wire_string(&w, id);
    weir_wire_int(&w, rate_hz);
    return send_built(socket, &w, fds, n_fds);
}

bool
fake_refuse(int socket, int32_t code, const char *text)
{
    struct weir_wire_out w;
    weir_wire_begin(&w, "/error");
    weir_wire_string(&w, "/attach");
    weir_wire_int(&w, code);
    weir_wire_string(&w, text);
    return send_built(socket, &w, NULL, 0);
}

bool
fake_command(int socket, int32_t request, const char *verb,
             const char *argument)
{
    struct weir_wire_out w;
    weir_wire_begin(&w, "/command");
    weir_wire_int(&w, request);
    weir_wire_string(&w, verb);
    if (argument)
        weir_wire_string(&w, argument);
    return send_built(socket, &w, NULL, 0);
}

bool
fake_bye(int socket, const char *reason)
{
    struct weir_wire_out w;
    weir_wire_begin(&w, "/bye");
    weir_wire_string(&w, reason);
    return send_built(socket, &w, NULL, 0);
}

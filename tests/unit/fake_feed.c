// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Weir as a feed sees it. Failures of the system abort: a test that cannot be
// set up has failed.
#include "fake_feed.h"
#include "rt/futex.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void
must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

void
fake_feed_init(struct fake_feed *f, uint32_t rate_hz, uint32_t n_channels,
               uint64_t capacity, enum fake_seal seal)
{
    *f = (struct fake_feed){.n_bytes =
                                weir_feed_ring_bytes(capacity, n_channels)};
    f->fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    must(f->fd >= 0, "memfd_create");
    must(ftruncate(f->fd, (off_t)f->n_bytes) == 0, "ftruncate");
    void *memory =
        mmap(NULL, f->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
    must(memory != MAP_FAILED, "mmap");
    if (seal == FAKE_SEALED)
        must(fcntl(f->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0,
             "seal");
    f->ring = weir_feed_ring_init(memory, capacity, n_channels, rate_hz,
                                  WEIR_FEED_PACE_PIPE, 0);
}

void
fake_feed_fini(struct fake_feed *f)
{
    munmap(f->ring.page, f->n_bytes);
    close(f->fd);
}

uint64_t
fake_feed_fill(const struct fake_feed *f)
{
    return weir_feed_ring_written(&f->ring) - f->read;
}

static void
end_block(struct fake_feed *f)
{
    if (weir_feed_ring_announce(&f->ring, ++f->n_blocks))
        weir_futex_wake(&f->ring.page->wake, WEIR_FUTEX_SHARED);
}

uint64_t
fake_feed_take(struct fake_feed *f, float *dst, uint64_t n)
{
    n = weir_min_u64(n, fake_feed_fill(f));
    if (dst)
        weir_feed_ring_take(&f->ring, f->read, dst, (uint32_t)n);
    f->read += n;
    weir_feed_ring_finish(&f->ring, f->read);
    end_block(f);
    return n;
}

void
fake_feed_drop(struct fake_feed *f, uint64_t to)
{
    // relaxed: a number to show.
    atomic_fetch_add_explicit(&f->ring.page->dropped, to - f->read,
                              memory_order_relaxed);
    f->read = to;
    weir_feed_ring_finish(&f->ring, f->read);
    end_block(f);
}

void
fake_feed_set_state(struct fake_feed *f, enum weir_feed_state state)
{
    weir_feed_ring_set_state(&f->ring, state);
    end_block(f);
}

bool
fake_fed(int socket, const char *id, const struct fake_feed *f,
         int32_t weir_rate_hz)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire_out w;
    weir_wire_begin(&w, "/fed");
    weir_wire_string(&w, id);
    weir_wire_int(&w, (int32_t)f->ring.n_channels);
    weir_wire_int(&w, (int32_t)f->ring.capacity);
    weir_wire_int(&w, weir_rate_hz);
    const size_t n = weir_wire_end(&w, packet, sizeof packet);
    return n > 0 && fake_send(socket, packet, n, &f->fd, 1);
}

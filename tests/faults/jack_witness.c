// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into weir by periods.py: writes down what JACK delivers, in a file
// that the test reads. One record a cycle: the frame time that weir was told,
// the number of frames, and the buffers of its input ports in the order in
// which it asked for them. Weir gets these copies: JACK's own buffers change
// under a client that is late.
#include <dlfcn.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_RECORD = 4096 };

struct record {
    uint32_t frame_time;
    uint32_t n_frames;
    uint32_t n_inputs;
    uint32_t unused;
};

static struct {
    unsigned char *memory;
    size_t n_bytes;
    // The callback's.
    JackProcessCallback callback;
    void *arg;
    size_t at;
    struct record *now; // null: not in a cycle, or there is no more room
} w;

__attribute__((constructor)) static void
open_file(void)
{
    const char *path = getenv("JACK_WITNESS");
    const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct stat s;
    if (fd < 0 || fstat(fd, &s))
        abort();
    w.n_bytes = (size_t)s.st_size;
    w.memory = mmap(NULL, w.n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (w.memory == MAP_FAILED)
        abort();
    close(fd);
    w.at = FIRST_RECORD;
}

#define REAL(name) ((__typeof__(&(name)))real(#name))

static void *
real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

// The end of the last whole record, or all ones: there is no more room.
static void
say_end(uint64_t end)
{
    // release: the test, which sees it, reads what lies before.
    atomic_store_explicit((_Atomic uint64_t *)(void *)w.memory, end,
                          memory_order_release);
}

static int
process(jack_nframes_t n_frames, void *arg)
{
    (void)arg;
    if (w.at + sizeof *w.now <= w.n_bytes) {
        w.now = (struct record *)(void *)(w.memory + w.at);
        *w.now = (struct record){.n_frames = n_frames};
        w.at += sizeof *w.now;
    }
    const int rc = w.callback(n_frames, w.arg);
    say_end(w.now ? w.at : UINT64_MAX);
    w.now = NULL;
    return rc;
}

int
jack_set_process_callback(jack_client_t *client, JackProcessCallback callback,
                          void *arg)
{
    w.callback = callback;
    w.arg = arg;
    return REAL(jack_set_process_callback)(client, process, NULL);
}

jack_nframes_t
jack_last_frame_time(const jack_client_t *client)
{
    const jack_nframes_t t = REAL(jack_last_frame_time)(client);
    if (w.now)
        w.now->frame_time = t;
    return t;
}

void *
jack_port_get_buffer(jack_port_t *port, jack_nframes_t n_frames)
{
    void *buffer = REAL(jack_port_get_buffer)(port, n_frames);
    const size_t n_bytes = n_frames * sizeof(float);
    if (!w.now || !(jack_port_flags(port) & JackPortIsInput))
        return buffer;
    if (w.at + n_bytes > w.n_bytes) {
        w.now = NULL;
        w.at = w.n_bytes;
        return buffer;
    }
    void *copy = w.memory + w.at;
    if (buffer)
        memcpy(copy, buffer, n_bytes); // else silence, as it is
    w.at += n_bytes;
    w.now->n_inputs++;
    return copy;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into weir by neighbour_stops.py: counts the calls that go to the
// JACK server's control side, or ask libjack's lock for it, in a file that the
// test has mapped, too: those of the program's first thread, which is the one
// that answers, and those of all others. (What libjack calls itself is not
// seen, and not meant.) JACK_CLOSE_MS: so much longer a client's close takes.
#include <dlfcn.h>
#include <fcntl.h>
#include <jack/types.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static struct {
    _Atomic uint64_t first;
    _Atomic uint64_t others;
} * counts;

__attribute__((constructor)) static void
open_counts(void)
{
    const char *path = getenv("JACK_CALLS");
    const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        abort();
    counts = memory;
    close(fd);
}

static void
note(void)
{
    // relaxed: numbers.
    atomic_fetch_add_explicit(gettid() == getpid() ? &counts->first
                                                   : &counts->others,
                              1, memory_order_relaxed);
}

// All arguments of all of these are integers or pointers, as are the results:
// they lie in the same registers whatever their types are.
typedef long call(long, long, long, long, long, long);

static call *
find(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    call *fn;
    memcpy(&fn, &found, sizeof fn);
    return fn;
}

#define COUNTED(name)                                                          \
    long name(long, long, long, long, long, long);                             \
    long name(long a, long b, long c, long d, long e, long f)                  \
    {                                                                          \
        note();                                                                \
        return find(#name)(a, b, c, d, e, f);                                  \
    }

int jack_client_close(jack_client_t *client);

int
jack_client_close(jack_client_t *client)
{
    const char *text = getenv("JACK_CLOSE_MS");
    const long ms = text ? atol(text) : 0;
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    note();
    nanosleep(&t, NULL);
    return (int)find("jack_client_close")((long)client, 0, 0, 0, 0, 0);
}

COUNTED(jack_client_open)
COUNTED(jack_activate)
COUNTED(jack_deactivate)
COUNTED(jack_connect)
COUNTED(jack_disconnect)
COUNTED(jack_get_ports)
COUNTED(jack_port_by_name)
COUNTED(jack_port_register)
COUNTED(jack_port_unregister)
COUNTED(jack_port_get_all_connections)
COUNTED(jack_get_client_name_by_uuid)
COUNTED(jack_recompute_total_latencies)
COUNTED(jack_remove_property)
COUNTED(jack_set_property)
COUNTED(jack_set_freewheel)
COUNTED(jack_transport_locate)
COUNTED(jack_transport_start)
COUNTED(jack_transport_stop)

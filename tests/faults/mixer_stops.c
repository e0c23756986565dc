// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into weir by mixer_stops.py: stops one thread, wherever it is,
// for a while. The test names the time in a file that both have mapped, and
// sends SIGRTMIN + 5 to that thread; the signal's handler is the stop. With
// functions named it stops only a thread that is inside of one of them, and
// otherwise lets it go on: the test tries again. With MIXER_STOPS_DEAF set no
// signal is taken meanwhile.
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include <fcntl.h>
#include <unistd.h>

// As mixer_stops.py has it.
enum { MAX_PLACES = 64 };

// Addresses are those of weir's file.
struct stop {
    _Atomic uint32_t ms; // to stop for; 0 when it has been obeyed
    uint32_t n_places;   // 0: anywhere
    _Atomic uint32_t n_begun;
    _Atomic uint32_t n_ended;
    uint64_t at;                    // where it was
    uint64_t places[MAX_PLACES][2]; // from, to
};

static struct stop *stop;
static uintptr_t load_address;

static int
find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    // The first one is the program itself.
    load_address = info->dlpi_addr;
    return 1;
}

static uintptr_t
interrupted_at(const void *context)
{
    const ucontext_t *c = context;
#if defined(__x86_64__)
    return (uintptr_t)c->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)c->uc_mcontext.pc;
#else
#error "where does this machine keep its program counter?"
#endif
}

static void
sleep_ms(uint32_t ms)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += (long)(ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0)
        continue;
}

static bool
is_a_place(uintptr_t at)
{
    for (uint32_t i = 0; i < stop->n_places; i++)
        if (at >= stop->places[i][0] && at < stop->places[i][1])
            return true;
    return stop->n_places == 0;
}

static void
on_stop(int number, siginfo_t *info, void *context)
{
    const uintptr_t at = interrupted_at(context) - load_address;
    const uint32_t ms = atomic_load(&stop->ms);
    (void)number;
    (void)info;
    if (ms == 0 || !is_a_place(at))
        return;
    stop->at = at;
    atomic_store(&stop->ms, 0);
    atomic_fetch_add(&stop->n_begun, 1);
    sleep_ms(ms);
    atomic_fetch_add(&stop->n_ended, 1);
}

__attribute__((constructor)) static void
prepare(void)
{
    const char *path = getenv("MIXER_STOPS");
    const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    stop = mmap(NULL, sizeof *stop, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (stop == MAP_FAILED)
        return;
    dl_iterate_phdr(find_program, NULL);
    struct sigaction action = {.sa_sigaction = on_stop,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (getenv("MIXER_STOPS_DEAF"))
        sigfillset(&action.sa_mask);
    sigaction(SIGRTMIN + 5, &action, NULL);
}

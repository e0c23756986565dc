// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A JACK client whose real-time threads misbehave, for the tests of what
// watches weir's:
//     misdeeds callback|mixer [CALL]...
// In its callback, or in a thread called weir-mixer that the callback wakes,
// it makes each CALL once, one in a cycle; then it runs a few cycles more in
// which it does nothing wrong, and ends. "all" stands for every CALL.
#include "rt/futex.h"
#include "rt/tags.h"

#include <fcntl.h>
#include <jack/jack.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

enum { MAX_DEEDS = 64, QUIET_CYCLES = 20 };

static void *volatile memory;
static void *volatile pages = MAP_FAILED;
static volatile int n_done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static int pipe_fds[2];
static int null_fd;
static FILE *null_file;
static pthread_t thread;

static void
nothing(void)
{
}

static void *
nothing_at_all(void *arg)
{
    return arg;
}

// Each leaves things so that it can be done, and blocks for no time to speak
// of: the misdeed is that it is called.
// clang-format off
#define DEEDS(X)                                                               \
    X(malloc, memory = malloc(100))                                            \
    X(realloc, memory = realloc(memory, 200))                                  \
    X(free, free(memory); memory = NULL)                                       \
    X(calloc, memory = calloc(1, 300))                                         \
    X(aligned_alloc, memory = aligned_alloc(64, 128))                          \
    X(posix_memalign, void *p; n_done += posix_memalign(&p, 64, 128))          \
    X(mmap, pages = mmap(NULL, 4096, PROT_READ | PROT_WRITE,                   \
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))                  \
    X(madvise, n_done += madvise(pages, 4096, MADV_DONTNEED))                  \
    X(munmap, n_done += munmap(pages, 4096))                                   \
    X(mlock, n_done += mlock(&mutex, sizeof mutex))                            \
    X(pthread_mutex_lock, n_done += pthread_mutex_lock(&mutex))                \
    X(pthread_mutex_unlock, n_done += pthread_mutex_unlock(&mutex))            \
    X(pthread_mutex_trylock, n_done += pthread_mutex_trylock(&mutex))          \
    X(pthread_rwlock_rdlock, n_done += pthread_rwlock_rdlock(&rwlock))         \
    X(pthread_rwlock_unlock, n_done += pthread_rwlock_unlock(&rwlock))         \
    X(pthread_spin_lock, n_done += pthread_spin_lock(&spin))                   \
    X(pthread_cond_signal, n_done += pthread_cond_signal(&cond))               \
    X(pthread_once, n_done += pthread_once(&once, nothing))                    \
    X(sem_post, n_done += sem_post(&semaphore))                                \
    X(sem_wait, n_done += sem_wait(&semaphore))                                \
    X(pthread_create,                                                          \
      n_done += pthread_create(&thread, NULL, nothing_at_all, NULL))           \
    X(open, n_done += open("/dev/null", O_RDONLY))                             \
    X(openat, n_done += openat(AT_FDCWD, "/dev/null", O_RDONLY))               \
    X(fopen, memory = fopen("/dev/null", "r"))                                 \
    X(read, char c; n_done += (int)read(null_fd, &c, 1))                       \
    X(write, n_done += (int)write(pipe_fds[1], "x", 1))                        \
    X(pread, char c; n_done += (int)pread(null_fd, &c, 1, 0))                  \
    X(close, n_done += close(dup_of_null))                                     \
    X(fstat, struct stat s; n_done += fstat(null_fd, &s))                      \
    X(fcntl, n_done += fcntl(null_fd, F_GETFD))                                \
    X(ioctl, int n; n_done += ioctl(pipe_fds[0], FIONREAD, &n))                \
    X(poll, struct pollfd p = {.fd = null_fd}; n_done += poll(&p, 1, 0))       \
    X(select, struct timeval t = {0};                                          \
      n_done += select(0, NULL, NULL, NULL, &t))                               \
    X(socket, n_done += socket(AF_UNIX, SOCK_DGRAM, 0))                        \
    X(send, n_done += (int)send(null_fd, "x", 1, 0))                           \
    X(recv, char c; n_done += (int)recv(null_fd, &c, 1, 0))                    \
    X(printf, n_done += printf("%d\n", n_done))                                \
    X(fprintf, n_done += fprintf(null_file, "%d\n", n_done))                   \
    X(snprintf, char s[20]; n_done += snprintf(s, 20, "%d", n_done))           \
    X(puts, n_done += puts("said"))                                            \
    X(fwrite, n_done += (int)fwrite("xyz", 1, 3, null_file))                   \
    X(fflush, n_done += fflush(null_file))                                     \
    X(syslog, syslog(LOG_DEBUG, "%d", n_done); n_done++)                       \
    X(usleep, n_done += usleep(1))                                             \
    X(nanosleep, const struct timespec t = {.tv_nsec = 1};                     \
      n_done += nanosleep(&t, NULL))                                           \
    X(clock_nanosleep, const struct timespec t = {.tv_nsec = 1};               \
      n_done += clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL))                 \
    X(sched_yield, n_done += sched_yield())                                    \
    X(syscall, n_done += (int)syscall(SYS_getppid))
// clang-format on

static int dup_of_null;

#define FUNCTION(name, ...)                                                    \
    __attribute__((noinline)) static void do_##name(void)                      \
    {                                                                          \
        __VA_ARGS__;                                                           \
    }
DEEDS(FUNCTION)

#define ENTRY(name, ...) {#name, do_##name},
static const struct deed {
    const char *call;
    void (*fn)(void);
} deeds[] = {DEEDS(ENTRY)};
enum { N_DEEDS = sizeof deeds / sizeof deeds[0] };

static struct {
    const struct deed *todo[MAX_DEEDS];
    int n_todo;
    bool in_mixer;
    int end_fd;
    int n_done; // the misbehaving thread's
    _Atomic uint32_t doorbell;
    _Atomic int n_cycles;
    _Atomic int n_waits;
} m;

static void
end(void)
{
    const uint64_t one = 1;
    if (write(m.end_fd, &one, sizeof one) < 0)
        abort();
}

// What this test is about; the compiler is told not to look (CMake).
static WEIR_RT void
do_next(void)
{
    if (m.n_done < m.n_todo)
        m.todo[m.n_done++]->fn();
}

static WEIR_RT int
process(jack_nframes_t n_frames, void *arg)
{
    (void)n_frames;
    (void)arg;
    if (!m.in_mixer)
        do_next();
    m.n_cycles++;
    m.doorbell++;
    weir_futex_wake(&m.doorbell, WEIR_FUTEX_PRIVATE);
    return 0;
}

// As weir's mixer; it also tells the main thread of the end.
static void *
mixer(void *arg)
{
    const int enough = m.n_todo + QUIET_CYCLES;
    pthread_setname_np(pthread_self(), "weir-mixer"); // watched from now on
    while (m.n_cycles < enough || m.n_waits < enough) {
        weir_futex_wait(&m.doorbell, m.doorbell, 100000000, WEIR_FUTEX_PRIVATE);
        m.n_waits++;
        if (m.in_mixer)
            do_next();
    }
    end();
    return arg;
}

static void
choose(const char *call)
{
    for (int i = 0; i < N_DEEDS; i++)
        if (strcmp(call, "all") == 0 || strcmp(call, deeds[i].call) == 0)
            m.todo[m.n_todo++] = &deeds[i];
}

static bool
prepare(void)
{
    m.end_fd = eventfd(0, EFD_CLOEXEC);
    null_fd = open("/dev/null", O_RDWR);
    dup_of_null = dup(null_fd);
    null_file = fopen("/dev/null", "w");
    return pipe(pipe_fds) == 0 && sem_init(&semaphore, 0, 0) == 0 &&
           pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0 && null_file;
}

int
main(int argc, char **argv)
{
    pthread_t t;
    uint64_t count;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 2)
        return 2;
    m.in_mixer = strcmp(argv[1], "mixer") == 0;
    for (int i = 2; i < argc; i++)
        choose(argv[i]);
    jack_client_t *client = jack_client_open(
        "misdeeds", JackNoStartServer | JackUseExactName, NULL);
    if (!client || !prepare() || pthread_create(&t, NULL, mixer, NULL) ||
        jack_set_process_callback(client, process, NULL) ||
        jack_activate(client))
        return 1;
    if (read(m.end_fd, &count, sizeof count) < 0)
        return 1;
    pthread_join(t, NULL);
    jack_deactivate(client);
    jack_client_close(client);
    for (int i = 0; i < m.n_todo; i++)
        printf("did %s\n", m.todo[i]->call);
    return 0;
}

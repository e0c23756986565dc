// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Preloaded into weir, this knows its two real-time threads and records
// every call of watched.h that they make:
//   callback: between entry and exit of the function that the client gave to
//             jack_set_process_callback(); what libjack does around it is
//             JACK's own.
//   mixer:    the thread called weir-mixer, from its first futex wait until
//             its function returns.
// At the process's end WEIR_WATCH_REPORT is written: what was watched, what
// was allowed (counted), and each offence with its backtrace.
//
// Every watched name is a few instructions that save the registers, ask
// judge(), restore them and jump to the real function: so no signature has
// to be repeated here, and variadic functions are like any other.
#include "watched.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the entries below are written for x86-64"
#endif

enum { MAX_OFFENCES = 512, MAX_FRAMES = 24, MAX_FD = 1024 };

#define INDEX(name) INDEX_##name,
enum index { WATCHED(INDEX) N_WATCHED };
#define NAME(name) #name,
static const char *const names[] = {WATCHED(NAME)};

enum role { NOBODY, CALLBACK, MIXER };
static const char *const roles[] = {"nobody", "callback", "mixer"};

// Initial-exec: a watched thread must not allocate because it is watched.
#define OWN static __thread __attribute__((tls_model("initial-exec")))
OWN enum role role;
OWN bool asked_for_its_name;

// Each is written by one thread, and read when the process ends.
static struct {
    _Atomic long cycles, wakes, most_wakes;
} callback;
static struct {
    _Atomic long waits, wakes, writes;
} mixer;

static struct offence {
    _Atomic bool whole;
    enum role role;
    enum index call;
    int n_frames;
    void *frames[MAX_FRAMES];
} offences[MAX_OFFENCES];
static _Atomic long n_offences;
static _Atomic long n_of_role[MIXER + 1]; // each has room for half of them

static void *real[N_WATCHED];
static FILE *report;

// ------------------------------------------------------ the real functions

// What dlsym() itself may call has to be there before it.
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);
extern void __libc_free(void *p);

static void *
find_real(enum index i)
{
    switch (i) {
    case INDEX_malloc:
        return (void *)__libc_malloc;
    case INDEX_calloc:
        return (void *)__libc_calloc;
    case INDEX_realloc:
        return (void *)__libc_realloc;
    case INDEX_memalign:
        return (void *)__libc_memalign;
    case INDEX_free:
        return (void *)__libc_free;
    default:
        return dlsym(RTLD_NEXT, names[i]);
    }
}

static void *
real_of(enum index i)
{
    if (!real[i])
        real[i] = find_real(i);
    return real[i];
}

// --------------------------------------------------------- what is allowed

// By the kernel's word, once for each number: weir closes no eventfd while
// its threads run.
static bool
is_eventfd(unsigned long fd)
{
    static _Atomic signed char known[MAX_FD];
    static const char wanted[] = "anon_inode:[eventfd]";
    char path[32] = "/proc/self/fd/";
    char target[64];
    if (fd >= MAX_FD)
        return false;
    if (known[fd] != 0)
        return known[fd] > 0;
    char digits[8];
    int n = 0;
    for (unsigned long k = fd; n == 0 || k > 0; k /= 10)
        digits[n++] = (char)('0' + k % 10);
    for (char *at = path + strlen(path); n > 0;)
        *at++ = digits[--n];
    long (*system_call)(long, ...) =
        (long (*)(long, ...))real_of(INDEX_syscall);
    const long got =
        system_call(SYS_readlinkat, AT_FDCWD, path, target, sizeof target);
    known[fd] = got == (long)sizeof wanted - 1 &&
                        memcmp(target, wanted, sizeof wanted - 1) == 0
                    ? 1
                    : -1;
    return known[fd] > 0;
}

OWN long wakes_in_cycle;

static bool
callback_may_call(enum index call, const unsigned long *args)
{
    // The mixer is woken by one futex call, which never blocks.
    if (call == INDEX_syscall && args[0] == SYS_futex &&
        (args[2] & (unsigned long)FUTEX_CMD_MASK) == FUTEX_WAKE) {
        callback.wakes++;
        wakes_in_cycle++;
        return true;
    }
    return false;
}

static bool
mixer_may_call(enum index call, const unsigned long *args)
{
    static unsigned long doorbell; // the mixer's alone
    if (call == INDEX_syscall && args[0] == SYS_futex) {
        const unsigned long op = args[2] & (unsigned long)FUTEX_CMD_MASK;
        // Readers that sleep on a ring are woken; it never blocks.
        if (op == FUTEX_WAKE) {
            mixer.wakes++;
            return true;
        }
        // Between two blocks it waits, on its doorbell alone.
        if (!doorbell)
            doorbell = args[1];
        if (op == FUTEX_WAIT && args[1] == doorbell) {
            mixer.waits++;
            return true;
        }
    }
    // @control, which polls, is told of events by an eventfd.
    if (call == INDEX_write && is_eventfd(args[0])) {
        mixer.writes++;
        return true;
    }
    return false;
}

static bool
may_call(enum role who, enum index call, const unsigned long *args)
{
    return who == CALLBACK ? callback_may_call(call, args)
                           : mixer_may_call(call, args);
}

// -------------------------------------------------------------- judgement

static void
note(enum role who, enum index call)
{
    n_offences++;
    const long nth = n_of_role[who]++;
    if (nth >= MAX_OFFENCES / 2)
        return;
    const long at = nth + (who == MIXER ? MAX_OFFENCES / 2 : 0);
    struct offence *o = &offences[at];
    o->role = who;
    o->call = call;
    o->n_frames = backtrace(o->frames, MAX_FRAMES);
    o->whole = true;
}

static void
perhaps_begin_mixer(const unsigned long *args)
{
    char name[16] = "";
    if (asked_for_its_name || args[0] != SYS_futex ||
        (args[2] & (unsigned long)FUTEX_CMD_MASK) != FUTEX_WAIT)
        return;
    ((int (*)(int, ...))real_of(INDEX_prctl))(PR_GET_NAME, name);
    // It is named by who made it, after it was made: until then, ask again.
    if (strcmp(name, "weir-mixer") == 0) {
        asked_for_its_name = true;
        role = MIXER;
    }
}

// Where every entry goes first; returns where it goes then.
__attribute__((visibility("hidden"))) void *
weir_watch_judge(enum index call, const unsigned long *args);
void *
weir_watch_judge(enum index call, const unsigned long *args)
{
    void *to = real_of(call);
    const int saved = errno;
    if (role == NOBODY && call == INDEX_syscall)
        perhaps_begin_mixer(args);
    if (role != NOBODY) {
        const enum role who = role;
        role = NOBODY; // what judging calls is nobody's offence
        if (!may_call(who, call, args))
            note(who, call);
        role = who;
    }
    errno = saved;
    return to;
}

// clang-format off
__asm__(
    ".text\n"
    "weir_watch_enter:\n"
    ".cfi_startproc\n"
    "    push %rbp\n"
    "    .cfi_def_cfa_offset 16\n"
    "    .cfi_offset %rbp, -16\n"
    "    mov %rsp, %rbp\n"
    "    .cfi_def_cfa_register %rbp\n"
    "    push %r11\n" // for alignment
    "    push %rax\n"
    "    push %r9\n    push %r8\n    push %rcx\n"
    "    push %rdx\n    push %rsi\n    push %rdi\n" // now an array of six
    "    mov %rsp, %rsi\n"
    "    sub $128, %rsp\n"
    "    movups %xmm0, (%rsp)\n    movups %xmm1, 16(%rsp)\n"
    "    movups %xmm2, 32(%rsp)\n    movups %xmm3, 48(%rsp)\n"
    "    movups %xmm4, 64(%rsp)\n    movups %xmm5, 80(%rsp)\n"
    "    movups %xmm6, 96(%rsp)\n    movups %xmm7, 112(%rsp)\n"
    "    mov %r11d, %edi\n"
    "    call weir_watch_judge\n"
    "    mov %rax, %r11\n"
    "    movups (%rsp), %xmm0\n    movups 16(%rsp), %xmm1\n"
    "    movups 32(%rsp), %xmm2\n    movups 48(%rsp), %xmm3\n"
    "    movups 64(%rsp), %xmm4\n    movups 80(%rsp), %xmm5\n"
    "    movups 96(%rsp), %xmm6\n    movups 112(%rsp), %xmm7\n"
    "    add $128, %rsp\n"
    "    pop %rdi\n    pop %rsi\n    pop %rdx\n"
    "    pop %rcx\n    pop %r8\n    pop %r9\n"
    "    pop %rax\n"
    "    add $8, %rsp\n"
    "    pop %rbp\n"
    "    .cfi_def_cfa %rsp, 8\n"
    "    jmp *%r11\n"
    ".cfi_endproc\n");

#define ENTRY(name)                                                            \
    __asm__(".globl " #name "\n.type " #name ", @function\n" #name ":\n"       \
            "    mov $%c0, %%r11d\n    jmp weir_watch_enter\n"                 \
            ".size " #name ", . - " #name "\n" : : "i"(INDEX_##name));
// clang-format on
// An asm() with operands stands in a function; this one is never called.
__attribute__((used, naked)) static void
entries(void)
{
    WATCHED(ENTRY)
}

// ------------------------------------------------------------ the callback

struct client {
    JackProcessCallback process;
    void *arg;
};

static int
process(jack_nframes_t n_frames, void *arg)
{
    const struct client *c = arg;
    wakes_in_cycle = 0;
    role = CALLBACK;
    const int rc = c->process(n_frames, c->arg);
    role = NOBODY;
    callback.cycles++;
    if (wakes_in_cycle > callback.most_wakes)
        callback.most_wakes = wakes_in_cycle;
    return rc;
}

int
jack_set_process_callback(jack_client_t *client, JackProcessCallback fn,
                          void *arg)
{
    int (*set)(jack_client_t *, JackProcessCallback, void *) =
        (int (*)(jack_client_t *, JackProcessCallback, void *))dlsym(
            RTLD_NEXT, "jack_set_process_callback");
    static struct client watched; // one client in a process
    watched = (struct client){fn, arg};
    return set(client, fn ? process : NULL, &watched);
}

// -------------------------------------------------------------- the mixer

struct start {
    void *(*fn)(void *);
    void *arg;
};

// What a thread does when it ends is the C library's.
static void *
run(void *arg)
{
    const struct start s = *(struct start *)arg;
    free(arg);
    void *result = s.fn(s.arg);
    role = NOBODY;
    return result;
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
               void *(*fn)(void *), void *arg)
{
    static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                         void *);
    if (role != NOBODY)
        note(role, N_WATCHED);
    if (!create)
        create =
            (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                     void *))dlsym(RTLD_NEXT, "pthread_create");
    struct start *s = malloc(sizeof *s);
    if (!s)
        return EAGAIN;
    *s = (struct start){fn, arg};
    return create(thread, attr, run, s);
}

// ----------------------------------------------------------- begin and end

__attribute__((constructor)) static void
begin(void)
{
    void *frame[1];
    for (int i = 0; i < N_WATCHED; i++)
        real_of((enum index)i);
    backtrace(frame, 1); // loads what unwinds
    // Now: weir will not let it open a file there later.
    const char *path = getenv("WEIR_WATCH_REPORT");
    report = path ? fopen(path, "we") : NULL;
}

__attribute__((destructor)) static void
end(void)
{
    FILE *f = report;
    if (!f)
        return;
    const long n = n_offences;
    fprintf(f, "callback cycles=%ld wakes=%ld most_wakes=%ld\n",
            callback.cycles, callback.wakes, callback.most_wakes);
    fprintf(f, "mixer waits=%ld wakes=%ld writes=%ld\n", mixer.waits,
            mixer.wakes, mixer.writes);
    fprintf(f, "offences=%ld\n", n);
    for (long i = 0; i < MAX_OFFENCES; i++) {
        const struct offence *o = &offences[i];
        if (!o->whole)
            continue;
        fprintf(f, "offence %s %s\n", roles[o->role],
                o->call == N_WATCHED ? "pthread_create" : names[o->call]);
        fflush(f);
        backtrace_symbols_fd(o->frames, o->n_frames, fileno(f));
    }
    fclose(f);
}

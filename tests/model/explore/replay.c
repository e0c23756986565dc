// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Running the program's threads, one at a time, up to their first access that
// a graph does not know yet. A thread is a function of what it reads, so it
// is begun anew each time and gets its values from the graph.
//
// What only one thread touches, or nobody writes, is no event: such a word
// becomes one when a second thread comes, and then all is begun anew, until no
// word changes its kind any more.
#include "replay.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The program's memory, as the linker laid it out.
extern char __data_start[];     // NOLINT(bugprone-reserved-identifier)
extern char _end[];             // NOLINT(bugprone-reserved-identifier)
extern char __start_explorer[]; // NOLINT(bugprone-reserved-identifier)
extern char __stop_explorer[];  // NOLINT(bugprone-reserved-identifier)

int program_main(void);

// Who has touched a word since the exploration began.
struct touch {
    uint8_t readers;
    uint8_t writers;
};

struct thread {
    void *(*run)(void *);
    void *arg;
};

static struct {
    char *before;  // the program's memory before main
    char *created; // and when the first thread was created
    struct touch *touches;
    struct thread threads[MAX_THREADS];
    bool has_created;

    // The run under way.
    struct graph *g;
    const struct relations *rel;
    int thread;
    int n_created;
    int done;       // events of this thread that were replayed
    int unfinished; // a plain write whose bytes are not in memory yet
    struct next next;
    jmp_buf leave;
    bool running;
} r __attribute__((section("explorer")));

// ------------------------------------------------------------------ memory

// The explorer's own state lies among the program's memory, and is left alone.
static void
copy_memory(char *to, const char *from)
{
    const size_t n = (size_t)(_end - __data_start);
    const size_t first = (size_t)(__start_explorer - __data_start);
    const size_t rest = (size_t)(__stop_explorer - __data_start);
    memcpy(to, from, first);
    memcpy(to + rest, from + rest, n - rest);
}

static char *
memory_copy(void)
{
    char *copy = malloc((size_t)(_end - __data_start));
    if (!copy)
        abort();
    copy_memory(copy, __data_start);
    return copy;
}

static bool
is_programs(uintptr_t address)
{
    return address >= (uintptr_t)__data_start && address < (uintptr_t)_end;
}

void
weir_replay_init(void)
{
    const size_t n_words = (size_t)(_end - __data_start) / 4 + 1;
    r.touches = calloc(n_words, sizeof *r.touches);
    if (!r.touches)
        abort();
    r.before = memory_copy();
}

// ------------------------------------------------------------------ leaving

static _Noreturn void
leave(enum next_kind kind)
{
    r.next.kind = kind;
    longjmp(r.leave, 1);
}

_Noreturn void
weir_replay_fail(const char *what, const char *more)
{
    snprintf(r.next.error, sizeof r.next.error, "%s%s", what, more);
    if (!r.running) {
        fprintf(stderr, "explore: %s\n", r.next.error);
        exit(2);
    }
    leave(NEXT_ERROR);
}

// -------------------------------------------------------------- what is shared

static bool
one_bit(unsigned bits)
{
    return (bits & (bits - 1)) == 0;
}

static bool
is_shared(const struct touch *t)
{
    return t->writers != 0 && !one_bit(t->writers | t->readers);
}

// Whether any word of an access is shared; notes who is here.
static bool
touch(uintptr_t address, uint32_t n_bytes, bool write)
{
    const uintptr_t base = (uintptr_t)__data_start;
    const uint8_t me = (uint8_t)(1u << r.thread);
    bool any = false;
    for (uintptr_t w = (address - base) / 4;
         w <= (address + n_bytes - 1 - base) / 4; w++) {
        struct touch *t = &r.touches[w];
        const bool was = is_shared(t);
        if (write)
            t->writers |= me;
        else
            t->readers |= me;
        if (is_shared(t) && !was)
            leave(NEXT_RESTART);
        any |= was;
    }
    return any;
}

// Whether the model has anything to say about an access: not while main
// prepares, and not of a thread's stack.
static bool
counts(uintptr_t address)
{
    if (!r.running || !is_programs(address))
        return false;
    return r.thread != 0 || r.n_created > 0;
}

bool
weir_replay_sees(const volatile void *address, uint32_t n_bytes, bool write)
{
    return counts((uintptr_t)address) &&
           touch((uintptr_t)address, n_bytes, write);
}

// ------------------------------------------------------------------- events

// A plain write is announced before it is done; by now it is.
static void
finish_write(void)
{
    if (r.unfinished < 0)
        return;
    struct event *e = &r.g->events[r.unfinished];
    memcpy(e->bytes, (void *)e->address, e->n_bytes);
    r.unfinished = -1;
}

static bool
same(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && a->address == b->address &&
           a->n_bytes == b->n_bytes && a->order == b->order &&
           a->peer == b->peer && a->update == b->update &&
           (a->kind != WRITE || a->value == b->value);
}

// The next event of this thread: known already, or what comes next.
static struct event *
step(struct event want)
{
    finish_write();
    want.thread = (uint8_t)r.thread;
    if (r.done < r.g->length[r.thread]) {
        struct event *e = &r.g->events[r.g->at[r.thread][r.done++]];
        if (!same(e, &want))
            weir_replay_fail("the program did something else than before", "");
        return e;
    }
    r.next.event = want;
    leave(NEXT_EVENT);
}

uint64_t
weir_replay_atomic(enum kind kind, const volatile void *address,
                   uint32_t n_bytes, int order, bool update, uint64_t value,
                   uintptr_t pc)
{
    const struct event want = {
        .kind = kind,
        .order = order,
        .update = update,
        .address = (uintptr_t)address,
        .n_bytes = n_bytes,
        .value = value,
        .pc = pc,
    };
    return step(want)->value;
}

static int
n_before(int id)
{
    const event_set hb = r.rel->happens_before[id];
    return __builtin_popcountll((uint64_t)hb) +
           __builtin_popcountll((uint64_t)(hb >> 64));
}

static bool
is_source(const struct event *o, const struct event *reader)
{
    return (o->kind == PLAIN_WRITE || o->kind == WRITE) &&
           o->address < reader->address + reader->n_bytes &&
           reader->address < o->address + o->n_bytes;
}

// Lay the bytes that happen before a plain read over the memory, oldest first.
// There is no race, so they are in order where they overlap.
static void
gather(const struct event *reader, int id)
{
    int ids[MAX_EVENTS];
    int n = 0;
    for (int i = 0; i < r.g->n; i++) {
        if (!is_source(&r.g->events[i], reader) ||
            !(r.rel->happens_before[id] >> i & 1))
            continue;
        int at = n++;
        for (; at > 0 && n_before(ids[at - 1]) > n_before(i); at--)
            ids[at] = ids[at - 1];
        ids[at] = i;
    }
    for (int i = 0; i < n; i++) {
        const struct event *o = &r.g->events[ids[i]];
        memcpy((void *)o->address,
               o->kind == WRITE ? (const void *)&o->value : o->bytes,
               o->n_bytes);
    }
}

void
weir_replay_plain(enum kind kind, void *address, uint32_t n_bytes, uintptr_t pc)
{
    const uintptr_t at = (uintptr_t)address;
    if (!weir_replay_sees(address, n_bytes, kind == PLAIN_WRITE))
        return;
    if (n_bytes > MAX_BYTES)
        weir_replay_fail("a plain access is too long", "");
    const struct event *e = step((struct event){
        .kind = kind, .address = at, .n_bytes = n_bytes, .pc = pc});
    const int id = (int)(e - r.g->events);
    if (kind == PLAIN_WRITE)
        r.unfinished = id;
    else
        gather(e, id);
}

// ------------------------------------------------------------------ running

static void
restore(const char *copy)
{
    copy_memory(__data_start, copy);
}

static void
run_thread(int t)
{
    if (t == 0) {
        restore(r.before);
        r.n_created = 0;
        program_main();
    } else {
        restore(r.created);
        step((struct event){.kind = START});
        r.threads[t].run(r.threads[t].arg);
    }
    step((struct event){.kind = END});
}

uint64_t
weir_replay_initial(uintptr_t address, uint32_t n_bytes)
{
    uint64_t value = 0;
    memcpy(&value, r.created + (address - (uintptr_t)__data_start), n_bytes);
    return value;
}

static struct next
run(struct graph *g, const struct relations *rel, int t)
{
    r.g = g;
    r.rel = rel;
    r.thread = t;
    r.done = 0;
    r.unfinished = -1;
    r.next.kind = NEXT_NOTHING;
    r.running = true;
    if (setjmp(r.leave) == 0)
        run_thread(t);
    r.running = false;
    return r.next;
}

static bool
has(const struct graph *g, enum kind kind, int peer, int thread)
{
    for (int i = 0; i < g->n; i++)
        if (g->events[i].kind == kind &&
            (peer < 0 || g->events[i].peer == peer) &&
            (thread < 0 || g->events[i].thread == thread))
            return true;
    return false;
}

bool
weir_replay_can_run(const struct graph *g, int t)
{
    if (has(g, END, -1, t))
        return false;
    return t == 0 || has(g, CREATE, t, -1);
}

static bool
is_half_done(const struct graph *g, int t)
{
    if (g->length[t] == 0)
        return false;
    const struct event *e = &g->events[g->at[t][g->length[t] - 1]];
    return e->kind == READ && e->update;
}

struct next
weir_replay_next(struct graph *g, const struct relations *rel, int only)
{
    struct next next = {.kind = NEXT_NOTHING};
    for (int t = 0; t < g->n_threads; t++)
        if (is_half_done(g, t))
            return run(g, rel, t);
    for (int t = 0; t < MAX_THREADS; t++) {
        if ((only >= 0 && t != only) || !weir_replay_can_run(g, t))
            continue;
        next = run(g, rel, t);
        // A join with a thread that runs still: no event yet.
        if (next.kind != NEXT_EVENT || next.event.kind != JOIN ||
            has(g, END, -1, next.event.peer))
            return next;
        next.kind = NEXT_NOTHING;
    }
    return next;
}

// ------------------------------------------------------- threads and fences

void
weir_replay_create(pthread_t *out, void *(*function)(void *), void *arg)
{
    if (!r.running || r.thread != 0)
        weir_replay_fail("only main may create threads", "");
    if (r.n_created + 1 >= MAX_THREADS)
        weir_replay_fail("too many threads", "");
    if ((uintptr_t)arg > 4096 && !is_programs((uintptr_t)arg))
        weir_replay_fail("a thread's argument must be static", "");
    if (r.n_created == 0 && !r.has_created) {
        r.created = memory_copy();
        r.has_created = true;
    }
    const int t = ++r.n_created;
    r.threads[t].run = function;
    r.threads[t].arg = arg;
    *out = (pthread_t)t;
    step((struct event){.kind = CREATE, .peer = (uint8_t)t});
}

void
weir_replay_join(pthread_t t)
{
    step((struct event){.kind = JOIN, .peer = (uint8_t)t});
}

_Noreturn void
weir_replay_exit(void)
{
    step((struct event){.kind = END});
    abort(); // END is nobody's last event but one
}

void
weir_replay_fence(int order, uintptr_t pc)
{
    if (!r.running || (r.thread == 0 && r.n_created == 0))
        return;
    if (order == __ATOMIC_SEQ_CST)
        weir_replay_fail("no model for a sequentially consistent fence", "");
    if (order != __ATOMIC_RELAXED) // which does nothing
        step((struct event){.kind = FENCE, .order = order, .pc = pc});
}

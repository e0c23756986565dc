// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Plugins in stereo strips: in the mixer's process, and in a process of each
// strip's own. What the mixer's thread takes for a strip's block, and the CPU
// time of all processes; a runner is on the other CPU, and asleep when its
// block comes, as in weir.
#include "bench/bench.h"
#include "bench/clock.h"

#include "plugin/nursery.h"
#include "plugin/runner.h"
#include "plugin/runner_private.h"
#include "rt/denormals.h"

#include <fenv.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_STRIPS = 8, MOST_FRAMES = 256, RATE = 48000 };
enum { ASLEEP_NS = 20000, PATIENCE = 10000 }; // after a block; ms

// Who starts the runners: weir-bench itself.
static const char *const nursery_argv[] = {"/proc/self/exe",
                                           BENCH_PLUGIN_NURSERY, NULL};

static const char bare[] = "urn:weir:test:gain";
static const char eq[] = "http://gareus.org/oss/lv2/fil4#stereo";

struct way {
    const char *uri;
    uint32_t n_frames;
    uint32_t n_strips;
    bool inside;
};

struct strip {
    struct weir_runner *runner; // null: inside
    struct weir_chain *chain;
    clockid_t clock; // of the runner's process
};

struct plugins {
    const struct way *way;
    struct weir_plugin_world *world;
    struct weir_plugin_type *type;
    struct weir_nursery *nursery; // null: all inside
    struct strip strips[MOST_STRIPS];
    uint32_t n_answers;
    bool refused;
    float sound[MOST_STRIPS][2][MOST_FRAMES];
};

static float
input(uint32_t strip, uint32_t channel, uint32_t frame)
{
    return (float)((frame * 37 + strip * 11 + channel * 5) % 1024) / 2048 -
           0.2f;
}

static double
cpu_ns(clockid_t clock)
{
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

// ---------------------------------------------------------------------- blocks

static void
fill(struct plugins *p)
{
    for (uint32_t s = 0; s < p->way->n_strips; s++)
        for (uint32_t c = 0; c < 2; c++)
            for (uint32_t f = 0; f < p->way->n_frames; f++)
                p->sound[s][c][f] = input(s, c, f);
}

// What the mixer does, in ns.
static double
run_strips(struct plugins *p)
{
    const uint64_t from = bench_ticks_begin();
    for (uint32_t i = 0; i < p->way->n_strips; i++) {
        struct strip *s = &p->strips[i];
        float *channels[2] = {p->sound[i][0], p->sound[i][1]};
        if (s->runner)
            weir_runner_exchange(s->runner, channels, p->way->n_frames);
        else
            weir_chain_process(s->chain, channels, p->way->n_frames);
    }
    return bench_ticks_ns((double)(bench_ticks_end() - from) -
                          bench_empty_ticks);
}

static bool
is_back(const struct strip *s)
{
    const struct weir_runner_link *link = s->runner->link;
    // acquire: pairs with the release in play_block(), as take_back()'s does.
    return !link || !link->is_waited_for ||
           atomic_load_explicit(&link->page->done, memory_order_acquire) ==
               link->handed;
}

// Until all have made their blocks, and sleep again.
static void
await_runners(const struct plugins *p)
{
    unsigned n_times = 0;
    for (uint32_t i = 0; i < p->way->n_strips; i++)
        while (p->strips[i].runner && !is_back(&p->strips[i])) {
            bench_pause();
            bench_patience(&n_times);
        }
    const double until = bench_now_ns() + ASLEEP_NS;
    while (!p->way->inside && bench_now_ns() < until)
        bench_pause();
}

static double
runners_ns(const struct plugins *p)
{
    double ns = 0.0;
    for (uint32_t i = 0; i < p->way->n_strips; i++)
        if (p->strips[i].runner)
            ns += cpu_ns(p->strips[i].clock);
    return ns;
}

static void
sample(void *state, uint64_t n, double *measured)
{
    struct plugins *p = state;
    const double blocks = (double)n * p->way->n_strips;
    const double before = runners_ns(p);
    double ns = 0.0;
    fenv_t kept;
    fegetenv(&kept);
    weir_denormals_off();
    for (uint64_t k = 0; k < n; k++) {
        fill(p);
        ns += run_strips(p);
        await_runners(p);
    }
    fesetenv(&kept);
    measured[0] = ns / blocks;
    measured[1] = (ns + runners_ns(p) - before) / blocks;
}

// Every block has the same in it: a block late is no difference. `gain` is
// set to 2; an equaliser that is flat leaves the level as it is.
static bool
verify(void *state)
{
    struct plugins *p = state;
    double unused[2], in = 0.0, out = 0.0;
    bool right = true;
    sample(p, 32, unused);
    for (uint32_t s = 0; s < p->way->n_strips; s++)
        for (uint32_t c = 0; c < 2; c++)
            for (uint32_t f = 0; f < p->way->n_frames; f++) {
                const float x = input(s, c, f), y = p->sound[s][c][f];
                right &= p->way->uri != bare || y == 2 * x;
                in += (double)(x * x);
                out += (double)(y * y);
            }
    return right && out > in / 4 && out < in * 8;
}

// ------------------------------------------------------------------- beginning

static void
hear(void *owner, uint32_t serial, const char *why)
{
    struct plugins *p = owner;
    (void)serial;
    p->n_answers++;
    p->refused = p->refused || why;
}

static void
leave(void *state)
{
    struct plugins *p = state;
    for (uint32_t i = 0; i < p->way->n_strips; i++) {
        weir_runner_free(p->strips[i].runner);
        weir_chain_free(p->strips[i].chain);
    }
    weir_nursery_free(p->nursery);
    weir_plugin_type_free(p->type);
    weir_plugin_world_close(p->world);
    free(p);
}

// On any CPU but this thread's; what it starts stays there.
static void
step_aside(cpu_set_t *before)
{
    cpu_set_t others;
    sched_getaffinity(0, sizeof *before, before);
    CPU_ZERO(&others);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (!CPU_ISSET(i, before))
            CPU_SET(i, &others);
    sched_setaffinity(0, sizeof others, &others);
}

static bool
begin_nursery(struct plugins *p)
{
    struct weir_why why;
    cpu_set_t before;
    const struct weir_nursery_config config = {.argv = nursery_argv};
    step_aside(&before);
    const bool ok = weir_nursery_new(&config, &p->nursery, &why);
    sched_setaffinity(0, sizeof before, &before);
    return ok;
}

static bool
begin_runner(struct plugins *p, struct strip *s)
{
    struct weir_why why;
    const struct weir_runner_config config = {
        .n_channels = 2,
        .block = p->way->n_frames,
        .rate_hz = RATE,
        .nursery = p->nursery,
    };
    if (!weir_runner_new(&config, &s->runner, &why))
        return false;
    weir_runner_listen(s->runner, hear, NULL, p);
    return weir_runner_add(s->runner, "it", p->type, 0, &why) &&
           (p->way->uri != bare ||
            weir_runner_set(s->runner, "it",
                            weir_plugin_type_port(p->type, "gain"), 2.0f,
                            &why));
}

static bool
find_clocks(struct plugins *p, uint32_t n)
{
    for (uint32_t s = 0; s < n; s++)
        if (clock_getcpuclockid(weir_runner_pid(p->strips[s].runner),
                                &p->strips[s].clock) != 0)
            return false;
    return true;
}

static bool
begin_inside(struct plugins *p, struct strip *s)
{
    struct weir_why why;
    const struct weir_chain_config config = {
        .instance = {.world = p->world,
                     .rate_hz = RATE,
                     .nominal_block = p->way->n_frames,
                     .max_block = p->way->n_frames},
        .n_channels = 2,
    };
    s->chain = weir_chain_new(&config);
    return s->chain && weir_chain_add(s->chain, "it", p->way->uri, 0, &why) &&
           (p->way->uri != bare ||
            weir_chain_set(s->chain, "it", "gain", 2.0f, &why));
}

// Until the plugins are there and no longer faded in.
static bool
settle(struct plugins *p)
{
    const uint32_t n_calls = p->way->uri == bare ? 2 : 1;
    const uint32_t n = p->way->inside ? 0 : p->way->n_strips;
    for (int i = 0; i < PATIENCE && p->n_answers < n * n_calls; i++) {
        weir_nursery_service(p->nursery);
        for (uint32_t s = 0; s < n; s++)
            weir_runner_service(p->strips[s].runner);
        usleep(1000);
    }
    if (!find_clocks(p, n))
        return false;
    for (uint32_t i = 0; i < RATE / 50 / p->way->n_frames; i++) {
        fill(p);
        run_strips(p);
        await_runners(p);
    }
    return !p->refused && p->n_answers == n * n_calls;
}

static void *
enter(const struct bench_contestant *contestant)
{
    struct plugins *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->way = contestant->how;
    setenv("LV2_PATH", BENCH_LV2, 1);
    p->world = weir_plugin_world_open();
    struct weir_why why;
    bool ok =
        p->world &&
        weir_plugin_describe(p->world, p->way->uri, RATE, &p->type, &why) &&
        (p->way->inside || begin_nursery(p));
    for (uint32_t i = 0; ok && i < p->way->n_strips; i++)
        ok = p->way->inside ? begin_inside(p, &p->strips[i])
                            : begin_runner(p, &p->strips[i]);
    if (ok && settle(p))
        return p;
    leave(p);
    return NULL;
}

// ---------------------------------------------------------------------- groups

#define WAYS(uri, n_frames)                                                    \
    {                                                                          \
        {uri, n_frames, 1, true}, {uri, n_frames, 8, true},                    \
            {uri, n_frames, 1, false}, {uri, n_frames, 8, false},              \
    }
#define CONTESTANTS(ways)                                                      \
    {                                                                          \
        {"inside, 1 strip", &(ways)[0]}, {"inside, 8 strips", &(ways)[1]},     \
            {"runner, 1 strip", &(ways)[2]}, {"runner, 8 strips", &(ways)[3]}, \
    }

static const struct way bare_64[] = WAYS(bare, 64);
static const struct way bare_256[] = WAYS(bare, 256);
static const struct way eq_256[] = WAYS(eq, 256);
static const struct bench_contestant bare_64_all[] = CONTESTANTS(bare_64);
static const struct bench_contestant bare_256_all[] = CONTESTANTS(bare_256);
static const struct bench_contestant eq_256_all[] = CONTESTANTS(eq_256);
static const char *const measures[] = {"mixer", "all CPUs", NULL};

#define GROUP(its_name, its_title, all)                                        \
    {                                                                          \
        .name = (its_name), .title = (its_title),                              \
        .unit = "ns a strip and block", .measures = measures,                  \
        .two_cpus = true, .contestants = (all),                                \
        .n_contestants = BENCH_COUNT(all), .enter = enter, .sample = sample,   \
        .verify = verify, .leave = leave,                                      \
    }

static const struct bench_group groups[] = {
    GROUP("plugin-gain-64",
          "a gain (mono, twice) in stereo strips, blocks of 64 frames",
          bare_64_all),
    GROUP("plugin-gain-256", "the same, blocks of 256 frames", bare_256_all),
};

static const struct bench_group eq_group =
    GROUP("plugin-eq-256",
          "x42's equaliser (fil4) in stereo strips, blocks of 256 frames",
          eq_256_all);

void
bench_plugins_groups(bench_add *add)
{
    for (size_t i = 0; i < BENCH_COUNT(groups); i++)
        add(&groups[i]);
    if (access(BENCH_LV2 "/fil4.lv2/manifest.ttl", R_OK) == 0)
        add(&eq_group);
}

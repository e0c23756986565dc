// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Runs one group: rounds in which each contestant gives one sample, then the
// order statistics of those that count.
#include "bench/bench.h"

#include "bench/clock.h"
#include "bench/pair.h"
#include "bench/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Two pings belong to one regime when they differ by at most this factor: the
// regimes seen differ by two or more.
static const double same_regime = 1.35;

// A sample is taken again when somebody was preempted, but not for ever.
enum { MOST_TRIES = 4, QUICK_ROUNDS = 3 };
// So often everybody is made anew, since where memory lies is luck.
enum { SITTINGS = 5 };

struct sample {
    double measured[BENCH_MAX_MEASURES];
    double ping_before, ping_after;
    bool counts;
};

struct run {
    const struct bench_group *group;
    struct bench_effort effort;
    void **states;
    uint64_t *n_operations; // of a sample
    struct sample *samples; // [round][contestant]
    double *column;         // room for one value a round
    struct bench_result *result;
};

size_t
bench_n_measures(const struct bench_group *group)
{
    size_t n = 0;
    while (group->measures && group->measures[n])
        n++;
    return n > 0 ? n : 1;
}

static struct sample *
sample_of(const struct run *r, size_t round, size_t contestant)
{
    return &r->samples[round * r->group->n_contestants + contestant];
}

static void
take_sample(struct run *r, size_t round, size_t contestant)
{
    struct sample *s = sample_of(r, round, contestant);
    const bool pings = r->group->two_cpus;
    const int most = r->effort.n_rounds > QUICK_ROUNDS ? MOST_TRIES : 1;
    for (int try = 0; try < most; try++) {
        s->ping_before = pings ? bench_ping() : 1;
        const long preempted = bench_preemptions();
        r->group->sample(r->states[contestant], r->n_operations[contestant],
                         s->measured);
        s->counts = r->group->preempted || bench_preemptions() == preempted;
        s->ping_after = pings ? bench_ping() : 1;
        if (s->counts)
            return;
        r->result->n_preempted++;
    }
}

// As many operations as make a sample of the wanted length.
static void
calibrate(struct run *r, size_t contestant)
{
    uint64_t n = 16;
    for (int i = 0; i < 12; i++) {
        double ignored[BENCH_MAX_MEASURES];
        const double from = bench_now_ns();
        r->group->sample(r->states[contestant], n, ignored);
        const double ns = bench_now_ns() - from;
        if (ns > r->effort.sample_ns * 0.5)
            break;
        n *= ns * 8 < r->effort.sample_ns ? 4 : 2;
    }
    r->n_operations[contestant] = n;
}

// Every round begins with another contestant.
static void
take_samples(struct run *r, size_t begin, size_t end)
{
    const size_t n = r->group->n_contestants;
    for (size_t round = begin; round < end; round++)
        for (size_t i = 0; i < n; i++)
            if (r->states[(round + i) % n])
                take_sample(r, round, (round + i) % n);
}

static bool
pings_agree(const struct sample *s)
{
    return fmax(s->ping_before, s->ping_after) <=
           fmin(s->ping_before, s->ping_after) * same_regime;
}

// Keeps the samples of the regime that most of them were taken in.
static void
keep_one_regime(struct run *r)
{
    const size_t n_all = r->effort.n_rounds * r->group->n_contestants;
    double *pings = calloc(n_all, sizeof *pings);
    size_t n_taken = 0, n = 0, n_kept = 0;
    for (size_t i = 0; i < n_all; i++) {
        struct sample *s = &r->samples[i];
        n_taken += s->counts;
        s->counts = s->counts && pings_agree(s);
        if (s->counts)
            pings[n++] = s->ping_before;
    }
    const double least = bench_densest(pings, n, same_regime);
    n = 0;
    for (size_t i = 0; i < n_all; i++) {
        struct sample *s = &r->samples[i];
        s->counts = s->counts && s->ping_before >= least &&
                    s->ping_before <= least * same_regime;
        if (s->counts)
            pings[n_kept++] = s->ping_before;
    }
    r->result->ping_ns = r->group->two_cpus ? bench_median(pings, n_kept) : 0;
    r->result->regime_share = n_taken ? (double)n_kept / (double)n_taken : 0;
    free(pings);
}

static struct bench_numbers
sum_up(double *values, size_t n)
{
    bench_sort(values, n);
    return (struct bench_numbers){
        .n = n,
        .low = bench_quantile(values, n, 0.25),
        .median = bench_quantile(values, n, 0.5),
        .high = bench_quantile(values, n, 0.75),
        .longest = bench_quantile(values, n, 1),
    };
}

static struct bench_numbers
numbers_of(struct run *r, size_t contestant, size_t measure)
{
    size_t n = 0;
    for (size_t round = 0; round < r->effort.n_rounds; round++) {
        const struct sample *s = sample_of(r, round, contestant);
        if (s->counts)
            r->column[n++] = s->measured[measure];
    }
    return sum_up(r->column, n);
}

static struct bench_numbers
ratios_of(struct run *r, size_t contestant, size_t base, size_t measure)
{
    size_t n = 0;
    for (size_t round = 0; round < r->effort.n_rounds; round++) {
        const struct sample *s = sample_of(r, round, contestant);
        const struct sample *b = sample_of(r, round, base);
        if (s->counts && b->counts)
            r->column[n++] = s->measured[measure] / b->measured[measure];
    }
    return sum_up(r->column, n);
}

static size_t
find_contestant(const struct bench_group *g, const char *name)
{
    for (size_t i = 0; i < g->n_contestants; i++)
        if (strcmp(g->contestants[i].name, name) == 0)
            return i;
    return g->n_contestants; // a peer that was not there to compile
}

static size_t
find_measure(const struct bench_group *g, const char *name)
{
    size_t at = 0;
    while (name && strcmp(g->measures[at], name) != 0)
        at++;
    return at;
}

static struct bench_numbers
numbers_for(struct run *r, const struct bench_target *t)
{
    const struct bench_group *g = r->group;
    const size_t who = find_contestant(g, t->contestant);
    const size_t measure = find_measure(g, t->measure);
    if (who == g->n_contestants)
        return sum_up(NULL, 0);
    if (!t->base)
        return numbers_of(r, who, measure);
    const size_t base = find_contestant(g, t->base);
    if (base == g->n_contestants)
        return sum_up(NULL, 0);
    return ratios_of(r, who, base, measure);
}

static void
evaluate(struct run *r)
{
    const struct bench_group *g = r->group;
    const size_t n_measures = bench_n_measures(g);
    keep_one_regime(r);
    for (size_t c = 0; c < g->n_contestants; c++)
        for (size_t m = 0; m < n_measures; m++) {
            r->result->numbers[c][m] = numbers_of(r, c, m);
            r->result->ratios[c][m] = ratios_of(r, c, 0, m);
        }
    for (size_t t = 0; t < g->n_targets; t++)
        r->result->targets[t] = numbers_for(r, &g->targets[t]);
}

static void *
must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static struct bench_result *
new_result(const struct bench_group *g)
{
    struct bench_result *result = must(calloc(1, sizeof *result));
    result->group = g;
    result->there = must(calloc(g->n_contestants, sizeof *result->there));
    result->numbers = must(calloc(g->n_contestants, sizeof *result->numbers));
    result->ratios = must(calloc(g->n_contestants, sizeof *result->ratios));
    result->targets = must(calloc(g->n_targets + 1, sizeof *result->targets));
    result->intact = true;
    return result;
}

void
bench_result_free(struct bench_result *result)
{
    free(result->there);
    free(result->numbers);
    free(result->ratios);
    free(result->targets);
    free(result);
}

static void
enter_all(struct run *r)
{
    for (size_t c = 0; c < r->group->n_contestants; c++) {
        r->states[c] = r->group->enter(&r->group->contestants[c]);
        r->result->there[c] = r->states[c] != NULL;
        if (!r->states[c])
            continue;
        r->result->intact &= r->group->verify(r->states[c]);
        calibrate(r, c);
    }
}

static void
leave_all(struct run *r)
{
    for (size_t c = 0; c < r->group->n_contestants; c++)
        if (r->states[c]) {
            r->result->intact &= r->group->verify(r->states[c]);
            r->group->leave(r->states[c]);
        }
}

struct bench_result *
bench_run(const struct bench_group *g, const struct bench_effort *effort)
{
    assert(bench_n_measures(g) <= BENCH_MAX_MEASURES);
    struct run r = {.group = g, .effort = *effort, .result = new_result(g)};
    r.states = must(calloc(g->n_contestants, sizeof *r.states));
    r.n_operations = must(calloc(g->n_contestants, sizeof *r.n_operations));
    r.samples =
        must(calloc(effort->n_rounds * g->n_contestants, sizeof *r.samples));
    r.column = must(calloc(effort->n_rounds, sizeof *r.column));
    const size_t n_sittings = effort->n_rounds > QUICK_ROUNDS ? SITTINGS : 1;
    for (size_t i = 0; i < n_sittings; i++) {
        enter_all(&r);
        take_samples(&r, i * effort->n_rounds / n_sittings,
                     (i + 1) * effort->n_rounds / n_sittings);
        leave_all(&r);
    }
    evaluate(&r);
    free(r.states);
    free(r.n_operations);
    free(r.samples);
    free(r.column);
    return r.result;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-bench's frame. A group is one question; its contestants answer it in
// turn, round by round, so that what the machine does meanwhile meets them
// all alike. What is compared are samples of one round.
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_MAX_MEASURES = 4 };

/// One way to do what a group measures: weir's, a peer's, a bare copy.
struct bench_contestant {
    const char *name;
    const void *how; ///< the group's own
};

/// What was asked for: `contestant` takes at most `at_most` times as long as
/// `base`; without a base, at most `at_most` of the group's unit.
struct bench_target {
    const char *contestant;
    const char *base;
    const char *measure; ///< null: the first
    double at_most;      ///< 0: there is only a stretch
    double stretch;      ///< 0: there is none
};

enum bench_statistic {
    BENCH_MEDIAN,  ///< of all samples
    BENCH_LONGEST, ///< a sample is its longest operation, the result theirs
};

struct bench_group {
    const char *name;
    const char *title; ///< what one operation is
    const char *unit;  ///< of all measures, such as "ns a block"
    /// What a sample tells; ends with null.  Null: one without a name.
    const char *const *measures;
    enum bench_statistic statistic;
    /// The sample runs on two CPUs: it is kept when a ping-pong of a bare
    /// cache line took as long before it as after it, see pair.h.
    bool two_cpus;
    /// Samples count although a thread was made to leave its CPU meanwhile.
    bool preempted;
    /// The first one is what the others' ratios refer to.
    const struct bench_contestant *contestants;
    size_t n_contestants;
    const struct bench_target *targets;
    size_t n_targets;

    /// Make what a contestant needs; null when it cannot be had.
    void *(*enter)(const struct bench_contestant *contestant);
    /// Do `n` operations and tell what one took, for each measure.
    void (*sample)(void *state, uint64_t n, double *measured);
    /// Let known data through, the same way; false when it comes out wrong.
    /// Not timed.
    bool (*verify)(void *state);
    void (*leave)(void *state);
};

/// The argument by which weir-bench starts itself as a runner of plugins.
#define BENCH_PLUGIN_NURSERY "--plugin-nursery"

#define BENCH_COUNT(array) (sizeof(array) / sizeof *(array))

/// Each file with groups has a function that adds them; groups.c lists those.
typedef void bench_add(const struct bench_group *group);
void bench_spsc_groups(bench_add *add);
void bench_mix_groups(bench_add *add);
void bench_inputs_groups(bench_add *add);
void bench_broadcast_groups(bench_add *add);
void bench_longest_groups(bench_add *add);
void bench_resample_groups(bench_add *add);
void bench_plugins_groups(bench_add *add);

/// Calls each of these.
void bench_all_groups(bench_add *add);

/// How much is done.
struct bench_effort {
    unsigned n_rounds;
    double sample_ns; ///< aimed at for one sample
};

/// What one contestant took, over the samples that count.
struct bench_numbers {
    size_t n;                 ///< samples
    double low, median, high; ///< quartiles
    double longest;
};

struct bench_result {
    const struct bench_group *group;
    bool *there; ///< [contestant]: could enter
    /// [contestant][measure]; ratios are of samples of one round, to the
    /// group's first contestant.
    struct bench_numbers (*numbers)[BENCH_MAX_MEASURES];
    struct bench_numbers (*ratios)[BENCH_MAX_MEASURES];
    /// [target]; of samples of one round.
    struct bench_numbers *targets;
    double ping_ns;      ///< of the regime whose samples count; 0: one CPU
    double regime_share; ///< of the samples
    size_t n_preempted;  ///< samples that were thrown away for it
    bool intact;
};

/// Measure one group.  Free with bench_result_free().
struct bench_result *bench_run(const struct bench_group *group,
                               const struct bench_effort *effort);
void bench_result_free(struct bench_result *result);

size_t bench_n_measures(const struct bench_group *group);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir-bench prints: words for people, or JSON.
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include "bench/bench.h"
#include "bench/pair.h"

/// In words, group by group.
void bench_print_machine(const struct bench_cpus *cpus);
void bench_print(const struct bench_result *result);

/// The same as one JSON object: begin, each group, end.
void bench_json_begin(const struct bench_cpus *cpus,
                      const struct bench_effort *effort);
void bench_json(const struct bench_result *result);
void bench_json_end(void);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Order statistics.
#ifndef TESTS_BENCH_STATS_H
#define TESTS_BENCH_STATS_H

#include <stddef.h>

void bench_sort(double *values, size_t n);

/// The value below which `part` (0 to 1) of sorted ones lie; NaN for none.
double bench_quantile(const double *sorted, size_t n, double part);

/// Sorts `values`.
double bench_median(double *values, size_t n);

/// Where most values lie that differ by at most `factor`: the least of them;
/// those up to factor times it belong to it.  Sorts `values`.
double bench_densest(double *values, size_t n, double factor);

#endif

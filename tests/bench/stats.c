// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Order statistics.
#include "bench/stats.h"

#include <math.h>
#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void
bench_sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
}

double
bench_quantile(const double *sorted, size_t n, double part)
{
    if (n == 0)
        return NAN;
    const double at = part * (double)(n - 1);
    const size_t below = (size_t)at;
    if (below + 1 >= n)
        return sorted[n - 1];
    const double between = at - (double)below;
    return sorted[below] * (1 - between) + sorted[below + 1] * between;
}

double
bench_median(double *values, size_t n)
{
    bench_sort(values, n);
    return bench_quantile(values, n, 0.5);
}

double
bench_densest(double *values, size_t n, double factor)
{
    bench_sort(values, n);
    double best = n > 0 ? values[0] : NAN;
    size_t most = 0;
    for (size_t from = 0, to = 0; from < n; from++) {
        while (to < n && values[to] <= values[from] * factor)
            to++;
        if (to - from > most) {
            most = to - from;
            best = values[from];
        }
    }
    return best;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which kernels this machine can run.
#include "engine/kernels.h"

#if defined(__x86_64__)
static bool
has_v2(void)
{
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}

static bool
has_v3(void)
{
    return has_v2() && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

static bool
has_v4(void)
{
    return has_v3() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

int
weir_kernels_usable(const struct weir_kernels *usable[WEIR_KERNELS_MOST])
{
    int n = 0;
    usable[n++] = &weir_kernels_plain;
#if defined(__x86_64__)
    if (has_v2())
        usable[n++] = &weir_kernels_v2;
    if (has_v3())
        usable[n++] = &weir_kernels_v3;
    if (has_v4())
        usable[n++] = &weir_kernels_v4;
#elif defined(__aarch64__)
    usable[n++] = &weir_kernels_neon;
#endif
    return n;
}

const struct weir_kernels *
weir_kernels_best(void)
{
    const struct weir_kernels *usable[WEIR_KERNELS_MOST];
    return usable[weir_kernels_usable(usable) - 1];
}

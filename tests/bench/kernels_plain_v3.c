// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The plain kernels once more, compiled with -march=x86-64-v3: what a compiler
// makes of the loops when it may use the same vectors.
#define weir_kernels_plain bench_kernels_plain_v3
#include "engine/kernels_plain.c"

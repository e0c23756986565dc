// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The kernels for x86-64-v2: compiled with -march=x86-64-v2.
#if defined(__x86_64__)
#include "engine/kernels_vector.h"

const struct weir_kernels weir_kernels_v2 = KERNELS("v2");
#endif

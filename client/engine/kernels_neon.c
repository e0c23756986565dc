// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The kernels for aarch64.
#if defined(__aarch64__)
#include "engine/kernels_vector.h"

const struct weir_kernels weir_kernels_neon = KERNELS("neon");
#endif

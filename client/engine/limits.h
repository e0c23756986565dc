// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How large a mixer may grow. Bounds of arrays; a limit that is reached is
// told to the user by its name (`/error` 7).
#ifndef WEIR_ENGINE_LIMITS_H
#define WEIR_ENGINE_LIMITS_H

enum {
    WEIR_MAX_STRIPS = 512,
    WEIR_MAX_BUSES = 64,
    WEIR_MAX_CHANNELS = 64, // of one strip or bus
    WEIR_MAX_BLOCK = 8192,  // frames mixed at once; longer cycles are cut
    WEIR_MAX_LATENCY_BLOCKS = 16,
    WEIR_RAMP_MS = 5,
};

#endif

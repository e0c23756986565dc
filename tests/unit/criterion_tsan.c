// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Lets Criterion run under ThreadSanitizer. Its sandbox (BoxFort) maps memory
// at addresses from rand_r(), most of which are the sanitizer's shadow, and
// gives up ("Could not initialize inheritable arena", Criterion issue 274).
// Nothing else there calls rand_r(), so this one keeps it among the addresses
// that programs may use: [0x550000000000, 0x567000000000).
#include <stdlib.h>

// BoxFort maps at 0x200000000000 + (rand_r() << 24).
enum { FIRST = 0x350000, COUNT = 0x17000 };

int
rand_r(unsigned int *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return FIRST + (int)((*seed >> 8) % COUNT);
}

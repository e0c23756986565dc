// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Denormals off for the calling thread: a decaying tail must not cost a
// hundred times as much as the sound.
#ifndef WEIR_RT_DENORMALS_H
#define WEIR_RT_DENORMALS_H

#include <stdint.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/// Flush denormal results to zero and read denormal operands as zero.
/// @rt @mixer, once at the thread's start (libjack's begins with both off),
/// and again after foreign code ran.
static inline void
weir_denormals_off(void)
{
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u); // FTZ and DAZ
#elif defined(__aarch64__)
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (UINT64_C(1) << 24)));
#endif
}

#endif

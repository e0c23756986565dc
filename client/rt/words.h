// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Words of two samples that another thread may be overwriting. Each is loaded
// and stored by a relaxed atomic; who reads believes them only after having
// found that nobody wrote meanwhile.
#ifndef WEIR_RT_WORDS_H
#define WEIR_RT_WORDS_H

#include "rt/tags.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define WEIR_SANITIZED
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define WEIR_SANITIZED
#endif
#endif

// Two samples in a word. A model checker may know memory as whole words only;
// for it (WEIR_MODEL) a sample is a whole number, and travels as that.
WEIR_RT static inline uint64_t
weir_word_pack(const float pair[2])
{
#ifdef WEIR_MODEL
    return (uint64_t)pair[1] << 32 | (uint64_t)pair[0];
#else
    uint64_t word;
    memcpy(&word, pair, sizeof word);
    return word;
#endif
}

WEIR_RT static inline void
weir_word_unpack(uint64_t word, float pair[2])
{
#ifdef WEIR_MODEL
    pair[0] = (float)(uint32_t)word;
    pair[1] = (float)(word >> 32);
#else
    memcpy(pair, &word, sizeof word);
#endif
}

WEIR_RT static inline void
weir_word_store(_Atomic uint64_t *word, float first, float second)
{
    const float pair[2] = {first, second};
    // relaxed: ordered by the caller's fences.
    atomic_store_explicit(word, weir_word_pack(pair), memory_order_relaxed);
}

WEIR_RT static inline void
weir_word_load(const _Atomic uint64_t *word, float pair[2])
{
    // relaxed: validated by the caller before it is believed.
    weir_word_unpack(atomic_load_explicit(word, memory_order_relaxed), pair);
}

// Two words at once, where that can be done.
//
// No compiler makes one access of several atomics, which leaves them at less
// than half of memcpy()'s speed, and a plain copy is undefined in C11 as soon
// as somebody writes. So here the access is in assembler, of which the
// compiler assumes nothing. Of the processor the fences around it want only
// that no load is overtaken by a later load and no store by a later store,
// and x86-64 lets none be, however wide (Intel SDM volume 3, "Memory
// Ordering"; AMD64 APM volume 2, the same). One that comes in parts does no
// harm: the parts, too, stand between the fences. Sanitizers and model
// checkers cannot see these accesses and get the loops in C.
#if defined(__x86_64__) && !defined(WEIR_MODEL) && !defined(WEIR_SANITIZED)
#define WEIR_WORDS_WIDE
// Not <immintrin.h>: nearly every file includes this one, and its two
// megabytes took most of a build's time.
#include <xmmintrin.h>

typedef float weir_eight_samples __attribute__((vector_size(32)));

struct weir_two_words {
    uint64_t word[2];
};

struct weir_four_words {
    uint64_t word[4];
};

WEIR_RT static inline __m128
weir_words_load_two(const _Atomic uint64_t *words)
{
    const volatile void *from = words;
    __m128 samples;
    __asm__ volatile("movups %1, %0"
                     : "=x"(samples)
                     : "m"(*(const volatile struct weir_two_words *)from));
    return samples;
}

WEIR_RT static inline void
weir_words_store_two(_Atomic uint64_t *words, __m128 samples)
{
    volatile void *to = words;
    __asm__ volatile("movups %1, %0"
                     : "=m"(*(volatile struct weir_two_words *)to)
                     : "x"(samples));
}

// Four at once, and sixteen before the loop looks up; returns how many.
__attribute__((target("avx"))) WEIR_RT static inline uint64_t
weir_words_copy_fours(const _Atomic uint64_t *words, float *dst, uint64_t n)
{
    const uint64_t end = n / 16 * 16;
    for (uint64_t i = 0; i < end; i += 16)
#pragma GCC unroll 4
        for (uint64_t j = i; j < i + 16; j += 4) {
            const volatile void *from = &words[j];
            weir_eight_samples samples;
            __asm__ volatile(
                "vmovups %1, %0"
                : "=x"(samples)
                : "m"(*(const volatile struct weir_four_words *)from));
            memcpy(dst + 2 * j, &samples, sizeof samples);
        }
    return end;
}
#endif

/// Copy `n` words to 2n samples.  Borrows both.  @reader  Wait-free.
WEIR_RT static inline void
weir_words_copy(const _Atomic uint64_t *words, float *dst, uint64_t n)
{
    uint64_t i = 0;
#ifdef WEIR_WORDS_WIDE
    if (n >= 16 && __builtin_cpu_supports("avx"))
        i = weir_words_copy_fours(words, dst, n);
#endif
#pragma GCC unroll 8
    for (; i < n; i++)
        weir_word_load(&words[i], dst + 2 * i);
}

/// Copy one half of each of `n` words.  Borrows both.  @reader  Wait-free.
WEIR_RT static inline void
weir_words_copy_half(const _Atomic uint64_t *words, uint32_t half, float *dst,
                     uint32_t n)
{
    uint32_t i = 0;
#ifdef WEIR_WORDS_WIDE
#pragma GCC unroll 4
    for (; i + 4 <= n; i += 4) {
        const __m128 a = weir_words_load_two(&words[i]);
        const __m128 b = weir_words_load_two(&words[i + 2]);
        _mm_storeu_ps(dst + i, half == 0 ? _mm_shuffle_ps(a, b, 0x88)
                                         : _mm_shuffle_ps(a, b, 0xdd));
    }
#endif
#pragma GCC unroll 8
    for (; i < n; i++) {
        float pair[2];
        weir_word_load(&words[i], pair);
        dst[i] = half == 0 ? pair[0] : pair[1];
    }
}

/// Interleave two runs of `n` samples.  Borrows all.  @mixer  Wait-free.
WEIR_RT static inline void
weir_words_interleave(_Atomic uint64_t *words, const float *first,
                      const float *second, uint32_t n)
{
    uint32_t i = 0;
#ifdef WEIR_WORDS_WIDE
#pragma GCC unroll 4
    for (; i + 4 <= n; i += 4) {
        const __m128 a = _mm_loadu_ps(first + i);
        const __m128 b = _mm_loadu_ps(second + i);
        weir_words_store_two(&words[i], _mm_unpacklo_ps(a, b));
        weir_words_store_two(&words[i + 2], _mm_unpackhi_ps(a, b));
    }
#endif
#pragma GCC unroll 8
    for (; i < n; i++)
        weir_word_store(&words[i], first[i], second[i]);
}

#endif

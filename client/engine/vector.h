// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One vector of floats, as wide as this file's compiler options allow: the
// few operations that kernels_vector.h is written in. Absolute values are
// compared as numbers, so a NaN may vanish from a peak: what is mixed has
// been looked through by weir_kernel_extent() before.
#ifndef WEIR_ENGINE_VECTOR_H
#define WEIR_ENGINE_VECTOR_H

#include "rt/tags.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>
typedef __m512 vector;
enum { VECTOR_WIDTH = 16 };
#define V_SET(x) _mm512_set1_ps(x)
#define V_LOAD(p) _mm512_loadu_ps(p)
#define V_STORE(p, v) _mm512_storeu_ps(p, v)
#define V_ADD(a, b) _mm512_add_ps(a, b)
#define V_MUL(a, b) _mm512_mul_ps(a, b)
#define V_MULADD(a, b, c) _mm512_fmadd_ps(a, b, c) // a * b + c
#define V_ABS(a) _mm512_abs_ps(a)
// 0b1011: the larger one of the absolute values, sign cleared.
#define V_MAXABS(a, b) _mm512_range_ps(a, b, 11)
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
typedef __m256 vector;
enum { VECTOR_WIDTH = 8 };
#define V_SET(x) _mm256_set1_ps(x)
#define V_LOAD(p) _mm256_loadu_ps(p)
#define V_STORE(p, v) _mm256_storeu_ps(p, v)
#define V_ADD(a, b) _mm256_add_ps(a, b)
#define V_MUL(a, b) _mm256_mul_ps(a, b)
#define V_MULADD(a, b, c) _mm256_fmadd_ps(a, b, c)
#define V_ABS(a) _mm256_andnot_ps(V_SET(-0.0f), a)
#define V_MAXABS(a, b) _mm256_max_ps(a, V_ABS(b))
#elif defined(__SSE2__)
#include <immintrin.h>
typedef __m128 vector;
enum { VECTOR_WIDTH = 4 };
#define V_SET(x) _mm_set1_ps(x)
#define V_LOAD(p) _mm_loadu_ps(p)
#define V_STORE(p, v) _mm_storeu_ps(p, v)
#define V_ADD(a, b) _mm_add_ps(a, b)
#define V_MUL(a, b) _mm_mul_ps(a, b)
#define V_MULADD(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)
#define V_ABS(a) _mm_andnot_ps(V_SET(-0.0f), a)
#define V_MAXABS(a, b) _mm_max_ps(a, V_ABS(b))
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
typedef float32x4_t vector;
enum { VECTOR_WIDTH = 4 };
#define V_SET(x) vdupq_n_f32(x)
#define V_LOAD(p) vld1q_f32(p)
#define V_STORE(p, v) vst1q_f32(p, v)
#define V_ADD(a, b) vaddq_f32(a, b)
#define V_MUL(a, b) vmulq_f32(a, b)
#define V_MULADD(a, b, c) vfmaq_f32(c, a, b)
#define V_ABS(a) vabsq_f32(a)
#define V_MAXABS(a, b) vmaxq_f32(a, V_ABS(b)) // a is one already
#else
#error "no vectors here: kernels_plain.c is for this machine"
#endif

#endif

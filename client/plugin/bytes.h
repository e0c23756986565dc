// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Records of any length on their way from one thread to one other: what
// plugins ask of their workers, what these answer, and what they have to say.
#ifndef WEIR_PLUGIN_BYTES_H
#define WEIR_PLUGIN_BYTES_H

#include "rt/tags.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/// Laid out by owner; nobody but bytes.c looks into it.
struct weir_bytes {
    // Fixed after weir_bytes_new().
    unsigned char *memory;
    uint32_t size; // bytes, a power of two
    // Written by the writer: bytes ever written, modulo 2^32.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t head;
    // Written by the reader: bytes ever read, modulo 2^32.
    alignas(WEIR_CACHE_LINE) _Atomic uint32_t tail;
};

/// Make one of `n_bytes`, a power of two.  Null when memory is short.
/// @control  Free with weir_bytes_free().
struct weir_bytes *weir_bytes_new(uint32_t n_bytes);

/// Free it; null is allowed.  @control
void weir_bytes_free(struct weir_bytes *bytes);

/// Write a record of two parts (`n_first` and `n_second` bytes); false when
/// it does not fit.  @any, the writing thread alone.  Wait-free.
WEIR_RT bool weir_bytes_push(struct weir_bytes *bytes, const void *first,
                             uint32_t n_first, const void *second,
                             uint32_t n_second);

/// Take the oldest record into `record`, which has room for `size` bytes: what
/// is longer is dropped.  Returns its length; 0 when there is none.
/// @any, the reading thread alone.  Wait-free but for what is dropped.
WEIR_RT uint32_t weir_bytes_pop(struct weir_bytes *bytes, void *record,
                                uint32_t size);

#endif

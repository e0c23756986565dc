// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Included behind a ring's make(), drop(), write_block() and read_block(): the
// loops over many rings, and the ring's row.
#define BENCH_RING(name)                                                       \
    {                                                                          \
        name, make, drop, write_block, read_block, write_each, read_each       \
    }

static bool
write_each(void *const *rings, uint32_t n_rings, const float *const *src,
           uint32_t n)
{
    bool good = true;
    for (uint32_t i = 0; i < n_rings; i++)
        good &= write_block(rings[i], src[i], n);
    return good;
}

static bool
read_each(void *const *rings, uint32_t n_rings, float *dst, uint32_t dst_stride,
          uint32_t n)
{
    bool good = true;
    for (uint32_t i = 0; i < n_rings; i++)
        good &= read_block(rings[i], dst + (uint64_t)i * dst_stride, n);
    return good;
}

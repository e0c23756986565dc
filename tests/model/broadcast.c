// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast ring, written and read at once, with room for so little that
// readers are lapped before, while and after they copy. Each sample tells its
// position and channel.
#include "model.h"

#include "rt/broadcast.h"

#ifndef CHANNELS
#define CHANNELS 2
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef BLOCK // frames a write
#define BLOCK 1
#endif
#ifndef FRAMES // in all
#define FRAMES 4
#endif
#ifndef READS
#define READS 1
#endif
#ifndef AT_ONCE // frames a read
#define AT_ONCE 2
#endif

static _Alignas(64) unsigned char memory[WEIR_BROADCAST_DATA_OFFSET +
                                         CAPACITY * CHANNELS * 4];
static struct weir_broadcast ring;

static float
sample(uint64_t position, uint32_t channel)
{
    return (float)(position * CHANNELS + channel + 1);
}

static void
prepare(void)
{
    weir_broadcast_init(&ring, memory, 48000, CHANNELS, CAPACITY, 0);
}

static void *
write_all(void *arg)
{
    float block[CHANNELS][BLOCK];
    const float *channels[CHANNELS];
    (void)arg;
    for (uint64_t p = 0; p < FRAMES; p += BLOCK) {
        for (uint32_t c = 0; c < CHANNELS; c++) {
            channels[c] = block[c];
            for (uint32_t i = 0; i < BLOCK; i++)
                block[c][i] = sample(p + i, c);
        }
        weir_broadcast_write(&ring, p, channels, BLOCK);
    }
    return NULL;
}

static void
read_from(uint64_t q)
{
    for (int k = 0; k < READS; k++) {
        float got[AT_ONCE * CHANNELS];
        const uint64_t from = q;
        const struct weir_broadcast_span s = weir_broadcast_read(
            &ring, &q, got, AT_ONCE, weir_broadcast_keep(&ring));
        assert(from + s.lost + s.n == q);
        assert(q <= FRAMES);
        for (uint32_t i = 0; i < s.n; i++)
            for (uint32_t c = 0; c < CHANNELS; c++)
                assert(got[i * CHANNELS + c] == sample(q - s.n + i, c));
    }
}

#ifdef LATE
// Begins with what is the newest when it comes.
static void *
read_late(void *arg)
{
    (void)arg;
    read_from(weir_broadcast_published(&ring));
    return NULL;
}
#else
static void *
read_all(void *arg)
{
    (void)arg;
    read_from(0);
    return NULL;
}
#endif

static void
check(void)
{
}

#if defined(LATE)
MODEL(prepare, check, write_all, read_late)
#elif defined(TWO)
MODEL(prepare, check, write_all, read_all, read_all)
#else
MODEL(prepare, check, write_all, read_all)
#endif

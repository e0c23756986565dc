// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A feed on the bench.
#include "cycle/feeder.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct feeder *
feeder_new(struct rig *r, struct rig_strip *s, const struct feeder_config *c)
{
    struct feeder *f = calloc(1, sizeof *f);
    const uint32_t rate_hz = c->rate_hz ? c->rate_hz : r->config.rate_hz;
    const uint32_t capacity = c->capacity ? c->capacity : 16384;
    const size_t n_bytes =
        (weir_feed_ring_bytes(capacity, s->n_channels) + 4095) / 4096 * 4096;
    cr_assert_not_null(f);
    f->memory = aligned_alloc(4096, n_bytes);
    cr_assert_not_null(f->memory);
    memset(f->memory, 0, n_bytes);
    f->rig = r;
    f->strip = s;
    f->ring = weir_feed_ring_init(f->memory, capacity, s->n_channels, rate_hz,
                                  c->pace, c->latency_frames);
    f->feed = weir_feed_new(&f->ring, &(struct weir_feed_shape){
                                          .pace = c->pace,
                                          .rate_hz = rate_hz,
                                          .mix_hz = r->config.rate_hz,
                                          .latency_frames = c->latency_frames,
                                      });
    cr_assert_not_null(f->feed);
    rig_push(r,
             &(struct weir_command){.kind = WEIR_COMMAND_FEED_ADD,
                                    .feed = f->feed,
                                    .strip = s->mix},
             1);
    return f;
}

void
feeder_leave(struct feeder *f)
{
    f->left = rig_push(f->rig,
                       &(struct weir_command){.kind = WEIR_COMMAND_FEED_REMOVE,
                                              .feed = f->feed},
                       1);
}

void
feeder_free(struct feeder *f)
{
    uint64_t frame;
    cr_assert(rig_answer(f->rig, f->left, &frame));
    weir_feed_free(f->feed);
    free(f->memory);
    free(f);
}

uint32_t
feeder_write(struct feeder *f, const float *frames, uint32_t n)
{
    const uint64_t room = weir_feed_ring_room(&f->ring, f->written);
    n = (uint32_t)weir_min_u64(n, room);
    weir_feed_ring_put(&f->ring, f->written, frames, n);
    f->written += n;
    weir_feed_ring_publish(&f->ring, f->written);
    return n;
}

uint32_t
feeder_write_numbers(struct feeder *f, uint32_t stream, uint32_t n)
{
    static float frames[RIG_MAX_BLOCK * 4];
    const uint32_t n_channels = f->strip->n_channels;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < n_channels; c++)
            frames[i * n_channels + c] = rig_number(stream + c, f->written + i);
    return feeder_write(f, frames, n);
}

uint32_t
feeder_write_level(struct feeder *f, float level, uint32_t n)
{
    static float frames[RIG_MAX_BLOCK * 4];
    for (uint32_t i = 0; i < n * f->strip->n_channels; i++)
        frames[i] = level;
    return feeder_write(f, frames, n);
}

float
feeder_heard(const struct rig *r, uint64_t position)
{
    float frame[WEIR_MAX_CHANNELS];
    cr_assert(rig_read(r->main->tap, position, frame, 1), "frame %lu",
              position);
    return frame[0];
}

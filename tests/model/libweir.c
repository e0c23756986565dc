// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A reader as libweir has it: it does not sleep over a block or over the end,
// and when it learns of the end it has got, or was told to have lost, every
// frame.
#include "system.h"

#include "attach/reader_read.c"
#include "desk/source_end.c"

#ifndef FRAMES
#define FRAMES 2
#endif
enum { CHANNELS = 2, CAPACITY = 2, READS = FRAMES + 1 };

static _Alignas(64) unsigned char memory[WEIR_BROADCAST_DATA_OFFSET +
                                         CAPACITY * CHANNELS * 4];
static struct weir_reader_page page;
static struct weir_reader reader;
static struct weir_source source;
static bool knows_the_end;

// The connection is silent.

void
weir_reader_listen(struct weir_reader *r)
{
    (void)r;
}

bool
weir_reader_command(struct weir_reader *r, struct weir_reader_command *out)
{
    (void)r;
    (void)out;
    return false;
}

void
weir_reader_answer(struct weir_reader *r, int32_t request, const char *failure)
{
    (void)r;
    (void)request;
    (void)failure;
}

// It is not freewheel.

void
weir_reader_wake_mixer(struct weir_reader *r)
{
    (void)r;
}

void
weir_reader_finish(struct weir_reader *r, const char *reason)
{
    (void)reason;
    if (r->ended)
        return;
    r->ended = true;
    r->end = weir_reader_published(r);
}

static void
prepare(void)
{
    weir_broadcast_init(&source.tap.ring, memory, 48000, CHANNELS, CAPACITY, 0);
    reader.n_sources = 1;
    reader.n_channels = CHANNELS;
    // Field by field: a checker may not know whole structs in structs.
    struct weir_broadcast *ring = &reader.sources[0].ring;
    ring->page = source.tap.ring.page;
    ring->words = source.tap.ring.words;
    ring->capacity = source.tap.ring.capacity;
    ring->n_channels = source.tap.ring.n_channels;
    reader.page = &page;
    reader.position = reader.lost_frames = reader.dropouts = 0;
    reader.lost_until = reader.end = 0;
    reader.ended = false;
    knows_the_end = model_slept = false;
}

// The mixer, then @control, which the mixer has told that it has let go.
static void *
weir(void *arg)
{
    (void)arg;
    for (uint64_t p = 0; p < FRAMES; p++) {
        const float left = (float)(p + 1);
        const float right = (float)(p + 101);
        const float *const channels[CHANNELS] = {&left, &right};
        weir_broadcast_write(&source.tap.ring, p, channels, 1);
    }
    weir_source_end(&source, WEIR_BROADCAST_ENDED);
    return NULL;
}

static void *
read_all(void *arg)
{
    (void)arg;
    for (int i = 0; i < READS && !knows_the_end; i++) {
        float got[CAPACITY * CHANNELS];
        const struct weir_read r = weir_reader_read(&reader, got, CAPACITY, 1);
        if (r.kind == WEIR_READ_FRAMES)
            for (uint64_t k = 0; k < r.n_frames; k++)
                assert(got[2 * k] == (float)(r.position + k + 1) &&
                       got[2 * k + 1] == (float)(r.position + k + 101));
        assert(r.kind != WEIR_READ_TIMEOUT);
        knows_the_end = r.kind == WEIR_READ_ENDED;
    }
    return NULL;
}

static void
check(void)
{
    // Nobody rings after the end.
    assert(!model_slept ||
           model_slept_on != atomic_load_explicit(&source.tap.ring.page->wake,
                                                  memory_order_relaxed));
    assert(!knows_the_end || reader.position == FRAMES);
}

MODEL(prepare, check, weir, read_all)

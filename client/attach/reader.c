// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// libweir: making a reader, and what can be asked of it. Reading is in
// reader_read.c.
#include "attach/reader_error.h"
#include "attach/reader_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ------------------------------------------------------------------- making

static enum weir_reader_result
map_sources(struct weir_reader *reader, const struct weir_attach_answer *answer,
            struct weir_reader_error *error)
{
    for (unsigned i = 0; i + 1 < answer->n_fds; i++) {
        struct weir_reader_source *source = &reader->sources[i];
        uint32_t rate_hz;
        const enum weir_reader_result result =
            weir_reader_map_source(answer->fds[i + 1], source, &rate_hz, error);
        if (result != WEIR_READER_OK)
            return result;
        reader->n_sources++;
        reader->n_channels += source->ring.n_channels;
        if (rate_hz != reader->rate_hz)
            return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                    "attach: weir's rings differ in rate "
                                    "(try again)");
    }
    return WEIR_READER_OK;
}

static enum weir_reader_result
map_answer(struct weir_reader *reader, const struct weir_attach_answer *answer,
           unsigned n_wanted, struct weir_reader_error *error)
{
    if (answer->n_fds != 1 + n_wanted)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: weir sent %u files for %u sources "
                                "(is it another version?)",
                                answer->n_fds, n_wanted);
    const enum weir_reader_result result =
        weir_reader_map_page(answer->fds[0], &reader->page, error);
    if (result != WEIR_READER_OK)
        return result;
    return map_sources(reader, answer, error);
}

// Joined sources pass through a buffer of one source's width.
static enum weir_reader_result
make_scratch(struct weir_reader *reader, struct weir_reader_error *error)
{
    if (reader->n_sources == 1)
        return WEIR_READER_OK;
    reader->scratch =
        calloc((size_t)WEIR_READER_SCRATCH_FRAMES * WEIR_READER_MAX_CHANNELS,
               sizeof *reader->scratch);
    if (reader->scratch)
        return WEIR_READER_OK;
    return weir_reader_fail(error, WEIR_READER_SYSTEM, "attach: out of memory");
}

// Stand at the newest frame that all sources have, or will have first.
static void
stand_at_newest(struct weir_reader *reader)
{
    reader->position = weir_reader_published(reader);
    for (unsigned i = 0; i < reader->n_sources; i++)
        if (reader->sources[i].first > reader->position)
            reader->position = reader->sources[i].first;
    // relaxed: a number to show.
    atomic_store_explicit(&reader->page->position, reader->position,
                          memory_order_relaxed);
}

static enum weir_reader_result
attach(struct weir_reader *reader, const struct weir_reader_config *config,
       struct weir_reader_error *error)
{
    struct weir_attach_answer answer;
    const bool given = config->sources && config->n_sources > 0;
    const unsigned n_wanted = given ? config->n_sources : 1;
    enum weir_reader_result result = weir_attach_connect(
        config->instance, config->run_dir, &reader->socket, error);
    if (result == WEIR_READER_OK)
        result = weir_reader_ask_for(reader->socket, config, &answer, error);
    if (result != WEIR_READER_OK)
        return result;
    int32_t rate_hz = 0;
    weir_wire_get_int(&answer.message, 1, &rate_hz);
    reader->rate_hz = (uint32_t)rate_hz;
    weir_reader_copy_text(reader->id, sizeof reader->id,
                          weir_wire_get_string(&answer.message, 0));
    result = map_answer(reader, &answer, n_wanted, error);
    // The mappings outlive the descriptors.
    weir_attach_close_answer(&answer);
    if (result != WEIR_READER_OK)
        return result;
    return make_scratch(reader, error);
}

static bool
is_zeroed(const struct weir_reader_config *config)
{
    uint64_t any = 0;
    for (size_t i = 0; i < sizeof config->reserved / sizeof any; i++)
        any |= config->reserved[i];
    return any == 0;
}

enum weir_reader_result
weir_reader_open(const struct weir_reader_config *config,
                 struct weir_reader **out, struct weir_reader_error *error)
{
    static const struct weir_reader_config defaults;
    if (!config)
        config = &defaults;
    if (!is_zeroed(config))
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "attach: the config's reserved part is not 0 "
                                "(zero the struct before filling it in)");
    struct weir_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "attach: out of memory");
    reader->socket = -1;
    const enum weir_reader_result result = attach(reader, config, error);
    if (result != WEIR_READER_OK) {
        weir_reader_close(reader);
        return result;
    }
    stand_at_newest(reader);
    weir_reader_show(reader, WEIR_READER_SHOW_RUNNING);
    *out = reader;
    return WEIR_READER_OK;
}

void
weir_reader_close(struct weir_reader *reader)
{
    if (!reader)
        return;
    if (reader->socket >= 0)
        close(reader->socket);
    for (unsigned i = 0; i < WEIR_ATTACH_MAX_SOURCES; i++)
        weir_reader_unmap_source(&reader->sources[i]);
    weir_reader_unmap_page(reader->page);
    free(reader->scratch);
    free(reader);
}

// ------------------------------------------------------------------- asking

struct weir_reader_format
weir_reader_format(const struct weir_reader *reader)
{
    struct weir_reader_format format = {
        .rate_hz = reader->rate_hz,
        .n_channels = reader->n_channels,
        .capacity_frames = reader->sources[0].ring.capacity,
    };
    for (unsigned i = 1; i < reader->n_sources; i++)
        format.capacity_frames = weir_min_u64(format.capacity_frames,
                                              reader->sources[i].ring.capacity);
    return format;
}

const char *
weir_reader_id(const struct weir_reader *reader)
{
    return reader->id;
}

uint64_t
weir_reader_position(const struct weir_reader *reader)
{
    return reader->position;
}

int
weir_reader_fd(const struct weir_reader *reader)
{
    return reader->socket;
}

const char *
weir_reader_end_reason(const struct weir_reader *reader)
{
    return reader->end_reason;
}

// The oldest position worth going back to. Who stood on the very oldest frame
// of a full ring would be lapped before it has read it: a quarter of a second
// (or an eighth of a short history) is left to the writer.
static uint64_t
oldest_safe(const struct weir_reader *reader)
{
    uint64_t safe = 0;
    for (unsigned i = 0; i < reader->n_sources; i++) {
        const struct weir_reader_source *source = &reader->sources[i];
        const uint64_t capacity = source->ring.capacity;
        const uint64_t published = weir_broadcast_published(&source->ring);
        const uint64_t back =
            capacity - weir_min_u64(reader->rate_hz / 4, capacity / 8);
        if (source->first > safe)
            safe = source->first;
        if (published > back && published - back > safe)
            safe = published - back;
    }
    return safe;
}

uint64_t
weir_reader_rewind(struct weir_reader *reader, uint64_t frames)
{
    const uint64_t oldest = oldest_safe(reader);
    if (oldest >= reader->position)
        return 0;
    const uint64_t n = weir_min_u64(frames, reader->position - oldest);
    reader->position -= n;
    // relaxed: a number to show.
    atomic_store_explicit(&reader->page->position, reader->position,
                          memory_order_relaxed);
    return n;
}

void
weir_reader_show(struct weir_reader *reader, enum weir_reader_show state)
{
    // relaxed: a number to show.
    atomic_store_explicit(&reader->page->state, (uint32_t)state,
                          memory_order_relaxed);
}

bool
weir_reader_waiting(const struct weir_reader *reader)
{
    // relaxed: nothing is read on its word.
    return atomic_load_explicit(&reader->sources[0].ring.page->state,
                                memory_order_relaxed) == WEIR_BROADCAST_WAITING;
}

bool
weir_reader_clock(const struct weir_reader *reader, uint64_t *position,
                  uint64_t *monotonic_ns, double *rate_hz)
{
    struct weir_broadcast_clock clock;
    if (!weir_broadcast_get_clock(&reader->sources[0].ring, &clock) ||
        clock.ns == 0)
        return false;
    *position = clock.position;
    *monotonic_ns = clock.ns;
    *rate_hz = (double)clock.rate_uhz * 1e-6;
    return true;
}

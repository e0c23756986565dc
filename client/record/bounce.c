// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder and freewheel: its own, with --freewheel, and one that somebody
// else began.
#include "common/log.h"
#include "common/stop.h"
#include "record/recorder.h"

enum { LOOK_MS = 1, PATIENCE_LOOKS = 5000 };

// -------------------------------------------------------------------- its own

static enum weir_outcome
fail(const char *what)
{
    weir_log(WEIR_LOG_ERROR, "%s", what);
    return WEIR_FAILED;
}

// What weir had published before freewheel is not part of it.
static enum weir_outcome
skip_to(struct weir_recorder *r, uint64_t begin)
{
    for (;;) {
        const uint64_t at = weir_reader_position(r->reader);
        if (at >= begin)
            return WEIR_GOING_ON;
        const uint64_t left = begin - at;
        const uint32_t n =
            left < WEIR_TAKE_BLOCK ? (uint32_t)left : WEIR_TAKE_BLOCK;
        const struct weir_read got = weir_reader_read(r->reader, r->in, n, 0);
        if (got.kind != WEIR_READ_FRAMES && got.kind != WEIR_READ_COMMAND)
            return fail("freewheel: weir has no frames of it");
    }
}

// JACK has switched; the next cycle says where.
static enum weir_outcome
await_begin(struct weir_recorder *r)
{
    uint64_t begin;
    for (int i = 0; i < PATIENCE_LOOKS; i++) {
        if (weir_reader_epoch(r->reader, &begin))
            return skip_to(r, begin);
        if (weir_stop_requested())
            return WEIR_FINISHED;
        weir_stop_wait(LOOK_MS);
    }
    return fail("freewheel: JACK runs no cycles in it");
}

enum weir_outcome
weir_recorder_begin_freewheel(struct weir_recorder *r)
{
    struct weir_reader_error error;
    const enum weir_reader_freewheel mode = r->options->transport
                                                ? WEIR_READER_FREEWHEEL_ROLL
                                                : WEIR_READER_FREEWHEEL_SWITCH;
    if (weir_reader_freewheel(r->reader, mode, &error) != WEIR_READER_OK)
        return fail(error.text);
    r->freewheels = true;
    const enum weir_outcome outcome = await_begin(r);
    if (outcome != WEIR_GOING_ON)
        weir_recorder_end_freewheel(r);
    return outcome;
}

void
weir_recorder_end_freewheel(struct weir_recorder *r)
{
    struct weir_reader_error error;
    if (!r->freewheels)
        return;
    r->freewheels = false;
    // When weir is gone it cannot answer. Else it knows what to do when we
    // leave.
    if (*weir_reader_end_reason(r->reader) ||
        weir_reader_freewheel(r->reader, WEIR_READER_FREEWHEEL_NONE, &error) ==
            WEIR_READER_OK)
        return;
    weir_log(WEIR_LOG_ERROR, "%s", error.text);
    r->bounce_failed = true;
}

// ---------------------------------------------------------------- and others'

void
weir_recorder_explain_loss(struct weir_recorder *r, struct weir_read lost)
{
    uint64_t begin;
    const bool freewheel = weir_reader_epoch(r->reader, &begin);
    if (r->freewheels) {
        weir_log(WEIR_LOG_ERROR,
                 "%llu frames of the bounce are lost: weir did not wait so "
                 "long (is the disk slow, or was this stopped?)",
                 (unsigned long long)lost.n_frames);
        r->bounce_failed = true;
        return;
    }
    // Back in real time `begin` is where freewheel ended.
    if ((!freewheel && begin <= lost.position) || begin == r->explained)
        return;
    r->explained = begin;
    weir_log(WEIR_LOG_INFO,
             "frames are lost because JACK %s in freewheel, where weir waits "
             "for nobody who does not ask (--freewheel)",
             freewheel ? "is" : "was");
}

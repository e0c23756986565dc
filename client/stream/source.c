// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Reading from weir, and what stands for it when there is nothing to read.
//
// While weir gives frames, they are the clock. When it gives none for a
// second, or is gone, silence takes their place, as long as the time that has
// passed since the last one: listeners go on, servers do not drop us, and what
// is heard later is no later than before.
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"
#include "rt/clock.h"
#include "stream/streamer.h"

#include <string.h>

enum {
    WAIT_MS = 200,
    GATHER_MS = 100, // after a short read, so that a block costs no wake-up
    STARVED_MS = 1000,
};

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// -------------------------------------------------------------------- silence

// Silence up to now.
static bool
fill(struct weir_streamer *s)
{
    const uint64_t rate_hz = s->format.rate_hz;
    const uint64_t passed_ns = weir_now_ns() - s->made_ns;
    const uint64_t n = passed_ns / 1000000u * rate_hz / 1000u;
    s->made_ns += n * 1000000000u / rate_hz;
    s->surplus += n;
    return weir_output_push(s, NULL, n);
}

static bool
starve(struct weir_streamer *s)
{
    const uint64_t passed_ns = weir_now_ns() - s->made_ns;
    if (!s->starving && passed_ns < STARVED_MS * UINT64_C(1000000))
        return true;
    if (!s->starving)
        weir_log(WEIR_LOG_INFO, "weir gives no sound: silence until it does");
    s->starving = true;
    return fill(s);
}

// ---------------------------------------------------------------------- sound

// How many of the `n` frames that have just been read have been silence
// already: after it, what is late comes in bulk.
static uint64_t
count_late(struct weir_streamer *s, uint64_t n)
{
    const bool more = n == s->n_block;
    const uint64_t late = more || s->late ? min_u64(n, s->surplus) : 0;
    s->late = more && late == n;
    s->surplus -= late;
    return late;
}

static bool
take_frames(struct weir_streamer *s, uint64_t n)
{
    s->losing = false;
    s->made_ns = weir_now_ns();
    const uint64_t late = s->starving ? count_late(s, n) : 0;
    if (late == n)
        return true;
    if (s->starving)
        weir_log(WEIR_LOG_INFO, "weir gives sound again");
    s->starving = s->late = false;
    s->surplus = 0;
    return weir_output_push(s, s->in + late * s->format.n_channels, n - late);
}

static bool
take_loss(struct weir_streamer *s, uint64_t n)
{
    const uint64_t silent = min_u64(n, s->starving ? s->surplus : 0);
    s->surplus -= silent;
    s->made_ns = weir_now_ns();
    if (!s->losing)
        weir_log(WEIR_LOG_INFO, "%llu frames lost, we were too slow: silence",
                 (unsigned long long)n);
    s->losing = true;
    return weir_output_push(s, NULL, n - silent);
}

static void
obey(struct weir_streamer *s)
{
    struct weir_reader_command command;
    if (!weir_reader_command(s->reader, &command))
        return;
    const char *why = "weir-stream takes metadata only";
    if (strcmp(command.verb, "metadata") == 0)
        why = weir_output_retitle(s, command.argument);
    weir_reader_answer(s->reader, command.request, why);
}

// ------------------------------------------------------------------- freewheel

// Whether what would be read next was mixed in freewheel, or is.
static bool
is_freewheel(const struct weir_streamer *s)
{
    uint64_t begin;
    return weir_reader_epoch(s->reader, &begin) ||
           begin > weir_reader_position(s->reader);
}

// Nobody can hear minutes in a second: what comes is left out, and silence
// takes its place, as long as that lasts by the clock.
static bool
sit_out(struct weir_streamer *s)
{
    if (!s->freewheel)
        weir_log(WEIR_LOG_INFO, "JACK is in freewheel: silence until it ends");
    s->freewheel = true;
    s->losing = false;
    weir_stop_wait_for(weir_reader_fd(s->reader), GATHER_MS);
    return fill(s);
}

// On at the newest frame.
static bool
come_back(struct weir_streamer *s)
{
    uint64_t left = 2 * s->format.capacity_frames;
    struct weir_read got = {.kind = WEIR_READ_FRAMES};
    while (left > 0 &&
           (got.kind == WEIR_READ_FRAMES || got.kind == WEIR_READ_LOST)) {
        got = weir_reader_read(s->reader, s->in, s->n_block, 0);
        left -= min_u64(left, got.n_frames);
    }
    weir_log(WEIR_LOG_INFO, "freewheel has ended: weir gives sound again");
    s->freewheel = s->starving = s->late = false;
    const bool filled = fill(s);
    s->surplus = 0;
    return filled;
}

// ------------------------------------------------------------------ attachment

static void
detach(struct weir_streamer *s)
{
    weir_reader_close(s->reader);
    s->reader = NULL;
}

// Whoever is sent away does not come back by itself.
static bool
take_end(struct weir_streamer *s)
{
    const char *reason = weir_reader_end_reason(s->reader);
    const bool over = strncmp(reason, "kicked", 6) == 0 || s->options->no_wait;
    weir_log(WEIR_LOG_INFO, "%s%s", reason,
             over ? "" : ": silence until it is back");
    detach(s);
    s->starving = true;
    return !over && fill(s);
}

static bool
attached(struct weir_streamer *s)
{
    const bool again = s->encoder != NULL;
    // Before another encoder comes, the old one has to be up to date.
    if (again && !fill(s))
        return false;
    if (!weir_output_begin(s))
        return false;
    s->surplus = 0;
    s->shown = WEIR_READER_SHOW_RUNNING;
    s->made_ns = weir_now_ns();
    return true;
}

// Try once. False when it makes no sense to go on.
static bool
attach(struct weir_streamer *s, bool *waiting)
{
    const struct weir_reader_config config =
        weir_reader_options_config(&s->options->from, "weir-stream");
    const bool again = s->encoder != NULL;
    struct weir_reader_error error;
    const enum weir_reader_result result =
        weir_reader_open(&config, &s->reader, &error);
    if (result == WEIR_READER_OK) {
        *waiting = false;
        return attached(s);
    }
    s->reader = NULL;
    const bool nobody = result == WEIR_READER_NOBODY;
    if (s->options->no_wait || (!nobody && !again)) {
        weir_log(WEIR_LOG_ERROR, "%s", error.text);
        s->exit_status = nobody ? WEIR_EXIT_NOBODY : WEIR_EXIT_FAILED;
        return false;
    }
    if (!*waiting)
        weir_log(WEIR_LOG_INFO, "waiting for weir: %s", error.text);
    *waiting = true;
    weir_stop_wait(WAIT_MS);
    return !again || fill(s);
}

// ------------------------------------------------------------------- the loop

// Frames that are there are waited for no longer once the end has come.
static bool
read_on(struct weir_streamer *s, int timeout_ms)
{
    uint64_t begin;
    const bool out = s->freewheel || is_freewheel(s);
    if (out && s->freewheel && !weir_reader_epoch(s->reader, &begin))
        return come_back(s);
    // While it is sat out only what weir says is listened to.
    const struct weir_read got = weir_reader_read(
        s->reader, s->in, out ? 0 : s->n_block, out ? 0 : timeout_ms);
    switch (got.kind) {
    case WEIR_READ_FRAMES:
        if (got.n_frames < s->n_block && timeout_ms > 0)
            weir_stop_wait_for(weir_reader_fd(s->reader), GATHER_MS);
        return take_frames(s, got.n_frames);
    case WEIR_READ_LOST:
        return take_loss(s, got.n_frames);
    case WEIR_READ_COMMAND:
        obey(s);
        return true;
    case WEIR_READ_TIMEOUT:
        if (out)
            return timeout_ms > 0 && sit_out(s);
        return timeout_ms > 0 && starve(s);
    case WEIR_READ_ENDED:
        break;
    }
    return take_end(s);
}

// "armed": it would stream, but no server takes it.
static void
show(struct weir_streamer *s)
{
    enum weir_reader_show state = WEIR_READER_SHOW_ARMED;
    for (unsigned i = 0; i < s->n_senders; i++)
        if (weir_sender_is_connected(s->senders[i]))
            state = WEIR_READER_SHOW_RUNNING;
    if (s->n_senders == 0)
        state = WEIR_READER_SHOW_RUNNING;
    if (state != s->shown)
        weir_reader_show(s->reader, state);
    s->shown = state;
}

// What is published already, and no more.
static void
drain(struct weir_streamer *s)
{
    uint64_t left = s->reader ? s->format.capacity_frames : 0;
    while (left > 0 && s->reader && read_on(s, 0))
        left -= min_u64(left, s->n_block);
}

void
weir_source_run(struct weir_streamer *s)
{
    bool waiting = false;
    bool going_on = true;
    while (going_on && !weir_stop_requested()) {
        weir_service_alive();
        if (!s->reader) {
            going_on = attach(s, &waiting);
            continue;
        }
        going_on = read_on(s, WAIT_MS);
        if (s->reader)
            show(s);
    }
    if (going_on)
        drain(s);
    if (s->reader)
        detach(s);
}

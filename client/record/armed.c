// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Waiting for /reader/ID/start.
#include "record/armed.h"
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 4096, // frames
    REST_MS = 80, // after a short read, so that a block costs no wake-up
    WAIT_MS = 200,
};

// Whether it is to start. All else has to wait for that.
static bool
told_to_start(struct weir_reader *reader, int32_t *request)
{
    struct weir_reader_command command;
    if (!weir_reader_command(reader, &command))
        return false;
    *request = command.request;
    if (strcmp(command.verb, "start") == 0)
        return true;
    weir_reader_answer(reader, command.request,
                       "weir-record is armed, not recording (start first)");
    return false;
}

static enum weir_armed
wait_with(struct weir_reader *reader, float *buffer, int32_t *request)
{
    while (!weir_stop_requested()) {
        weir_service_alive();
        const struct weir_read got =
            weir_reader_read(reader, buffer, BLOCK, WAIT_MS);
        if (got.kind == WEIR_READ_ENDED)
            return WEIR_ARMED_ENDED;
        if (got.kind == WEIR_READ_COMMAND && told_to_start(reader, request))
            return WEIR_ARMED_START;
        if (got.kind == WEIR_READ_FRAMES && got.n_frames < BLOCK)
            weir_stop_wait_for(weir_reader_fd(reader), REST_MS);
    }
    return WEIR_ARMED_SIGNAL;
}

enum weir_armed
weir_armed_wait(struct weir_reader *reader, int32_t *request)
{
    const uint32_t n_channels = weir_reader_format(reader).n_channels;
    float *buffer = calloc((size_t)BLOCK * n_channels, sizeof *buffer);
    if (!buffer) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return WEIR_ARMED_FAILED;
    }
    weir_reader_show(reader, WEIR_READER_SHOW_ARMED);
    weir_log(WEIR_LOG_INFO, "armed: /reader/%s/start begins a recording",
             weir_reader_id(reader));
    const enum weir_armed why = wait_with(reader, buffer, request);
    weir_reader_show(reader, WEIR_READER_SHOW_RUNNING);
    free(buffer);
    return why;
}

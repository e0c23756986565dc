// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Attaching to a weir that may not be there yet.
#include "record/await.h"
#include "common/log.h"
#include "common/service.h"
#include "common/stop.h"

// How long weir may be there without being noticed. Nothing is lost by it:
// the ring remembers.
enum { LOOK_AGAIN_MS = 200 };

// Whether it makes sense to try again.
static bool
may_pass(const struct weir_await *await, enum weir_reader_result result)
{
    if (await->no_wait)
        return false;
    return result == WEIR_READER_NOBODY || await->again;
}

static int
exit_status_of(enum weir_reader_result result)
{
    return result == WEIR_READER_NOBODY ? WEIR_EXIT_NOBODY : WEIR_EXIT_FAILED;
}

struct weir_reader *
weir_await_reader(struct weir_await *await, int *exit_status)
{
    struct weir_reader_error error;
    await->waited = false;
    while (!weir_stop_requested()) {
        struct weir_reader *reader;
        const enum weir_reader_result result =
            weir_reader_open(&await->config, &reader, &error);
        if (result == WEIR_READER_OK)
            return reader;
        if (weir_stop_requested())
            break;
        if (!may_pass(await, result)) {
            weir_log(WEIR_LOG_ERROR, "%s", error.text);
            *exit_status = exit_status_of(result);
            return NULL;
        }
        if (!await->waited)
            weir_log(WEIR_LOG_INFO, "waiting for weir: %s", error.text);
        await->waited = true;
        weir_service_alive();
        weir_stop_wait(LOOK_AGAIN_MS);
    }
    *exit_status = WEIR_EXIT_OK;
    return NULL;
}

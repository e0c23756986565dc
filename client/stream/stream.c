// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The streamer: who begins, and who ends.
#include "stream/stream.h"
#include "common/log.h"
#include "common/name.h"
#include "common/service.h"
#include "rt/clock.h"
#include "stream/streamer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// From the end of the sound to the end of all.
enum { LAST_MS = 1700 };

// Threads that are stuck may look at it after the end of weir_stream_run().
static struct weir_streamer streamer;

static void
configure_targets(struct weir_streamer *s)
{
    struct weir_stream_options *o = s->options;
    for (unsigned i = 0; i < o->n_targets; i++) {
        s->configs[i] = (struct weir_sender_config){
            .icecast =
                {
                    .target = &o->targets[i],
                    .about = &o->about,
                    .tls = o->tls,
                    .tls_ca = o->tls_ca,
                    .codec = o->codec,
                },
            .store = s->store,
            .index = i,
        };
        s->icecasts[i] = &s->configs[i].icecast;
    }
}

static bool
check_dump(const char *path)
{
    const int cause = path ? weir_name_check_folder(path) : 0;
    if (cause == 0)
        return true;
    weir_log(WEIR_LOG_ERROR, "--dump %s: cannot be made: %s (make its folder)",
             path, strerror(cause));
    return false;
}

static bool
begin(struct weir_streamer *s)
{
    const struct weir_stream_options *o = s->options;
    if (!check_dump(o->dump))
        return false;
    s->store = weir_store_new();
    if (!s->store) {
        weir_log(WEIR_LOG_ERROR, "out of memory");
        return false;
    }
    configure_targets(s);
    if (o->codec == WEIR_STREAM_MP3 && o->n_targets > 0)
        s->titles = weir_titles_start(s->icecasts, o->n_targets);
    return o->codec != WEIR_STREAM_MP3 || o->n_targets == 0 || s->titles;
}

static int
left_ms(int64_t until_ms)
{
    const int64_t left = until_ms - weir_now_ms();
    return left > 0 ? (int)left : 0;
}

// The last pieces, and farewells. Whether all have ended.
static bool
end(struct weir_streamer *s)
{
    const int64_t until_ms = weir_now_ms() + LAST_MS;
    bool all = true;
    weir_store_end(s->store);
    for (unsigned i = 0; i < s->n_senders; i++) {
        if (weir_sender_wait(s->senders[i], left_ms(until_ms)))
            continue;
        weir_log(WEIR_LOG_ERROR, "%s: did not end in time: given up",
                 s->options->targets[i].address.shown);
        all = false;
    }
    if (!weir_dump_wait(s->dump, left_ms(until_ms))) {
        weir_log(WEIR_LOG_ERROR, "the dump did not end in time: given up");
        all = false;
    }
    weir_titles_stop(s->titles);
    return all;
}

int
weir_stream_run(struct weir_stream_options *options)
{
    struct weir_streamer *s = &streamer;
    s->options = options;
    s->exit_status = WEIR_EXIT_FAILED;
    if (!begin(s))
        return s->exit_status;
    s->exit_status = WEIR_EXIT_OK;
    weir_service_ready();
    weir_source_run(s);
    weir_service_stopping();
    weir_output_end(s);
    free(s->in);
    // A thread that is stuck must not see the process taken apart.
    if (!end(s))
        _exit(s->exit_status);
    weir_store_free(s->store);
    return s->exit_status;
}

// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// libweir: a reader and freewheel. Of its own accord the mixer waits for
// nobody.
#include "attach/reader_error.h"
#include "attach/reader_private.h"
#include "rt/futex.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

enum { ANSWER_MS = 5000 };

static int64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static bool
send_mode(const struct weir_reader *reader, enum weir_reader_freewheel mode)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    struct weir_wire_out w;
    weir_wire_begin(&w, "/freewheel");
    weir_wire_int(&w, reader->last_request);
    weir_wire_int(&w, (int32_t)mode);
    const size_t n = weir_wire_end(&w, packet, sizeof packet);
    return send(reader->socket, packet, n, MSG_NOSIGNAL) == (ssize_t)n;
}

// False when there is none in time.
static bool
await_answer(struct weir_reader *reader, struct weir_talk *heard)
{
    const int64_t end_ms = now_ms() + ANSWER_MS;
    while (!reader->ended) {
        const int64_t left_ms = end_ms - now_ms();
        struct pollfd p = {.fd = reader->socket, .events = POLLIN};
        if (left_ms <= 0)
            return false;
        if (poll(&p, 1, (int)left_ms) <= 0 ||
            !weir_reader_listen_once(reader, heard))
            continue;
        if ((heard->kind == WEIR_TALK_DONE ||
             heard->kind == WEIR_TALK_FAILED) &&
            heard->request == reader->last_request)
            return true;
    }
    return false;
}

enum weir_reader_result
weir_reader_freewheel(struct weir_reader *reader,
                      enum weir_reader_freewheel mode,
                      struct weir_reader_error *error)
{
    struct weir_talk heard;
    // Before weir hears of it, so that no read goes unannounced.
    if (mode != WEIR_READER_FREEWHEEL_NONE)
        reader->held = true;
    reader->last_request = reader->last_request % INT32_MAX + 1;
    const bool answered =
        send_mode(reader, mode) && await_answer(reader, &heard);
    if (!answered || heard.kind == WEIR_TALK_FAILED ||
        mode == WEIR_READER_FREEWHEEL_NONE)
        reader->held = false;
    if (!answered)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "freewheel: weir does not answer (is it "
                                "older than this reader, or ending?)");
    if (heard.kind == WEIR_TALK_FAILED)
        return weir_reader_fail(error, WEIR_READER_REFUSED, "freewheel: %s",
                                heard.reason);
    return WEIR_READER_OK;
}

bool
weir_reader_epoch(const struct weir_reader *reader, uint64_t *begin)
{
    const struct weir_broadcast *ring = &reader->sources[0].ring;
    const uint64_t epoch = weir_broadcast_get_epoch(ring);
    *begin = weir_broadcast_epoch_begin(epoch);
    return weir_broadcast_epoch_freewheels(epoch);
}

void
weir_reader_wake_mixer(struct weir_reader *reader)
{
    uint64_t begin;
    if (!weir_reader_epoch(reader, &begin))
        return;
    // relaxed: what is seen too early or too late costs the mixer a slice.
    atomic_fetch_add_explicit(&reader->page->wake, 1, memory_order_relaxed);
    weir_futex_wake(&reader->page->wake, WEIR_FUTEX_SHARED);
}

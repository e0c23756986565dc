// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// libweir: a feed's request, and the ring that comes with its answer.
#include "attach/connect.h"
#include "attach/feed_private.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// 16 s of 64 channels at 768 kHz: more is no honest ring.
#define MAX_CAPACITY (UINT64_C(1) << 24)
enum { MAX_CHANNELS = 64 };

_Static_assert((int)WEIR_FEED_NOBODY == WEIR_READER_NOBODY &&
                   (int)WEIR_FEED_REFUSED == WEIR_READER_REFUSED &&
                   (int)WEIR_FEED_SYSTEM == WEIR_READER_SYSTEM,
               "what is shared with readers returns theirs");

// ------------------------------------------------------------------ asking

static size_t
build_request(const struct weir_feed_config *config, unsigned char *packet)
{
    const bool clock = config->pace == WEIR_FEED_CLOCK;
    struct weir_wire_out w;
    weir_wire_begin(&w, "/feed");
    weir_wire_int(&w, WEIR_FEED_ABI);
    weir_wire_string(&w, config->program ? config->program : "feed");
    weir_wire_string(&w, config->id ? config->id : "");
    weir_wire_string(&w, config->strip ? config->strip : "");
    weir_wire_int(&w, (int32_t)config->rate_hz);
    weir_wire_int(&w, (int32_t)config->n_channels);
    weir_wire_string(&w, clock ? "clock" : "pipe");
    weir_wire_int(&w, (int32_t)config->target_frames);
    return weir_wire_end(&w, packet, WEIR_ATTACH_MAX_PACKET);
}

static enum weir_reader_result
ask(int socket, const struct weir_feed_config *config,
    struct weir_attach_answer *answer, struct weir_reader_error *error)
{
    unsigned char packet[WEIR_ATTACH_MAX_PACKET];
    const size_t n = build_request(config, packet);
    if (n == 0)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "feed: the names are too long");
    return weir_attach_exchange(socket, packet, n, "/fed", "siii", answer,
                                error);
}

// ------------------------------------------------------------------ mapping

static enum weir_reader_result
wrong(struct weir_reader_error *error, const char *what)
{
    return weir_reader_fail(error, WEIR_READER_SYSTEM,
                            "feed: weir's ring: %s (is weir damaged or of "
                            "another version?)",
                            what);
}

// Look at a copy of the header: the shared one could change under us.
static enum weir_reader_result
check_head(const struct weir_feed_page *head, uint64_t size,
           struct weir_reader_error *error)
{
    if (head->magic != WEIR_FEED_MAGIC)
        return wrong(error, "no ring at all");
    if (head->abi != WEIR_FEED_ABI)
        return weir_reader_fail(error, WEIR_READER_REFUSED,
                                "feed: weir's ring has ABI version %u, this "
                                "program writes version %u (use programs of "
                                "one release)",
                                head->abi, WEIR_FEED_ABI);
    if (head->n_channels < 1 || head->n_channels > MAX_CHANNELS)
        return wrong(error, "impossible channel count");
    if (head->rate_hz < 1)
        return wrong(error, "impossible rate");
    if (head->capacity < 2 || (head->capacity & (head->capacity - 1)) != 0 ||
        head->capacity > MAX_CAPACITY)
        return wrong(error, "impossible capacity");
    if (head->data_offset != WEIR_FEED_DATA_OFFSET ||
        size < weir_feed_ring_bytes(head->capacity, head->n_channels))
        return wrong(error, "its size contradicts its header");
    return WEIR_READER_OK;
}

static enum weir_reader_result
map(struct weir_feed *feed, int fd, struct weir_reader_error *error)
{
    struct weir_feed_page head;
    const uint64_t size = weir_attach_sealed_size(fd);
    if (size < WEIR_FEED_DATA_OFFSET)
        return wrong(error, "not sealed, or too small");
    if (pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head)
        return wrong(error, "its header cannot be read");
    const enum weir_reader_result result = check_head(&head, size, error);
    if (result != WEIR_READER_OK)
        return result;
    feed->n_bytes = weir_feed_ring_bytes(head.capacity, head.n_channels);
    void *memory =
        mmap(NULL, feed->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return weir_reader_fail(error, WEIR_READER_SYSTEM,
                                "feed: mapping weir's memory: %s",
                                strerror(errno));
    feed->memory = memory;
    feed->ring = weir_feed_ring_view(memory, head.capacity, head.n_channels);
    feed->format.rate_hz = head.rate_hz;
    feed->format.n_channels = head.n_channels;
    feed->format.capacity_frames = head.capacity;
    return WEIR_READER_OK;
}

static enum weir_reader_result
take_answer(struct weir_feed *feed, const struct weir_attach_answer *answer,
            struct weir_reader_error *error)
{
    int32_t rate_hz = 0;
    if (answer->n_fds != 1)
        return wrong(error, "it did not come");
    weir_reader_copy_text(feed->id, sizeof feed->id,
                          weir_wire_get_string(&answer->message, 0));
    weir_wire_get_int(&answer->message, 3, &rate_hz);
    if (rate_hz <= 0)
        return wrong(error, "weir's rate is impossible");
    feed->format.weir_rate_hz = (uint32_t)rate_hz;
    return map(feed, answer->fds[0], error);
}

static enum weir_reader_result
attach(struct weir_feed *feed, const struct weir_feed_config *config,
       struct weir_reader_error *error)
{
    struct weir_attach_answer answer = {.n_fds = 0};
    enum weir_reader_result result = weir_attach_connect(
        config->instance, config->run_dir, &feed->socket, error);
    if (result == WEIR_READER_OK)
        result = ask(feed->socket, config, &answer, error);
    if (result != WEIR_READER_OK)
        return result;
    result = take_answer(feed, &answer, error);
    // The mapping outlives the descriptor.
    weir_attach_close_answer(&answer);
    return result;
}

enum weir_feed_result
weir_feed_attach(struct weir_feed *feed, const struct weir_feed_config *config,
                 struct weir_feed_error *error)
{
    struct weir_reader_error text = {""};
    const enum weir_reader_result result = attach(feed, config, &text);
    _Static_assert(sizeof error->text == sizeof text.text, "copied whole");
    if (error)
        memcpy(error->text, text.text, sizeof text.text);
    return (enum weir_feed_result)result;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The stream's newest pieces. One lock for all of it: nothing here is
// real-time, and nobody holds it longer than a copy of some kilobytes takes.
#include "stream/store.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// What it holds at most. Longer than it takes to lose a server that answers
// no more would only send listeners into the past.
enum { MAX_PIECES = 4096, MAX_BYTES = 16 << 20 };
#define MAX_US 20000000u

struct weir_chunk {
    unsigned n_users; // the store is one
    size_t size;
    unsigned char bytes[];
};

// A logical stream's headers, as long as pieces of it are there.
struct chain {
    unsigned n_users; // pieces, and the store for the newest
    uint64_t number;
    struct weir_chunk *headers; // null: none
};

struct piece {
    struct weir_chunk *chunk;
    struct chain *chain; // null: none
    uint64_t at_us;
    uint64_t length_us;
};

struct weir_store {
    int end_fd;
    pthread_mutex_t lock; // of all that follows
    pthread_cond_t news;
    struct piece pieces[MAX_PIECES]; // number n is at n mod MAX_PIECES
    uint64_t first;                  // number of the oldest that is there
    uint64_t next;                   // number of the next
    uint64_t n_bytes;
    uint64_t at_us; // where the next one begins
    uint64_t n_chains;
    struct chain *chain; // the newest
    bool ended;
};

// ------------------------------------------------------------------- holding

static struct weir_chunk *
new_chunk(const unsigned char *a, size_t n_a, const unsigned char *b,
          size_t n_b)
{
    struct weir_chunk *chunk = malloc(sizeof *chunk + n_a + n_b);
    if (!chunk)
        return NULL;
    chunk->n_users = 1;
    chunk->size = n_a + n_b;
    if (n_a > 0)
        memcpy(chunk->bytes, a, n_a);
    if (n_b > 0)
        memcpy(chunk->bytes + n_a, b, n_b);
    return chunk;
}

static void
leave_chunk(struct weir_chunk *chunk)
{
    if (chunk && --chunk->n_users == 0)
        free(chunk);
}

static void
leave_chain(struct chain *chain)
{
    if (!chain || --chain->n_users > 0)
        return;
    leave_chunk(chain->headers);
    free(chain);
}

static struct piece *
piece_at(struct weir_store *s, uint64_t number)
{
    return &s->pieces[number % MAX_PIECES];
}

static void
drop_oldest(struct weir_store *s)
{
    struct piece *piece = piece_at(s, s->first++);
    s->n_bytes -= piece->chunk->size;
    leave_chunk(piece->chunk);
    leave_chain(piece->chain);
}

static bool
is_too_much(const struct weir_store *s)
{
    const uint64_t n = s->next - s->first;
    const uint64_t from_us = s->pieces[s->first % MAX_PIECES].at_us;
    return n > 1 && (n == MAX_PIECES || s->n_bytes > MAX_BYTES ||
                     s->at_us - from_us > MAX_US);
}

// --------------------------------------------------------------------- adding

// Headers go with their chain: whoever takes a piece of it gets them first.
static bool
add_header(struct weir_store *s, const struct weir_stream_piece *piece)
{
    if (piece->begins_chain) {
        struct chain *chain = calloc(1, sizeof *chain);
        if (!chain)
            return false;
        chain->n_users = 1;
        chain->number = ++s->n_chains;
        leave_chain(s->chain);
        s->chain = chain;
    }
    struct weir_chunk *before = s->chain ? s->chain->headers : NULL;
    struct weir_chunk *headers =
        new_chunk(before ? before->bytes : NULL, before ? before->size : 0,
                  piece->bytes, piece->size);
    if (!headers || !s->chain) {
        free(headers);
        return false;
    }
    s->chain->headers = headers;
    leave_chunk(before);
    return true;
}

static bool
add_sound(struct weir_store *s, const struct weir_stream_piece *piece,
          uint32_t rate_hz)
{
    struct weir_chunk *chunk = new_chunk(piece->bytes, piece->size, NULL, 0);
    if (!chunk)
        return false;
    const uint64_t length_us = (uint64_t)piece->n_frames * 1000000u / rate_hz;
    *piece_at(s, s->next++) = (struct piece){
        .chunk = chunk,
        .chain = s->chain,
        .at_us = s->at_us,
        .length_us = length_us,
    };
    if (s->chain)
        s->chain->n_users++;
    s->at_us += length_us;
    s->n_bytes += chunk->size;
    while (is_too_much(s))
        drop_oldest(s);
    return true;
}

bool
weir_store_add(struct weir_store *s, const struct weir_stream_piece *piece,
               uint32_t rate_hz)
{
    pthread_mutex_lock(&s->lock);
    const bool ok =
        piece->is_header ? add_header(s, piece) : add_sound(s, piece, rate_hz);
    pthread_cond_broadcast(&s->news);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

void
weir_store_end(struct weir_store *s)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    pthread_cond_broadcast(&s->news);
    pthread_mutex_unlock(&s->lock);
    if (write(s->end_fd, &one, sizeof one) < 0)
        return;
}

// --------------------------------------------------------------------- taking

void
weir_store_begin(struct weir_store *s, struct weir_cursor *cursor)
{
    pthread_mutex_lock(&s->lock);
    cursor->next = s->next > s->first ? s->next - 1 : s->next;
    cursor->at_us =
        s->next > s->first ? piece_at(s, cursor->next)->at_us : s->at_us;
    cursor->chain = 0;
    pthread_mutex_unlock(&s->lock);
}

static void
give_chunk(struct weir_chunk *chunk, struct weir_taken *out)
{
    chunk->n_users++;
    out->chunk = chunk;
    out->bytes = chunk->bytes;
    out->size = chunk->size;
}

// There is a piece.
static void
give(struct weir_store *s, struct weir_cursor *cursor, struct weir_taken *out)
{
    // Who is behind all that is there would be so again very soon at the
    // oldest.
    if (cursor->next < s->first)
        cursor->next = s->next - 1;
    const struct piece *piece = piece_at(s, cursor->next);
    const struct chain *chain = piece->chain;
    out->missed_us = piece->at_us - cursor->at_us;
    cursor->at_us = piece->at_us;
    if (chain && chain->headers && chain->number != cursor->chain) {
        cursor->chain = chain->number;
        give_chunk(chain->headers, out);
        return;
    }
    give_chunk(piece->chunk, out);
    cursor->next++;
    cursor->at_us += piece->length_us;
}

static struct timespec
deadline(int timeout_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_nsec -= 1000000000L;
        t.tv_sec++;
    }
    return t;
}

enum weir_store_result
weir_store_take(struct weir_store *s, struct weir_cursor *cursor,
                int timeout_ms, struct weir_taken *out)
{
    const struct timespec end = deadline(timeout_ms);
    enum weir_store_result result = WEIR_STORE_NOTHING;
    int waited = 0;
    *out = (struct weir_taken){0};
    pthread_mutex_lock(&s->lock);
    while (cursor->next >= s->next && !s->ended && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&s->news, &s->lock, &end);
    if (cursor->next < s->next) {
        give(s, cursor, out);
        result = WEIR_STORE_TAKEN;
    } else if (s->ended) {
        result = WEIR_STORE_ENDED;
    }
    pthread_mutex_unlock(&s->lock);
    return result;
}

void
weir_store_release(struct weir_store *s, struct weir_taken *taken)
{
    pthread_mutex_lock(&s->lock);
    leave_chunk(taken->chunk);
    pthread_mutex_unlock(&s->lock);
    *taken = (struct weir_taken){0};
}

int
weir_store_end_fd(const struct weir_store *s)
{
    return s->end_fd;
}

bool
weir_store_wait_end(const struct weir_store *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->end_fd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) > 0;
}

// ----------------------------------------------------------------------- life

struct weir_store *
weir_store_new(void)
{
    pthread_condattr_t attributes;
    struct weir_store *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->end_fd < 0) {
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->news, &attributes);
    pthread_condattr_destroy(&attributes);
    return s;
}

void
weir_store_free(struct weir_store *s)
{
    if (!s)
        return;
    while (s->first < s->next)
        drop_oldest(s);
    leave_chain(s->chain);
    pthread_cond_destroy(&s->news);
    pthread_mutex_destroy(&s->lock);
    close(s->end_fd);
    free(s);
}

/* SPDX-License-Identifier: ISC
 * SPDX-FileCopyrightText: the weir authors
 *
 * libweir: feed a strip of a running weir from a program of your own. What
 * you write goes through a ring in shared memory to the mixer, which brings
 * it to its own rate. Nothing written there can harm the mix: a feed can only
 * silence itself.
 *
 * A feed belongs to one thread at a time. Nothing here touches errno in a way
 * you need to look at: what failed is in struct weir_feed_error.
 */
#ifndef WEIR_FEED_H
#define WEIR_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_feed;

enum weir_feed_result {
    WEIR_FEED_OK = 0,
    WEIR_FEED_NOBODY,  /* no weir of that name is running */
    WEIR_FEED_REFUSED, /* weir said no: the text says why */
    WEIR_FEED_SYSTEM,  /* the system said no: the text says what */
};

struct weir_feed_error {
    char text[256]; /* what failed: why (what to do) */
};

/* Whose clock it is. */
enum weir_feed_pacing {
    /* Mine is none: I write as fast as there is room (a file, speech that is
     * made faster than it is spoken). At weir's own rate samples arrive in
     * the mix bit for bit. */
    WEIR_FEED_PIPE = 0,
    /* The source has a clock of its own that cannot wait (a sound card, a
     * receiver): weir follows it, and its latency stays. What finds no room
     * is dropped, and counted. */
    WEIR_FEED_CLOCK = 1,
};

/* Zero the whole of it before you fill in what you care about: what later
 * versions add takes the place of `reserved`, and zero is today's way. */
struct weir_feed_config {
    const char *instance; /* weir's name; NULL: "weir" */
    const char *run_dir;  /* NULL: $XDG_RUNTIME_DIR/weir or /tmp/weir-UID */
    const char *program;  /* shown in logs; NULL: "feed" */
    const char *id;       /* the same; NULL: weir chooses */
    const char *strip;    /* its id; it is made when there is none */
    uint32_t rate_hz;     /* of what you write, 1000..768000; 0: weir's own */
    uint32_t n_channels;  /* 1..64, if the strip has to be made; 0: 2 */
    enum weir_feed_pacing pace;
    uint32_t target_frames; /* WEIR_FEED_CLOCK: how much weir keeps in hand
                               against the source's jitter, in frames of
                               rate_hz; WEIR_FEED_PIPE: the least that the
                               ring holds; 0: weir chooses */
    uint64_t reserved[8];   /* 0: anything else is refused */
};

struct weir_feed_format {
    uint32_t rate_hz;         /* of what you write */
    uint32_t n_channels;      /* the strip's, and so that of what you write */
    uint64_t capacity_frames; /* what the ring holds, at rate_hz */
    uint32_t weir_rate_hz;
};

/* Attach to a strip that nobody feeds. On success *out is the caller's:
 * weir_feed_close() frees it. On failure *out is untouched; `error` may be
 * NULL. Waits at most 5 s. Any thread. */
enum weir_feed_result weir_feed_open(const struct weir_feed_config *config,
                                     struct weir_feed **out,
                                     struct weir_feed_error *error);

/* Detach and free: what the mixer still holds is faded out in 5 ms, and the
 * strip can be fed by somebody else. NULL is allowed. Not within another call
 * for the same feed. */
void weir_feed_close(struct weir_feed *feed);

/* Never changes. Any thread. */
struct weir_feed_format weir_feed_format(const struct weir_feed *feed);

/* The id weir knows this feed by. Lives as long as the feed. Any thread. */
const char *weir_feed_id(const struct weir_feed *feed);

enum weir_fed_kind {
    WEIR_FED_FRAMES,  /* n_frames frames were taken */
    WEIR_FED_TIMEOUT, /* there was no room in time */
    WEIR_FED_COMMAND, /* weir_feed_command() has something; nothing taken */
    WEIR_FED_HEARD,   /* weir_feed_drain() alone: all of it was mixed */
    WEIR_FED_ENDED,   /* weir or the strip ended, or weir closed the
                          connection: nothing is taken any more */
};

struct weir_fed {
    enum weir_fed_kind kind;
    uint32_t n_frames;
};

/* Write up to n_frames interleaved frames (32-bit float, full scale 1.0; what
 * is not finite becomes silence) of format.n_channels samples each; borrowed
 * during the call. The feed's thread.
 *
 * WEIR_FEED_PIPE: takes what there is room for, at least one frame; waits at
 * most timeout_ms for that, less when a signal arrives (WEIR_FED_TIMEOUT
 * then too). A timeout below 1 does not wait.
 *
 * WEIR_FEED_CLOCK: never waits and takes all; what finds no room is counted
 * in overruns. Call it as soon as frames have come from the source: the time
 * of the call is what weir follows. See weir_feed_stamp() if you know
 * better. */
struct weir_fed weir_feed_write(struct weir_feed *feed, const float *frames,
                                uint32_t n_frames, int timeout_ms);

/* WEIR_FEED_CLOCK: the last frame that was written had come whole from the
 * source at `monotonic_ns` (CLOCK_MONOTONIC, nanoseconds). From the first
 * call on weir_feed_write() looks at no clock of its own; call it after each
 * write. The feed's thread. */
void weir_feed_stamp(struct weir_feed *feed, uint64_t monotonic_ns);

/* How many frames were taken since it was opened, dropped ones not
 * counted. The feed's thread. */
uint64_t weir_feed_position(const struct weir_feed *feed);

/* A talker is interrupted: the mixer fades out within 5 ms of its next block
 * and drops all that was written until now; what is written from now on
 * starts at once. The feed's thread. */
void weir_feed_flush(struct weir_feed *feed);

/* Nothing more will be written: running out is no underrun any more. The
 * feed's thread. */
void weir_feed_end(struct weir_feed *feed);

/* Wait, after weir_feed_end(), at most timeout_ms until all of it has been
 * mixed and is out: WEIR_FED_HEARD. Otherwise WEIR_FED_TIMEOUT (a signal
 * too), WEIR_FED_COMMAND or WEIR_FED_ENDED. The feed's thread. */
enum weir_fed_kind weir_feed_drain(struct weir_feed *feed, int timeout_ms);

/* Readable when weir has something to say, a command or its end: for poll()
 * in a program that sleeps by itself between two writes. Never read from it
 * or close it. Any thread. */
int weir_feed_fd(const struct weir_feed *feed);

/* Look what weir has to say, without waiting: WEIR_FED_COMMAND or
 * WEIR_FED_ENDED, else WEIR_FED_TIMEOUT. The feed's thread. */
enum weir_fed_kind weir_feed_look(struct weir_feed *feed);

/* Why it ended, for people; "" as long as it has not. Lives as long as the
 * feed. The feed's thread. */
const char *weir_feed_end_reason(const struct weir_feed *feed);

/* What weir asks of this feed: flush. The mixer has dropped what is in the
 * ring by itself; throw away what you hold, call weir_feed_flush() for what
 * you have written meanwhile, then answer: whoever asked for it is told only
 * then. Writing on instead has libweir do the two. */
struct weir_feed_command {
    int32_t request; /* give it back in weir_feed_answer() */
    char verb[32];
    char argument[512]; /* the first string argument, or "" */
};

/* Take the next command, if there is one. The feed's thread. */
bool weir_feed_command(struct weir_feed *feed, struct weir_feed_command *out);

/* Answer it: NULL for done, otherwise why not. The feed's thread. */
void weir_feed_answer(struct weir_feed *feed, int32_t request,
                      const char *failure);

struct weir_feed_stats {
    uint64_t buffered_frames; /* written and not mixed yet, at rate_hz */
    uint64_t underruns;       /* how often the mixer found nothing */
    uint64_t overruns;        /* frames dropped for want of room */
    uint64_t flushed;         /* frames dropped by flushes */
};

/* As weir counts them, up to its last block. The feed's thread. */
struct weir_feed_stats weir_feed_stats(const struct weir_feed *feed);

#ifdef __cplusplus
}
#endif

#endif

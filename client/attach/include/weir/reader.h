/* SPDX-License-Identifier: ISC
 * SPDX-FileCopyrightText: the weir authors
 *
 * libweir: attach a program of your own to a running weir and read what it
 * mixes, without ever being able to disturb it. A reader that is too slow
 * loses frames, and is told exactly how many.
 *
 * One reader belongs to one thread at a time. Nothing here touches errno in
 * a way you need to look at: what failed is in struct weir_reader_error.
 */
#ifndef WEIR_READER_H
#define WEIR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_reader;

enum weir_reader_result {
    WEIR_READER_OK = 0,
    WEIR_READER_NOBODY,  /* no weir of that name is running */
    WEIR_READER_REFUSED, /* weir said no: the text says why */
    WEIR_READER_SYSTEM,  /* the system said no: the text says what */
};

struct weir_reader_error {
    char text[256]; /* what failed: why (what to do) */
};

/* Zero the whole of it before you fill in what you care about: what later
 * versions add takes the place of `reserved`, and zero is today's way. */
struct weir_reader_config {
    const char *instance; /* weir's name; NULL: "weir" */
    const char *run_dir;  /* NULL: $XDG_RUNTIME_DIR/weir or /tmp/weir-UID */
    const char *program;  /* shown in logs; NULL: "reader" */
    const char *id;       /* shown in /reader/list; NULL: weir chooses */
    const char *const *sources; /* NULL: "main" */
    unsigned n_sources;         /* at most 16, joined as channels */
    uint64_t reserved[8];       /* 0: anything else is refused */
};

struct weir_reader_format {
    uint32_t rate_hz;
    uint32_t n_channels;      /* of all sources together */
    uint64_t capacity_frames; /* how far the ring remembers */
};

/* Attach; `config` may be NULL for all defaults, and is not kept. On success
 * *out is the caller's: weir_reader_close() frees it. The reader stands at the
 * newest frame. On failure *out is untouched. Waits for weir's answer, 5 s at
 * most. Any thread. */
enum weir_reader_result
weir_reader_open(const struct weir_reader_config *config,
                 struct weir_reader **out, struct weir_reader_error *error);

/* Detach and free. NULL is allowed. */
void weir_reader_close(struct weir_reader *reader);

struct weir_reader_format weir_reader_format(const struct weir_reader *reader);

/* The id weir knows this reader by. Lives as long as the reader. */
const char *weir_reader_id(const struct weir_reader *reader);

/* The position of the next frame to be read: frames since weir started. */
uint64_t weir_reader_position(const struct weir_reader *reader);

/* Step back `frames` into the past, as far as the ring still remembers;
 * returns by how many it did. For a recording's pre-roll. */
uint64_t weir_reader_rewind(struct weir_reader *reader, uint64_t frames);

enum weir_read_kind {
    WEIR_READ_FRAMES,  /* n_frames frames are in the buffer */
    WEIR_READ_LOST,    /* n_frames frames are gone; nothing in the buffer */
    WEIR_READ_TIMEOUT, /* nothing came in time */
    WEIR_READ_COMMAND, /* weir_reader_command() has something */
    WEIR_READ_ENDED,   /* weir, the strip or the format ended, or weir closed
                          the connection; all that was published has been
                          read */
};

struct weir_read {
    enum weir_read_kind kind;
    uint64_t position; /* of the first of these frames */
    uint64_t n_frames;
};

/* Read up to max_frames interleaved frames (32-bit float, full scale 1.0)
 * into buffer, which has room for max_frames * n_channels samples. Waits at
 * most timeout_ms for the first of them, less when a signal arrives
 * (WEIR_READ_TIMEOUT then too). */
struct weir_read weir_reader_read(struct weir_reader *reader, float *buffer,
                                  uint32_t max_frames, int timeout_ms);

/* Readable when weir has something to say, a command or its end: for poll()
 * in a program that sleeps by itself between two reads. Never read from it or
 * close it. */
int weir_reader_fd(const struct weir_reader *reader);

/* Why it ended, for people; valid after WEIR_READ_ENDED. */
const char *weir_reader_end_reason(const struct weir_reader *reader);

/* What weir asks of this reader: start, stop, split, mark, metadata. */
struct weir_reader_command {
    int32_t request; /* give it back in weir_reader_answer() */
    char verb[32];
    char argument[512]; /* the first string argument, or "" */
};

/* Take the next command, if there is one. */
bool weir_reader_command(struct weir_reader *reader,
                         struct weir_reader_command *out);

/* Answer it: NULL for done, otherwise why not. */
void weir_reader_answer(struct weir_reader *reader, int32_t request,
                        const char *failure);

/* What `/reader/ID/state` shows. */
enum weir_reader_show {
    WEIR_READER_SHOW_RUNNING = 1,
    WEIR_READER_SHOW_ARMED = 2,
    WEIR_READER_SHOW_STOPPED = 3,
};
void weir_reader_show(struct weir_reader *reader, enum weir_reader_show state);

/* Whether weir has lost its JACK server and waits for the next one: nothing
 * comes meanwhile, and nothing is lost, for the position stands still. */
bool weir_reader_waiting(const struct weir_reader *reader);

/* When the frame `position` reached weir: CLOCK_MONOTONIC in nanoseconds, and
 * weir's measured rate. False when the clock is not known (yet). */
bool weir_reader_clock(const struct weir_reader *reader, uint64_t *position,
                       uint64_t *monotonic_ns, double *rate_hz);

/* What is asked for freewheel, in which JACK runs cycles as fast as they go,
 * hundreds of times faster than sound is heard. */
enum weir_reader_freewheel {
    WEIR_READER_FREEWHEEL_NONE = 0,   /* nothing: who is too slow loses */
    WEIR_READER_FREEWHEEL_HOLD = 1,   /* weir waits for this reader, bounded:
                                         nothing is lost */
    WEIR_READER_FREEWHEEL_SWITCH = 2, /* the same, and weir switches the
                                         server into freewheel, until this is
                                         taken back or the reader is gone */
    WEIR_READER_FREEWHEEL_ROLL = 3,   /* and JACK's transport, which is stopped
                                         and set to 0 before, begins with it */
};

/* Ask for it; the last one counts. Waits for weir's answer, and that for
 * JACK's, 5 s at most. Who needs more than 4 s for a second of sound is not
 * waited for any more. */
enum weir_reader_result weir_reader_freewheel(struct weir_reader *reader,
                                              enum weir_reader_freewheel mode,
                                              struct weir_reader_error *error);

/* Whether weir is in freewheel, as of the newest frame; *begin is the position
 * of its first frame, or, if it is not, of the first frame after it (0: there
 * was none). All sources agree. */
bool weir_reader_epoch(const struct weir_reader *reader, uint64_t *begin);

#ifdef __cplusplus
}
#endif

#endif

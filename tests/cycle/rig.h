// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The engine on a bench: callback and mixer driven cycle by cycle by one
// thread, ports that are plain buffers, buses that publish into plain memory.
// It does what @control does around them: makes objects, pushes commands,
// publishes port tables, frees what an event gives back, and not earlier.
#ifndef TESTS_CYCLE_RIG_H
#define TESTS_CYCLE_RIG_H

#include "engine/engine.h"
#include "rt/process.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RIG_RATE_HZ = 48000,
    RIG_RAMP = 240, // frames: 5 ms
    RIG_MAX_BLOCK = 16384,
    RIG_MAX_EVENTS = 65536,
};

/// Built with a sanitizer: what is long natively is done a part of.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { RIG_IS_SLOW = 1 };
#else
enum { RIG_IS_SLOW = 0 };
#endif

/// Zero stands for what the comments say.
struct rig_config {
    uint32_t rate_hz;          // 48000
    uint32_t latency_blocks;   // 1
    uint32_t main_channels;    // 2
    uint32_t lane_frames;      // 32768
    uint32_t history_frames;   // 65536
    uint32_t first_frame_time; // 0
};

enum rig_feed {
    RIG_FEED_NUMBERS, // rig_number() of every channel's own stream
    RIG_FEED_LEVEL,   // a constant
    RIG_FEED_OWN,     // the test fills `in` before each cycle
};

struct rig_strip {
    struct weir_strip *mix;
    uint32_t n_channels;
    enum rig_feed feed;
    float level;                  // RIG_FEED_LEVEL
    uint32_t stream;              // RIG_FEED_NUMBERS: of the first channel
    float *in[WEIR_MAX_CHANNELS]; // what JACK gives the callback
    bool patched;                 // in the next port table
    struct rig_strip *next;
};

struct rig_bus {
    struct weir_bus *mix;
    uint32_t n_channels;
    uint32_t slot;
    struct weir_tap *tap;
    float *out[WEIR_MAX_CHANNELS]; // what the callback gave JACK
    bool patched;                  // in the next port table
    struct rig_bus *next;
};

struct rig {
    struct rig_config config;
    struct weir_engine *engine;
    struct weir_process process;
    struct rig_bus *main;

    uint64_t clock;   // JACK's frames since the start
    double rate_hz;   // measured, as JACK would tell
    uint64_t late_ns; // how much later JACK says that a cycle began
    bool freewheel;
    bool no_memory; // for lines: the mixer is told so

    uint64_t table; // newest number
    uint64_t table_through;
    uint32_t request; // newest number
    struct weir_event *events;
    uint32_t n_events;

    struct rig_strip *strips;
    struct rig_bus *buses;
    struct rig_tap *taps;
    struct rig_table *tables;
    struct rig_lines *lines; // on their way to the mixer
    uint32_t n_lines;        // ever
    uint32_t n_streams;
};

/// A mixer with a bus `main` whose ports are in the first table; null for
/// the defaults.  Free with rig_free().
struct rig *rig_new(const struct rig_config *config);
void rig_free(struct rig *rig);

/// Sample `position` of numbered stream `stream`: positive, below a half,
/// such that two of them add up exactly, and any slip of less than 2^23
/// frames or another stream shows.
static inline float
rig_number(uint32_t stream, uint64_t position)
{
    const uint64_t n = (position + stream * UINT64_C(104729)) & 0x7fffff;
    return (float)(n + 1) / 16777216.0f;
}

/// The time of a frame: cycles come when they should.
static inline uint64_t
rig_ns(const struct rig *rig, uint64_t frame)
{
    return UINT64_C(1000000000) * (frame + rig->config.rate_hz) /
           rig->config.rate_hz;
}

// ---------------------------------------------------------------- commands

/// Push a group of commands; numbers and returns the first's request.
uint32_t rig_push(struct rig *rig, struct weir_command *commands, uint32_t n);

uint32_t rig_set(struct rig *rig, struct rig_strip *strip,
                 enum weir_strip_param param, float value);
uint32_t rig_set_send(struct rig *rig, struct rig_strip *strip,
                      const struct rig_bus *bus, enum weir_send_param param,
                      float value);
uint32_t rig_set_bus(struct rig *rig, struct rig_bus *bus,
                     enum weir_bus_param param, float value);
uint32_t rig_do(struct rig *rig, enum weir_command_kind kind);

/// Take the events that are there (rig_mix() does): notes answers, frees the
/// tables that the callback is past, sends the lines that are asked for.
void rig_take_events(struct rig *rig);

/// Whether the answer to `request` has come, and the frame it named.
bool rig_answer(struct rig *rig, uint32_t request, uint64_t *frame);

// ------------------------------------------------------------ strips, buses

/// A strip with buffers, that neither the mixer nor the callback knows.
struct rig_strip *rig_make_strip(struct rig *rig, uint32_t n_channels);

/// Tell the mixer, show its ports, and have it fed by them.
struct rig_strip *rig_add_strip(struct rig *rig, uint32_t n_channels);

/// Begin to remove it; returns the request.
uint32_t rig_remove_strip(struct rig *rig, struct rig_strip *strip);

/// After the answer: take its ports away and free it when the callback is
/// past them.  Runs cycles of `n_frames`.
void rig_drop_strip(struct rig *rig, struct rig_strip *strip,
                    uint32_t n_frames);

/// Free a strip that the mixer and the callback are done with.
void rig_free_strip(struct rig *rig, struct rig_strip *strip);

struct rig_bus *rig_make_bus(struct rig *rig, uint32_t slot,
                             uint32_t n_channels);
struct rig_bus *rig_add_bus(struct rig *rig, uint32_t slot,
                            uint32_t n_channels);
uint32_t rig_remove_bus(struct rig *rig, struct rig_bus *bus);

/// A ring in plain memory, that the rig frees at its end.
struct weir_tap *rig_make_tap(struct rig *rig, uint32_t n_channels);

/// Show the callback the ports of all that is `patched`; the table's number.
uint64_t rig_publish(struct rig *rig);

// ------------------------------------------------------------------- cycles

/// The callback alone, with the inputs filled as each strip says.
void rig_callback(struct rig *rig, uint32_t n_frames);

/// The mixer alone: commands, and all cycles that wait, as its thread does.
void rig_mix(struct rig *rig);

/// One after the other.
void rig_cycle(struct rig *rig, uint32_t n_frames);

/// So many frames in cycles of `n_frames` each.
void rig_run(struct rig *rig, uint64_t total, uint32_t n_frames);

/// JACK runs cycles of so many frames without us.
void rig_skip(struct rig *rig, uint32_t n_frames);

// ------------------------------------------------------------------ results

/// Copy `n` published frames, interleaved; false when they are not there.
bool rig_read(const struct weir_tap *tap, uint64_t position, float *dst,
              uint32_t n);

/// One channel of `main`, over the newest `n` frames.
void rig_newest(const struct rig *rig, const struct rig_bus *bus,
                uint32_t channel, float *dst, uint32_t n);

/// What a meter shows now.
struct weir_meter_report rig_meter(struct rig *rig,
                                   const struct rig_strip *strip,
                                   const struct rig_bus *bus);

static inline uint64_t
rig_count(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif

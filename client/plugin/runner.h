// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A chain of plugins in a process of its own, one block late. Whatever that
// process does, the mixer hands it a block, takes what is there, and goes on:
// when nothing is, the sound is what it was before the plugins, as late as
// they are. @control watches the process, ends it when it hangs, and starts
// it again with what it had.
#ifndef WEIR_PLUGIN_RUNNER_H
#define WEIR_PLUGIN_RUNNER_H

#include "plugin/chain.h"
#include "plugin/why.h"
#include "rt/tags.h"

#include <sys/types.h>

struct weir_nursery;
struct weir_nursery_setup;
struct weir_runner;

struct weir_runner_config {
    uint32_t n_channels;
    uint32_t block;  // frames: its latency; even; longer ones miss
    uint32_t period; // frames that it is always called with; 0: of any number
    uint32_t rate_hz;
    int priority;       // SCHED_FIFO of its thread; 0: none
    const char *folder; // of this runner alone, for states; null: none
    const char *label;  // in the log; null: none
    struct weir_nursery *nursery;
};

/// Where a runner is in its life.
enum weir_runner_state {
    WEIR_RUNNER_STARTING,
    WEIR_RUNNER_RUNNING,
    WEIR_RUNNER_RESTARTING,
    WEIR_RUNNER_FAILED, // given up: bypassed
};

// ------------------------------------------------------------------- @control

/// Start one without plugins.  False says why.
/// Copies what `config` points to.  Free with weir_runner_free().
bool weir_runner_new(const struct weir_runner_config *config,
                     struct weir_runner **out, struct weir_why *why);

/// End its process and free it; null is allowed.  @mixer is done with it.
void weir_runner_free(struct weir_runner *runner);

/// As of a chain (chain.h), but what comes of it is told later, to the
/// function given to weir_runner_listen(): its serial is returned, 0 says why
/// not.  What was added, set and loaded is done again in a new process.
/// Inputs are known by their ports. Borrows `type` as long as the slot is.
uint32_t weir_runner_add(struct weir_runner *runner, const char *id,
                         const struct weir_plugin_type *type, uint32_t index,
                         struct weir_why *why);
uint32_t weir_runner_remove(struct weir_runner *runner, const char *id,
                            struct weir_why *why);
uint32_t weir_runner_move(struct weir_runner *runner, const char *id,
                          uint32_t index, struct weir_why *why);
uint32_t weir_runner_bypass(struct weir_runner *runner, const char *id,
                            bool is_bypassed, struct weir_why *why);
/// A pprops:trigger is an event, that no new process sees again.
uint32_t weir_runner_set(struct weir_runner *runner, const char *id,
                         uint32_t port, float value, struct weir_why *why);
/// It has been set by weir_runner_set_at().
void weir_runner_keep(struct weir_runner *runner, const char *id, uint32_t port,
                      float value);
uint32_t weir_runner_set_property(struct weir_runner *runner, const char *id,
                                  const char *property, const char *value,
                                  struct weir_why *why);
uint32_t weir_runner_get_properties(struct weir_runner *runner, const char *id,
                                    struct weir_why *why);
uint32_t weir_runner_preset(struct weir_runner *runner, const char *id,
                            const char *preset_uri, struct weir_why *why);
uint32_t weir_runner_save(struct weir_runner *runner, const char *id,
                          const char *folder, struct weir_why *why);
uint32_t weir_runner_load(struct weir_runner *runner, const char *id,
                          const char *folder, struct weir_why *why);

/// A slot's number for weir_runner_set_at(); UINT32_MAX: there is none.
uint32_t weir_runner_number(const struct weir_runner *runner, const char *id);

/// What the runner says a slot is doing; false: nothing yet.
bool weir_runner_slot_state(const struct weir_runner *runner, const char *id,
                            enum weir_slot_state *out);

/// A value: an input as it was last set or loaded, an output as it is shown.
float weir_runner_value(const struct weir_runner *runner, const char *id,
                        uint32_t port);

/// Whether its add has not been answered yet.
bool weir_runner_is_adding(const struct weir_runner *runner, const char *id);

/// Whether it is to be bypassed.
bool weir_runner_is_bypassed(const struct weir_runner *runner, const char *id);

/// What came of a call; `why` is null when it is done.
typedef void weir_runner_fn(void *owner, uint32_t serial, const char *why);
/// What a plugin tells of a property, as text.
typedef void weir_runner_heard_fn(void *owner, const char *id,
                                  const char *property, const char *value);
void weir_runner_listen(struct weir_runner *runner, weir_runner_fn *fn,
                        weir_runner_heard_fn *heard, void *owner);

/// Look after it: answers, its end, its silence.  Every 50 ms or so; never
/// waits.
void weir_runner_service(struct weir_runner *runner);

enum weir_runner_state weir_runner_state(const struct weir_runner *runner);

/// The process; 0 when there is none.
pid_t weir_runner_pid(const struct weir_runner *runner);

// --------------------------------------------------------------------- @mixer

/// Hand over `n` frames and put what the plugins made of those a block
/// earlier in their place.  Wait-free; one futex wake.
WEIR_RT void weir_runner_exchange(struct weir_runner *runner,
                                  float *const *channels, uint32_t n);

/// The two halves of that, for `n` frames of at most a block, the same both
/// times: first what is due, then what is handed over; null for frames that
/// JACK lost.
WEIR_RT void weir_runner_take(struct weir_runner *runner,
                              float *const *channels, uint32_t n);
WEIR_RT void weir_runner_give(struct weir_runner *runner,
                              const float *const *channels, uint32_t n);

/// Whether the blocks from here on are of freewheel: then those that are due
/// are waited for, bounded, and the plugins are told.
WEIR_RT void weir_runner_freewheel(struct weir_runner *runner, bool freewheels);

/// Set a value, or the bypass, with the block that is handed over next, from
/// its frame `at` on.  In the order of their frames.
WEIR_RT void weir_runner_set_at(struct weir_runner *runner, uint32_t number,
                                uint32_t port, float value, uint32_t at);

// ----------------------------------------------------------------------- @any

/// Frames by which its output is late: the block and its plugins.
WEIR_RT uint32_t weir_runner_latency(const struct weir_runner *runner);

/// Blocks that were not there in time, or not finite.
WEIR_RT uint32_t weir_runner_missed(const struct weir_runner *runner);

/// Blocks that the runner silenced since a plugin gave what is not finite.
WEIR_RT uint32_t weir_runner_faults(const struct weir_runner *runner);

// ------------------------------------------------------------- the other side

/// A runner's life: takes calls from WEIR_RUNNER_SOCKET, blocks from
/// WEIR_RUNNER_MEMORY, until weir closes the socket.  Returns the exit status.
/// Borrows both.
int weir_runner_main(struct weir_plugin_world *world,
                     const struct weir_nursery_setup *setup);

#endif

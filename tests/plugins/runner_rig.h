// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A runner as a real process, driven block by block. Nothing here depends on
// how fast it is: what is looked at is what comes out, whether it was there in
// time or not.
#ifndef WEIR_TEST_PLUGINS_RUNNER_RIG_H
#define WEIR_TEST_PLUGINS_RUNNER_RIG_H

#include "plugin/runner.h"
#include "rig.h"
#include "trouble.h"

enum { BLOCK = 128, PATIENCE_MS = 20000 };

// Ports of the trouble.
enum { GAIN = 2, DEED = 3 };

struct driven {
    struct weir_runner *runner;
    bool in_halves; // what is due is taken before the block is there
    uint64_t position;
    float sound[2][BLOCK];
    uint32_t last_answer;
    char last_why[200];
    char last_value[200]; // of a property
};

extern char driven_folder[64];  // of the runner that began last
extern bool driven_is_confined; // before the first one begins
extern struct weir_nursery *driven_nursery;

/// What lilv says of it in this process.
const struct weir_plugin_type *driven_type(const char *uri);
/// A suite's .fini.
void driven_forget(void);

void driven_begin(struct driven *d);
void driven_end(struct driven *d);

/// One block, and the time that it would take: the runner has to have a
/// chance.
void driven_block(struct driven *d);
/// One without that.
void driven_block_at_once(struct driven *d);

/// What went in at the time that frame `f` of this block is of.
float driven_before(const struct driven *d, uint32_t channel, uint32_t f);
/// Whether the whole block is what went in, a block ago, by `gain`.
bool driven_is_by(const struct driven *d, float gain);

/// Blocks until it is so, false when it does not come.
bool driven_await_gain(struct driven *d, float gain);
bool driven_await_state(struct driven *d, enum weir_runner_state state);
bool driven_await_value(struct driven *d, const char *id, uint32_t port,
                        float value);
/// Until a block was not there.
bool driven_await_miss(struct driven *d);
/// Until the plugin is heard as before, in another process than `pid`;
/// whatever comes meanwhile is between the bypass and the plugin.
bool driven_await_return(struct driven *d, pid_t pid);
/// Until the call of that serial is answered.
bool driven_await_answer(struct driven *d, uint32_t serial);

/// Add a plugin, and wait for it.
void driven_add(struct driven *d, const char *id, const char *uri);
/// The trouble as "t", three times as loud.
void driven_add_trouble(struct driven *d);
void driven_do(struct driven *d, enum weir_test_deed deed);

#endif

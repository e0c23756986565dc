// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// An insert that gives what it gets, some frames late, and counts.
#ifndef TESTS_CYCLE_FAKE_INSERT_H
#define TESTS_CYCLE_FAKE_INSERT_H

#include "cycle/rig.h"
#include "engine/insert.h"

enum { FAKE_FRAMES = 65536, FAKE_CHANNELS = 2 };

struct fake_insert {
    struct weir_insert insert;
    uint32_t late;  // what it does
    uint32_t tells; // what it says of it
    float gain;     // 1
    float add;      // 0: to each sample; a NaN at will
    uint64_t n_in;  // frames that came
    uint64_t n_out; // and went
    uint64_t n_lost;
    uint32_t n_runs; // blocks
    uint32_t longest;
    uint32_t set_slot, set_port;
    float set_value;
    uint64_t set_frame; // of those that came
    float frames[FAKE_CHANNELS][FAKE_FRAMES];
};

/// One for strips, or for buses that are mixed before it.  Free with free().
struct fake_insert *fake_new(uint32_t late);

/// One whose block is taken before the next is given: late by a block at
/// least.
struct fake_insert *fake_new_taken(uint32_t late);

/// Give it to the mixer; bus or strip is null.  The request.
uint32_t fake_add(struct rig *r, struct fake_insert *f, struct rig_strip *strip,
                  struct rig_bus *bus);
uint32_t fake_remove(struct rig *r, struct fake_insert *f,
                     struct rig_strip *strip, struct rig_bus *bus);

#endif

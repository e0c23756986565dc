// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// An insert that gives what it gets, some frames late, and counts.
#include "cycle/fake_insert.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct fake_insert *
fake(struct weir_insert *insert)
{
    return (struct fake_insert *)insert;
}

static void
put(struct fake_insert *f, const float *const *channels, uint32_t n)
{
    for (uint32_t c = 0; c < f->insert.n_channels; c++)
        for (uint32_t i = 0; i < n; i++)
            f->frames[c][(f->n_in + i) % FAKE_FRAMES] =
                channels ? channels[c][i] : 0.0f;
    f->n_in += n;
    f->n_lost += channels ? 0 : n;
    f->n_runs++;
    f->longest = n > f->longest ? n : f->longest;
}

static void
get(struct fake_insert *f, float *const *channels, uint32_t n)
{
    for (uint32_t c = 0; c < f->insert.n_channels; c++)
        for (uint32_t i = 0; i < n; i++) {
            const uint64_t at = f->n_out + i;
            const float was = at >= f->late
                                  ? f->frames[c][(at - f->late) % FAKE_FRAMES]
                                  : 0.0f;
            channels[c][i] = was * f->gain + f->add;
        }
    f->n_out += n;
}

static WEIR_RT void
run(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    put(fake(insert), (const float *const *)channels, n);
    get(fake(insert), channels, n);
}

static WEIR_RT void
take(struct weir_insert *insert, float *const *channels, uint32_t n)
{
    cr_assert_leq(n, fake(insert)->late);
    get(fake(insert), channels, n);
}

static WEIR_RT void
give(struct weir_insert *insert, const float *const *channels, uint32_t n)
{
    put(fake(insert), channels, n);
    cr_assert_eq(fake(insert)->n_in, fake(insert)->n_out);
}

static WEIR_RT void
set(struct weir_insert *insert, uint32_t slot, uint32_t port, float value,
    uint32_t at)
{
    fake(insert)->set_frame = fake(insert)->n_in + at;
    fake(insert)->set_slot = slot;
    fake(insert)->set_port = port;
    fake(insert)->set_value = value;
}

static WEIR_RT uint32_t
latency(const struct weir_insert *insert)
{
    return ((const struct fake_insert *)insert)->tells;
}

static const struct weir_insert_calls calls = {
    .run = run, .set = set, .latency = latency};
static const struct weir_insert_calls calls_taken = {
    .run = run, .take = take, .give = give, .set = set, .latency = latency};

struct fake_insert *
fake_new(uint32_t late)
{
    struct fake_insert *f = calloc(1, sizeof *f);
    cr_assert_not_null(f);
    f->insert.calls = &calls;
    f->insert.n_channels = FAKE_CHANNELS;
    f->late = late;
    f->tells = late;
    f->gain = 1.0f;
    return f;
}

struct fake_insert *
fake_new_taken(uint32_t late)
{
    struct fake_insert *f = fake_new(late);
    f->insert.calls = &calls_taken;
    return f;
}

static uint32_t
push(struct rig *r, enum weir_command_kind kind, struct fake_insert *f,
     struct rig_strip *strip, struct rig_bus *bus)
{
    struct weir_command c = {.kind = kind,
                             .insert = &f->insert,
                             .strip = strip ? strip->mix : NULL,
                             .bus = bus ? bus->mix : NULL};
    return rig_push(r, &c, 1);
}

uint32_t
fake_add(struct rig *r, struct fake_insert *f, struct rig_strip *strip,
         struct rig_bus *bus)
{
    return push(r, WEIR_COMMAND_INSERT_ADD, f, strip, bus);
}

uint32_t
fake_remove(struct rig *r, struct fake_insert *f, struct rig_strip *strip,
            struct rig_bus *bus)
{
    return push(r, WEIR_COMMAND_INSERT_REMOVE, f, strip, bus);
}

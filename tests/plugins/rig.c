// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A chain that is driven block by block.
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

const char *rig_scratch;

void
rig_begin(struct rig *r, uint32_t n_channels, unsigned promises)
{
    r->world = weir_plugin_world_open();
    cr_assert_not_null(r->world);
    const struct weir_chain_config config = {
        .instance = {.world = r->world,
                     .rate_hz = RATE,
                     .nominal_block = 128,
                     .max_block = MOST,
                     .promises = promises,
                     .scratch = rig_scratch},
        .n_channels = n_channels,
    };
    r->chain = weir_chain_new(&config);
    cr_assert_not_null(r->chain);
    r->n_channels = n_channels;
    r->position = 0;
}

void
rig_end(struct rig *r)
{
    weir_chain_free(r->chain);
    weir_plugin_world_close(r->world);
}

float
rig_input(uint32_t channel, uint64_t position)
{
    const uint32_t x =
        (uint32_t)(position * 2654435761u + channel * 40503u) >> 12;
    return ((float)(x & 0xffff) + 1.0f) / 65536.0f;
}

float
rig_in(const struct rig *r, uint32_t channel, uint32_t n, uint32_t f)
{
    return rig_input(channel, r->position - n + f);
}

void
rig_block(struct rig *r, uint32_t n)
{
    float *channels[WEIR_MAX_CHANNELS];
    for (uint32_t c = 0; c < r->n_channels; c++) {
        channels[c] = r->sound[c];
        for (uint32_t f = 0; f < n; f++)
            r->sound[c][f] = rig_input(c, r->position + f);
    }
    weir_chain_process(r->chain, channels, n);
    r->position += n;
}

void
rig_run(struct rig *r, uint32_t n)
{
    for (uint32_t done = 0; done < n; done += 128)
        rig_block(r, 128);
}

void
rig_add(struct rig *r, const char *id, const char *name)
{
    char uri[200];
    snprintf(uri, sizeof uri, "urn:weir:test:%s", name);
    cr_assert(weir_chain_add(r->chain, id, uri, 99, &r->why), "%s",
              r->why.text);
    rig_run(r, 2 * FADE);
}

float
rig_shown(const struct rig *r, const char *id, const char *symbol)
{
    const struct weir_slot *s = weir_chain_find(r->chain, id);
    cr_assert_not_null(s);
    return weir_slot_shown(s, weir_plugin_type_port(s->type, symbol));
}

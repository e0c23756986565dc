// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// coverage URI [CHANNELS]: puts one plugin into a chain, runs it for a second
// of noise, saves its state, loads it, runs it again, removes it; says how it
// went in one line. coverage --list: all plugins, one URI and its bundle a
// line.
#include "plugin/chain.h"
#include "rt/denormals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 256, MOST_CHANNELS = 8 };

static float sound[MOST_CHANNELS][BLOCK];

struct measured {
    float peak;
    unsigned n_blocks;
};

// A plugin that reads what it has not written finds what is not a number:
// always, and not by chance.
static __attribute__((noinline)) void
soil_the_stack(void)
{
    unsigned char all[32768];
    memset(all, 0xff, sizeof all);
    __asm__ volatile("" ::"r"(all) : "memory");
}

static void
run(struct weir_chain *chain, uint32_t n_channels, uint32_t n_frames,
    struct measured *m)
{
    static uint32_t x = 1;
    float *channels[MOST_CHANNELS];
    for (uint32_t done = 0; done < n_frames; done += BLOCK) {
        for (uint32_t c = 0; c < n_channels; c++) {
            channels[c] = sound[c];
            for (uint32_t f = 0; f < BLOCK; f++) {
                x = x * 1664525u + 1013904223u;
                sound[c][f] = (float)(int32_t)x / 2147483648.0f * 0.25f;
            }
        }
        soil_the_stack();
        weir_chain_process(chain, channels, BLOCK);
        for (uint32_t c = 0; c < n_channels; c++)
            for (uint32_t f = 0; f < BLOCK; f++)
                if (sound[c][f] > m->peak)
                    m->peak = sound[c][f];
        if (++m->n_blocks % 8 == 0)
            weir_chain_service(chain);
    }
}

static int
say(const char *how, const char *why)
{
    printf("%s\t%s\n", how, why);
    return strcmp(how, "works") == 0 ? 0 : 1;
}

static int
try(struct weir_chain *chain, const char *uri, uint32_t n_channels,
    const char *folder)
{
    struct weir_why why;
    struct measured m = {0.0f, 0};
    char text[200];
    if (!weir_chain_add(chain, "it", uri, 0, &why))
        return say("refused", why.text);
    const struct weir_slot *s = weir_chain_find(chain, "it");
    run(chain, n_channels, RATE, &m);
    if (weir_chain_faults(chain) > 0)
        return say("nonsense", "its output was not finite");
    if (!weir_chain_save(chain, "it", folder, &why))
        return say("not saved", why.text);
    if (!weir_chain_load(chain, "it", folder, &why))
        return say("not loaded", why.text);
    run(chain, n_channels, RATE / 4, &m);
    if (weir_chain_faults(chain) > 0)
        return say("nonsense", "its output was not finite, its state loaded");
    const uint32_t latency = weir_chain_latency(chain);
    snprintf(text, sizeof text,
             "in %u, out %u, copies %u, latency %u, peak %.3f", s->join.n_in,
             s->join.n_out, s->join.n_copies, latency, (double)m.peak);
    if (!weir_chain_remove(chain, "it", &why))
        return say("not removed", why.text);
    run(chain, n_channels, RATE / 4, &m);
    weir_chain_service(chain);
    return say("works", text);
}

static void
list(const struct weir_plugin_world *world)
{
    const LilvPlugins *all = lilv_world_get_all_plugins(world->lilv);
    LILV_FOREACH(plugins, i, all)
    {
        const LilvPlugin *p = lilv_plugins_get(all, i);
        char *folder = lilv_file_uri_parse(
            lilv_node_as_uri(lilv_plugin_get_bundle_uri(p)), NULL);
        printf("%s\t%s\n", lilv_node_as_uri(lilv_plugin_get_uri(p)), folder);
        lilv_free(folder);
    }
}

int
main(int argc, char **argv)
{
    char folder[] = "/tmp/weir-coverage-XXXXXX";
    if (argc < 2 || !mkdtemp(folder))
        return 2;
    struct weir_plugin_world *world = weir_plugin_world_open();
    if (strcmp(argv[1], "--list") == 0) {
        list(world);
        weir_plugin_world_close(world);
        return 0;
    }
    const struct weir_chain_config config = {
        .instance = {.world = world,
                     .rate_hz = RATE,
                     .nominal_block = BLOCK,
                     .max_block = BLOCK,
                     .scratch = folder},
        .n_channels = argc > 2 ? (uint32_t)atoi(argv[2]) : 2,
    };
    struct weir_chain *chain = weir_chain_new(&config);
    weir_denormals_off();
    const int rc = try(chain, argv[1], config.n_channels, folder);
    weir_chain_free(chain);
    weir_plugin_world_close(world);
    return rc;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How a plugin's audio ports meet a strip's channels.
#include "plugin/join.h"

#include "plugin/instance.h"

#include <string.h>

static WEIR_RT void
mean(const float *const *from, uint32_t n_from, float *to, uint32_t n)
{
    const float gain = 1.0f / (float)n_from;
    for (uint32_t f = 0; f < n; f++)
        to[f] = from[0][f];
    for (uint32_t c = 1; c < n_from; c++)
        for (uint32_t f = 0; f < n; f++)
            to[f] += from[c][f];
    for (uint32_t f = 0; n_from > 1 && f < n; f++)
        to[f] *= gain;
}

// One input for more channels hears them all; an input beyond the last channel
// hears what a lower one does.
WEIR_RT void
weir_join_in(const struct weir_join *j, struct weir_instance *const *copies,
             const float *const *channels, uint32_t n)
{
    for (uint32_t copy = 0; copy < j->n_copies; copy++)
        for (uint32_t i = 0; i < j->n_in; i++) {
            float *to = copies[copy]->buffers[j->in[i]];
            const uint32_t channel = copy * j->n_in + i;
            if (j->n_in == 1 && j->n_copies == 1)
                mean(channels, j->n_channels, to, n);
            else
                memcpy(to, channels[channel % j->n_channels], n * sizeof *to);
        }
}

WEIR_RT bool
weir_join_out(const struct weir_join *j, struct weir_instance *const *copies,
              uint32_t channel, float *to, uint32_t n)
{
    const float *from[WEIR_MAX_JOINED];
    uint32_t n_from = 0;
    if (j->n_out == 0)
        return false;
    // Copies side by side: each channel has an output of its own, but that
    // one channel takes the mean of a plugin's outputs.
    const uint32_t copy = j->n_copies > 1 ? channel / j->n_out : 0;
    float *const *buffers = copies[copy]->buffers;
    if (j->n_channels == 1)
        while (n_from < j->n_out) {
            from[n_from] = buffers[j->out[n_from]];
            n_from++;
        }
    else if (j->n_out == 1)
        from[n_from++] = buffers[j->out[0]];
    else if (channel - copy * j->n_out < j->n_out)
        from[n_from++] = buffers[j->out[channel - copy * j->n_out]];
    if (n_from == 0)
        return false;
    mean(from, n_from, to, n);
    return true;
}

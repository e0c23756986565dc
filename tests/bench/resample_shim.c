// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The shim.
#include "bench/resample.h"

#include <stddef.h>

static void *
make(const struct weir_resampler_config *config)
{
    struct weir_resampler *r = NULL;
    return weir_resampler_new(config, &r) == WEIR_RESAMPLER_OK ? r : NULL;
}

static void
drop(void *resampler)
{
    weir_resampler_free(resampler);
}

static uint64_t
run(void *resampler, const struct bench_resample_block *b, uint64_t n)
{
    uint64_t n_out = 0;
    for (uint64_t k = 0; k < n; k++)
        n_out +=
            weir_resampler_process(resampler, b->in, b->n_in, b->out, b->n_out)
                .n_out;
    return n_out;
}

const struct bench_resample_way bench_resample_shim = {make, drop, run};

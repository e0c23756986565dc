// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// zita-resampler used directly.
#include "bench/resample.h"

#include <zita-resampler/resampler.h>

namespace
{

void *
make(const weir_resampler_config *c)
{
    auto *zita = new Resampler;
    zita->setup(c->rate_in_hz, c->rate_out_hz, c->n_channels, c->half_length);
    // As the shim begins.
    zita->inp_count = static_cast<unsigned>(zita->inpsize()) / 2 - 1;
    zita->out_count = 1;
    zita->process();
    return zita;
}

void
drop(void *resampler)
{
    delete static_cast<Resampler *>(resampler);
}

uint64_t
run(void *resampler, const bench_resample_block *b, uint64_t n)
{
    auto *zita = static_cast<Resampler *>(resampler);
    uint64_t n_out = 0;
    for (uint64_t k = 0; k < n; k++) {
        zita->inp_count = b->n_in;
        zita->inp_data = const_cast<float *>(b->in);
        zita->out_count = b->n_out;
        zita->out_data = b->out;
        zita->process();
        n_out += b->n_out - zita->out_count;
    }
    return n_out;
}

} // namespace

extern "C" const bench_resample_way bench_resample_zita = {make, drop, run};

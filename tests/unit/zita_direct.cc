// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#include "zita_direct.h"

#include <zita-resampler/resampler.h>
#include <zita-resampler/vresampler.h>

#include <algorithm>
#include <vector>

namespace
{

template <class Zita>
std::vector<float>
between_silences(const Zita &zita, const float *in, uint32_t n_in)
{
    const auto n_channels = static_cast<size_t>(zita.nchan());
    const auto half = static_cast<size_t>(zita.inpsize()) / 2;
    std::vector<float> all((half - 1) * n_channels, 0.0f);
    all.insert(all.end(), in, in + n_in * n_channels);
    all.resize(all.size() + 2 * half * n_channels, 0.0f);
    return all;
}

template <class Zita>
void
aim(Zita &zita, std::vector<float> &in, float *out)
{
    zita.inp_data = in.data();
    zita.inp_count =
        static_cast<unsigned>(in.size() / static_cast<size_t>(zita.nchan()));
    zita.out_data = out;
}

} // namespace

uint32_t
zita_direct(const weir_resampler_config *c, const float *in, uint32_t n_in,
            float *out, uint32_t n_out)
{
    Resampler zita;
    zita.setup(c->rate_in_hz, c->rate_out_hz, c->n_channels, c->half_length);
    std::vector<float> all = between_silences(zita, in, n_in);
    aim(zita, all, out);
    zita.out_count = n_out;
    zita.process();
    return n_out - zita.out_count;
}

uint32_t
zita_direct_steered(const weir_vresampler_config *c, double smooth,
                    const zita_turn *turns, uint32_t n_turns, const float *in,
                    uint32_t n_in, float *out, uint32_t n_out)
{
    VResampler zita;
    zita.setup(c->ratio, c->n_channels, c->half_length);
    zita.set_rrfilt(smooth);
    std::vector<float> all = between_silences(zita, in, n_in);
    aim(zita, all, out);
    uint32_t at = 0;
    for (uint32_t i = 0; i <= n_turns; i++) {
        const uint32_t end = i < n_turns ? turns[i].at : n_out;
        zita.out_count = end - at;
        zita.process();
        at = end - zita.out_count;
        if (i < n_turns)
            zita.set_rratio(turns[i].factor);
    }
    return at;
}

double
zita_direct_distance(const weir_resampler_config *c)
{
    Resampler zita;
    zita.setup(c->rate_in_hz, c->rate_out_hz, c->n_channels, c->half_length);
    return zita.inpdist();
}

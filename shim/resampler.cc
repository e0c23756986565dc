// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// zita-resampler for C. No exception leaves this file.
#include "shim/resampler.h"

#include <zita-resampler/resampler.h>
#include <zita-resampler/vresampler.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <numeric>

namespace
{

template <class Zita> struct Stream {
    Zita zita;
    uint32_t n_after; // frames of silence that flushing has put in
};

// ------------------------------------------------------------------- running

// zita's filter spans the 2 h input frames around the h-th of them. When h - 1
// frames of silence have gone in, the first real one is that h-th: the output
// begins with it.
template <class Zita>
void
begin(Stream<Zita> &s) noexcept
{
    s.zita.reset();
    s.zita.inp_count = static_cast<unsigned>(s.zita.inpsize()) / 2 - 1;
    s.zita.inp_data = nullptr;
    s.zita.out_count = 1; // with 0 it would take nothing; 1 is not reached
    s.zita.out_data = nullptr;
    s.zita.process();
    s.n_after = 0;
}

template <class Zita>
weir_resampled
run(Stream<Zita> &s, const float *in, uint32_t n_in, float *out,
    uint32_t n_out) noexcept
{
    s.zita.inp_count = n_in;
    s.zita.inp_data = const_cast<float *>(in); // it only reads
    s.zita.out_count = n_out;
    s.zita.out_data = out;
    s.zita.process();
    return {n_in - s.zita.inp_count, n_out - s.zita.out_count};
}

// inpdist() is how far the next output frame lies before the next input frame.
// So it lies before the end of what really went in as long as that is more
// than the silence which has gone in since.
template <class Zita>
uint32_t
flush(Stream<Zita> &s, float *out, uint32_t n_out) noexcept
{
    const auto n_channels = static_cast<uint32_t>(s.zita.nchan());
    const auto enough = static_cast<uint32_t>(s.zita.inpsize());
    uint32_t n = 0;
    while (n < n_out && s.zita.inpdist() > s.n_after) {
        const weir_resampled one =
            run(s, nullptr, enough, out + size_t{n} * n_channels, 1);
        s.n_after += one.n_in;
        n += one.n_out;
    }
    if (n < n_out)
        begin(s);
    return n;
}

// -------------------------------------------------------------------- making

// Set when memory ran out within zita: it keeps its lock then, so that the
// next to make or free a resampler would wait for ever.
// relaxed, here and below: the flag is all there is to see.
std::atomic<bool> zita_is_stuck{false};

// zita writes into what it has been given without looking whether it was. So
// it is asked for beforehand whether there is so much at all.
bool
have_memory(double ratio, uint32_t n_phases, uint32_t n_channels,
            uint32_t half_length)
{
    const double stretch = ratio < 1.0 ? 1.0 / ratio : 1.0;
    const double half = std::ceil(half_length * stretch) + 4.0;
    const double block = std::ceil(32.0 * stretch);
    const double table = half * (n_phases + 1.0);
    const double history = n_channels * (2.0 * half + block);
    const double n_floats = table + history + 2.0 * half;
    const size_t extra = 4096; // small objects, alignment
    void *probe =
        std::malloc(static_cast<size_t>(n_floats) * sizeof(float) + extra);
    std::free(probe);
    return probe != nullptr;
}

// `set_up` calls zita's setup() and returns what that did.
template <class S, class SetUp>
weir_resampler_status
make(SetUp set_up, S **out) noexcept
{
    if (zita_is_stuck.load(std::memory_order_relaxed))
        return WEIR_RESAMPLER_NO_MEMORY;
    S *s = new (std::nothrow) S;
    if (!s)
        return WEIR_RESAMPLER_NO_MEMORY;
    try {
        if (set_up(s->zita) != 0) {
            delete s;
            return WEIR_RESAMPLER_BAD_RATIO;
        }
    } catch (...) {
        // `s` is left as it is: to delete it takes the lock.
        zita_is_stuck.store(true, std::memory_order_relaxed);
        return WEIR_RESAMPLER_NO_MEMORY;
    }
    begin(*s);
    *out = s;
    return WEIR_RESAMPLER_OK;
}

template <class S>
void
discard(S *s) noexcept
{
    if (!zita_is_stuck.load(std::memory_order_relaxed))
        delete s;
}

// ------------------------------------------------------------------ checking

weir_resampler_status
check_shape(uint32_t n_channels, uint32_t half_length)
{
    if (n_channels < 1 || n_channels > WEIR_RESAMPLER_MAX_CHANNELS)
        return WEIR_RESAMPLER_BAD_CHANNELS;
    if (half_length < WEIR_RESAMPLER_MIN_HALF ||
        half_length > WEIR_RESAMPLER_MAX_HALF)
        return WEIR_RESAMPLER_BAD_HALF;
    return WEIR_RESAMPLER_OK;
}

bool
rate_ok(uint32_t rate_hz)
{
    return rate_hz >= WEIR_RESAMPLER_MIN_RATE_HZ &&
           rate_hz <= WEIR_RESAMPLER_MAX_RATE_HZ;
}

// How many output frames there are before the pattern of phases repeats.
uint32_t
count_steps(const weir_resampler_config &c)
{
    return c.rate_out_hz / std::gcd(c.rate_in_hz, c.rate_out_hz);
}

weir_resampler_status
check(const weir_resampler_config &c)
{
    if (!rate_ok(c.rate_in_hz) || !rate_ok(c.rate_out_hz))
        return WEIR_RESAMPLER_BAD_RATE;
    if (c.rate_in_hz > 64 * c.rate_out_hz ||
        count_steps(c) > WEIR_RESAMPLER_MAX_STEPS)
        return WEIR_RESAMPLER_BAD_RATIO;
    return check_shape(c.n_channels, c.half_length);
}

weir_resampler_status
check(const weir_vresampler_config &c)
{
    // So written that a NaN fails.
    if (!(c.ratio >= 1.0 / 16.0 && c.ratio <= 64.0))
        return WEIR_RESAMPLER_BAD_RATIO;
    return check_shape(c.n_channels, c.half_length);
}

} // namespace

struct weir_resampler : Stream<Resampler> {
};
struct weir_vresampler : Stream<VResampler> {
};

// ---------------------------------------------------------------- fixed ratio

weir_resampler_status
weir_resampler_new(const weir_resampler_config *config, weir_resampler **out)
{
    const weir_resampler_config c = *config;
    const weir_resampler_status status = check(c);
    if (status != WEIR_RESAMPLER_OK)
        return status;
    const double ratio = double(c.rate_out_hz) / double(c.rate_in_hz);
    if (!have_memory(ratio, count_steps(c), c.n_channels, c.half_length))
        return WEIR_RESAMPLER_NO_MEMORY;
    return make(
        [&c](Resampler &zita) {
            return zita.setup(c.rate_in_hz, c.rate_out_hz, c.n_channels,
                              c.half_length);
        },
        out);
}

void
weir_resampler_free(weir_resampler *r)
{
    discard(r);
}

void
weir_resampler_reset(weir_resampler *r)
{
    begin(*r);
}

uint32_t
weir_resampler_latency(const weir_resampler *r)
{
    return static_cast<uint32_t>(r->zita.inpsize()) / 2;
}

double
weir_resampler_held(const weir_resampler *r)
{
    return r->zita.inpdist();
}

weir_resampled
weir_resampler_process(weir_resampler *r, const float *in, uint32_t n_in,
                       float *out, uint32_t n_out)
{
    return run(*r, in, n_in, out, n_out);
}

uint32_t
weir_resampler_flush(weir_resampler *r, float *out, uint32_t n_out)
{
    return flush(*r, out, n_out);
}

// -------------------------------------------------------------- steered ratio

weir_resampler_status
weir_vresampler_new(const weir_vresampler_config *config, weir_vresampler **out)
{
    const weir_vresampler_config c = *config;
    const uint32_t n_phases = 120; // VResampler's own
    const weir_resampler_status status = check(c);
    if (status != WEIR_RESAMPLER_OK)
        return status;
    if (!have_memory(c.ratio, n_phases, c.n_channels, c.half_length))
        return WEIR_RESAMPLER_NO_MEMORY;
    return make(
        [&c](VResampler &zita) {
            return zita.setup(c.ratio, c.n_channels, c.half_length);
        },
        out);
}

void
weir_vresampler_free(weir_vresampler *v)
{
    discard(v);
}

weir_resampler_status
weir_vresampler_steer(weir_vresampler *v, double factor)
{
    if (!(factor >= WEIR_VRESAMPLER_MIN_FACTOR &&
          factor <= WEIR_VRESAMPLER_MAX_FACTOR))
        return WEIR_RESAMPLER_BAD_RATIO;
    v->zita.set_rratio(factor);
    return WEIR_RESAMPLER_OK;
}

weir_resampler_status
weir_vresampler_smooth(weir_vresampler *v, double n_frames)
{
    if (!(n_frames >= 0.0) || std::isinf(n_frames))
        return WEIR_RESAMPLER_BAD_TIME;
    v->zita.set_rrfilt(n_frames);
    return WEIR_RESAMPLER_OK;
}

void
weir_vresampler_reset(weir_vresampler *v)
{
    begin(*v);
}

uint32_t
weir_vresampler_latency(const weir_vresampler *v)
{
    return static_cast<uint32_t>(v->zita.inpsize()) / 2;
}

double
weir_vresampler_held(const weir_vresampler *v)
{
    return v->zita.inpdist();
}

weir_resampled
weir_vresampler_process(weir_vresampler *v, const float *in, uint32_t n_in,
                        float *out, uint32_t n_out)
{
    return run(*v, in, n_in, out, n_out);
}

uint32_t
weir_vresampler_flush(weir_vresampler *v, float *out, uint32_t n_out)
{
    return flush(*v, out, n_out);
}

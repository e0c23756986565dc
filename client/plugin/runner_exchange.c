// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The mixer's side of a runner. Everything here belongs to @mixer; what the
// runner wrote is copied once, and looked at afterwards.
#include "plugin/runner_private.h"

#include "plugin/finite.h"
#include "rt/futex.h"
#include "rt/words.h"

enum { MOST_LATENCY = 1 << 15 }; // frames that are believed of the plugins
// In freewheel a block is waited for a second: less than the callback waits
// for the mixer.
enum { FREEWHEEL_SLICES = 200, FREEWHEEL_SLICE_NS = 5000000 };

static WEIR_RT void
take_links(struct weir_runner *r)
{
    struct weir_runner_link *next;
    while (weir_queue_pop(r->links, &next)) {
        if (r->link)
            weir_queue_push(r->links_out, &r->link, 1);
        r->link = next;
        r->wet_from = r->wet_to = r->position;
    }
}

// A block lies in the ring in one run, or in two.
static WEIR_RT void
put_wet(struct weir_runner *r, uint32_t channel, uint64_t position,
        const float *from, uint32_t n)
{
    float *ring = r->wet + (size_t)channel * r->wet_size;
    const uint32_t at = (uint32_t)position & (r->wet_size - 1);
    const uint32_t n_first = weir_min_u32(n, r->wet_size - at);
    memcpy(ring + at, from, n_first * sizeof *from);
    memcpy(ring, from + n_first, (n - n_first) * sizeof *from);
}

static WEIR_RT void
get_wet(const struct weir_runner *r, uint32_t channel, uint64_t position,
        float *to, uint32_t n)
{
    const float *ring = r->wet + (size_t)channel * r->wet_size;
    const uint32_t at = (uint32_t)position & (r->wet_size - 1);
    const uint32_t n_first = weir_min_u32(n, r->wet_size - at);
    memcpy(to, ring + at, n_first * sizeof *to);
    memcpy(to + n_first, ring, (n - n_first) * sizeof *to);
}

static WEIR_RT bool
take_samples(struct weir_runner *r)
{
    const uint32_t n_channels = r->config.n_channels;
    bool ok = true;
    for (uint32_t c = 0; c < n_channels; c++) {
        const size_t at = weir_runner_at(n_channels, r->config.block, 1, c);
        weir_words_copy(&r->link->page->words[at], r->block,
                        (r->sent_n + 1) / 2);
        ok = ok && weir_are_finite(r->block, r->sent_n);
        put_wet(r, c, r->sent_from, r->block, r->sent_n);
    }
    return ok;
}

// What came back lies behind what is there already, or begins it anew.
static WEIR_RT void
take_back(struct weir_runner *r)
{
    struct weir_runner_page *page = r->link->page;
    // R1, acquire: pairs with the release in play_block(); the samples.
    if (atomic_load_explicit(&page->done, memory_order_acquire) !=
        r->link->handed)
        return;
    r->link->is_waited_for = false;
    // relaxed: a number, believed within bounds.
    const uint32_t latency =
        atomic_load_explicit(&page->latency, memory_order_relaxed);
    // relaxed: numbers to show.
    const uint32_t faults =
        atomic_load_explicit(&page->faults, memory_order_relaxed);
    atomic_store_explicit(&r->n_faults, faults, memory_order_relaxed);
    if (!take_samples(r))
        return;
    if (r->wet_to != r->sent_from)
        r->wet_from = r->sent_from;
    r->wet_to = r->sent_from + r->sent_n;
    // relaxed: a number that is followed block by block.
    atomic_store_explicit(&r->latency, weir_min_u32(latency, MOST_LATENCY),
                          memory_order_relaxed);
}

static WEIR_RT void
put_set(struct weir_runner_page *page, uint32_t i,
        const struct weir_runner_set *s)
{
    uint32_t bits;
    memcpy(&bits, &s->value, sizeof bits);
    const uint32_t words[4] = {s->number, s->port, bits, s->at};
    for (uint32_t w = 0; w < 4; w++)
        // relaxed: ordered by the release of the block.
        atomic_store_explicit(&page->sets[4 * i + w], words[w],
                              memory_order_relaxed);
}

// They go with the block that has their frame.
static WEIR_RT void
hand_over_sets(struct weir_runner *r, uint32_t n)
{
    uint32_t n_handed = 0;
    uint32_t n_kept = 0;
    for (uint32_t i = 0; i < r->n_sets; i++) {
        struct weir_runner_set s = r->sets[i];
        if (s.at < n) {
            put_set(r->link->page, n_handed++, &s);
            continue;
        }
        s.at -= n;
        r->sets[n_kept++] = s;
    }
    r->n_sets = n_kept;
    // relaxed: as they are.
    atomic_store_explicit(&r->link->page->n_sets, n_handed,
                          memory_order_relaxed);
}

// Their block does not go: the next one has them, from its beginning.
static WEIR_RT void
hold_sets(struct weir_runner *r)
{
    for (uint32_t i = 0; i < r->n_sets; i++)
        r->sets[i].at = 0;
}

static WEIR_RT void
hand_over(struct weir_runner *r, const float *const *channels, uint32_t n)
{
    struct weir_runner_page *page = r->link->page;
    const uint32_t n_channels = r->config.n_channels;
    for (uint32_t c = 0; c < n_channels; c++)
        memcpy(weir_runner_samples(page, n_channels, r->config.block, 0, c),
               channels[c], n * sizeof(float));
    r->sent_from = r->position;
    r->sent_n = n;
    r->link->is_waited_for = true;
    r->waited_in_vain = false;
    hand_over_sets(r, n);
    // relaxed: ordered by the release below.
    atomic_store_explicit(&page->freewheels, r->freewheels,
                          memory_order_relaxed);
    atomic_store_explicit(&page->n_frames, n, memory_order_relaxed);
    // R4, release: pairs with the acquire in weir_runner_play(); hands over
    // `in`.
    atomic_store_explicit(&page->handed, ++r->link->handed,
                          memory_order_release);
    weir_futex_wake(&page->handed, WEIR_FUTEX_SHARED);
}

static WEIR_RT void
count_miss(struct weir_runner *r, uint32_t n)
{
    // relaxed: numbers to show, and for @control's patience.
    atomic_fetch_add_explicit(&r->n_missed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->missed_frames, n, memory_order_relaxed);
}

// The plugins, and what went into them, by how much of each is heard.
static WEIR_RT void
mix_both(struct weir_runner *r, uint32_t channel, float *to, uint32_t n)
{
    const struct weir_crossfade *x = &r->fade;
    // relaxed: this thread alone writes it.
    const uint32_t late =
        atomic_load_explicit(&r->latency, memory_order_relaxed) +
        r->config.block;
    memset(to, 0, n * sizeof *to);
    get_wet(r, channel, r->position - r->config.block, r->block, n);
    weir_crossfade_add(x, WEIR_HEARD_WET, r->block, to, n);
    if (weir_crossfade_hears(x, WEIR_HEARD_LATE)) {
        weir_delay_get(r->delay, channel, late, r->block, n);
        weir_crossfade_add(x, WEIR_HEARD_LATE, r->block, to, n);
    }
}

static WEIR_RT void
mix(struct weir_runner *r, uint32_t channel, float *to, uint32_t n)
{
    if (weir_crossfade_rests_at(&r->fade, WEIR_HEARD_WET))
        get_wet(r, channel, r->position - r->config.block, to, n);
    else
        mix_both(r, channel, to, n);
    weir_crossfade_smooth(&r->fade, channel, to, n);
}

static WEIR_RT void
decide(struct weir_runner *r, uint32_t n)
{
    const uint64_t from = r->position - r->config.block;
    if (r->wet_from <= from && from + n <= r->wet_to) {
        weir_crossfade_to(&r->fade, WEIR_HEARD_WET);
        // relaxed: for @control's patience.
        atomic_store_explicit(&r->missed_frames, 0, memory_order_relaxed);
        return;
    }
    if (weir_crossfade_hears(&r->fade, WEIR_HEARD_WET))
        weir_crossfade_cut(&r->fade, WEIR_HEARD_LATE);
    count_miss(r, n);
}

// All of it is from before this block: a block late at least.
static WEIR_RT void
put_out(struct weir_runner *r, float *const *channels, uint32_t n)
{
    decide(r, n);
    for (uint32_t c = 0; c < r->config.n_channels; c++)
        mix(r, c, channels[c], n);
    weir_crossfade_advance(&r->fade, n);
}

// There is no clock to keep in freewheel: a bounce is to be whole. One that
// does not answer is waited for once. The block before the first was handed
// over without a wish to be woken: for that one a slice may pass.
static WEIR_RT void
await(struct weir_runner *r)
{
    struct weir_runner_page *page = r->link->page;
    for (int i = 0; i < FREEWHEEL_SLICES; i++) {
        // relaxed: take_back() looks again.
        const uint32_t done =
            atomic_load_explicit(&page->done, memory_order_relaxed);
        if (done == r->link->handed)
            return;
        // In freewheel only.
        WEIR_RT_TRUST(weir_futex_wait(&page->done, done, FREEWHEEL_SLICE_NS,
                                      WEIR_FUTEX_SHARED));
    }
    r->waited_in_vain = true;
}

static WEIR_RT void
get_back(struct weir_runner *r)
{
    if (!r->link || !r->link->is_waited_for)
        return;
    if (r->freewheels && !r->waited_in_vain)
        await(r);
    take_back(r);
}

static WEIR_RT void
put_in(struct weir_runner *r, const float *const *channels, uint32_t n)
{
    for (uint32_t c = 0; c < r->config.n_channels; c++)
        weir_delay_put(r->delay, c, channels[c], n);
    if (r->link && !r->link->is_waited_for)
        hand_over(r, channels, n);
    else
        hold_sets(r);
}

// Frames that JACK lost are silence, which no process is asked for: it could
// not be back in time. It lies behind what is there, if that is all there.
static WEIR_RT void
put_silence(struct weir_runner *r, uint32_t n)
{
    const bool follows = r->wet_to == r->position;
    memset(r->block, 0, n * sizeof *r->block);
    for (uint32_t c = 0; c < r->config.n_channels; c++) {
        weir_delay_put(r->delay, c, r->block, n);
        if (follows)
            put_wet(r, c, r->position, r->block, n);
    }
    if (follows)
        r->wet_to += n;
    hold_sets(r);
}

static WEIR_RT void
go_on(struct weir_runner *r, uint32_t n)
{
    weir_delay_advance(r->delay, n);
    r->position += n;
}

WEIR_RT void
weir_runner_exchange(struct weir_runner *r, float *const *channels, uint32_t n)
{
    float *at[WEIR_MAX_CHANNELS];
    take_links(r);
    for (uint32_t done = 0; done < n;) {
        const uint32_t piece = weir_min_u32(n - done, r->config.block);
        for (uint32_t c = 0; c < r->config.n_channels; c++)
            at[c] = channels[c] + done;
        get_back(r);
        put_in(r, (const float *const *)at, piece);
        put_out(r, at, piece);
        go_on(r, piece);
        done += piece;
    }
}

WEIR_RT void
weir_runner_take(struct weir_runner *r, float *const *channels, uint32_t n)
{
    take_links(r);
    get_back(r);
    put_out(r, channels, weir_min_u32(n, r->config.block));
}

WEIR_RT void
weir_runner_give(struct weir_runner *r, const float *const *channels,
                 uint32_t n)
{
    const uint32_t most = weir_min_u32(n, r->config.block);
    if (channels)
        put_in(r, channels, most);
    else
        put_silence(r, most);
    go_on(r, most);
}

WEIR_RT void
weir_runner_freewheel(struct weir_runner *r, bool freewheels)
{
    r->freewheels = freewheels;
}

// The last one of a port, if it is set at that frame, or there is no room for
// another. Of one frame the last one counts.
static WEIR_RT struct weir_runner_set *
place_of(struct weir_runner *r, uint32_t number, uint32_t port, uint32_t at)
{
    uint32_t i = r->n_sets;
    while (i > 0 &&
           !(r->sets[i - 1].number == number && r->sets[i - 1].port == port))
        i--;
    if (i > 0 && (r->sets[i - 1].at == at || r->n_sets == WEIR_RUNNER_SETS))
        return &r->sets[i - 1];
    return r->n_sets < WEIR_RUNNER_SETS ? &r->sets[r->n_sets++] : NULL;
}

// One that finds no room is sent again by @control, which does not see it
// shown.
WEIR_RT void
weir_runner_set_at(struct weir_runner *r, uint32_t number, uint32_t port,
                   float value, uint32_t at)
{
    struct weir_runner_set *set = place_of(r, number, port, at);
    if (set)
        *set = (struct weir_runner_set){number, port, value, at};
}

WEIR_RT uint32_t
weir_runner_faults(const struct weir_runner *r)
{
    // relaxed: a number to show.
    return atomic_load_explicit(&r->n_faults, memory_order_relaxed);
}

WEIR_RT uint32_t
weir_runner_latency(const struct weir_runner *r)
{
    // relaxed: a number that is followed block by block.
    return r->config.block +
           atomic_load_explicit(&r->latency, memory_order_relaxed);
}

WEIR_RT uint32_t
weir_runner_missed(const struct weir_runner *r)
{
    // relaxed: a number to show.
    return atomic_load_explicit(&r->n_missed, memory_order_relaxed);
}

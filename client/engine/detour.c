// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is heard of a detour, and how that changes.
// Everything here belongs to @mixer.
#include "engine/detour.h"

#include "engine/kernels.h"

static WEIR_RT bool
is_same(const struct weir_view *a, const struct weir_view *b)
{
    return a->wet == b->wet && a->late == b->late;
}

WEIR_RT void
weir_detour_set_view(struct weir_detour *d, struct weir_view view)
{
    d->view = view;
    weir_ramp_set(&d->fade_in, 1.0f);
    weir_ramp_set(&d->fade_out, 0.0f);
}

WEIR_RT void
weir_detour_go(struct weir_detour *d, struct weir_view view, uint32_t n_frames)
{
    if (weir_detour_fades(d) || is_same(&view, &d->view))
        return;
    d->from = d->view;
    d->view = view;
    weir_ramp_set(&d->fade_in, 0.0f);
    weir_ramp_to(&d->fade_in, 1.0f, n_frames);
    weir_ramp_set(&d->fade_out, 1.0f);
    weir_ramp_to(&d->fade_out, 0.0f, n_frames);
}

// ------------------------------------------------------------------- lines

// What the shorter one holds, and lies before `position`.
static WEIR_RT void
copy_line(struct weir_line *to, const struct weir_line *from,
          uint32_t n_channels, uint64_t position)
{
    const uint64_t begin = position - from->n_frames;
    const uint32_t n_first = weir_line_run(from, begin);
    for (uint32_t c = 0; c < n_channels; c++) {
        weir_line_put(to, c, begin, weir_line_at(from, c, begin), n_first);
        weir_line_put(to, c, begin + n_first, weir_line_at(from, c, 0),
                      from->n_frames - n_first);
    }
}

// From when on a line is whole that has taken over from another, or from none.
static WEIR_RT uint64_t
whole_from(const struct weir_line *was, uint64_t from, uint64_t position)
{
    const uint32_t held = was ? was->n_frames : 0;
    const uint64_t begin = position > held ? position - held : 0;
    return from > begin ? from : begin;
}

static WEIR_RT struct weir_line *
take_line(struct weir_line **place, struct weir_line *line, uint32_t n_channels,
          uint64_t position)
{
    struct weir_line *was = *place;
    if (!line || (was && was->n_frames >= line->n_frames))
        return line; // back it goes
    if (was)
        copy_line(line, was, n_channels, position);
    *place = line;
    return was;
}

WEIR_RT void
weir_detour_take_lines(struct weir_detour *d, struct weir_lines *lines,
                       uint64_t position)
{
    if (lines->dry && d->is_unheard)
        d->dry_from = 0;
    else if (lines->dry && d->dry_from < UINT64_MAX)
        d->dry_from = whole_from(d->dry, d->dry_from, position);
    if (lines->wet && d->wet_from < UINT64_MAX)
        d->wet_from = whole_from(d->wet, d->wet_from, position);
    if (lines->dry)
        d->is_unheard = false;
    lines->dry = take_line(&d->dry, lines->dry, d->n_channels, position);
    lines->wet = take_line(&d->wet, lines->wet, d->n_channels, position);
}

WEIR_RT void
weir_detour_put(struct weir_detour *d, uint64_t position,
                const float *const *channels, uint32_t n)
{
    if (!d->dry)
        return;
    if (d->dry_from == UINT64_MAX) {
        d->dry_from = position;
        d->dry_quiet = position; // who knows what is there
    }
    if (channels)
        d->dry_quiet = position + n;
    else if (d->dry_quiet + d->dry->n_frames <= position)
        return; // all of it is silent
    for (uint32_t c = 0; c < d->n_channels; c++)
        if (channels)
            weir_line_put(d->dry, c, position, channels[c], n);
        else
            weir_line_silence(d->dry, c, position, n);
}

WEIR_RT void
weir_detour_put_wet(struct weir_detour *d, uint64_t position,
                    const float *const *channels, uint32_t n)
{
    if (channels)
        d->wet_quiet = position + n;
    for (uint32_t c = 0; c < d->n_channels; c++)
        if (channels)
            weir_line_put(d->wet, c, position, channels[c], n);
        else
            weir_line_silence(d->wet, c, position, n);
}

WEIR_RT void
weir_detour_forget(struct weir_detour *d)
{
    for (uint32_t c = 0; c < d->n_channels; c++)
        weir_line_silence(d->dry, c, 0, d->dry->n_frames);
    d->dry_from = 0;
    d->dry_quiet = 0;
}

WEIR_RT void
weir_detour_rest(struct weir_detour *d)
{
    d->dry_from = UINT64_MAX;
    d->is_unheard = false;
}

// ----------------------------------------------------------------- hearing

static WEIR_RT bool
view_has_sound(const struct weir_detour *d, const struct weir_view *view,
               uint64_t position)
{
    const uint64_t quiet = view->wet ? d->wet_quiet : d->dry_quiet;
    return weir_detour_line(d, view) && quiet + view->late > position;
}

WEIR_RT bool
weir_detour_has_sound(const struct weir_detour *d, uint64_t position)
{
    return view_has_sound(d, &d->view, position) ||
           (weir_detour_fades(d) && view_has_sound(d, &d->from, position));
}

// One view of a channel: where it lies, or in `buffer`.
static WEIR_RT const float *
look(const struct weir_detour *d, const struct weir_view *view,
     const struct weir_kernels *kernels, const struct weir_ramp *trim,
     uint32_t channel, uint64_t position, uint32_t n, float *buffer)
{
    const struct weir_line *line = weir_detour_line(d, view);
    const uint64_t from = position - view->late;
    const float *at = buffer;
    if (!line)
        memset(buffer, 0, n * sizeof *buffer);
    else if (weir_line_run(line, from) >= n)
        at = weir_line_at(line, channel, from);
    else
        weir_line_get(line, channel, from, buffer, n);
    if (view->wet || !trim || weir_ramp_rests_at(trim, 1.0f))
        return at;
    kernels->gain(buffer, at, n, trim);
    return buffer;
}

WEIR_RT const float *
weir_detour_hear(const struct weir_detour *d,
                 const struct weir_kernels *kernels,
                 const struct weir_ramp *trim, uint32_t channel,
                 uint64_t position, uint32_t n, float *buffer, float *spare)
{
    if (!weir_detour_fades(d))
        return look(d, &d->view, kernels, trim, channel, position, n, buffer);
    const float *was =
        look(d, &d->from, kernels, trim, channel, position, n, buffer);
    const float *will =
        look(d, &d->view, kernels, trim, channel, position, n, spare);
    kernels->gain(buffer, was, n, &d->fade_out);
    kernels->add(buffer, will, n, &d->fade_in);
    return buffer;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The way of a strip's or a bus's sound through its insert, and how long it is
// held back so that it is as late as all others. Both what comes in (dry) and
// what the insert made of it (wet) is kept for as long as may be needed; what
// is heard is one of them, some frames late, and a fade of 5 ms from there to
// another. So nothing that changes at run time is a gap or a click.
#ifndef WEIR_ENGINE_DETOUR_H
#define WEIR_ENGINE_DETOUR_H

#include "engine/line.h"
#include "engine/ramp.h"
#include "rt/tags.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_insert;
struct weir_kernels;

/// What can be heard of it.
struct weir_view {
    bool wet;
    uint32_t late; // frames
};

/// What @control brings for one, and takes back what was there.
struct weir_lines {
    struct weir_line *dry;
    struct weir_line *wet; // null: not asked for
};

/// @mixer's, with the strip or the bus that it is in.
struct weir_detour {
    uint32_t n_channels;
    struct weir_line *dry; // null: none
    struct weir_line *wet;
    uint64_t dry_from;  // it is whole from there on; UINT64_MAX: it rests
    uint64_t wet_from;  // the same: the insert runs since then
    uint64_t dry_quiet; // and silent from there on
    uint64_t wet_quiet;
    struct weir_view view; // what is heard, or will be when the fade ends
    struct weir_view from; // and what was heard before
    struct weir_ramp fade_in;
    struct weir_ramp fade_out;
    struct weir_ramp trim;      // of what goes into the insert
    struct weir_insert *insert; // null: none
    struct weir_insert *next;   // comes when that one has faded out
    bool runs;                  // the insert does
    bool leaving;               // the insert fades out
    uint32_t leave_request;
    bool is_unheard; // there is nothing of it before its lines
    uint32_t asked;  // frames of lines that @control was asked for
    bool asked_wet;
};

/// A strip's or a bus's, whose memory is zero.  @control
void weir_detour_init(struct weir_detour *detour, uint32_t n_channels);
/// Frees its lines.  @control
void weir_detour_fini(struct weir_detour *detour);

/// Whether it moves from one view to another.  @mixer
WEIR_RT static inline bool
weir_detour_fades(const struct weir_detour *d)
{
    return d->fade_in.left > 0;
}

/// The most frames by which something is late that is heard.  @mixer
WEIR_RT static inline uint32_t
weir_detour_late(const struct weir_detour *d)
{
    return weir_detour_fades(d) && d->from.late > d->view.late ? d->from.late
                                                               : d->view.late;
}

/// The line of a view; null: it is not there yet, or too short: silence. @mixer
WEIR_RT static inline const struct weir_line *
weir_detour_line(const struct weir_detour *d, const struct weir_view *view)
{
    const struct weir_line *line = view->wet ? d->wet : d->dry;
    return line && line->n_frames > view->late ? line : NULL;
}

/// Whether what is heard is not what comes in, as it comes in.  @mixer
WEIR_RT static inline bool
weir_detour_is_one(const struct weir_detour *d)
{
    return d->view.wet || d->view.late > 0 || weir_detour_fades(d);
}

/// Whether `n` frames at `position` can be read where they lie.  @mixer
WEIR_RT static inline bool
weir_detour_is_straight(const struct weir_detour *d, uint64_t position,
                        uint32_t n)
{
    const struct weir_line *line = weir_detour_line(d, &d->view);
    return !weir_detour_fades(d) && line &&
           weir_line_run(line, position - d->view.late) >= n;
}

/// Be heard as `view` from here on, without a fade.  @mixer
WEIR_RT void weir_detour_set_view(struct weir_detour *detour,
                                  struct weir_view view);

/// Go there over `n_frames`, if it does not fade already.  @mixer
WEIR_RT void weir_detour_go(struct weir_detour *detour, struct weir_view view,
                            uint32_t n_frames);

/// Take over longer lines at `position`, with what the old ones held.  @mixer
/// Copies them.
WEIR_RT void weir_detour_take_lines(struct weir_detour *detour,
                                    struct weir_lines *lines,
                                    uint64_t position);

/// Put the block of `n` frames that comes in into the dry line; null:
/// silence.  @mixer
WEIR_RT void weir_detour_put(struct weir_detour *detour, uint64_t position,
                             const float *const *channels, uint32_t n);

/// The same for what came out of the insert.  @mixer
WEIR_RT void weir_detour_put_wet(struct weir_detour *detour, uint64_t position,
                                 const float *const *channels, uint32_t n);

/// Nothing was ever in its line.  @mixer  Clears it.
WEIR_RT void weir_detour_forget(struct weir_detour *detour);

/// What comes in goes into the lines no more: they have to begin anew.
/// @mixer
WEIR_RT void weir_detour_rest(struct weir_detour *detour);

/// Whether any sound is heard in the block at `position`, which is in the
/// lines.  @mixer
WEIR_RT bool weir_detour_has_sound(const struct weir_detour *detour,
                                   uint64_t position);

/// What is heard of a channel, what comes in with `trim` (null: as it is);
/// `buffer` and `spare` hold `n` frames each, the result is where it lies or in
/// `buffer`.  @mixer
WEIR_RT const float *weir_detour_hear(const struct weir_detour *detour,
                                      const struct weir_kernels *kernels,
                                      const struct weir_ramp *trim,
                                      uint32_t channel, uint64_t position,
                                      uint32_t n, float *buffer, float *spare);

/// On by `n` frames, when every channel has been heard.  @mixer
WEIR_RT static inline void
weir_detour_advance(struct weir_detour *d, uint32_t n)
{
    weir_ramp_advance(&d->fade_in, n);
    weir_ramp_advance(&d->fade_out, n);
}

#endif

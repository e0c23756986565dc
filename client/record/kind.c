// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The kinds of files.
#include "record/kind.h"

#include <stddef.h>
#include <strings.h>

// What RIFF's 32-bit sizes can hold, less more than any header.
#define MAX_RIFF_BYTES (UINT64_C(0xffffffff) - 65536)

enum { MAX_RATES = 9 };

struct kind {
    const char *name;
    bool lossy;
    uint32_t max_channels;        // 64: all that weir can have
    uint32_t rates_hz[MAX_RATES]; // none: all
    const char *takes;
};

static const struct kind kinds[] = {
    [WEIR_KIND_WAV] = {"wav", false, 64, {0}, ""},
    [WEIR_KIND_W64] = {"w64", false, 64, {0}, ""},
    [WEIR_KIND_FLAC] =
        {"flac", false, 8, {0}, "flac takes at most 8 channels (as with -c 2)"},
    [WEIR_KIND_OGG] = {"ogg", true, 64, {0}, ""},
    [WEIR_KIND_OPUS] = {"opus",
                        true,
                        8,
                        {48000, 24000, 16000, 12000, 8000},
                        "opus takes 48000, 24000, 16000, 12000 or 8000 Hz and "
                        "at most 8 channels (as with -r 48000, -c 2)"},
    [WEIR_KIND_MP3] = {"mp3",
                       true,
                       2,
                       {48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025,
                        8000},
                       "mp3 takes 8000 to 48000 Hz and at most 2 channels "
                       "(as with -r 44100, -c 2)"},
};

bool
weir_kind_parse(const char *name, enum weir_kind *out)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcasecmp(name, kinds[i].name) != 0)
            continue;
        *out = (enum weir_kind)i;
        return true;
    }
    return false;
}

const char *
weir_kind_name(enum weir_kind kind)
{
    return kinds[kind].name;
}

bool
weir_kind_is_lossy(enum weir_kind kind)
{
    return kinds[kind].lossy;
}

enum weir_sample_format
weir_kind_samples(enum weir_kind kind)
{
    return kind == WEIR_KIND_FLAC ? WEIR_SAMPLES_S24 : WEIR_SAMPLES_F32;
}

const char *
weir_kind_refuses_samples(enum weir_kind kind, enum weir_sample_format samples)
{
    if (weir_kind_is_lossy(kind))
        return "ogg, opus and mp3 have no samples of a certain size (leave -e "
               "out)";
    if (kind == WEIR_KIND_FLAC && samples == WEIR_SAMPLES_F32)
        return "flac has no float samples (-e 16 or -e 24)";
    return NULL;
}

static bool
rate_ok(const struct kind *kind, uint32_t rate_hz)
{
    for (int i = 0; i < MAX_RATES && kind->rates_hz[i] != 0; i++)
        if (kind->rates_hz[i] == rate_hz)
            return true;
    return kind->rates_hz[0] == 0;
}

const char *
weir_kind_refuses(const struct weir_take_format *format)
{
    const struct kind *kind = &kinds[format->kind];
    const bool fits = format->n_channels <= kind->max_channels &&
                      rate_ok(kind, format->rate_hz);
    return fits ? NULL : kind->takes;
}

uint64_t
weir_kind_frame_bytes(const struct weir_take_format *format)
{
    if (format->kind != WEIR_KIND_WAV && format->kind != WEIR_KIND_W64)
        return 0;
    return weir_samples_bytes(format->samples) * format->n_channels;
}

uint64_t
weir_kind_room(const struct weir_take_format *format)
{
    // See sndfile_format() in encoder_sndfile.c: only float can grow.
    if (format->kind != WEIR_KIND_WAV || format->samples == WEIR_SAMPLES_F32)
        return UINT64_MAX;
    return MAX_RIFF_BYTES / weir_kind_frame_bytes(format);
}

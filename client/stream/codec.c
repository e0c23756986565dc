// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The codecs by name.
#include "stream/codec.h"

#include <strings.h>

static const struct weir_stream_codec_ops *const codecs[] = {
    [WEIR_STREAM_OPUS] = &weir_stream_opus,
    [WEIR_STREAM_VORBIS] = &weir_stream_vorbis,
    [WEIR_STREAM_FLAC] = &weir_stream_flac,
    [WEIR_STREAM_MP3] = &weir_stream_mp3,
};

const struct weir_stream_codec_ops *
weir_stream_codec_ops(enum weir_stream_codec codec)
{
    return codecs[codec];
}

bool
weir_stream_codec_parse(const char *name, enum weir_stream_codec *out)
{
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (strcasecmp(name, codecs[i]->name) != 0)
            continue;
        *out = (enum weir_stream_codec)i;
        return true;
    }
    return false;
}

const char *
weir_stream_codec_name(enum weir_stream_codec codec)
{
    return codecs[codec]->name;
}

const char *
weir_stream_codec_type(enum weir_stream_codec codec)
{
    return codecs[codec]->type;
}

uint32_t
weir_stream_codec_bitrate(enum weir_stream_codec codec)
{
    return codecs[codec]->bitrate_kbps;
}

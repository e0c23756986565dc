// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-stream's encoder as a program, for tests that give its stream to other
// people's decoders:
//
//   stream_encode CODEC KBPS RATE N_IN N_OUT [AT:TITLE]... < floats > stream
//
// A title applies from frame AT on; they come in order. Each piece becomes a
// line on stderr: bytes, frames, header, begins chain, chain, and how many
// frames had been put in when it came.
#include "stream/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    // No multiple of any codec's own block, and more than the encoder puts
    // into the converter at once.
    BLOCK = 5003,
    CHANNELS = 64,
};

static uint64_t n_pushed;

static void
sink(void *owner, const struct weir_stream_piece *piece)
{
    (void)owner;
    fwrite(piece->bytes, 1, piece->size, stdout);
    fprintf(stderr, "%zu %u %d %d %u %llu\n", piece->size, piece->n_frames,
            piece->is_header, piece->begins_chain, piece->chain,
            (unsigned long long)n_pushed);
}

static int
refused(const char *why)
{
    fprintf(stderr, "%s\n", why);
    return 1;
}

// Frames until the title's turn.
static uint64_t
until(const char *title)
{
    return title ? strtoull(title, NULL, 10) - n_pushed : UINT64_MAX;
}

static int
run(struct weir_stream_encoder *e, uint32_t n_in, char **titles)
{
    static float frames[BLOCK * CHANNELS];
    size_t n = 1;
    while (n > 0) {
        if (until(*titles) == 0) {
            const char *title = strchr(*titles++, ':') + 1;
            if (weir_stream_encoder_retitle(e, title) != WEIR_STREAM_OK)
                return refused(weir_stream_encoder_why(e));
            continue;
        }
        const uint64_t most = until(*titles);
        n = fread(frames, n_in * sizeof *frames, most < BLOCK ? most : BLOCK,
                  stdin);
        n_pushed += n;
        if (weir_stream_encoder_push(e, frames, (uint32_t)n) != WEIR_STREAM_OK)
            return refused(weir_stream_encoder_why(e));
    }
    if (weir_stream_encoder_finish(e) != WEIR_STREAM_OK)
        return refused(weir_stream_encoder_why(e));
    return 0;
}

int
main(int argc, char **argv)
{
    char why[WEIR_STREAM_WHY];
    struct weir_stream_encoder *e;
    struct weir_stream_encoder_config config = {
        .name = "Küche",
        .genre = "Jazz",
        .description = "All day",
        .url = "http://radio.example/",
        .sink = sink,
    };
    if (argc < 6 || !weir_stream_codec_parse(argv[1], &config.codec))
        return 2;
    config.bitrate_kbps = (uint32_t)atoi(argv[2]);
    config.rate_in_hz = (uint32_t)atoi(argv[3]);
    config.n_in = (uint32_t)atoi(argv[4]);
    config.n_out = (uint32_t)atoi(argv[5]);
    if (weir_stream_encoder_new(&config, &e, why) != WEIR_STREAM_OK)
        return refused(why);
    const int status = run(e, config.n_in, argv + 6);
    weir_stream_encoder_free(e);
    return status;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-stream's encoder from outside: what it refuses and how it says so, what
// a new connection gets. What it sounds like is stream_codecs.py's.
#include "counted_memory.h"
#include "stream/encoder.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 20000, ROOM = 4 << 20 };

// All that came.
struct heap {
    unsigned char bytes[ROOM];
    size_t size;
    size_t chain_at;    // where the last chain begins
    size_t headers_end; // and its headers end
    uint32_t n_frames;
    uint32_t n_headers;
    uint32_t n_chains;
};

static struct heap heap;

static void
sink(void *owner, const struct weir_stream_piece *piece)
{
    struct heap *h = owner;
    cr_assert_leq(h->size + piece->size, sizeof h->bytes);
    if (piece->begins_chain) {
        cr_assert(piece->is_header);
        h->n_chains++;
        h->chain_at = h->size;
    }
    cr_assert_eq(piece->chain, h->n_chains ? h->n_chains - 1 : 0);
    memcpy(h->bytes + h->size, piece->bytes, piece->size);
    h->size += piece->size;
    h->n_frames += piece->n_frames;
    h->n_headers += piece->is_header;
    if (piece->is_header)
        h->headers_end = h->size;
}

static struct weir_stream_encoder_config
usual(enum weir_stream_codec codec)
{
    memset(&heap, 0, sizeof heap);
    return (struct weir_stream_encoder_config){
        .codec = codec,
        .rate_in_hz = 48000,
        .n_in = 2,
        .sink = sink,
        .owner = &heap,
    };
}

static struct weir_stream_encoder *
new_encoder(const struct weir_stream_encoder_config *config)
{
    char why[WEIR_STREAM_WHY] = "";
    struct weir_stream_encoder *e = NULL;
    const int status = weir_stream_encoder_new(config, &e, why);
    cr_assert_eq(status, WEIR_STREAM_OK, "%s", why);
    return e;
}

static void
push(struct weir_stream_encoder *e, uint32_t n)
{
    static float frames[N * 2];
    for (uint32_t i = 0; i < 2 * n; i++)
        frames[i] = 0.5f * sinf((float)i * 0.1f);
    cr_assert_eq(weir_stream_encoder_push(e, frames, n), WEIR_STREAM_OK);
}

// ----------------------------------------------------------------- refusals

static void
refused(const struct weir_stream_encoder_config *config, const char *said)
{
    char why[WEIR_STREAM_WHY] = "";
    struct weir_stream_encoder *e = NULL;
    cr_assert_eq(weir_stream_encoder_new(config, &e, why), WEIR_STREAM_REFUSED);
    cr_assert_null(e);
    cr_assert_str_eq(why, said);
}

struct bitrate {
    enum weir_stream_codec codec;
    uint32_t rate_in_hz;
    uint32_t n_in;
    uint32_t least, most;
    const char *said; // before the one that was asked for
};

#define MP3_SAYS                                                               \
    "mp3 takes 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256 or "   \
    "320 kbit/s, not "

static const struct bitrate bitrates[] = {
    {WEIR_STREAM_OPUS, 48000, 2, 6, 510,
     "opus takes 6 to 510 kbit/s for 2 channels, not "},
    {WEIR_STREAM_OPUS, 44100, 1, 6, 300,
     "opus takes 6 to 300 kbit/s for 1 channel, not "},
    {WEIR_STREAM_VORBIS, 48000, 2, 45, 500,
     "vorbis takes 45 to 500 kbit/s for 48000 Hz and 2 channels, not "},
    {WEIR_STREAM_VORBIS, 96000, 1, 32, 240,
     "vorbis takes 32 to 240 kbit/s for 48000 Hz and 1 channel, not "},
    {WEIR_STREAM_VORBIS, 22050, 2, 30, 180,
     "vorbis takes 30 to 180 kbit/s for 22050 Hz and 2 channels, not "},
    {WEIR_STREAM_MP3, 48000, 2, 32, 320, MP3_SAYS},
    {WEIR_STREAM_MP3, 22050, 1, 32, 320, MP3_SAYS},
};

static void
try_bitrate(const struct bitrate *b)
{
    struct weir_stream_encoder_config config = usual(b->codec);
    const uint32_t good[] = {b->least, b->most};
    const uint32_t bad[] = {b->least - 1, b->most + 1, 1, 4000000000};
    config.rate_in_hz = b->rate_in_hz;
    config.n_in = b->n_in;
    for (int i = 0; i < 2; i++) {
        config.bitrate_kbps = good[i];
        struct weir_stream_encoder *e = new_encoder(&config);
        cr_assert_eq(weir_stream_encoder_bitrate(e), good[i]);
        push(e, N / 2);
        cr_assert_eq(weir_stream_encoder_finish(e), WEIR_STREAM_OK, "%s",
                     weir_stream_encoder_why(e));
        weir_stream_encoder_free(e);
        memset(&heap, 0, sizeof heap);
    }
    for (int i = 0; i < 4; i++) {
        char said[WEIR_STREAM_WHY];
        snprintf(said, sizeof said, "%s%u", b->said, bad[i]);
        config.bitrate_kbps = bad[i];
        refused(&config, said);
    }
}

Test(stream_encoder, bitrates_out_of_range_are_refused_with_what_is_allowed)
{
    for (size_t i = 0; i < sizeof bitrates / sizeof bitrates[0]; i++)
        try_bitrate(&bitrates[i]);
}

Test(stream_encoder, mp3_takes_no_bitrate_between_those_it_has)
{
    struct weir_stream_encoder_config config = usual(WEIR_STREAM_MP3);
    config.bitrate_kbps = 100;
    refused(&config, "mp3 takes 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, "
                     "192, 224, 256 or 320 kbit/s, not 100");
}

Test(stream_encoder, flac_takes_no_bitrate)
{
    struct weir_stream_encoder_config config = usual(WEIR_STREAM_FLAC);
    config.bitrate_kbps = 128;
    refused(&config, "flac has no bitrate (leave --bitrate out)");
}

Test(stream_encoder, a_stream_has_one_or_two_channels)
{
    struct weir_stream_encoder_config config = usual(WEIR_STREAM_OPUS);
    config.n_out = 3;
    refused(&config, "a stream has 1 or 2 channels, not 3");
    config.n_out = 0;
    config.n_in = 64;
    struct weir_stream_encoder *e = new_encoder(&config);
    cr_assert_eq(weir_stream_encoder_channels(e), 2);
    weir_stream_encoder_free(e);
}

Test(stream_encoder, rates_that_cannot_be_made_are_refused)
{
    struct weir_stream_encoder_config config = usual(WEIR_STREAM_OPUS);
    config.rate_in_hz = 47999;
    refused(&config,
            "from 47999 Hz, 2 channels to 48000 Hz, 2: this rate does not fit "
            "weir's: the ratio, in lowest terms, goes up to 1000, and down to "
            "a 64th (take a usual one, such as 44100, 48000 or 16000)");
    config.codec = WEIR_STREAM_FLAC;
    config.rate_in_hz = 655360 + 1;
    refused(&config, "flac cannot do 655361 Hz");
    config.codec = WEIR_STREAM_VORBIS;
    config.rate_in_hz = 1000;
    refused(&config, "vorbis cannot do 1000 Hz");
}

Test(stream_encoder, titles_that_are_not_utf8_or_too_long_change_nothing)
{
    char text[WEIR_STREAM_MAX_TITLE + 2];
    const struct weir_stream_encoder_config config = usual(WEIR_STREAM_FLAC);
    struct weir_stream_encoder *e = new_encoder(&config);
    cr_assert_eq(weir_stream_encoder_retitle(e, "Ä\tB\n"), WEIR_STREAM_OK);
    cr_assert_str_eq(weir_stream_encoder_title(e), "Ä B ");
    push(e, 1);
    cr_assert_eq(weir_stream_encoder_retitle(e, "\xff"), WEIR_STREAM_REFUSED);
    cr_assert_str_eq(weir_stream_encoder_why(e), "the title is not UTF-8");
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(weir_stream_encoder_retitle(e, text), WEIR_STREAM_REFUSED);
    cr_assert_str_eq(weir_stream_encoder_why(e),
                     "the title is longer than 1024 bytes");
    push(e, 1);
    cr_assert_str_eq(weir_stream_encoder_title(e), "Ä B ");
    cr_assert_eq(heap.n_chains, 1);
    text[sizeof text - 2] = '\0';
    cr_assert_eq(weir_stream_encoder_retitle(e, text), WEIR_STREAM_OK);
    push(e, 1);
    cr_assert_eq(heap.n_chains, 2);
    weir_stream_encoder_free(e);
}

// ------------------------------------------------------------------ headers

static void
check_headers(const struct weir_stream_encoder *e)
{
    size_t size;
    const unsigned char *headers = weir_stream_encoder_headers(e, &size);
    cr_assert_eq(size, heap.headers_end - heap.chain_at);
    cr_assert_eq(memcmp(headers, heap.bytes + heap.chain_at, size), 0);
}

static void
follow_headers(enum weir_stream_codec codec)
{
    const struct weir_stream_encoder_config config = usual(codec);
    struct weir_stream_encoder *e = new_encoder(&config);
    size_t size = 1;
    weir_stream_encoder_headers(e, &size);
    cr_assert_eq(size, 0);
    push(e, N);
    check_headers(e);
    cr_assert_eq(heap.n_chains, 1);
    cr_assert_eq(weir_stream_encoder_retitle(e, "Artist - Title"),
                 WEIR_STREAM_OK);
    check_headers(e);
    push(e, N);
    check_headers(e);
    cr_assert_eq(heap.n_chains, 2);
    cr_assert_eq(weir_stream_encoder_finish(e), WEIR_STREAM_OK);
    check_headers(e);
    cr_assert_eq(heap.n_frames, 2 * N);
    weir_stream_encoder_free(e);
}

Test(stream_encoder, headers_are_those_of_the_chain_that_goes_on)
{
    follow_headers(WEIR_STREAM_OPUS);
    follow_headers(WEIR_STREAM_VORBIS);
    follow_headers(WEIR_STREAM_FLAC);
}

Test(stream_encoder, comments_longer_than_a_page_are_headers_to_the_end)
{
    enum { LONG = 200000 };
    const enum weir_stream_codec codecs[] = {
        WEIR_STREAM_OPUS, WEIR_STREAM_VORBIS, WEIR_STREAM_FLAC};
    char *text = malloc(LONG + 1);
    cr_assert(text);
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    for (int i = 0; i < 3; i++) {
        struct weir_stream_encoder_config config = usual(codecs[i]);
        config.description = text;
        struct weir_stream_encoder *e = new_encoder(&config);
        push(e, N);
        cr_assert_gt(heap.headers_end, LONG);
        cr_assert_geq(heap.n_headers, 4);
        check_headers(e);
        cr_assert_eq(weir_stream_encoder_finish(e), WEIR_STREAM_OK);
        cr_assert_eq(heap.n_frames, N);
        weir_stream_encoder_free(e);
    }
    free(text);
}

Test(stream_encoder, an_mp3_stream_has_no_headers)
{
    const struct weir_stream_encoder_config config = usual(WEIR_STREAM_MP3);
    struct weir_stream_encoder *e = new_encoder(&config);
    size_t size = 1;
    push(e, N);
    weir_stream_encoder_headers(e, &size);
    cr_assert_eq(size, 0);
    cr_assert_gt(heap.size, 0);
    cr_assert_eq(heap.n_headers, 0);
    weir_stream_encoder_free(e);
}

// ------------------------------------------------------------------ silence

Test(stream_encoder, no_frames_at_all_are_silence)
{
    static const float zeros[N * 2];
    static struct heap first;
    // Of the others each stream has a number of its own.
    const struct weir_stream_encoder_config config = usual(WEIR_STREAM_MP3);
    for (int i = 0; i < 2; i++) {
        memset(&heap, 0, sizeof heap);
        struct weir_stream_encoder *e = new_encoder(&config);
        push(e, N);
        cr_assert_eq(weir_stream_encoder_push(e, i ? NULL : zeros, N),
                     WEIR_STREAM_OK);
        cr_assert_eq(weir_stream_encoder_finish(e), WEIR_STREAM_OK);
        weir_stream_encoder_free(e);
        if (i == 0)
            first = heap;
    }
    cr_assert_gt(heap.size, 0);
    cr_assert_eq(heap.size, first.size);
    cr_assert_eq(memcmp(heap.bytes, first.bytes, heap.size), 0);
}

Test(stream_encoder, a_stream_of_nothing_is_nothing)
{
    for (int codec = WEIR_STREAM_OPUS; codec <= WEIR_STREAM_MP3; codec++) {
        const struct weir_stream_encoder_config config =
            usual((enum weir_stream_codec)codec);
        struct weir_stream_encoder *e = new_encoder(&config);
        cr_assert_eq(weir_stream_encoder_push(e, NULL, 0), WEIR_STREAM_OK);
        cr_assert_eq(heap.size, 0);
        cr_assert_eq(weir_stream_encoder_finish(e), WEIR_STREAM_OK);
        cr_assert_eq(heap.size, 0);
        weir_stream_encoder_free(e);
    }
}

// ------------------------------------------------------------------- memory

Test(stream_encoder, memory_that_is_short_makes_no_encoder, .timeout = 20)
{
    struct weir_stream_encoder_config config = usual(WEIR_STREAM_OPUS);
    char why[WEIR_STREAM_WHY] = "";
    struct weir_stream_encoder *e = NULL;
    int n = 0;
    config.n_in = 3;
    config.name = config.genre = config.description = config.url = "x";
    if (!counted_fail_after(0))
        cr_skip_test("a sanitizer has malloc()");
    while (weir_stream_encoder_new(&config, &e, why) == WEIR_STREAM_FAILED) {
        cr_assert_str_eq(why, "out of memory");
        cr_assert_null(e);
        counted_fail_after(++n);
    }
    counted_fail_after(-1);
    cr_assert_eq(n, 7);
    weir_stream_encoder_free(e);
}

Test(stream_encoder, codecs_have_names)
{
    enum weir_stream_codec codec = WEIR_STREAM_MP3;
    cr_assert(weir_stream_codec_parse("Opus", &codec));
    cr_assert_eq(codec, WEIR_STREAM_OPUS);
    cr_assert_not(weir_stream_codec_parse("aac", &codec));
    cr_assert_str_eq(weir_stream_codec_name(WEIR_STREAM_FLAC), "flac");
    cr_assert_str_eq(weir_stream_codec_type(WEIR_STREAM_MP3), "audio/mpeg");
    cr_assert_str_eq(weir_stream_codec_type(WEIR_STREAM_OPUS), "audio/ogg");
}

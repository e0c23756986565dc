// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// A level meter: prints the mix's peak once a second, for ever or as many
// seconds as its argument says.
//     cc level.c $(pkg-config --cflags --libs weir) -lm
#include <weir/reader.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    struct weir_reader_config config = {.program = "level"};
    struct weir_reader_error error;
    struct weir_reader *reader;
    float frames[64 * 256], peak = 0;
    uint64_t n = 0, seconds_left = argc > 1 ? strtoull(argv[1], NULL, 10) : -1;

    if (weir_reader_open(&config, &reader, &error) != WEIR_READER_OK)
        return fprintf(stderr, "level: %s\n", error.text), 1;
    const struct weir_reader_format format = weir_reader_format(reader);
    while (seconds_left > 0) {
        struct weir_read got = weir_reader_read(reader, frames, 256, 1000);
        if (got.kind == WEIR_READ_ENDED)
            break;
        if (got.kind == WEIR_READ_FRAMES)
            for (uint64_t i = 0; i < got.n_frames * format.n_channels; i++)
                peak = fmaxf(peak, fabsf(frames[i]));
        n += got.n_frames; // lost ones too
        for (; n >= format.rate_hz && seconds_left > 0; seconds_left--) {
            printf("%.1f dBFS\n", 20 * log10(fmax(peak, 1e-6)));
            peak = 0;
            n -= format.rate_hz;
        }
    }
    weir_reader_close(reader);
}

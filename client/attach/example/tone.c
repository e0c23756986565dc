// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// A tone of 440 Hz at -20 dBFS in the strip "tone", which is made if there is
// none; until weir ends, or for as many seconds as its argument says.
//     cc tone.c $(pkg-config --cflags --libs weir) -lm
#include <weir/feed.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    struct weir_feed_config config = {.program = "tone", .strip = "tone"};
    struct weir_feed_error error;
    struct weir_feed *feed;
    float frames[64 * 256];
    uint64_t k = 0;

    if (weir_feed_open(&config, &feed, &error) != WEIR_FEED_OK)
        return fprintf(stderr, "tone: %s\n", error.text), 1;
    const struct weir_feed_format format = weir_feed_format(feed);
    const uint64_t end =
        argc > 1 ? strtoull(argv[1], NULL, 10) * format.rate_hz : -1;
    const double step = 440 * 6.283185307179586 / format.rate_hz;
    while (k < end && !weir_feed_end_reason(feed)[0]) {
        uint32_t n = end - k < 256 ? end - k : 256;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t c = 0; c < format.n_channels; c++)
                frames[i * format.n_channels + c] = 0.1 * sin((k + i) * step);
        k += weir_feed_write(feed, frames, n, 1000).n_frames;
    }
    weir_feed_end(feed);
    while (weir_feed_drain(feed, 1000) == WEIR_FED_TIMEOUT)
        continue;
    weir_feed_close(feed);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The least that a recorder can do: so many channels that lie one after the
// other are interleaved and written, at the pace of sound.
//     bench_write CHANNELS FILE
// Prints "ready" and goes on until it is killed.
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { RATE_HZ = 48000, BATCH = 1024, HISTORY = 65536 };

static struct timespec
after(struct timespec t, long ns)
{
    t.tv_nsec += ns;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

static void
interleave(const float *channels, uint32_t n_channels, uint32_t at, float *dst)
{
    for (uint32_t i = 0; i < BATCH; i++)
        for (uint32_t c = 0; c < n_channels; c++)
            *dst++ = channels[(size_t)c * (HISTORY + 16) + at + i];
}

int
main(int argc, char **argv)
{
    const int n = argc == 3 ? atoi(argv[1]) : 0;
    if (n < 1)
        return 2;
    const uint32_t n_channels = (uint32_t)n;
    const size_t n_samples = (size_t)n_channels * (HISTORY + 16);
    const size_t n_bytes = (size_t)BATCH * n_channels * sizeof(float);
    float *channels = malloc(n_samples * sizeof *channels);
    float *buffer = malloc(n_bytes);
    const int fd = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (!channels || !buffer || fd < 0)
        return 1;
    for (size_t i = 0; i < n_samples; i++)
        channels[i] = (float)(i % 1009) / 1009.0f;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    puts("ready");
    fflush(stdout);
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (uint32_t at = 0;; at = (at + BATCH) % HISTORY) {
        due = after(due, BATCH * 1000000000L / RATE_HZ);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        interleave(channels, n_channels, at, buffer);
        if (write(fd, buffer, n_bytes) != (ssize_t)n_bytes)
            return 1;
    }
}

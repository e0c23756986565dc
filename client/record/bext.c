// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The bext chunk, version 2, as EBU Tech 3285 has it: date and time are local,
// and TimeReference counts frames from local midnight to the first. Which zone
// that is has no field of its own, so the coding history's last line says it,
// as free text (T=, EBU R98).
#include "record/bext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

// The fields of text have no zero at their end when they are full.
static void
put(char *field, size_t size, const char *text)
{
    const size_t n = strlen(text);
    memcpy(field, text, n < size ? n : size);
}

static void
put_history(SF_BROADCAST_INFO *out, const struct weir_take_format *format,
            const struct tm *tm)
{
    char text[sizeof out->coding_history];
    const long east_min = tm->tm_gmtoff / 60;
    const int n = snprintf(
        text, sizeof text,
        "A=PCM,F=%u,W=%u,M=%s,T=weir-record;UTC%c%02ld:%02ld\r\n",
        format->rate_hz, 8 * (unsigned)weir_samples_bytes(format->samples),
        format->n_channels == 1   ? "mono"
        : format->n_channels == 2 ? "stereo"
                                  : "multitrack",
        east_min < 0 ? '-' : '+', labs(east_min) / 60, labs(east_min) % 60);
    out->coding_history_size = (uint32_t)n;
    memcpy(out->coding_history, text, (size_t)n);
}

void
weir_bext_make(const struct weir_take_format *format, SF_BROADCAST_INFO *out)
{
    const time_t s = (time_t)(format->begin_ns / NS_PER_S);
    const uint64_t ns = (uint64_t)(format->begin_ns % NS_PER_S);
    char text[32];
    struct tm tm;
    localtime_r(&s, &tm);
    memset(out, 0, sizeof *out);
    put(out->description, sizeof out->description, "weir");
    put(out->originator, sizeof out->originator, "weir-record");
    strftime(text, sizeof text, "%Y-%m-%d", &tm);
    put(out->origination_date, sizeof out->origination_date, text);
    strftime(text, sizeof text, "%H:%M:%S", &tm);
    put(out->origination_time, sizeof out->origination_time, text);
    const int since_s = (tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec;
    // Below a second: no more than 10^9 times a rate.
    const uint64_t n = (uint64_t)since_s * format->rate_hz +
                       (ns * format->rate_hz + NS_PER_S / 2) / NS_PER_S;
    out->time_reference_low = (uint32_t)n;
    out->time_reference_high = (uint32_t)(n >> 32);
    out->version = 2;
    // Of loudness nothing is said.
    out->loudness_value = out->loudness_range = out->max_true_peak_level =
        out->max_momentary_loudness = out->max_shortterm_loudness = 0x7fff;
    put_history(out, format, &tm);
}

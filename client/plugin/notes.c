// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What plugins say. note() runs in any of their threads and never waits: of
// two at once one is dropped.
#include "plugin/notes.h"

#include "common/log.h"
#include "plugin/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 240, RING_BYTES = 8192 };

struct weir_notes {
    const struct weir_known_urids *known;
    struct weir_bytes *ring;
    LV2_Log_Log feature;
    atomic_flag busy; // held by the one who writes
    _Atomic uint32_t n_dropped;
    uint32_t n_dropped_told; // @control's
};

__attribute__((format(printf, 3, 0))) static int
note_args(LV2_Log_Handle handle, LV2_URID type, const char *format,
          va_list args)
{
    struct weir_notes *notes = handle;
    char text[TEXT_BYTES];
    const int n = vsnprintf(text, sizeof text, format, args);
    if (n <= 0)
        return n;
    const uint32_t length =
        weir_min_u32((uint32_t)n, (uint32_t)sizeof text - 1);
    // acquire: pairs with the release below: one writer at a time.
    const bool mine =
        !atomic_flag_test_and_set_explicit(&notes->busy, memory_order_acquire);
    if (!mine ||
        !weir_bytes_push(notes->ring, &type, sizeof type, text, length))
        // relaxed: a count.
        atomic_fetch_add_explicit(&notes->n_dropped, 1, memory_order_relaxed);
    if (mine)
        // release: pairs with the acquire above.
        atomic_flag_clear_explicit(&notes->busy, memory_order_release);
    return n;
}

__attribute__((format(printf, 3, 4))) static int
note(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = note_args(handle, type, format, args);
    va_end(args);
    return n;
}

struct weir_notes *
weir_notes_new(const struct weir_known_urids *known)
{
    struct weir_notes *notes = calloc(1, sizeof *notes);
    if (!notes)
        return NULL;
    notes->known = known;
    notes->feature = (LV2_Log_Log){notes, note, note_args};
    notes->ring = weir_bytes_new(RING_BYTES);
    if (!notes->ring) {
        free(notes);
        return NULL;
    }
    return notes;
}

void
weir_notes_free(struct weir_notes *notes)
{
    if (!notes)
        return;
    weir_bytes_free(notes->ring);
    free(notes);
}

LV2_Log_Log *
weir_notes_feature(struct weir_notes *notes)
{
    return &notes->feature;
}

static enum weir_log_level
level_of(const struct weir_notes *notes, LV2_URID type)
{
    if (type == notes->known->log_error || type == notes->known->log_warning)
        return WEIR_LOG_ERROR;
    return type == notes->known->log_trace ? WEIR_LOG_DEBUG : WEIR_LOG_INFO;
}

void
weir_notes_log(struct weir_notes *notes, const char *who)
{
    struct {
        LV2_URID type;
        char text[TEXT_BYTES];
    } record;
    uint32_t n;
    while ((n = weir_bytes_pop(notes->ring, &record, sizeof record)) > 0) {
        uint32_t length = n - (uint32_t)sizeof record.type;
        while (length > 0 && record.text[length - 1] == '\n')
            length--;
        weir_log(level_of(notes, record.type), "plugin %s: %.*s", who,
                 (int)length, record.text);
    }
    // relaxed: a count.
    const uint32_t dropped =
        atomic_load_explicit(&notes->n_dropped, memory_order_relaxed);
    if (dropped != notes->n_dropped_told)
        weir_log(WEIR_LOG_INFO, "plugin %s: %u notes were dropped", who,
                 dropped - notes->n_dropped_told);
    notes->n_dropped_told = dropped;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Counters in, lines of the log out.
#include "app/bursts.h"

#include "common/log.h"
#include "oscctl/status.h"

static const char *const names[WEIR_BURST_KINDS] = {
    "xruns",
    "late blocks",
    "blocks mixed too late",
    "input frames lost",
    "blocks that were not finite",
};

static void
say_first(struct weir_burst *b, const char *what)
{
    weir_log(WEIR_LOG_INFO, "%s: %llu (%llu since the start)", what,
             (unsigned long long)(b->total - b->before),
             (unsigned long long)b->total);
    b->said = b->total;
}

// How many since it began, and in which time, to the second in which they were
// looked at.
static void
say_so_far(struct weir_burst *b, const char *what)
{
    weir_log(WEIR_LOG_INFO, "%s: %llu in %.0f s (%llu since the start)", what,
             (unsigned long long)(b->total - b->before),
             (double)(b->last_ms - b->first_ms) / 1e3 + 1.0,
             (unsigned long long)b->total);
    b->said = b->total;
}

static void
note(struct weir_burst *b, const char *what, uint64_t total, int64_t now_ms)
{
    b->last_ms = now_ms;
    if (b->lasts) {
        b->total = total;
        return;
    }
    b->lasts = true;
    b->before = b->total;
    b->total = total;
    b->first_ms = b->said_ms = now_ms;
    say_first(b, what);
}

static void
look(struct weir_burst *b, const char *what, uint64_t total, int64_t now_ms)
{
    if (total < b->total) // another server counts from the start
        b->before = b->said = b->total = total;
    if (total > b->total)
        note(b, what, total, now_ms);
    if (!b->lasts)
        return;
    const bool over = now_ms - b->last_ms >= WEIR_BURST_QUIET_MS;
    const bool long_ago = now_ms - b->said_ms >= WEIR_BURST_EVERY_MS;
    if ((over || long_ago) && b->said != b->total) {
        say_so_far(b, what);
        b->said_ms = now_ms;
    }
    b->lasts = !over;
}

void
weir_bursts_look(struct weir_bursts *all, const struct weir_status *s,
                 int64_t now_ms)
{
    const int64_t totals[WEIR_BURST_KINDS] = {
        s->xruns, s->late_blocks, s->mixer_late, s->input_frames_lost,
        s->blocks_not_finite};
    for (int i = 0; i < WEIR_BURST_KINDS; i++)
        look(&all->kinds[i], names[i], (uint64_t)totals[i], now_ms);
}

void
weir_bursts_end(struct weir_bursts *all)
{
    for (int i = 0; i < WEIR_BURST_KINDS; i++)
        if (all->kinds[i].said != all->kinds[i].total)
            say_so_far(&all->kinds[i], names[i]);
}

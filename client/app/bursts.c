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

enum { NOT_FINITE = WEIR_BURST_KINDS - 1, WHO_BYTES = 160 };

// Whose they are, where that is known: " of strip mic".
static const char *
whose(const struct weir_bursts *all, int kind, char who[WHO_BYTES])
{
    who[0] = '\0';
    if (kind == NOT_FINITE && all->culprits)
        all->culprits(all->owner, who, WHO_BYTES);
    return who;
}

static void
say_first(struct weir_bursts *all, int kind)
{
    char who[WHO_BYTES];
    struct weir_burst *b = &all->kinds[kind];
    weir_log(WEIR_LOG_INFO, "%s: %llu%s (%llu since the start)", names[kind],
             (unsigned long long)(b->total - b->before), whose(all, kind, who),
             (unsigned long long)b->total);
    b->said = b->total;
}

// How many since it began, and in which time, to the second in which they were
// looked at.
static void
say_so_far(struct weir_bursts *all, int kind)
{
    char who[WHO_BYTES];
    struct weir_burst *b = &all->kinds[kind];
    weir_log(WEIR_LOG_INFO, "%s: %llu in %.0f s%s (%llu since the start)",
             names[kind], (unsigned long long)(b->total - b->before),
             (double)(b->last_ms - b->first_ms) / 1e3 + 1.0,
             whose(all, kind, who), (unsigned long long)b->total);
    b->said = b->total;
}

static void
note(struct weir_bursts *all, int kind, uint64_t total, int64_t now_ms)
{
    struct weir_burst *b = &all->kinds[kind];
    b->last_ms = now_ms;
    if (b->lasts) {
        b->total = total;
        return;
    }
    b->lasts = true;
    b->before = b->total;
    b->total = total;
    b->first_ms = b->said_ms = now_ms;
    say_first(all, kind);
}

static void
look(struct weir_bursts *all, int kind, uint64_t total, int64_t now_ms)
{
    struct weir_burst *b = &all->kinds[kind];
    if (total < b->total) // another server counts from the start
        b->before = b->said = b->total = total;
    if (total > b->total)
        note(all, kind, total, now_ms);
    if (!b->lasts)
        return;
    const bool over = now_ms - b->last_ms >= WEIR_BURST_QUIET_MS;
    const bool long_ago = now_ms - b->said_ms >= WEIR_BURST_EVERY_MS;
    if ((over || long_ago) && b->said != b->total) {
        say_so_far(all, kind);
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
        look(all, i, (uint64_t)totals[i], now_ms);
}

void
weir_bursts_end(struct weir_bursts *all)
{
    for (int i = 0; i < WEIR_BURST_KINDS; i++)
        if (all->kinds[i].said != all->kinds[i].total)
            say_so_far(all, i);
}

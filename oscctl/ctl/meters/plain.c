// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Columns of words, for people and awk.
#include "oscctl/ctl/meters/plain.h"

#include <string.h>

// One word, whatever came: no blanks, no control characters.
static void
print_word(FILE *to, int width, const char *text)
{
    int n = 0;
    for (; *text; text++, n++)
        fputc(*text > ' ' && *text <= '~' ? *text : '?', to);
    if (n == 0)
        fputc('-', to);
    for (n = n > 0 ? n : 1; n < width; n++)
        fputc(' ', to);
}

static void
print_strip(FILE *to, const struct ctl_strip *strip)
{
    fprintf(to, "%-12s %6.1f %-4s %-4s", strip->id, (double)strip->gain.is,
            strip->mute.is != 0 ? "mute" : "-",
            strip->solo.is != 0 ? "solo" : "-");
    for (int i = 0; i < strip->n_channels; i++)
        fprintf(to, " %6.1f/%.1f", (double)strip->levels[i].peak_db,
                (double)strip->levels[i].rms_db);
    fprintf(to, "  %s\n", strip->name);
}

static void
print_strips(FILE *to, const char *what, const struct ctl_strips *strips)
{
    fprintf(to, "%-12s %6s %-4s %-4s %s\n", what, "GAIN", "MUTE", "SOLO",
            "PEAK/RMS...  NAME");
    for (int i = 0; i < strips->n; i++)
        print_strip(to, strips->list[i]);
}

static void
print_reader(FILE *to, const struct ctl_reader *reader)
{
    fprintf(to, "%-16s ", reader->id);
    print_word(to, 8, reader->state);
    fprintf(to, " %10.0f %10.0f %8.0f ", reader->lag_frames,
            reader->lost_frames, reader->dropouts);
    print_word(to, 0, reader->source);
    fputc('\n', to);
}

static void
print_slots(FILE *to, const struct ctl_strips *strips, bool *has_heading)
{
    for (int i = 0; i < strips->n; i++)
        for (int k = 0; k < strips->list[i]->slots.n; k++) {
            const struct ctl_slot *slot = &strips->list[i]->slots.list[k];
            if (!*has_heading)
                fprintf(to, "%-24s %s\n", "PLUGIN", "STATE");
            *has_heading = true;
            char where[2 * WEIR_ID_MAX + 2];
            snprintf(where, sizeof where, "%s/%s", strips->list[i]->id,
                     slot->id);
            fprintf(to, "%-24s ", where);
            print_word(to, 0, slot->word);
            fputc('\n', to);
        }
}

void
ctl_plain_print(FILE *to, const char *where, const struct ctl_meters *m)
{
    bool has_slots = false;
    fprintf(to, "weir %s jack=", where);
    print_word(to, 0, m->jack);
    fprintf(to,
            " rate=%.0f block=%.0f load=%.1f xruns=%.0f late_blocks=%.0f "
            "input_frames_lost=%.0f uptime=%.0f\n",
            m->rate_hz, m->block, m->dsp_load, m->xruns.n, m->late_blocks.n,
            m->frames_lost.n, m->uptime_s);
    print_strips(to, "STRIP", &m->strips);
    print_strips(to, "BUS", &m->buses);
    if (m->n_readers > 0)
        fprintf(to, "%-16s %-8s %10s %10s %8s %s\n", "READER", "STATE", "LAG",
                "LOST", "DROPOUTS", "SOURCE");
    for (int i = 0; i < m->n_readers; i++)
        print_reader(to, &m->readers[i]);
    print_slots(to, &m->strips, &has_slots);
    print_slots(to, &m->buses, &has_slots);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The lines of a session file that are like a mixer: the same whether they
// are made from its own state or from what it answers.  They come in an order
// that stays, so that two of them can be compared.
#ifndef WEIR_SESSION_DUMP_H
#define WEIR_SESSION_DUMP_H

#include "session/survey.h"

#include <stdbool.h>
#include <stdio.h>

/// Which value a line is about.
enum weir_dump_kind {
    WEIR_DUMP_STRIP, ///< `value` is an enum weir_strip_value
    WEIR_DUMP_BUS,   ///< an enum weir_bus_value
    WEIR_DUMP_SEND,  ///< an enum weir_send_value
};

struct weir_dump_item {
    enum weir_dump_kind kind;
    int strip; ///< its number in the survey
    int bus;
    int value;
    const char *address;
};

/// Where the values are from.
struct weir_dump_source {
    const struct weir_survey *survey;
    /// Print the line of a value, if there is one.
    void (*print)(void *owner, FILE *to, const struct weir_dump_item *item);
    /// A strip's name, or null.
    const char *(*name)(void *owner, int strip, const char *address);
    /// Print the lines of the plugins of a strip, or a bus.
    void (*plugins)(void *owner, FILE *to, bool is_bus, int number);
    void *owner;
};

/// The first line.
void weir_dump_head(FILE *to);

/// All buses: what adds them, then their values.
void weir_dump_buses(FILE *to, const struct weir_dump_source *source);

/// A strip: what adds it, its values, and those of its sends.
void weir_dump_strip(FILE *to, const struct weir_dump_source *source,
                     int strip);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Why something cannot be done, in words for people.
#ifndef WEIR_PLUGIN_WHY_H
#define WEIR_PLUGIN_WHY_H

#include <stdbool.h>

struct weir_why {
    char text[200];
};

/// Fill it; always false, for `return weir_why(...)`.  @control
__attribute__((format(printf, 2, 3))) bool weir_why(struct weir_why *why,
                                                    const char *format, ...);

#endif

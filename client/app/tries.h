// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a dead instance has kept may be what it died of. So each start from it
// is counted in a file, until weir has run well for a while or has ended in
// order: after three that did neither, what was kept is set aside. Everything
// here is @control's.
#ifndef WEIR_APP_TRIES_H
#define WEIR_APP_TRIES_H

#include "app/instance.h"

enum {
    WEIR_TRIES = 3,
    WEIR_TRIES_S = 30, ///< who has run so long did not die of it
};

/// Before what was kept is read: set it aside when it has had its tries, as
/// NAME/last.bad, and say so.
void weir_tries_look(const struct weir_instance *instance);

/// Right before it is read.
void weir_tries_count(const struct weir_instance *instance);

/// It was good, or has ended in order, or is not used.
void weir_tries_forget(const struct weir_instance *instance);

#endif

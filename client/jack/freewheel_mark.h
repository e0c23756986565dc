// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A file that says which server weir has switched into freewheel, as long as
// it has. jackd goes on freewheeling when weir is killed, and does not tell
// those who come then: whoever finds the file switches it back.
#ifndef WEIR_JACK_FREEWHEEL_MARK_H
#define WEIR_JACK_FREEWHEEL_MARK_H

#include <stdbool.h>

struct weir_jack;

struct weir_freewheel_mark {
    const char *path;
    const char *server;
};

/// Leave the mark, and take it away.  @worker
void weir_freewheel_mark_set(const struct weir_freewheel_mark *mark);
void weir_freewheel_mark_clear(const struct weir_freewheel_mark *mark);

/// Whether there is one, for the server that runs now.
bool weir_freewheel_is_marked(const struct weir_freewheel_mark *mark);

/// Switch back what has been left so.  @worker, or before there is one; the
/// client is active.
void weir_freewheel_mark_undo(const struct weir_freewheel_mark *mark,
                              struct weir_jack *jack);

#endif

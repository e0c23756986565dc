// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Who may say what: the targets' passwords, from wherever they are kept.
#ifndef WEIR_STREAM_PASSWORD_H
#define WEIR_STREAM_PASSWORD_H

#include "stream/address.h"

#include <stdbool.h>

struct weir_stream_target {
    struct weir_stream_address address;
    char password[256];
};

/// Fill in all passwords: from `file`, or if that is null from the
/// environment's WEIR_STREAM_PASSWORD, or ask for them on the terminal. False
/// after saying what is missing.  @control  May wait for somebody to type.
///
/// A file has one line, the password of all targets; or lines of a target as
/// HOST:PORT/MOUNT (or *, any other), blanks, and its password.
bool weir_stream_passwords(const char *file, struct weir_stream_target *targets,
                           unsigned n_targets);

#endif

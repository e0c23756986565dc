// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which weir to talk to: a URL, a name, or the only one that runs.
#ifndef WEIR_CTL_FIND_H
#define WEIR_CTL_FIND_H

#include <stddef.h>

/// What the user said; null where nothing.
struct ctl_wanted {
    const char *url;
    const char *name;
    const char *run_dir;
};

enum { CTL_URL_BYTES = 512 };

/// Find the URL.  Returns an exit status; has said why when it is not 0.
/// An instance lives while it holds the lock on NAME/lock: what a killed one
/// left behind does not count.
int ctl_find(const struct ctl_wanted *wanted, char url[CTL_URL_BYTES]);

#endif

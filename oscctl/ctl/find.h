// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which weir to talk to: a URL, a name, or the only one that runs.
#ifndef WEIR_CTL_FIND_H
#define WEIR_CTL_FIND_H

#include <stdbool.h>
#include <stddef.h>

/// What the user said; null where nothing.
struct ctl_wanted {
    const char *url;
    const char *name;
    const char *run_dir;
};

enum { CTL_URL_BYTES = 512, CTL_NAME_BYTES = 64 };

/// Where one is.
struct ctl_found {
    char url[CTL_URL_BYTES];
    char name[CTL_NAME_BYTES]; ///< "" when only the URL is known
};

/// Find it.  Returns an exit status; has said why when it is not 0.
/// An instance lives while it holds the lock on NAME/lock: what a killed one
/// left behind does not count.
int ctl_find(const struct ctl_wanted *wanted, struct ctl_found *found);

/// Look again for one that has been found: by its name, as its URL may be
/// another by now.  False, without a word, when it does not run.
bool ctl_find_again(const struct ctl_wanted *wanted, struct ctl_found *found);

/// Print the living instances that `prefix` begins, one a line.
void ctl_find_print(const struct ctl_wanted *wanted, const char *prefix);

#endif

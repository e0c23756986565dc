// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How long an answer is waited for: a mixer that is silent is not there, one
// that answers others may take its time.
#ifndef WEIR_CTL_PATIENCE_H
#define WEIR_CTL_PATIENCE_H

#include "oscctl/ctl/link.h"

#include <stdbool.h>
#include <stdint.h>

enum { CTL_LONGEST_MS = 60000 }; ///< for one answer, at most

/// One wait for answers.
struct ctl_patience {
    struct ctl_link *link;
    int64_t until_ms; ///< by CLOCK_MONOTONIC
    bool has_said;    ///< that it takes long
};

/// Begin to wait for what is asked at `link`.
void ctl_patience_begin(struct ctl_patience *patience, struct ctl_link *link);

/// Wait until something has come at the link.  After half of its patience the
/// mixer is asked by another socket whether it is there: as long as it is,
/// this waits on and says so, once.  Returns an exit status; has said why
/// when it is not 0.  A quiet link is waited at for its patience alone.
int ctl_patience_wait(struct ctl_patience *patience);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Which value each address had last, as hashes: a snapshot that is repeated
// with every renewal of a lease brings little that is new.
#ifndef WEIR_CTL_SEEN_H
#define WEIR_CTL_SEEN_H

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_seen_slot {
    uint64_t address; ///< 0: free
    uint64_t value;
};

/// Zeroed: nothing was seen.  Free with ctl_seen_fini().
struct ctl_seen {
    struct ctl_seen_slot *slots;
    size_t n_slots; ///< a power of two, or 0
    size_t n_used;
};

/// Remember the value; whether it is another than before.  What there is no
/// room for (a million addresses, no memory) is always new.
bool ctl_seen_is_news(struct ctl_seen *seen, const char *address,
                      lo_message message);

void ctl_seen_fini(struct ctl_seen *seen);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Looking whether a server is there before libshout goes to it: that only
// knows that it "couldn't connect", takes the first address of a name alone,
// and has one answer for a wrong password and a mount that is taken.
#ifndef WEIR_STREAM_REACH_H
#define WEIR_STREAM_REACH_H

#include "stream/address.h"

#include <stdbool.h>

struct weir_reached {
    char host[256]; ///< the name, or the number of its address that answers
    char why[384];  ///< what is wrong, for people
};

enum weir_reach {
    WEIR_REACHED,
    WEIR_REACH_FAILED,
    WEIR_REACH_ENDED, ///< `end_fd` became readable
};

/// Connect to each address of the host's until one answers, at most 5 s in
/// all, and hang up.  @any  Waits. Looking up a name has the resolver's own
/// time limits.
enum weir_reach weir_reach(const struct weir_stream_address *address,
                           int end_fd, struct weir_reached *out);

/// Whether listeners get something at the mount: then another source is there.
/// False too when that is not known.  @any  Waits at most 3 s.
bool weir_reach_is_taken(const struct weir_stream_address *address,
                         const char *host, int end_fd);

#endif

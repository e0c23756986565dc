// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What runners need of the nursery, and what its files share. Everything here
// is @control's.
#ifndef WEIR_PLUGIN_NURSERY_PRIVATE_H
#define WEIR_PLUGIN_NURSERY_PRIVATE_H

#include "plugin/nursery.h"
#include "plugin/nursery_protocol.h"

#include <sys/types.h>

/// What came of it: a runner's pidfd, which is the owner's, or -1 and why.
typedef void weir_nursery_ran_fn(void *owner, pid_t pid, int pid_fd,
                                 const char *why);

/// Start a runner with its socket and memory, which are taken.  False says
/// why; otherwise it is told.
bool weir_nursery_run(struct weir_nursery *nursery, int socket, int memory,
                      weir_nursery_ran_fn *fn, void *owner,
                      struct weir_why *why);

/// Kill a runner, and bury it when it has died.  Takes `pid_fd`.  Waits for
/// nothing.
void weir_nursery_kill(struct weir_nursery *nursery, int pid_fd);

/// Nothing more is told to the owner: what starts for it all the same is
/// killed.
void weir_nursery_forget_run(struct weir_nursery *nursery, const void *owner);

// ----------------------------------------------------------- between its files

enum {
    WEIR_NURSERY_DYING = 64,
    WEIR_NURSERY_ASKED = 1024,     // at the same time
    WEIR_NURSERY_TYPES = 64,       // descriptions, and more are forgotten,
    WEIR_NURSERY_TYPES_MS = 30000, // so long after they were asked for: who
                                   // waits for several needs all of them
};

#define WEIR_NURSERY_GONE "the processes that read plugins were killed"

/// Somebody who has asked.
struct weir_nursery_asked {
    struct weir_nursery_asked *next;
    weir_nursery_described_fn *fn;
    void *owner;
};

/// A plugin that was asked for, and what came of it.
struct weir_nursery_known {
    struct weir_nursery_known *next;
    char *uri;
    uint32_t rate_hz;
    uint32_t serial; // of the request that is under way; 0: none
    bool is_sent;
    struct weir_plugin_type *type; // null: not known
    char why[200];                 // "": not known
    int64_t told_ms;               // when it was
    int64_t used_ms;               // and was last asked for
    bool is_telling;
    struct weir_nursery_asked *asked; // the last one first
};

struct weir_nursery_lister {
    struct weir_nursery_lister *next;
    weir_nursery_listed_fn *fn;
    void *owner;
};

struct weir_nursery_start {
    struct weir_nursery_start *next;
    uint32_t serial;
    bool is_sent;
    int fds[2]; // until it is
    weir_nursery_ran_fn *fn;
    void *owner;
};

struct weir_nursery {
    int keeper, reader; // sockets; -1: it has gone
    int pid_fd;         // the keeper's
    pid_t group;        // of them all, but runners
    int64_t keep_ms;    // descriptions that nobody uses
    uint32_t next_serial;
    uint32_t n_asked;
    struct weir_nursery_known *known; // the last one first
    struct weir_nursery_start *starts;
    int64_t oldest_ms; // since when the oldest request waits; 0: none
    uint32_t oldest;   // its serial
    // The list, when it has been read.
    unsigned char *list;
    struct weir_plugin_entry *entries; // in it
    uint32_t n_entries;
    bool has_names;
    uint32_t list_serial; // 0: not asked
    bool list_is_sent;
    bool list_is_told; // since it was asked
    int64_t list_ms;   // when it was asked
    struct weir_nursery_lister *listers;
    int dying[WEIR_NURSERY_DYING]; // pidfds
    uint32_t n_dying;
};

/// Free descriptions that no slot holds and nobody has asked for in a while,
/// if there are many.
void weir_nursery_forget_unused(struct weir_nursery *nursery);

/// Ask what has not been asked yet.
void weir_nursery_send(struct weir_nursery *nursery);

/// Tell all who wait that nothing comes.
void weir_nursery_give_up(struct weir_nursery *nursery, const char *why);

/// Tell what came, or what did not (`why`), of the request of that serial.
/// The answer's descriptor stays the caller's, a pidfd that is taken is -1
/// afterwards.
void weir_nursery_tell(struct weir_nursery *nursery,
                       const struct weir_nursery_answer *answer, int *fd,
                       const char *why);

/// The oldest request that has been sent and not been answered; 0: none.
uint32_t weir_nursery_oldest(const struct weir_nursery *nursery);

#endif

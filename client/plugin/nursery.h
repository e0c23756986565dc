// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A process that knows which plugins are installed: it reads their
// descriptions, so that weir does not wait for a disk, and runners are its
// forks, so that a new one has them read already. It is started before weir
// restricts itself, and runs no plugin's code. Everything here is @control's.
#ifndef WEIR_PLUGIN_NURSERY_H
#define WEIR_PLUGIN_NURSERY_H

#include "plugin/describe.h"
#include "plugin/why.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_nursery;

enum { WEIR_NURSERY_WRITTEN = 5 };

struct weir_nursery_config {
    uint64_t memory_bytes; // that a runner may have; 0: no limit
    /// Folders that runners may write in: their states' parent, sessions'.
    /// Null: no more.
    const char *written[WEIR_NURSERY_WRITTEN];
    bool is_confined;        // it and runners get no other files, no network
    const char *const *argv; // the program; null: this one, --plugin-nursery
};

/// Start it.  False says why.  Before there are threads.  This process takes
/// on its descendants' orphans from here on: runners.  Free with
/// weir_nursery_free(), when no rack is left.
bool weir_nursery_new(const struct weir_nursery_config *config,
                      struct weir_nursery **out, struct weir_why *why);
void weir_nursery_free(struct weir_nursery *nursery);

/// To be polled for reading.
int weir_nursery_fd(const struct weir_nursery *nursery);

/// Take the answers that are there; every second or so also without.  A bundle
/// that crashes lilv costs that answer: it is told with a reason.
void weir_nursery_service(struct weir_nursery *nursery);

/// A plugin's description, with its presets; `type` is the nursery's, does not
/// change, and lives as long as it is held (weir_plugin_type_hold()), otherwise
/// until weir_nursery_service().  Null: `why` says why not (unknown, or what
/// it requires that weir has not).  Told at once when it is known already.
typedef void weir_nursery_described_fn(void *owner, const char *uri,
                                       const struct weir_plugin_type *type,
                                       const char *why);
void weir_nursery_describe(struct weir_nursery *nursery, const char *uri,
                           uint32_t rate_hz, weir_nursery_described_fn *fn,
                           void *owner);

/// What is known already.  Null with `why_not` null: ask.
const struct weir_plugin_type *
weir_nursery_known(const struct weir_nursery *nursery, const char *uri,
                   const char **why_not);

/// All plugins, by URI; names are there when they have been read, which takes
/// seconds where hundreds are installed.
typedef void weir_nursery_listed_fn(void *owner, uint32_t n,
                                    const struct weir_plugin_entry *entries,
                                    const char *why);
void weir_nursery_list(struct weir_nursery *nursery, weir_nursery_listed_fn *fn,
                       void *owner);

/// Forget an owner: nothing more is told to it.
void weir_nursery_forget(struct weir_nursery *nursery, const void *owner);

/// The other side's main(): --plugin-nursery.  Returns the exit status.
int weir_nursery_main(void);

#endif

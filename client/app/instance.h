// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// An instance's place in the run dir: NAME/{lock,osc,osc.sock,attach.sock}.
// Who holds the lock is alive; what a dead instance left is taken over.
#ifndef WEIR_APP_INSTANCE_H
#define WEIR_APP_INSTANCE_H

#include <stdbool.h>

enum { WEIR_PATH_BYTES = 512 };

struct weir_instance {
    int lock_fd;
    char dir[WEIR_PATH_BYTES];
    char lock[WEIR_PATH_BYTES];
    char osc[WEIR_PATH_BYTES];
    char osc_socket[WEIR_PATH_BYTES];
    char attach_socket[WEIR_PATH_BYTES];
    char kept[WEIR_PATH_BYTES];      // the state, for who comes after a crash
    char freewheel[WEIR_PATH_BYTES]; // jack/freewheel_mark.h
    char tries[WEIR_PATH_BYTES];     // and how often somebody has: tries.h
};

/// Take the place, with its folders made where they are missing.  False when
/// another instance has it, or the folder cannot be used; that has been
/// logged.
bool weir_instance_take(struct weir_instance *instance, const char *run_dir,
                        const char *name);

/// Write the OSC URL for others to find.  False has been logged.
bool weir_instance_announce(const struct weir_instance *instance,
                            const char *url);

/// Leave nothing behind, but for what is kept: that is for who comes next.
void weir_instance_leave(struct weir_instance *instance);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a program gives up once it knows what it needs: files and TCP ports
// by Landlock, system calls by seccomp. The kernel holds both for good, for
// the calling thread and those that it starts: so before there are others.
#ifndef WEIR_COMMON_SANDBOX_H
#define WEIR_COMMON_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/// A list of what is kept.  All functions here are @control's (or main's,
/// before there are threads) and borrow nothing.
struct weir_sandbox;

enum weir_sandbox_access {
    WEIR_SANDBOX_READ,   ///< files and folders, below and including that
    WEIR_SANDBOX_FILES,  ///< and make, write and remove files
    WEIR_SANDBOX_ALL,    ///< and folders, sockets, FIFOs; move them around
    WEIR_SANDBOX_STATES, ///< and symbolic links: what LV2 plugins keep
    WEIR_SANDBOX_RMDIR,  ///< remove empty folders there, and nothing else
};

enum weir_sandbox_network {
    WEIR_SANDBOX_NO_NETWORK, ///< Unix sockets alone
    WEIR_SANDBOX_NETWORK,    ///< IP, too; TCP at the ports that are named
};

/// A list with what every program needs: libraries, /etc, its own /proc.
/// Null after saying that memory is short; the others do nothing with it.
struct weir_sandbox *weir_sandbox_new(enum weir_sandbox_network network);

/// Keep that access to `path`, if there is such a thing.  A path that is
/// removed and made anew later is another one.
void weir_sandbox_path(struct weir_sandbox *box, const char *path,
                       enum weir_sandbox_access access);

/// The folder that `file` is in, as WEIR_SANDBOX_FILES; of a strftime
/// pattern, the folder above the first that has a name of its own each time.
void weir_sandbox_folder_of(struct weir_sandbox *box, const char *file);

/// Read what the paths in that environment variable (between colons) name.
void weir_sandbox_read_listed(struct weir_sandbox *box, const char *variable);

/// Read HOME/`name`.
void weir_sandbox_read_home(struct weir_sandbox *box, const char *name);

/// Keep TCP: listening at a port (0: at any), connecting to one.
void weir_sandbox_listen(struct weir_sandbox *box, uint16_t port);
void weir_sandbox_connect(struct weir_sandbox *box, uint16_t port);

/// Keep finding hosts by their names.
void weir_sandbox_names(struct weir_sandbox *box);

/// Keep speaking to Unix sockets without a path that others have: those of
/// OSC peers are often such.
void weir_sandbox_abstract(struct weir_sandbox *box);

/// Give up all the rest, for ever, and free the list.  What the kernel does
/// not know is left out; all of it is said with -v, failures without.
void weir_sandbox_enter(struct weir_sandbox *box);

/// The same once more within that: of files alone.
void weir_sandbox_enter_files(struct weir_sandbox *box);

#endif

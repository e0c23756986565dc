// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What is sent, in a file: the whole stream from its first page to its last,
// whoever is connected meanwhile. A thread of its own: a disk that stalls
// delays nobody.
#ifndef WEIR_STREAM_DUMP_H
#define WEIR_STREAM_DUMP_H

#include "stream/store.h"

struct weir_dump;

/// Make the file, under the first name of PATH, PATH-1, PATH-2... that is
/// free, and start; null after saying why not.  @control  Before anything is
/// in the store.
struct weir_dump *weir_dump_start(const char *path, struct weir_store *store);

/// Wait until all is written, after weir_store_end(); whether it is.
/// @control  Once, if it is.  Null: it is.
bool weir_dump_wait(struct weir_dump *dump, int timeout_ms);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A nursery's processes, to be killed.
#ifndef WEIR_TEST_PLUGINS_NURSERY_FIND_H
#define WEIR_TEST_PLUGINS_NURSERY_FIND_H

#include <sys/types.h>

struct weir_nursery;

/// The process of a nursery of that name ("weir-nursery", "weir-spare",
/// "weir-reader"); 0: there is none.
pid_t find_nursery(const struct weir_nursery *nursery, const char *name);
/// Wait for one that is not `old`, serving it meanwhile.
pid_t await_nursery(struct weir_nursery *nursery, const char *name, pid_t old);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the nursery and its runners may do. Both are processes of one thread
// when they are confined, and run no plugin's code yet.
#ifndef WEIR_PLUGIN_CONFINE_H
#define WEIR_PLUGIN_CONFINE_H

#include "plugin/nursery_protocol.h"

/// The nursery, and what it forks: reads files, writes in the setup's folders,
/// no network, no programs.  Nothing when the setup says so.
void weir_confine_nursery(const struct weir_nursery_setup *setup);

/// A runner in it: of the states' folders `own` alone ("": none).
void weir_confine_runner(const struct weir_nursery_setup *setup,
                         const char *own);

#endif

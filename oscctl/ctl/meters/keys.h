// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What keys do.
#ifndef WEIR_CTL_METERS_KEYS_H
#define WEIR_CTL_METERS_KEYS_H

#include "oscctl/ctl/meters/view.h"
#include "oscctl/ctl/stream.h"

/// Do what an ncurses key says; false when it says to quit.
bool ctl_keys_do(struct ctl_view *view, struct ctl_meters *meters,
                 struct ctl_stream *stream, int key, int64_t now_ms);

#endif

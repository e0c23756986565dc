// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Attaching to a weir that may not be there yet, or not any more.
#ifndef WEIR_RECORD_AWAIT_H
#define WEIR_RECORD_AWAIT_H

#include <stdbool.h>

#include <weir/reader.h>

struct weir_await {
    struct weir_reader_config config;
    bool no_wait;
    bool again;  ///< it was attached before: a refusal may pass
    bool waited; ///< set when weir was not there at once
};

/// Attach, waiting for weir if need be.  Null when there is nothing to wait
/// for, or a signal came: *exit_status is set, and why has been said.
/// @reader  Close with weir_reader_close().
struct weir_reader *weir_await_reader(struct weir_await *await,
                                      int *exit_status);

#endif

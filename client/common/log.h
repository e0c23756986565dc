// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// One line per event on stderr: `weir-record: what failed: why (what to do)`.
#ifndef WEIR_COMMON_LOG_H
#define WEIR_COMMON_LOG_H

enum weir_log_level {
    WEIR_LOG_ERROR = 0, ///< always
    WEIR_LOG_INFO = 1,  ///< unless -q: what happened, once per event
    WEIR_LOG_DEBUG = 2, ///< with -v
};

/// Exit statuses that all programs share.
enum weir_exit {
    WEIR_EXIT_OK = 0,
    WEIR_EXIT_FAILED = 1,  ///< failed at run time
    WEIR_EXIT_USAGE = 2,   ///< wrong options
    WEIR_EXIT_NOBODY = 69, ///< no JACK server, no weir (EX_UNAVAILABLE)
};

/// Name the program in every line; before any thread is started.  @control
/// Borrows `program` for ever.
void weir_log_init(const char *program, enum weir_log_level level);

/// Shift the level by -q (-1) and -v (+1).  Before any thread is started.
void weir_log_adjust(int steps);

/// Write one line; control characters from outside become '?'.
/// @control @reader  One write(2); may block on stderr.
__attribute__((format(printf, 2, 3))) void weir_log(enum weir_log_level level,
                                                    const char *format, ...);

#endif

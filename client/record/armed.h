// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The time between two recordings of --armed: what is heard is forgotten
// here, and remembered by weir's history.
#ifndef WEIR_RECORD_ARMED_H
#define WEIR_RECORD_ARMED_H

#include <weir/reader.h>

enum weir_armed {
    WEIR_ARMED_START,  ///< weir said so
    WEIR_ARMED_SIGNAL, ///< the program is to end
    WEIR_ARMED_ENDED,  ///< weir, or the connection
    WEIR_ARMED_FAILED, ///< which has been said
};

/// Wait, reading on, for /reader/ID/start, whose *request is to be answered.
/// @reader
enum weir_armed weir_armed_wait(struct weir_reader *reader, int32_t *request);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast extension of WAV (EBU Tech 3285): when a file's first frame
// was heard.
#ifndef WEIR_RECORD_BEXT_H
#define WEIR_RECORD_BEXT_H

#include "record/kind.h"

#include <sndfile.h>

/// What a file that begins at `format->begin_ns` has in its bext chunk.  @any
void weir_bext_make(const struct weir_take_format *format,
                    SF_BROADCAST_INFO *out);

#endif

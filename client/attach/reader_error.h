// SPDX-License-Identifier: ISC
// SPDX-FileCopyrightText: the weir authors
//
// Failures of libweir: a result and a text for people.
#ifndef WEIR_ATTACH_READER_ERROR_H
#define WEIR_ATTACH_READER_ERROR_H

#include "attach/include/weir/reader.h"

/// Fill in the text (cut to fit, control characters replaced) and return
/// `result`.  @any  `error` may be null.
__attribute__((format(printf, 3, 4))) enum weir_reader_result
weir_reader_fail(struct weir_reader_error *error,
                 enum weir_reader_result result, const char *format, ...);

/// Copy a text that came from outside: cut to fit, control characters
/// replaced, always terminated.  @any
void weir_reader_copy_text(char *out, size_t size, const char *text);

#endif

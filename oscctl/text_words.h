// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a single word of text stands for; shared by the reading and the
// writing half of text.h, which are its only users.
#ifndef WEIR_OSCCTL_TEXT_WORDS_H
#define WEIR_OSCCTL_TEXT_WORDS_H

#include "oscctl/text.h"

/// What a word is, by its looks.
enum weir_word_kind {
    WEIR_WORD_STRING,
    WEIR_WORD_CONSTANT, ///< T F N I
    WEIR_WORD_WHOLE,    ///< a number with neither '.' nor exponent
    WEIR_WORD_REAL,
    WEIR_WORD_BLOB, ///< 0x...
    WEIR_WORD_MIDI, ///< m:...
    WEIR_WORD_TIME, ///< @...
};

/// @any  Linear.
enum weir_word_kind weir_word_kind_of(const char *word);

/// Append what an unquoted word stands for.  @any but @rt  Allocates.
bool weir_word_add(lo_message to, const char *word,
                   struct weir_text_fault *fault);

/// Whether argument `index` (from 0) of `address` is a string whatever it
/// looks like: a name, an id, a file.  @any
bool weir_word_is_text(const char *address, int index);

/// Whether it is a name for people, which is written in quotes.  @any
bool weir_word_is_name(const char *address, int index);

/// Whether it is a bool by its address.  @any
bool weir_word_is_bool(const char *address, int index);

/// Describe a fault (but for its column); returns false, for `return`.
__attribute__((format(printf, 2, 3))) bool
weir_word_fault(struct weir_text_fault *fault, const char *format, ...);

#endif

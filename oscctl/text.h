// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// OSC messages as lines of text, as in session files and on weirctl's output:
//
//     # a comment
//     /strip/add mic 1 "Lead Vox"
//     /strip/mic/gain -6
//     /strip/mic/mute T
//
// An argument is: T F N I; a number (int32 if it has neither '.' nor 'e' and
// fits, int64 if it does not fit; else float, or double beyond a float's
// range); a string in double quotes with \" \\ \n \t \r \xHH; 'c' a character;
// 0x0a1b a blob; m:903c7f00 a MIDI message; @ and 16 hex digits a time tag;
// anything else is a string as it stands; `inf` and `nan` are strings.  What
// is a string by its address (a name, an id) is one even if it looks like a
// number: `/strip/mic/name 5`.
//
// Numbers are read and written as in the "C" locale: LC_NUMERIC stays that.
#ifndef WEIR_OSCCTL_TEXT_H
#define WEIR_OSCCTL_TEXT_H

#include <lo/lo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { WEIR_TEXT_ADDRESS_BYTES = 1024 };

/// What a line turned out to be.
enum weir_text_result {
    WEIR_TEXT_MESSAGE,
    WEIR_TEXT_BLANK, ///< empty, or a comment alone
    WEIR_TEXT_FAULT,
};

/// One message; free `message` with lo_message_free().
struct weir_text_line {
    char address[WEIR_TEXT_ADDRESS_BYTES];
    lo_message message;
};

/// What is wrong with a line, and where.
struct weir_text_fault {
    int column; ///< in bytes, from 1; 0: of no column
    char text[160];
};

/// Read one line of `length` bytes, without its line break.
/// @any but @rt  Allocates the message.  `out` is written when it is one,
/// `fault` when there is one.
enum weir_text_result weir_text_parse(const char *line, size_t length,
                                      struct weir_text_line *out,
                                      struct weir_text_fault *fault);

/// Build a message from words whose quotes a shell has taken: blanks need no
/// quotes, and bools are also on/off, yes/no, true/false.  A fault's column is
/// the word's number, from 1.
/// @any but @rt  Allocates; false on a fault.
bool weir_text_from_words(const char *address, const char *const words[],
                          int n_words, lo_message *out,
                          struct weir_text_fault *fault);

/// Write `address` and the arguments from number `first` on as a line, without
/// the line break, such that weir_text_parse() gives the same values again:
/// whole floats come back as integers, doubles as floats, symbols as strings.
/// @any but @rt  Writes to `to`.
void weir_text_print(FILE *to, const char *address, lo_message message,
                     int first);

#endif

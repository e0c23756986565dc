// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What match_compile.c and match.c share.
#ifndef WEIR_OSCCTL_MATCH_PRIVATE_H
#define WEIR_OSCCTL_MATCH_PRIVATE_H

/// The column of a character in weir_match_word.takes.
static inline unsigned
weir_match_column(unsigned char c)
{
    return c > ' ' && c <= '~' ? c - ' ' : 0;
}

#endif

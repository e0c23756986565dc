// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Text from anywhere, made fit for a terminal.
#ifndef WEIR_CTL_METERS_TEXT_H
#define WEIR_CTL_METERS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/// Decode UTF-8 until `width` columns are full; returns how many are.  What
/// has no width of its own is left out unless it stands on a character before
/// it; control characters, what steers a terminal's writing direction, and
/// bytes that are no UTF-8 become '?'.  Without `unicode` all that is not
/// ASCII does.  `out` has room for `n_out` with the final 0.
/// @any  As the locale's wcwidth() measures.
int ctl_text_fit(wchar_t *out, size_t n_out, const char *utf8, int width,
                 bool unicode);

#endif

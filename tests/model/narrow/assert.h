// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The headers of this folder have what a model checker's own may have, and no
// more: check.py --bare builds the programs with them.
#undef assert
#define assert(true_) ((true_) ? (void)0 : checker_failed(#true_))
void checker_failed(const char *text);

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// How far an Ogg file is whole that a failed write has ended.
#ifndef WEIR_RECORD_OGG_END_H
#define WEIR_RECORD_OGG_END_H

#include <stdint.h>

/// The end of the last whole page in *n_bytes, and what its granule position
/// says in *granule; both 0 when there is none with sound.  @reader
void weir_ogg_find_end(int fd, uint64_t *granule, uint64_t *n_bytes);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The recorder: from weir's ring into files, one after the other.
#ifndef WEIR_RECORD_RECORD_H
#define WEIR_RECORD_RECORD_H

#include "record/options.h"

/// Record until it is done, ended or impossible; returns the exit status.
/// @reader
int weir_record_run(const struct weir_record_options *options);

#endif

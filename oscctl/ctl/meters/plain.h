// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The model as a table, where there is no terminal.
#ifndef WEIR_CTL_METERS_PLAIN_H
#define WEIR_CTL_METERS_PLAIN_H

#include "oscctl/ctl/meters/model.h"

#include <stdio.h>

void ctl_plain_print(FILE *to, const char *where,
                     const struct ctl_meters *meters);

#endif

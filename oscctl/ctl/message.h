// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A message that came from the mixer.
#ifndef WEIR_CTL_MESSAGE_H
#define WEIR_CTL_MESSAGE_H

#include "oscctl/ctl/link.h"
#include "oscctl/validate.h"

#include <lo/lo.h>

/// liblo's copy of a message in the link's datagram, which has been found
/// valid; null when memory is short, or it holds a type that liblo does not
/// know (`r`).  Free with lo_message_free().
lo_message ctl_message_copy(struct ctl_link *link,
                            const struct weir_osc_message *message);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The nursery's second process: it does nothing until the keeper has died.
#ifndef WEIR_PLUGIN_NURSERY_SPARE_H
#define WEIR_PLUGIN_NURSERY_SPARE_H

/// Stand by for the keeper of that pidfd, which is closed.  In a process of
/// its own; returns when this is the keeper, ends when weir has gone.
void weir_nursery_stand_by(int keeper);

#endif

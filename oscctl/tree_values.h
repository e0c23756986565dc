// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Handlers of the settable values and the meters.
#ifndef WEIR_OSCCTL_TREE_VALUES_H
#define WEIR_OSCCTL_TREE_VALUES_H

#include "oscctl/tree_private.h"

weir_leaf_fn weir_leaf_strip_value; // index: enum weir_strip_value
weir_leaf_fn weir_leaf_bus_value;   // index: enum weir_bus_value
weir_leaf_fn weir_leaf_send_value;  // index: enum weir_send_value
weir_leaf_fn weir_leaf_channels;
weir_leaf_fn weir_leaf_not_finite;
weir_leaf_fn weir_leaf_version;
weir_leaf_fn weir_leaf_status; // index: its row
weir_leaf_fn weir_leaf_reader; // index: which fact
weir_leaf_fn weir_leaf_feed;   // index: which fact
weir_leaf_fn weir_leaf_meter;
weir_leaf_fn weir_leaf_loudness;
weir_leaf_fn weir_leaf_loudness_reset;

#endif

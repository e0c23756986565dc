// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the test plugins have in common.
#ifndef WEIR_TEST_PLUGINS_SET_H
#define WEIR_TEST_PLUGINS_SET_H

#include <lv2/core/lv2.h>
#include <stdint.h>

LV2_Handle weir_test_instantiate(const LV2_Descriptor *descriptor,
                                 double rate_hz, const char *bundle,
                                 const LV2_Feature *const *features);
void weir_test_connect(LV2_Handle handle, uint32_t port, void *to);
void weir_test_cleanup(LV2_Handle handle);

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What urn:weir:test:trouble does, by the value of its port `deed`.
#ifndef WEIR_TEST_PLUGINS_TROUBLE_H
#define WEIR_TEST_PLUGINS_TROUBLE_H

enum weir_test_deed {
    WEIR_DEED_NONE,
    WEIR_DEED_SEGV,
    WEIR_DEED_ABORT,
    WEIR_DEED_LOOP,
    WEIR_DEED_SLEEP,  // 10 s
    WEIR_DEED_MEMORY, // 10 GB
    WEIR_DEED_NAN,
    WEIR_DEED_SCRIBBLE, // over all shared memory
    WEIR_DEED_EXIT,
    WEIR_DEED_CLOSE, // every descriptor
    WEIR_DEED_MXCSR,
    WEIR_DEED_PRINT,   // on stdout
    WEIR_DEED_NAP,     // 50 ms
    WEIR_DEED_STOP,    // SIGSTOP
    WEIR_DEED_INTRUDE, // all that it should not; `got` counts
};

#endif

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What a result was measured on.
#ifndef TESTS_BENCH_MACHINE_H
#define TESTS_BENCH_MACHINE_H

struct bench_machine {
    char cpu[128];
    char kernel[128];
    const char *compiler;
    const char *flags;
    int n_cpus;
    double load; ///< average of the last minute, when asked
};

void bench_machine_ask(struct bench_machine *machine);

#endif

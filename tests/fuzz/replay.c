// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Inputs from files, without a fuzzer: each must come to a good end, and be
// answered in the same words after all the others as before them.
#include "fuzz/fuzz_osc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_BYTES = 1 << 20 };

static bool
run_file(const char *path)
{
    static uint8_t data[MOST_BYTES];
    FILE *from = fopen(path, "rb");
    if (!from) {
        perror(path);
        return false;
    }
    const size_t n = fread(data, 1, sizeof data, from);
    fclose(from);
    LLVMFuzzerTestOneInput(data, n);
    return true;
}

int
main(int argc, char **argv)
{
    uint64_t *first = calloc((size_t)argc, sizeof *first);
    int status = first && argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
    for (int i = 1; i < argc && status == EXIT_SUCCESS; i++) {
        printf("%s\n", argv[i]);
        fflush(stdout); // it is the last word when something is wrong
        if (!run_file(argv[i]))
            status = EXIT_FAILURE;
        printf("  %u answers\n", fuzz_n_answers());
        first[i] = fuzz_answers();
    }
    for (int i = argc - 1; i > 0 && status == EXIT_SUCCESS; i--) {
        run_file(argv[i]);
        if (fuzz_answers() == first[i])
            continue;
        printf("%s: other answers the second time\n", argv[i]);
        status = EXIT_FAILURE;
    }
    free(first);
    return status;
}

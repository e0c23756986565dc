// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// weir-bench: weir's rings and kernels beside their peers, in one process, in
// turn. It prints whether targets were met; what it exits with says only
// whether everything ran and all data came through as it went in.
#include "bench/bench.h"
#include "bench/clock.h"
#include "bench/pair.h"
#include "bench/report.h"
#include "plugin/nursery.h"

#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    bool json, list, fifo, two_cpus;
    struct bench_effort effort;
    char **patterns;
    int n_patterns;
    int n_matched;
    bool intact;
} bench = {.effort = {.n_rounds = 101, .sample_ns = 2e6}, .intact = true};

static void
usage(FILE *out)
{
    fprintf(out, "usage: weir-bench [--json] [--quick] [--fifo] [--rounds N] "
                 "[--list] [GROUP...]\n"
                 "GROUP is a name or a pattern; without one, all run.\n");
}

static void
take_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"quick", no_argument, NULL, 'q'},
        {"fifo", no_argument, NULL, 'f'},
        {"rounds", required_argument, NULL, 'r'},
        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (c) {
        case 'j':
            bench.json = true;
            break;
        case 'q':
            bench.effort = (struct bench_effort){3, 1e5};
            break;
        case 'f':
            bench.fifo = true;
            break;
        case 'r':
            bench.effort.n_rounds = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'l':
            bench.list = true;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            usage(stderr);
            exit(2);
        }
    }
    bench.patterns = argv + optind;
    bench.n_patterns = argc - optind;
}

static bool
is_wanted(const struct bench_group *g)
{
    for (int i = 0; i < bench.n_patterns; i++)
        if (fnmatch(bench.patterns[i], g->name, 0) == 0)
            return true;
    return bench.n_patterns == 0;
}

static void
run_group(const struct bench_group *g)
{
    if (!is_wanted(g))
        return;
    bench.n_matched++;
    if (bench.list) {
        printf("%-24s %s\n", g->name, g->title);
        return;
    }
    if (g->two_cpus && !bench.two_cpus) {
        fprintf(stderr, "weir-bench: %s wants two CPUs\n", g->name);
        return;
    }
    struct bench_result *r = bench_run(g, &bench.effort);
    if (bench.json)
        bench_json(r);
    else
        bench_print(r);
    bench.intact &= r->intact;
    bench_result_free(r);
}

static void
run_all(void)
{
    const struct bench_cpus cpus = bench_pair_start(bench.fifo);
    bench.two_cpus = cpus.there >= 0;
    bench_clock_init();
    if (bench.json)
        bench_json_begin(&cpus, &bench.effort);
    else
        bench_print_machine(&cpus);
    bench_all_groups(run_group);
    if (bench.json)
        bench_json_end();
    bench_pair_stop();
}

int
main(int argc, char **argv)
{
    // Plugins of ours, in a process of their own.
    if (argc == 2 && strcmp(argv[1], BENCH_PLUGIN_NURSERY) == 0)
        return weir_nursery_main();
    take_options(argc, argv);
    if (bench.effort.n_rounds == 0) {
        usage(stderr);
        return 2;
    }
    if (bench.list)
        bench_all_groups(run_group);
    else
        run_all();
    if (bench.n_matched == 0) {
        fprintf(stderr, "weir-bench: there is no such group\n");
        return 2;
    }
    if (!bench.intact)
        fprintf(stderr, "weir-bench: data came out wrong\n");
    return bench.intact ? 0 : 1;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What weir-bench prints.
#include "bench/report.h"

#include "bench/machine.h"

#include <math.h>
#include <stdio.h>

// ---------------------------------------------------------------- in words

void
bench_print_machine(const struct bench_cpus *cpus)
{
    struct bench_machine m;
    bench_machine_ask(&m);
    printf("%s, %d CPUs; %s; %s %s; load %.1f\n", m.cpu, m.n_cpus, m.kernel,
           m.compiler, m.flags, m.load);
    if (cpus->there >= 0)
        printf("CPUs %d and %d, %s\n", cpus->here, cpus->there,
               cpus->fifo ? "SCHED_FIFO" : "SCHED_OTHER");
    else
        printf("one CPU alone: no groups with two\n");
}

static const char *
verdict(const struct bench_numbers *n, double limit)
{
    return n->n == 0 ? "not measured" : n->median <= limit ? "met" : "not met";
}

static struct bench_numbers
deciding(const struct bench_result *r, const struct bench_numbers *n)
{
    struct bench_numbers d = *n;
    if (r->group->statistic == BENCH_LONGEST)
        d.median = d.longest;
    return d;
}

static void
print_contestant(const struct bench_result *r, size_t c, size_t m)
{
    const struct bench_numbers *n = &r->numbers[c][m];
    const struct bench_numbers *ratio = &r->ratios[c][m];
    const char *name = r->group->contestants[c].name;
    if (!r->there[c] || n->n == 0) {
        printf("  %-28s not measured\n", name);
        return;
    }
    printf("  %-28s %9.2f  (%.2f..%.2f, longest %.2f)", name, n->median, n->low,
           n->high, n->longest);
    if (ratio->n > 0)
        printf("  %.2fx (%.2f..%.2f)", ratio->median, ratio->low, ratio->high);
    printf("  n=%zu\n", n->n);
}

static void
print_limit(const struct bench_result *r, const struct bench_target *t,
            const struct bench_numbers *n, const char *what, double limit)
{
    if (limit <= 0)
        return;
    printf("  %s: %s%s%s <= %.2f%s%s: ", what, t->contestant,
           t->measure ? " " : "", t->measure ? t->measure : "", limit,
           t->base ? "x " : " ", t->base ? t->base : r->group->unit);
    if (n->n > 0)
        printf("%.2f, ", n->median);
    printf("%s\n", verdict(n, limit));
}

static void
print_target(const struct bench_result *r, size_t i)
{
    const struct bench_target *t = &r->group->targets[i];
    const struct bench_numbers n = deciding(r, &r->targets[i]);
    print_limit(r, t, &n, "target", t->at_most);
    print_limit(r, t, &n, "stretch", t->stretch);
}

void
bench_print(const struct bench_result *r)
{
    const struct bench_group *g = r->group;
    printf("\n%s: %s, %s\n", g->name, g->title, g->unit);
    if (g->two_cpus)
        printf("  ping-pong %.0f ns, %.0f %% of the samples\n", r->ping_ns,
               100 * r->regime_share);
    for (size_t m = 0; m < bench_n_measures(g); m++) {
        if (g->measures)
            printf(" %s\n", g->measures[m]);
        for (size_t c = 0; c < g->n_contestants; c++)
            print_contestant(r, c, m);
    }
    for (size_t i = 0; i < g->n_targets; i++)
        print_target(r, i);
    if (!r->intact)
        printf("  DATA CAME OUT WRONG\n");
    fflush(stdout);
}

// --------------------------------------------------------------------- JSON

static bool first_group;

// What is printed here has no control characters.
static void
put_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void
put_member(const char *name, const char *text)
{
    put_string(name);
    printf(": ");
    if (text)
        put_string(text);
    else
        printf("null");
}

static void
put_number(const char *name, double number)
{
    put_string(name);
    if (isfinite(number))
        printf(": %.6g", number);
    else
        printf(": null");
}

static void
put_numbers(const struct bench_numbers *n)
{
    printf("{\"n\": %zu, ", n->n);
    put_number("median", n->median);
    printf(", ");
    put_number("low", n->low);
    printf(", ");
    put_number("high", n->high);
    printf(", ");
    put_number("longest", n->longest);
    printf("}");
}

void
bench_json_begin(const struct bench_cpus *cpus,
                 const struct bench_effort *effort)
{
    struct bench_machine m;
    bench_machine_ask(&m);
    printf("{\n \"machine\": {");
    put_member("cpu", m.cpu);
    printf(", \"n_cpus\": %d, ", m.n_cpus);
    put_member("kernel", m.kernel);
    printf(", ");
    put_member("compiler", m.compiler);
    printf(", ");
    put_member("flags", m.flags);
    printf(", ");
    put_number("load", m.load);
    printf(", \"two_cpus\": %s, \"fifo\": %s},\n \"rounds\": %u,\n"
           " \"groups\": [",
           cpus->there >= 0 ? "true" : "false", cpus->fifo ? "true" : "false",
           effort->n_rounds);
    first_group = true;
}

static void
put_contestant(const struct bench_result *r, size_t c)
{
    const struct bench_group *g = r->group;
    printf("%s\n   {", c ? "," : "");
    put_member("name", g->contestants[c].name);
    printf(", \"measured\": [");
    for (size_t m = 0; r->there[c] && m < bench_n_measures(g); m++) {
        printf("%s\n    {", m ? "," : "");
        put_member("measure", g->measures ? g->measures[m] : NULL);
        printf(", \"samples\": ");
        put_numbers(&r->numbers[c][m]);
        printf(",\n     \"ratio\": ");
        put_numbers(&r->ratios[c][m]);
        printf("}");
    }
    printf("]}");
}

static void
put_target(const struct bench_result *r, size_t i)
{
    const struct bench_target *t = &r->group->targets[i];
    const struct bench_numbers n = deciding(r, &r->targets[i]);
    printf("%s\n   {", i ? "," : "");
    put_member("contestant", t->contestant);
    printf(", ");
    put_member("base", t->base);
    printf(", ");
    put_member("measure", t->measure);
    printf(", ");
    put_number("at_most", t->at_most > 0 ? t->at_most : NAN);
    printf(", ");
    put_number("stretch", t->stretch > 0 ? t->stretch : NAN);
    printf(", ");
    put_number("got", n.n > 0 ? n.median : NAN);
    printf(", ");
    put_member("verdict", t->at_most > 0 ? verdict(&n, t->at_most) : NULL);
    printf(", ");
    put_member("stretch_verdict",
               t->stretch > 0 ? verdict(&n, t->stretch) : NULL);
    printf("}");
}

void
bench_json(const struct bench_result *r)
{
    const struct bench_group *g = r->group;
    printf("%s\n  {", first_group ? "" : ",");
    first_group = false;
    put_member("name", g->name);
    printf(", ");
    put_member("title", g->title);
    printf(", ");
    put_member("unit", g->unit);
    printf(",\n   ");
    put_member("statistic",
               g->statistic == BENCH_LONGEST ? "longest" : "median");
    printf(", \"intact\": %s, ", r->intact ? "true" : "false");
    put_number("ping_ns", g->two_cpus ? r->ping_ns : NAN);
    printf(", ");
    put_number("regime_share", r->regime_share);
    printf(", \"preempted\": %zu,\n   \"contestants\": [", r->n_preempted);
    for (size_t c = 0; c < g->n_contestants; c++)
        put_contestant(r, c);
    printf("],\n   \"targets\": [");
    for (size_t i = 0; i < g->n_targets; i++)
        put_target(r, i);
    printf("]}");
    fflush(stdout);
}

void
bench_json_end(void)
{
    printf("\n ]\n}\n");
}

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Snapshots.
#include "oscctl/snapshot.h"

#include <stdlib.h>

static struct weir_encoded *
head(const char *pattern)
{
    struct weir_args args;
    weir_args_begin(&args);
    weir_args_string(&args, pattern);
    return weir_encoded_new("/snapshot", &args);
}

static struct weir_encoded *
tail(const char *pattern, uint64_t n_values)
{
    struct weir_args args;
    weir_args_begin(&args);
    weir_args_string(&args, pattern);
    weir_args_int(&args, (int32_t)n_values);
    return weir_encoded_new("/snapshot_end", &args);
}

static bool
frame(struct weir_snapshot *s, const char *pattern, uint64_t n_values)
{
    s->parts[0] = head(pattern);
    s->parts[n_values + 1] = tail(pattern, n_values);
    s->n = n_values + 2;
    if (s->parts[0] && s->parts[n_values + 1])
        return true;
    weir_snapshot_drop(s);
    return false;
}

static uint64_t
count(const struct weir_watched *watched, uint32_t number)
{
    uint64_t n = 0;
    for (const struct weir_watched_leaf *leaf = watched->oldest; leaf;
         leaf = leaf->later)
        n += weir_patterns_has(&leaf->patterns, number);
    return n;
}

bool
weir_snapshot_take(struct weir_snapshot *s, const struct weir_watched *watched,
                   uint32_t number, const char *pattern)
{
    uint64_t n = 0;
    *s = (struct weir_snapshot){0};
    s->parts = calloc(count(watched, number) + 2, sizeof *s->parts);
    if (!s->parts)
        return false;
    for (struct weir_watched_leaf *leaf = watched->oldest; leaf;
         leaf = leaf->later)
        if (weir_patterns_has(&leaf->patterns, number))
            s->parts[++n] = weir_encoded_hold(leaf->value);
    return frame(s, pattern, n);
}

void
weir_snapshot_drop(struct weir_snapshot *s)
{
    for (uint64_t i = 0; i < s->n; i++)
        weir_encoded_drop(s->parts[i]);
    free(s->parts);
    *s = (struct weir_snapshot){0};
}

bool
weir_snapshot_send(struct weir_snapshot *s, struct weir_sending *sending)
{
    for (uint64_t i = s->n_sent; i < s->n; i++)
        if (!weir_sending_add(sending, s->parts[i], i + 1, &s->n_sent))
            return false;
    if (!weir_sending_end(sending, &s->n_sent))
        return false;
    weir_snapshot_drop(s);
    return true;
}

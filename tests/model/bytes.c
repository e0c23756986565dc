// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A ring of records of any length, of which it holds two short ones or one
// long one: records come whole, in order, none overwritten before it is read.
// The payload is plain.
#include "model.h"

#define memcpy(dst, src, n) model_copy(dst, src, n)
#include "plugin/bytes.c"

#ifndef PUSHES
#define PUSHES 3
#endif
#ifndef TRIES // of the reader
#define TRIES 3
#endif
enum { WORD = sizeof(uint32_t), SIZE = 4 * WORD, LONGEST = 3 };

static uint32_t memory[SIZE / WORD];
static struct weir_bytes ring;
static uint32_t n_pushed;
static uint32_t n_popped;

static void
prepare(void)
{
    ring.memory = (unsigned char *)memory;
    ring.size = SIZE;
    atomic_init(&ring.head, 0);
    atomic_init(&ring.tail, 0);
    n_pushed = n_popped = 0;
}

// Every third is a long one, of two parts.
static uint32_t
rest_of(uint32_t number)
{
    return number % 3 == 1 ? 2 : 0;
}

static void *
writer(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; i < PUSHES; i++) {
        const uint32_t rest[LONGEST - 1] = {n_pushed + 10, n_pushed + 20};
        n_pushed += weir_bytes_push(&ring, &n_pushed, WORD, rest,
                                    rest_of(n_pushed) * WORD);
    }
    return NULL;
}

static void
pop(void)
{
    uint32_t record[LONGEST] = {0, 0, 0};
    const uint32_t n = weir_bytes_pop(&ring, record, sizeof record);
    if (n == 0)
        return;
    assert(n == (1 + rest_of(n_popped)) * WORD);
    assert(record[0] == n_popped);
    for (uint32_t i = 1; i < n / WORD; i++)
        assert(record[i] == n_popped + 10 * i);
    n_popped++;
}

static void *
reader(void *arg)
{
    (void)arg;
    for (int i = 0; i < TRIES; i++)
        pop();
    return NULL;
}

static void
check(void)
{
    pop();
    pop();
    assert(n_popped == n_pushed);
    assert(n_pushed > 0);
}

MODEL(prepare, check, writer, reader)

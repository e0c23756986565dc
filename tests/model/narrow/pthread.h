// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
#ifndef NARROW_PTHREAD_H
#define NARROW_PTHREAD_H

typedef long pthread_t;
typedef struct {
    int nothing;
} pthread_attr_t;

int checker_create(const pthread_attr_t *, void *(*run)(void *), void *arg);
int checker_join(pthread_t, void **result);
void checker_exit(void *result) __attribute__((noreturn));

#define pthread_create(out, attr, run, arg)                                    \
    (*(out) = checker_create((attr), (run), (arg)), 0)
#define pthread_join checker_join
#define pthread_exit checker_exit

#endif

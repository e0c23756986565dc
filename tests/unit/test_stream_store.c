// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The stream's newest pieces, and those who take them.
#include "stream/store.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { RATE = 48000 };

static void
add(struct weir_store *store, const char *text, double seconds)
{
    const struct weir_stream_piece piece = {
        .bytes = (const unsigned char *)text,
        .size = strlen(text),
        .n_frames = (uint32_t)(seconds * RATE),
    };
    cr_assert(weir_store_add(store, &piece, RATE));
}

static void
add_header(struct weir_store *store, const char *text, bool begins)
{
    const struct weir_stream_piece piece = {
        .bytes = (const unsigned char *)text,
        .size = strlen(text),
        .is_header = true,
        .begins_chain = begins,
    };
    cr_assert(weir_store_add(store, &piece, RATE));
}

// What comes next, without waiting; "" for nothing, "end" for the end.
static const char *
take(struct weir_store *store, struct weir_cursor *cursor, uint64_t *missed_us)
{
    static char text[64];
    struct weir_taken taken;
    const enum weir_store_result result =
        weir_store_take(store, cursor, 0, &taken);
    *missed_us = taken.missed_us;
    snprintf(text, sizeof text, "%.*s", (int)taken.size,
             taken.bytes ? (const char *)taken.bytes : "");
    if (result == WEIR_STORE_TAKEN)
        weir_store_release(store, &taken);
    return result == WEIR_STORE_ENDED ? "end" : text;
}

static void
takes(struct weir_store *store, struct weir_cursor *cursor,
      const char *expected)
{
    uint64_t missed_us;
    const char *got = take(store, cursor, &missed_us);
    cr_assert(strcmp(got, expected) == 0, "\"%s\", not \"%s\"", got, expected);
    cr_assert_eq(missed_us, 0);
}

Test(stream_store, each_takes_all_at_its_own_pace)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    struct weir_cursor b;
    weir_store_begin(store, &a);
    weir_store_begin(store, &b);
    takes(store, &a, "");
    add(store, "one", 0.25);
    add(store, "two", 0.25);
    takes(store, &a, "one");
    takes(store, &a, "two");
    takes(store, &a, "");
    takes(store, &b, "one");
    add(store, "three", 0.25);
    takes(store, &a, "three");
    takes(store, &b, "two");
    takes(store, &b, "three");
    weir_store_end(store);
    takes(store, &a, "end");
    weir_store_free(store);
}

Test(stream_store, what_was_there_before_the_end_is_taken_before_it)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    weir_store_begin(store, &a);
    add(store, "one", 0.25);
    cr_assert_not(weir_store_wait_end(store, 0));
    weir_store_end(store);
    cr_assert(weir_store_wait_end(store, 0));
    takes(store, &a, "one");
    takes(store, &a, "end");
    weir_store_free(store);
}

Test(stream_store, who_comes_later_begins_with_headers_and_the_newest_piece)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    add_header(store, "[id]", true);
    add_header(store, "[tags]", false);
    add(store, "one", 0.25);
    add(store, "two", 0.25);
    weir_store_begin(store, &a);
    takes(store, &a, "[id][tags]");
    takes(store, &a, "two");
    add(store, "three", 0.25);
    takes(store, &a, "three");
    weir_store_free(store);
}

Test(stream_store, a_new_chain_brings_its_headers_between_the_pieces)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    weir_store_begin(store, &a);
    add_header(store, "[1]", true);
    add(store, "one", 0.25);
    add_header(store, "[2]", true);
    add(store, "two", 0.25);
    takes(store, &a, "[1]");
    takes(store, &a, "one");
    takes(store, &a, "[2]");
    takes(store, &a, "two");
    takes(store, &a, "");
    weir_store_free(store);
}

Test(stream_store,
     who_is_too_slow_goes_on_at_the_newest_and_knows_what_it_missed)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    char text[16];
    uint64_t missed_us;
    add_header(store, "[1]", true);
    add(store, "0", 0.25);
    weir_store_begin(store, &a);
    takes(store, &a, "[1]");
    takes(store, &a, "0");
    // 25 s are more than it holds; the newest is another chain's.
    for (int i = 1; i < 100; i++) {
        snprintf(text, sizeof text, "%d", i);
        add(store, text, 0.25);
    }
    add_header(store, "[2]", true);
    add(store, "100", 0.25);
    cr_assert_str_eq(take(store, &a, &missed_us), "[2]");
    cr_assert_eq(missed_us, 99 * 250000);
    takes(store, &a, "100");
    takes(store, &a, "");
    add(store, "101", 0.25);
    takes(store, &a, "101");
    weir_store_free(store);
}

Test(stream_store, who_is_a_little_slow_misses_nothing)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    char text[16];
    weir_store_begin(store, &a);
    for (int i = 0; i < 79; i++) {
        snprintf(text, sizeof text, "%d", i);
        add(store, text, 0.25);
    }
    for (int i = 0; i < 79; i++) {
        snprintf(text, sizeof text, "%d", i);
        takes(store, &a, text);
    }
    weir_store_free(store);
}

Test(stream_store, it_holds_no_more_than_it_says_of_pieces_without_length)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    uint64_t missed_us;
    weir_store_begin(store, &a);
    for (int i = 0; i < 10000; i++)
        add(store, i < 9999 ? "x" : "last", 0);
    cr_assert_str_eq(take(store, &a, &missed_us), "last");
    takes(store, &a, "");
    weir_store_free(store);
}

// What is being sent stays, whatever the store forgets meanwhile.
Test(stream_store, a_piece_that_is_held_outlives_its_place)
{
    struct weir_store *store = weir_store_new();
    struct weir_cursor a;
    struct weir_taken taken;
    weir_store_begin(store, &a);
    add(store, "held", 0.25);
    cr_assert_eq(weir_store_take(store, &a, 0, &taken), WEIR_STORE_TAKEN);
    for (int i = 0; i < 200; i++)
        add(store, "x", 0.25);
    cr_assert(memcmp(taken.bytes, "held", 4) == 0 && taken.size == 4);
    weir_store_release(store, &taken);
    weir_store_free(store);
}

// ------------------------------------------------------------------- threads

enum { N_PIECES = 20000 };

struct taker {
    struct weir_store *store;
    struct weir_cursor cursor;
    uint64_t n_taken;
    uint64_t missed_us;
    bool in_order;
};

static void *
take_all(void *argument)
{
    struct taker *t = argument;
    struct weir_taken taken;
    enum weir_store_result result = WEIR_STORE_NOTHING;
    int last = -1;
    while (result != WEIR_STORE_ENDED) {
        char text[16];
        result = weir_store_take(t->store, &t->cursor, 1000, &taken);
        if (result != WEIR_STORE_TAKEN)
            continue;
        snprintf(text, sizeof text, "%.*s", (int)taken.size,
                 (const char *)taken.bytes);
        const int number = atoi(text);
        t->in_order &= number > last;
        last = number;
        t->n_taken++;
        t->missed_us += taken.missed_us;
        weir_store_release(t->store, &taken);
    }
    t->in_order &= last == N_PIECES - 1;
    return NULL;
}

Test(stream_store, what_is_taken_and_what_is_missed_is_all_there_was)
{
    struct weir_store *store = weir_store_new();
    struct taker takers[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        takers[i] = (struct taker){.store = store, .in_order = true};
        weir_store_begin(store, &takers[i].cursor);
        pthread_create(&threads[i], NULL, take_all, &takers[i]);
    }
    for (int i = 0; i < N_PIECES; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        add(store, text, 0.125);
    }
    weir_store_end(store);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        cr_assert(takers[i].in_order);
        cr_assert_eq(takers[i].n_taken + takers[i].missed_us / 125000,
                     N_PIECES);
    }
    weir_store_free(store);
}

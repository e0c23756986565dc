// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The broadcast ring's logic (client/rt/broadcast.h, attach/reader_read.c):
// blocks of one or two frames, word by word; a reader that comes at any time,
// is lapped before or while it copies, learns exactly what it lost, and goes
// on with a margin; the ring ends, changes its format, or its writer dies in
// the middle of a block. Memory is sequentially consistent here; the orders
// are tests/model/*.c.
//
// BUG_NO_CHECK  safety  what was copied is believed without a second look
// BUG_PUBLISHED safety  ... or is checked against `published`, not `reserved`
// BUG_RESERVE   safety  `reserved` is moved after the words
// BUG_LOST      safety  a loss during the copy is not counted
// BUG_ABSOLUTE  safety  a reader goes on at the oldest frame, without a margin
// BUG_END       safety  a reader looks at the end first and at the frames after
// BUG_STUCK     reader_ends  ... or where it would be lapped at once, when a block
//               longer than the margin is never finished
// BUG_DEAD      reads_end  a reader waits for a block that is half written

#define CAPACITY 4
#define KEEP 3     // CAPACITY - CAPACITY / 4, see weir_broadcast_keep()
#ifndef END
#define END 8      // frames that are ever written
#endif
#define TRIES 3

#define min(a, b) (a < b -> a : b)

byte word[CAPACITY];   // position of the frame that lies there
byte reserved, published;
bool ended;            // by `state`: weir stopped, or another format
bool dead;             // the writer was killed; the socket says so
bool reading;          // the reader is inside of a read
bool reader_done;

active proctype writer()
{
    byte p, n, i;
    do
    :: p < END ->
        if
        :: n = 1
        :: p + 2 <= END -> n = 2
        fi;
#ifndef BUG_RESERVE
        reserved = p + n;
#endif
        i = 0;
        do
        :: i < n -> word[(p + i) % CAPACITY] = p + i; i++
        :: i < n -> goto killed
        :: i == n -> break
        od;
#ifdef BUG_RESERVE
        reserved = p + n;
#endif
        published = p + n;
        p = p + n;
        i = 0;
        n = 0
    :: break // weir may end at any time
    od;
    ended = true;
    goto out;
killed:
    dead = true;
out:
    skip
}

active proctype reader()
{
    byte q, from, start, limit, n, i, k, valid, next, lost, got, tries;
    byte copy[2];
    bool over;
    // Late: anywhere that was published, when it comes.
    start = published;
    if
    :: start > 0 -> start--
    :: skip
    fi;
    q = start;
    do
    :: reading = true;
        from = q;
        got = 0;
        lost = 0;
        tries = TRIES;
        // First whether it ended, then what there is: what was published
        // before the end is read.
#ifdef BUG_END
        limit = published;
        over = ended || dead;
#else
        over = ended || dead;
#endif
again:
#ifndef BUG_END
        limit = published;
#endif
#ifdef BUG_DEAD
        // The block that is being written is waited for.
        (reserved == published);
#endif
        n = (limit > q -> limit - q : 0);
        n = min(n, 2);
        if
        :: limit > q && limit - q > CAPACITY -> goto lapped
        :: else
        fi;
        i = 0;
        do
        :: i < n -> copy[i] = word[(q + i) % CAPACITY]; i++
        :: else -> break
        od;
#ifdef BUG_NO_CHECK
        valid = 0;
#else
#ifdef BUG_PUBLISHED
        valid = (published > CAPACITY -> published - CAPACITY : 0);
#else
        valid = (reserved > CAPACITY -> reserved - CAPACITY : 0);
#endif
#endif
        if
        :: valid <= q ->
            skip;
            d_step {
                k = 0;
                do
                :: k < n -> assert(copy[k] == q + k); k++
                :: else -> break
                od;
                q = q + n;
                got = n
            };
            goto read
        :: else
        fi;
lapped:
        limit = published;
        skip;
        d_step {
#ifdef BUG_ABSOLUTE
            next = (limit > CAPACITY -> limit - CAPACITY : 0);
#else
            next = (limit > KEEP -> limit - KEEP : 0);
#endif
#ifndef BUG_STUCK
            // A block longer than the margin is being written.
            valid = (reserved > CAPACITY -> reserved - CAPACITY : 0);
            valid = min(valid, limit);
            next = (valid > next -> valid : next);
#endif
            if
            :: next > q ->
#ifdef BUG_LOST
                lost = (tries == TRIES -> next - q : lost);
#else
                lost = lost + (next - q);
#endif
                q = next;
                // A quarter of the history is left before the next loss.
                assert(limit - q + CAPACITY / 4 <= CAPACITY)
            :: else
            fi;
            tries--
        };
        if
        :: tries > 0 -> goto again
        :: else
        fi;
read:
        skip;
        d_step {
            assert(from + lost + got == q);
            // Nothing is handed out that was not published whole.
            assert(q <= published)
        };
        reading = false;
        if
        :: over && got == 0 && lost == 0 && tries == TRIES -> break
        :: else
        fi
    od;
    // Everything before the end was got or lost.
    assert(q == published || start > q);
    reader_done = true
}

ltl reads_end { [] (reading -> <> !reading) }
ltl reader_ends { <> reader_done }

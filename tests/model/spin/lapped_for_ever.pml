// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A reader of a broadcast ring whose writer never stops, and may lap it in
// every copy: each read ends all the same, because its tries are bounded.
// Positions are counted modulo 16 here, so that there is no end.
//
// BUG_TRIES  reads_end  it tries until it wins

#define CAPACITY 2
#define MOD 16
#define minus(a, b) ((a + MOD - b) % MOD)

byte reserved, published;
bool reading;

active proctype writer()
{
    do
    :: reserved = (reserved + 1) % MOD;
        published = reserved
    od
}

active proctype reader()
{
    byte q, limit, tries;
    do
    :: reading = true;
        tries = 3;
again:
        limit = published;
        // One frame is copied here, while the writer goes on.
        if
        :: minus(reserved, q) <= CAPACITY && limit != q ->
            q = (q + 1) % MOD
        :: limit == q
        :: else ->
            q = minus(published, 1);
#ifndef BUG_TRIES
            tries--;
#endif
            if
            :: tries > 0 -> goto again
            :: else
            fi
        fi;
        reading = false
    od
}

ltl reads_end { [] (reading -> <> !reading) }

// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The input rings' logic (client/rt/inputs.c, process.c, engine.c): cycles of
// one or two frames go into a lane whole or not at all; JACK skips frames now
// and then; the mixer makes silence of what is missing. Each frame is mixed at
// its place or counted, and the mix is as long as the time that passed.
// Memory is sequentially consistent here; the orders are tests/model/*.c.
//
// BUG_ROOM     safety    a frame more than there is room
// BUG_PARTS    safety    what fits of a cycle goes in
// BUG_EARLY    safety    a cycle is handed over before its frames are written
// BUG_FINISH   safety    room is given back before the frames are read
// BUG_GAP      safety    a gap of JACK's is counted but keeps no place
// BUG_SLEEPY   all_mixed the mixer forgets a cycle until the next one comes

#define LANE 4
#define N_CYCLES 2
#define END 9   // frames of JACK's time
#define SILENCE 255

byte lane[LANE];       // position of the frame that lies there
byte at[N_CYCLES];     // cycle records
byte length[N_CYCLES];
byte head, tail;       // cycles ever committed, finished
byte n_lost;           // frames that the callback counted as lost
byte n_silent;         // frames that the mixer made up
byte mixed;            // the mixer's position
byte last_end;         // where the newest committed cycle ends
bool callback_done;

#define FIRST at[tail % N_CYCLES]

inline oldest(p, result)
{
    if
    :: tail == head -> result = p
    :: else -> result = FIRST
    fi
}

active proctype callback()
{
    byte position, n, i, first, room;
    do
    :: position < END ->
        // JACK runs a cycle of one or two frames, or skips one.
        if
        :: position + 1 <= END -> n = 1
        :: position + 2 <= END -> n = 2
        :: n_lost < 3 ->
            n_lost++;
#ifndef BUG_GAP
            position++;
#endif
            goto next
        fi;
        d_step {
            oldest(position, first);
            room = LANE + first - position; // may be none
            if
            :: position - first > LANE -> room = 0
            :: else
            fi;
#ifdef BUG_ROOM
            room++
#endif
        }
        // `tail` only grows: there may be more room by now, never less.
        if
        :: head - tail < N_CYCLES && n <= room ->
#ifdef BUG_EARLY
            d_step {
                at[head % N_CYCLES] = position;
                length[head % N_CYCLES] = n;
                last_end = position + n;
                head++
            };
#endif
            i = 0;
            do
            :: i < n -> lane[(position + i) % LANE] = position + i; i++
            :: else -> break
            od;
            skip;
#ifndef BUG_EARLY
            d_step {
                at[head % N_CYCLES] = position;
                length[head % N_CYCLES] = n;
                last_end = position + n;
                head++;
            }
#endif
#ifdef BUG_PARTS
        :: head - tail < N_CYCLES && n > room && room > 0 ->
            d_step {
                lane[position % LANE] = position;
                at[head % N_CYCLES] = position;
                length[head % N_CYCLES] = n;
                last_end = position + n;
                head++;
            }
#endif
        :: else -> n_lost = n_lost + n
        fi;
        position = position + n;
next:   skip
    :: else -> break
    od;
    callback_done = true
}

active proctype mixer()
{
    byte i;
    do
    :: head > tail ->
#ifdef BUG_SLEEPY
        (head > tail + 1);
#endif
        d_step {
            // What is missing before the cycle is silence.
            assert(FIRST >= mixed);
            n_silent = n_silent + FIRST - mixed;
            mixed = FIRST;
            i = 0;
        }
#ifdef BUG_FINISH
        byte p, n;
        d_step { p = FIRST; n = length[tail % N_CYCLES]; tail++ }
        do
        :: i < n -> assert(lane[(p + i) % LANE] == p + i); i++
        :: else -> break
        od;
        mixed = mixed + n
#else
        do
        :: i < length[tail % N_CYCLES] ->
            assert(lane[(FIRST + i) % LANE] == FIRST + i);
            i++
        :: else -> break
        od;
        skip;
        d_step { mixed = mixed + i; i = 0; tail++ }
#endif
    :: callback_done && head == tail -> break
    od;
    // Got + lost = all; what came after the last cycle is lost and not mixed.
    assert(mixed == last_end);
    assert(n_silent + (END - last_end) == n_lost)
}

ltl all_mixed { <> (callback_done && head == tail) }

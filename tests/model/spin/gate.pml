// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The callback's end (client/rt/process.c, process_control.c): JACK calls
// whenever it likes, @control closes, frees what the callback used, and may
// open again for a new client. Sequentially consistent, as the code asks.
//
// BUG_LOOK    safety  the callback looks at `closing` before it says it is in
// BUG_CLOSE   safety  @control looks whether it is in before it closes
// BUG_FREE    safety  @control frees although the callback was still inside
// BUG_WAIT    closes  @control waits for the callback without a bound

bool closing;
byte inside;      // odd while a call runs
bool alive = true; // what the callback uses
bool running;
bool closed;
byte n_closes;

active proctype callback()
{
    bool zombie;
    do
    :: inside = (inside + 1) % 4;
#ifdef BUG_LOOK
        inside = (inside + 3) % 4;
        zombie = closing;
        inside = (inside + 1) % 4;
#else
        zombie = closing;
#endif
        if
        :: zombie
        :: else ->
            running = true;
            assert(alive);
            // It may hang here for ever.
            if
            :: skip
            :: false
            fi;
            assert(alive);
            running = false
        fi;
        inside = (inside + 1) % 4
    od
}

active proctype control()
{
    byte seen, looks;
    bool was_inside;
    do
    :: n_closes < 2 ->
        n_closes++;
        closed = false;
        looks = 3;
#ifdef BUG_CLOSE
        was_inside = inside % 2;
        closing = true;
        if
        :: !was_inside -> goto out
        :: else
        fi;
#endif
        closing = true;
look:
        seen = inside;
        if
        :: seen % 2 == 0 -> goto out
        :: else
        fi;
        // A futex wait with a bound: time passes, whether or not the callback
        // has said anything.
#ifdef BUG_WAIT
        (inside != seen);
#else
        looks--;
#endif
        if
        :: looks > 0 -> goto look
        :: else
        fi;
        // Still inside: nothing is freed, weir ends without it.
#ifdef BUG_FREE
        goto out;
#endif
        closed = true;
        break;
out:
        // Not before it is out, and nobody comes in.
        assert(!running);
        alive = false;
        closed = true;
        // A new server: everything is made anew, then it is opened.
        alive = true;
        closing = false
    :: n_closes == 2 -> break
    od
}

ltl closes { [] ((n_closes == 1 && !closed) -> <> (closed || n_closes == 2)) }

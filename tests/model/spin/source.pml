// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// A source's life (client/desk/source.c, lifecycle.c, engine/obey.c): it is
// made for its first reader, written by the mixer from the command on that
// adds its tap, and freed with its last reader, when the mixer has let go.
// Its strip may go meanwhile: then the readers are told, and get what was
// written before. Readers attach, detach and die; memory that a reader has
// mapped stays with it.
//
// BUG_PUT     safety  freed with the last reader, the mixer not asked
// BUG_EARLY   safety  the end is said before the mixer has let go of it
// BUG_WAKE    safety  @control counts `wake` while the mixer does
// BUG_LEAK    ends_well  a source whose strip is gone is never freed
// BUG_READY   safety  a reader is let in before the tap is there

#define N_READERS 2
#define BLOCKS 2

mtype = { NONE, ADD, REMOVE, STRIP };

chan commands = [4] of { mtype };
chan events = [4] of { mtype };

bool there;          // the source's memory, on weir's side
bool tapped;         // the mixer has its tap
bool begun;          // ... and has set its first position
bool strip = true;   // its strip is in the mix
bool strip_named = true; // ... and can be asked for
bool owned;          // the source knows a strip
bool listed;         // @control can find it
byte n_readers;
byte n_generations;
bool ended;          // its state
byte published;
bool waking;         // somebody is between load and store of `wake`
bool ready;          // the answer with the ring is out
byte n_attached, n_left;
bool strip_gone;

active proctype mixer()
{
    mtype c;
    byte n;
end:
    do
    :: commands ? c ->
        if
        :: c == ADD ->
            d_step { assert(there); begun = true; tapped = strip; n = 0 }
        :: c == REMOVE -> tapped = false
        :: c == STRIP -> d_step { tapped = false; strip = false }
        fi;
        events ! c
    :: tapped && n < BLOCKS ->
        assert(there);
        n++;
        assert(!ended);
        published++;
        // wake is loaded, then stored: one writer at a time.
        assert(!waking);
        waking = true;
        assert(there);
        waking = false
    od
}

inline free_source()
{
    d_step {
        assert(there && !tapped);
        there = false;
        begun = false;
        ended = false;
        ready = false;
        published = 0
    }
}

inline put_source()
{
    n_readers--;
    if
    :: n_readers == 0 ->
        listed = false;
#ifdef BUG_PUT
        d_step { there = false }
#else
        if
        :: !owned ->
#ifndef BUG_LEAK
            free_source()
#else
            skip
#endif
        :: else -> commands ! REMOVE
        fi
#endif
    :: else
    fi
}

// Attaching and detaching come as packets; @control takes one thing at a time.
chan attach = [2] of { byte };
chan detach = [2] of { byte };
chan answer[N_READERS] = [1] of { bool };

active proctype control()
{
    mtype e;
    byte who;
    byte waiting; // readers whose answer waits for the tap, as bits
    bool going;
end:
    do
    :: events ? e ->
        if
        :: e == ADD ->
            ready = true;
            who = 0;
            do
            :: who < N_READERS ->
                if
                :: waiting & (1 << who) -> answer[who] ! true
                :: else
                fi;
                who++
            :: else -> break
            od;
            waiting = 0
        :: e == REMOVE -> free_source()
        :: e == STRIP ->
            // Out of the mix.
            if
            :: listed ->
                owned = false;
#ifndef BUG_EARLY
                assert(!waking);
                ended = true
#else
                skip
#endif
            :: else
            fi;
            strip_gone = true
        fi
    :: attach ? who ->
        if
        :: listed ->
            n_readers++;
            if
            :: ready -> answer[who] ! true
            :: else -> waiting = waiting | (1 << who)
            fi
        :: !listed && strip_named && !there ->
            d_step {
                there = true;
                listed = true;
                owned = true;
                n_readers = 1;
                n_generations++
            };
#ifdef BUG_READY
            answer[who] ! true;
#else
            waiting = waiting | (1 << who);
#endif
            commands ! ADD
        :: else -> answer[who] ! false // no such source, or not yet gone
        fi
    :: detach ? who -> put_source()
    :: strip_named && !going ->
        // The strip is removed: nobody can name it any more.
        going = true;
        strip_named = false;
#ifdef BUG_EARLY
        ended = listed;
#endif
#ifdef BUG_WAKE
        if
        :: listed -> assert(!waking); waking = true; waking = false
        :: else
        fi;
#endif
        commands ! STRIP
    od
}

proctype reader(byte me)
{
    bool ok;
    byte got;
    attach ! me;
    answer[me] ? ok;
    if
    :: ok ->
        n_attached++;
        assert(begun);
        // It reads until it has had enough, dies, or the ring ends; then it
        // has everything.
        if
        :: d_step { ended -> got = published };
            assert(got == published)
        :: skip
        fi;
        detach ! me
    :: else
    fi;
    n_left++
}

init {
    atomic { run reader(0); run reader(1) }
}

ltl ends_well { <> (n_left == N_READERS && [] (<> !there)) }

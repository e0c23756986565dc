// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// Port tables (client/jack/ports.c, rt/process.c, engine.c): @control shows a
// new table, the callback stamps each cycle with its table's number, the mixer
// tells when a cycle with a newer one came through; then the old table is
// freed, and the lanes that only it showed. Cycles may be lost on the way.
//
// BUG_AT_ONCE  safety  a table is freed when it is replaced
// BUG_STAMP    safety  the callback loads the table again to stamp the cycle
// BUG_FED      safety  the mixer reads a new strip's lane before it is written
// BUG_ONCE     freed   the mixer tells of a table only when it finds no loss

#define N 4          // tables: 1 to N; an even one shows the lane
#define CYCLES 2     // slots

bool table_alive[6];
bool lane_alive = true;
bool lane_written;   // since it came last
byte table;          // what @control shows
byte stamp[CYCLES];
byte head, tail;     // modulo 8
byte told;           // newest number the mixer has told of
byte since;          // first table that feeds the strip
byte freed;          // tables below are freed
bool control_done;

#define shows_lane(t) ((t) % 2 == 0)
#define n_waiting ((head + 8 - tail) % 8)

init {
    d_step {
        table = 1;
        table_alive[1] = true;
        since = 2;
        lane_alive = false
    };
    run callback();
    run mixer();
    run control()
}

proctype callback()
{
    byte mine, number;
    bool fits;
    do
    :: mine = table;
        assert(table_alive[mine]);
        number = mine;
        fits = n_waiting < CYCLES;
#ifdef BUG_STAMP
        number = table;
#endif
        // Every port of the table is copied into its lane, if it fits.
        if
        :: fits && shows_lane(mine) ->
            assert(lane_alive);
            lane_written = true;
            assert(lane_alive)
        :: else
        fi;
        assert(table_alive[mine]);
        if
        :: fits ->
            d_step {
                stamp[head % CYCLES] = number;
                head = (head + 1) % 8
            }
        :: else // lost
        fi;
        // The outputs are given from the same table.
        assert(table_alive[mine]);
        mine = 0;
        number = 0
    od
}

proctype mixer()
{
    byte number;
    do
    :: n_waiting > 0 ->
        number = stamp[tail % CYCLES];
        // A strip is read when the cycle's table feeds it.
        if
#ifdef BUG_FED
        :: shows_lane(since) && shows_lane(table) && lane_alive ->
#else
        :: shows_lane(number) && number >= since ->
            assert(lane_alive);
#endif
            assert(lane_written)
        :: else
        fi;
        d_step {
            if
#ifdef BUG_ONCE
            :: n_waiting == 1 && number > 2 -> told = told
#endif
            :: number > told -> told = number
            :: else
            fi;
            tail = (tail + 1) % 8;
            number = 0
        }
    od
}

proctype control()
{
    do
    :: table < N ->
        // The table's strip comes: its lane is fresh.
        if
        :: shows_lane(table + 1) ->
            d_step { lane_alive = true; lane_written = false; since = table + 1 }
        :: else
        fi;
        table_alive[table + 1] = true;
        table++;
#ifdef BUG_AT_ONCE
        table_alive[table - 1] = false;
#endif
        // A strip that goes is freed, and its answer goes out, when the
        // table without it has come through.
        (told == table);
        d_step {
            table_alive[table - 1] = false;
            freed = table;
            if
            :: !shows_lane(table) -> lane_alive = false
            :: else
            fi
        }
    :: else -> break
    od;
    control_done = true
}

ltl freed { <> control_done }

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""How weir's cost grows with strips and with readers.

    tests/bench/growth.py [--quick] [--json FILE] [PART...]

Parts: driven-strips and driven-readers (bench_growth: the engine without a
server), strips and readers (weir at a private server, CPU time of its
threads), end (as many strips as weir takes, at ever shorter periods). Each is done in rounds, in which the sizes take turns.
"""
import argparse
import json
import subprocess
import time

from bench import RATE, TOOLS, Bench, figure, machine, measure, rig, say
from bench import write_json

STRIPS = (1, 2, 8, 32, 64, 128, 256)
PERIODS = (64, 256)
READERS = (0, 1, 8, 32)
END = [(64, 512), (32, 512), (16, 512)]  # WEIR_MAX_STRIPS
READERS_PERIOD = 64


def driven(what, n, period, cycles):
    out = subprocess.run([f"{TOOLS}/bench_growth", what, str(n), str(period),
                          str(cycles)], check=True, capture_output=True,
                         text=True).stdout
    return json.loads(out)


def in_rounds(what, rounds, sizes, run):
    """[{period, n, key: figure...}]: each size once a round."""
    got = {size: [] for size in sizes}
    for i in range(rounds):
        for size in sizes:
            got[size].append(run(*size))
            say(f"{what} {i + 1}/{rounds} {size}: {got[size][-1]}")
    return [{"period": period, "n": n,
             **{k: figure([r[k] for r in runs]) for k in runs[0]}}
            for (period, n), runs in got.items()]


def us_a_cycle(shares, role, period):
    return round(shares.get(role, 0) * period / RATE * 1e6, 2)


def costs(w, seconds, period):
    before = w.counters()
    shares, turns = measure(seconds, weir=w.pid)
    after = w.counters()
    us = {role: us_a_cycle(shares["weir"], role, period)
          for role in ("callback", "mixer", "all")}
    # Of what came in and went out, how much was too late.
    us["late"] = (after["late_blocks"] - before["late_blocks"]) / max(
        1, after["cycles"] - before["cycles"])
    us["lost"] = ((after["input_frames_lost"] - before["input_frames_lost"])
                  / (seconds * RATE))
    us["dsp_load"] = w.status("dsp_load")
    us["callback_us_max"] = w.status("callback_us_max")
    return us


def live_strips(period, n, seconds):
    with Bench(period, port_max=4096) as b:
        w = b.weir(n)
        b.client("noise", 0, 2 * n, w.name)
        time.sleep(0.5)
        return costs(w, seconds, period)


def live_readers(period, n, seconds):
    with Bench(period) as b:
        w = b.weir(2)
        b.client("noise", 0, 4, w.name)
        for _ in range(n):
            b.program("weir-tap", "-q", "-n", w.name,
                      stdout=subprocess.DEVNULL)
        rig.wait_for("readers", lambda: w.status("readers") == n)
        time.sleep(0.5)
        return costs(w, seconds, period)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--quick", action="store_true",
                   help="one short round each: to see that it works")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("--rounds", type=int)
    p.add_argument("--seconds", type=float)
    p.add_argument("part", nargs="*")
    a = p.parse_args()
    rounds = a.rounds or (1 if a.quick else 5)
    seconds = a.seconds or (0.5 if a.quick else 4)
    cycles = 200 if a.quick else 3000
    strips = [(period, n) for period in PERIODS for n in STRIPS]
    readers = [(READERS_PERIOD, n) for n in READERS]
    parts = {
        "driven-strips": (strips, lambda period, n: driven(
            "strips", n, period, cycles)),
        "driven-readers": (readers, lambda period, n: driven(
            "readers", n, period, cycles)),
        "strips": (strips, lambda period, n: live_strips(period, n, seconds)),
        "readers": (readers,
                    lambda period, n: live_readers(period, n, seconds)),
        "end": (END, lambda period, n: live_strips(period, n, seconds)),
    }
    out = {"machine": machine()}
    for name, (sizes, run) in parts.items():
        if name in a.part or (not a.part and not (a.quick and name == "end")):
            out[name] = in_rounds(name, rounds, sizes, run)
    write_json(a.json, out)


if __name__ == "__main__":
    main()

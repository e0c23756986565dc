#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What remote control costs, and how fast it is, at a private JACK server
without sound.

    tests/bench/control.py [--quick] [--json FILE] [PART...]

Parts: sound (from a datagram to what is heard), rate (messages a second until
they wait), subscriptions (controllers that listen to a large mixer). All.
"""
import argparse
import json
import signal
import subprocess
import time

from bench import RATE, TOOLS, Bench, figure, machine, measure, rig, say
from bench import write_json

PERIODS = (64, 256)
SETTLE_S = 0.5
RATES = (1000, 5000, 10000, 20000, 50000, 100000)
N_BUNDLED = 50
N_STRIPS = 64
N_CONTROLLERS = 10
LISTEN_HZ = 50


def port_of(w):
    return w.url.rstrip("/").rpartition(":")[2]


def us_a_cycle(frames):
    return frames / RATE * 1e6


def tool(bench, name, *args):
    return json.loads(subprocess.run(
        [f"{TOOLS}/{name}", *map(str, args)], env=bench.env(), check=True,
        capture_output=True, text=True, timeout=120).stdout)


# ---------------------------------------------------------------------- sound

def sound(n, period):
    """To the output port; weir's own blocks are between it and the mix."""
    with Bench(period) as b:
        w = b.weir(1, 1)
        latency = w.status("latency_frames")
        time.sleep(SETTLE_S)
        got = tool(b, "bench_sound", port_of(w), f"{w.name}:s0",
                   f"{w.name}:main_L", "/strip/s0/mute", n)
        return {"period": period, "latency_frames": latency,
                "reply_us": [r for r, _ in got],
                "output_us": [s for _, s in got],
                "mix_us": [s - us_a_cycle(latency) for _, s in got]}


def part_sound(rounds, n):
    out = []
    for period in PERIODS:
        runs = [sound(n, period) for _ in range(rounds)]
        out.append({"period": period,
                    "latency_frames": runs[0]["latency_frames"],
                    **{k: figure([x for r in runs for x in r[k]])
                       for k in ("reply_us", "mix_us", "output_us")}})
        say(f"sound, period {period}: {out[-1]}")
    return out


# ----------------------------------------------------------------------- rate

def rate(per_second, seconds, n_bundled):
    with Bench(PERIODS[0]) as b:
        w = b.weir(N_STRIPS)
        b.client("noise", 0, 2 * N_STRIPS, w.name)
        time.sleep(SETTLE_S)
        before = w.counters()
        got = tool(b, "bench_osc_load", port_of(w), "/strip/s7/trim",
                   per_second, seconds, n_bundled)
        after = w.counters()
        got["late_blocks"] = after["late_blocks"] - before["late_blocks"]
        got["cycles"] = after["cycles"] - before["cycles"]
        return got


def part_rate(rounds, seconds):
    out = []
    for n_bundled in (1, N_BUNDLED):
        for per_second in RATES:
            runs = [rate(per_second, seconds, n_bundled)
                    for _ in range(rounds)]
            keys = set.intersection(*(set(r) for r in runs))
            out.append({"asked": per_second, "bundled": n_bundled,
                        "unanswered": figure([r["sent"] - r["answered"]
                                              for r in runs]),
                        "sent_a_second": figure([r["sent"] / r["seconds"]
                                                 for r in runs]),
                        **{k: figure([r[k] for r in runs])
                           for k in sorted(keys - {"sent", "answered",
                                                   "seconds"})}})
            say(f"rate {per_second}: {out[-1]}")
    return out


# -------------------------------------------------------------- subscriptions

def subscribed(seconds, n_controllers, patterns):
    with Bench(PERIODS[0]) as b:
        w = b.weir(N_STRIPS)
        b.client("noise", 0, 2 * N_STRIPS, w.name)
        time.sleep(SETTLE_S)
        ears = None
        if n_controllers:
            ears = b.keep(rig.Process(
                [TOOLS + "/bench_osc_listen", port_of(w), str(n_controllers),
                 str(LISTEN_HZ), *patterns], b.path("ears.log"), b.env()))
            if ears.line() != "ready":
                raise AssertionError("no snapshot: " + ears.log())
        before = w.counters()
        began = time.monotonic()
        shares, _ = measure(seconds, weir=w.pid)
        after = w.counters()
        got = {"bytes": 0, "messages": 0, "datagrams": 0}
        if ears:
            ears.signal(signal.SIGTERM)
            got = json.loads(ears.end()[1])
        took = time.monotonic() - began
        return {**{role: shares["weir"].get(role, 0.0)
                   for role in ("main", "mixer", "callback", "all")},
                **{k + "_a_second": v / took for k, v in got.items()},
                "late_blocks": after["late_blocks"] - before["late_blocks"]}


def part_subscriptions(rounds, seconds):
    kinds = {"nobody": (0, []),
             "1 controller, meters": (1, ["//meter"]),
             f"{N_CONTROLLERS} controllers, meters":
                 (N_CONTROLLERS, ["//meter"]),
             f"{N_CONTROLLERS} controllers, everything":
                 (N_CONTROLLERS, ["//"])}
    got = {k: [] for k in kinds}
    for i in range(rounds):
        for k, kind in kinds.items():
            got[k].append(subscribed(seconds, *kind))
            say(f"subscriptions {i + 1}/{rounds} {k}: {got[k][-1]}")
    return {k: {key: figure([r[key] for r in runs]) for key in runs[0]}
            for k, runs in got.items()}


# ----------------------------------------------------------------------- main

def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--quick", action="store_true",
                   help="one short round each: to see that it works")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("part", nargs="*")
    a = p.parse_args()
    parts = a.part or ["sound", "rate", "subscriptions"]
    rounds = 1 if a.quick else 3
    out = {"machine": machine(), "n_strips": N_STRIPS,
           "listen_hz": LISTEN_HZ}
    if "sound" in parts:
        out["sound"] = part_sound(rounds, 10 if a.quick else 200)
    if "rate" in parts:
        out["rate"] = part_rate(rounds, 0.5 if a.quick else 2)
    if "subscriptions" in parts:
        out["subscriptions"] = part_subscriptions(rounds,
                                                  1 if a.quick else 5)
    write_json(a.json, out)


if __name__ == "__main__":
    main()

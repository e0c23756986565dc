#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What whole programs cost, beside what they are compared with, at a private
JACK server without sound.

    tests/bench/whole.py [--quick] [--json FILE] [PART...]

Parts: strips, record, xruns (all). Each is done in rounds, in which the
programs take turns; what is compared is medians of rounds. CPU time is what
the kernel has counted for their threads (/proc/PID/task/TID/schedstat).
"""
import argparse
import os
import re
import shutil
import signal
import time

from bench import RATE, TOOLS, Bench, figure, machine, measure, rig, say
from bench import write_json
from bench import ecasound as start_ecasound

n_strips = 64
PERIOD = 64
SETTLE_S = 0.5  # after the last connection


def us_a_cycle(share, period=PERIOD):
    return share * period / RATE * 1e6


# --------------------------------------------------------------------- strips

def weir_strips(seconds, sound):
    with Bench(PERIOD) as b:
        w = b.weir(n_strips)
        if sound:
            b.client("noise", 0, 2 * n_strips, w.name)
        time.sleep(SETTLE_S)
        before = w.counters()
        shares, turns = measure(seconds, weir=w.pid)
        after = w.counters()
        return {"us": {k: us_a_cycle(v) for k, v in shares["weir"].items()},
                "wakeups": turns["weir"],
                "counters": {k: after[k] - before[k] for k in after}}


def floor(seconds):
    with Bench(PERIOD) as b:
        c = b.client("touch", 2 * n_strips, 2)
        b.client("noise", 0, 2 * n_strips, c.name)
        time.sleep(SETTLE_S)
        shares, _ = measure(seconds, floor=c.pid)
        return {"us": {k: us_a_cycle(v) for k, v in shares["floor"].items()},
                "counters": c.stop()}


def peers_of_strips():
    return {name: run for name, (program, run) in {
        "ecasound": ("ecasound", ecasound),
    }.items() if shutil.which(program)}


def ecasound(seconds):
    """As many stereo inputs into one stereo output."""
    with Bench(PERIOD) as b:
        p, name = start_ecasound(b, n_strips)
        b.client("noise", 0, 2 * n_strips, name)
        time.sleep(SETTLE_S)
        shares, _ = measure(seconds, ecasound=p.pid)
        return {"us": {k: us_a_cycle(v)
                       for k, v in shares["ecasound"].items()}}


def part_strips(rounds, seconds, peers):
    runs = {"weir": lambda s: weir_strips(s, True), "floor": floor,
            "silent": lambda s: weir_strips(s, False), **peers}
    got = {k: [] for k in runs}
    for i in range(rounds):
        for k, run in runs.items():
            try:
                got[k].append(run(seconds))
            except AssertionError as e:
                if k in ("weir", "floor", "silent"):
                    raise
                say(f"{k} did not run: {e}")
                continue
            say(f"strips {i + 1}/{rounds} {k}: "
                f"{got[k][-1]['us']['all']:.1f} us a cycle")
    out = {k: {"us": {role: figure([r["us"].get(role, 0) for r in all_runs])
                      for role in all_runs[0]["us"]}}
           for k, all_runs in got.items() if all_runs}
    for k in ("weir", "silent"):
        out[k]["wakeups_a_second"] = {
            role: figure([r["wakeups"][role] for r in got[k]])
            for role in got[k][0]["wakeups"]}
    for k in ("weir", "silent", "floor"):
        out[k]["counters"] = [r["counters"] for r in got[k]]
    out["ratio"] = figure([w["us"]["all"] / f["us"]["all"]
                           for w, f in zip(got["weir"], got["floor"])])
    return out


# --------------------------------------------------------------------- record

N_CHANNELS = 64


def files_dir(where):
    return os.path.join(where, f"weir-bench-{os.getpid()}")


class Files:
    """A folder on the disk that is to be written to."""

    def __init__(self, where):
        self.path = files_dir(where)

    def __enter__(self):
        os.makedirs(self.path, exist_ok=True)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def weir_record(seconds, where):
    with Files(where) as folder, Bench(256) as b:
        w = b.weir(1, N_CHANNELS)
        b.client("noise", 0, N_CHANNELS, w.name)
        time.sleep(SETTLE_S)
        alone, _ = measure(seconds / 2, weir=w.pid)
        r = b.program("weir-record", "-n", w.name, "-i", "strip/s0", "-o",
                      folder + "/take.wav")
        r.wait_log("recording to")
        time.sleep(SETTLE_S)
        shares, turns = measure(seconds, weir=w.pid, record=r.pid)
        r.signal(signal.SIGTERM)
        status, out = r.end()
        if status != 0:
            raise AssertionError(r.log())
        _, frames, lost, dropouts = rig.closing_line(out)
        return {"cpu": shares["record"]["all"],
                "wakeups": sum(turns["record"].values()),
                "weir": shares["weir"]["all"],
                "weir_without": alone["weir"]["all"],
                "frames": frames, "lost": lost, "dropouts": dropouts}


def jack_capture(seconds, where):
    with Files(where) as folder, Bench(256) as b:
        name = "jack_capture"
        p = b.keep(rig.Process(
            [name, "-c", str(N_CHANNELS), "-b", "FLOAT", "-ns", "-mc", "-dc",
             folder + "/take.wav"], b.path("capture.log"), b.jackd.env))
        rig.wait_for("jack_capture",
                     lambda: f"{name}:input{N_CHANNELS}" in b.jackd.ports())
        b.client("noise", 0, N_CHANNELS, name)
        time.sleep(SETTLE_S)
        shares, turns = measure(seconds, capture=p.pid)
        size = os.path.getsize(folder + "/take.wav")
        return {"cpu": shares["capture"]["all"],
                "roles": shares["capture"],
                "wakeups": sum(turns["capture"].values()),
                "frames": size // (4 * N_CHANNELS)}


def bare_write(seconds, where):
    with Files(where) as folder:
        p = rig.Process([TOOLS + "/bench_write", str(N_CHANNELS),
                         folder + "/take"], "/dev/null")
        try:
            p.line()
            time.sleep(SETTLE_S)
            shares, turns = measure(seconds, write=p.pid)
            return {"cpu": shares["write"]["all"],
                    "wakeups": sum(turns["write"].values())}
        finally:
            p.kill()


def part_record(rounds, seconds, where):
    runs = {"weir-record": weir_record, "interleave + write": bare_write}
    if shutil.which("jack_capture"):
        runs["jack_capture"] = jack_capture
    got = {k: [] for k in runs}
    for i in range(rounds):
        for k, run in runs.items():
            got[k].append(run(seconds, where))
            say(f"record {i + 1}/{rounds} {k}: "
                f"{100 * got[k][-1]['cpu']:.2f} % of a CPU")
    out = {k: {key: figure([r[key] for r in all_runs])
               for key in all_runs[0] if not isinstance(all_runs[0][key],
                                                        dict)}
           for k, all_runs in got.items()}
    for k in runs:
        if k != "weir-record":
            out["ratio to " + k] = figure(
                [w["cpu"] / o["cpu"] for w, o in zip(got["weir-record"],
                                                     got[k])])
    return out


# ---------------------------------------------------------------------- xruns

def minute(seconds, with_weir):
    """An empty client beside a generator, with or without weir: what each
    has seen, and whom the server names as late."""
    with Bench(PERIOD) as b:
        w = b.weir(n_strips) if with_weir else None
        if w:
            b.client("noise", 0, 2 * n_strips, w.name)
        else:
            c = b.client("touch", 2 * n_strips, 2)
            b.client("noise", 0, 2 * n_strips, c.name)
        time.sleep(SETTLE_S)
        empty = b.client("empty", 0, 1)
        log = len(b.jackd.log())
        before = w.counters() if w else None
        time.sleep(seconds)
        after = w.counters() if w else None
        out = {"empty": empty.stop(), "late": {}}
        for name in re.findall(r"client = (\S+) was not finished",
                               b.jackd.log()[log:]):
            name = re.sub(r"^b\d+", "", name)
            out["late"][name] = out["late"].get(name, 0) + 1
        if w:
            out["weir"] = {k: after[k] - before[k] for k in after}
        return out


def part_xruns(rounds, seconds):
    got = {"with weir": [], "without": []}
    for i in range(rounds):
        for k in got:
            got[k].append(minute(seconds, k == "with weir"))
            say(f"xruns {i + 1}/{rounds} {k}: {got[k][-1]}")
    return {"seconds": seconds, "rounds": got,
            "xruns with weir": figure([m["empty"]["xruns"]
                                       for m in got["with weir"]]),
            "xruns without": figure([m["empty"]["xruns"]
                                     for m in got["without"]])}


# ----------------------------------------------------------------------- main

def main():
    global n_strips
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--quick", action="store_true",
                   help="one short round each: to see that it works")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("--rounds", type=int)
    p.add_argument("--seconds", type=float)
    p.add_argument("--strips", type=int, default=n_strips, metavar="N")
    p.add_argument("--files", default="/tmp", metavar="FOLDER",
                   help="where recordings go (/tmp)")
    p.add_argument("part", nargs="*")
    a = p.parse_args()
    n_strips = a.strips
    out = {"machine": machine(), "n_strips": n_strips}
    parts = a.part or ["strips", "record", "xruns"]
    if "strips" in parts:
        out["strips"] = part_strips(a.rounds or (1 if a.quick else 7),
                                    a.seconds or (1 if a.quick else 5),
                                    {} if a.quick else peers_of_strips())
    if "record" in parts:
        out["record"] = part_record(a.rounds or (1 if a.quick else 5),
                                    a.seconds or (1 if a.quick else 10),
                                    a.files)
    if "xruns" in parts:
        out["xruns"] = part_xruns(a.rounds or (1 if a.quick else 4),
                                  a.seconds or (1 if a.quick else 60))
    write_json(a.json, out)


if __name__ == "__main__":
    main()

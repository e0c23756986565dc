#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The same plugin in as many strips of weir, in runners and inside, and in as
many of other hosts, at a private JACK server without sound.

    tests/bench/plugins.py [--quick] [--json FILE] [--into FILE.md]
                           [--plugin URI --strips N...] [HOST...]
    tests/bench/plugins.py --show FILE.json [--into FILE.md]

The hosts (all that are installed) run in turn, round by round: noise into
every strip, all that comes out into one stereo client. In real time: the CPU
time a cycle of the host, and of all but the noise; and how late in the cycle
it was that client's turn: the graph before it took as long. Then a bounce, in
freewheel: how long a cycle takes when nobody waits for a clock, with all that
is done for it, and how many CPUs the host has at work.
"""
import argparse
import contextlib
import io
import json
import os
import re
import signal
import tempfile
import time

import hosts
import tables
from bench import RATE, Bench, Window, figure, machine, measure, rig, say
from bench import write_json

PERIOD = 256
SETTLE_S = 0.5  # after the last connection
TRIES = 3  # of a host in a round

LIGHT = "http://calf.sourceforge.net/plugins/Compressor"
HEAVY = "http://calf.sourceforge.net/plugins/Equalizer30Band"
BUNDLES = dict.fromkeys((LIGHT, HEAVY), "calf.lv2")
INSTALLED = "/usr/lib/lv2"
# At a tenth of the others' time, and at the level of its input: it does not do
# what they do.
NOT_BY = {HEAVY: ("ecasound",)}
# What is measured: (plugin, strips). So many of the heavy one are more than a
# CPU can do in a period.
ALL = [(LIGHT, 1), (LIGHT, 8), (LIGHT, 32), (HEAVY, 8), (HEAVY, 12)]
QUICK = [(LIGHT, 1), (LIGHT, 2)]


# --------------------------------------------------------------------- one run

def all_shares(shares):
    """CPUs that the host used, and all: with the server and who listens."""
    used = {k: s["all"] for k, s in shares.items()}
    beside = used["jackd"] + used["sink"]
    host = sum(used.values()) - beside
    return host, host + beside


def us_a_cycle(cpus):
    return cpus * PERIOD / RATE * 1e6


def in_real_time(pids, sink, w, seconds):
    before = w.counters() if w else {}
    sink.signal(signal.SIGUSR1)
    host, with_all = all_shares(measure(seconds, **pids)[0])
    after = w.counters() if w else {}
    return {"us": us_a_cycle(host), "us_with_all": us_a_cycle(with_all),
            "cpus": host, **{k: after[k] - before[k] for k in after}}


def bounce(pids, sink, w):
    """What the sink has seen until then, and the bounce."""
    sink.signal(signal.SIGUSR2)
    seen = json.loads(sink.line())
    if sink.line() != "bounce":
        raise AssertionError("no bounce: " + sink.log())
    if w and w.status("jack") != "freewheel":
        raise AssertionError("weir does not freewheel")
    window = Window(**pids)
    told = json.loads(sink.line())
    host, _ = all_shares(window.end()[0])
    sink.line()
    if not seen["rms"] > 0:
        raise AssertionError("nothing is heard")
    return {"xruns": seen["xruns"], "rms": seen["rms"],
            **{"turn_" + k: us for k, us in seen["turn_us"].items()},
            "bounce_us": told["us"] / told["cycles"], "bounce_cpus": host,
            "bounce_worst_us": told["cycle_us"]["worst"]}


def run(name, n, uri, seconds):
    with Bench(PERIOD) as b:
        host = hosts.ALL[name](b, n, uri)
        noise = b.client("noise", 0, 2 * n, host.client)
        sink = b.client("sink", 2, 0, host.client, noise.name + ":mark")
        pids = {str(p): p for p in host.pids}
        pids.update(jackd=b.jackd.pid, sink=sink.pid)
        time.sleep(SETTLE_S)
        return {"processes": len(host.pids),
                **in_real_time(pids, sink, host.weir, seconds),
                **bounce(pids, sink, host.weir)}


# ---------------------------------------------------------------------- rounds

def tried(name, n, uri, seconds):
    """None: this host cannot do it."""
    for i in range(TRIES):
        try:
            return run(name, n, uri, seconds)
        except (AssertionError, OSError) as e:
            say(f"{name} did not run, try {i + 1}: {e}")
    return None


def measured(names, what, rounds, minutes, seconds):
    """[{name: [run or None by round]}], as `what`: so many rounds, or those
    that begin within so many minutes."""
    got = [{k: [] for k in names if k not in NOT_BY.get(uri, ())}
           for uri, _ in what]
    end = time.monotonic() + 60 * minutes
    longest, i = 0, 0
    while i < rounds if rounds else i < 2 or time.monotonic() + longest < end:
        begin = time.monotonic()
        for (uri, n), those in zip(what, got):
            for k, runs in those.items():
                r = tried(k, n, uri, seconds)
                runs.append(r)
                say(f"round {i + 1}: {n} strips, {k}: {r}")
        longest = max(longest, time.monotonic() - begin)
        i += 1
    return got, i


def ratios(key, runs, base):
    """By round, where both ran."""
    return [r[key] / b[key] for r, b in zip(runs, base) if r and b]


def summed_up(those):
    out = {}
    for name, runs in those.items():
        ran = [r for r in runs if r]
        if not ran:
            out[name] = None
            continue
        out[name] = {k: figure([r[k] for r in ran]) for k in ran[0]}
        for what, key, base in (("times_jalv", "us_with_all", "jalv"),
                                ("times_inside", "bounce_us",
                                 "weir, inside")):
            both = ratios(key, runs, those.get(base, []))
            if both:
                out[name][what] = figure(both)
    return out


# ------------------------------------------------------------------------ main

def link_bundles(folder, needed):
    """What is measured and what describes it: a host that reads all that is
    installed takes half a second, and 32 of them take as many more."""
    for name in os.listdir(INSTALLED):
        bundle = f"{INSTALLED}/{name}"
        if name in needed or not any(file.endswith(".so")
                                     for file in os.listdir(bundle)):
            os.symlink(bundle, f"{folder}/{name}")


@contextlib.contextmanager
def few_plugins(uris):
    """LV2_PATH, unless somebody has set it, or measures others."""
    needed = [BUNDLES.get(uri) for uri in uris]
    if "LV2_PATH" in os.environ or None in needed:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="weir-", dir="/tmp") as folder:
        link_bundles(folder, needed)
        os.environ["LV2_PATH"] = folder
        yield


def renew(path, text):
    with open(path, encoding="utf-8") as f:
        old = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(<!-- plugins -->\n).*?(<!-- /plugins -->)",
                       lambda m: m[1] + text + m[2], old, flags=re.DOTALL))


def show(result, into):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        tables.plugins(result)
    if into:
        renew(into, text.getvalue().rstrip("\n") + "\n")
    else:
        print(text.getvalue(), end="")


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--quick", action="store_true",
                   help="one short round: to see that it works")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("--show", metavar="FILE.json",
                   help="measure nothing, show what was measured")
    p.add_argument("--into", metavar="FILE.md",
                   help="renew the tables between <!-- plugins --> and "
                   "<!-- /plugins -->")
    p.add_argument("--rounds", type=int)
    p.add_argument("--minutes", type=float, default=8,
                   help="or as many rounds as take so long (8)")
    p.add_argument("--seconds", type=float)
    p.add_argument("--plugin", default=LIGHT, metavar="URI")
    p.add_argument("--strips", type=int, nargs="+", metavar="N")
    p.add_argument("host", nargs="*")
    return p.parse_args()


def main():
    a = arguments()
    if a.show:
        with open(a.show, encoding="utf-8") as f:
            show(json.load(f), a.into)
        return
    what = QUICK if a.quick else ALL
    if a.strips:
        what = [(a.plugin, n) for n in a.strips]
    rounds = a.rounds or (1 if a.quick else None)
    seconds = a.seconds or (1 if a.quick else 2)
    at_begin = machine()
    with few_plugins(uri for uri, _ in what):
        got, rounds = measured(a.host or hosts.installed(), what, rounds,
                               a.minutes, seconds)
    result = {
        "machine": at_begin, "period": PERIOD, "rounds": rounds,
        "seconds": seconds,
        "measured": [{"plugin": uri, "strips": n, "hosts": summed_up(those)}
                     for (uri, n), those in zip(what, got)]}
    if a.json:
        write_json(a.json, result)
    show(result, a.into)


if __name__ == "__main__":
    main()

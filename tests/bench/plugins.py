#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The same plugin in as many strips of weir, in runners and inside, and in as
many jalv, at a private JACK server without sound.

    tests/bench/plugins.py [--quick] [--json FILE] [--into FILE.md]
                           [--plugin URI] [--strips N...] [NAME...]

Each of the names (all) runs in turn, round by round: stereo noise into every
strip or jalv, all that comes out into one stereo client. What is told is the
CPU time a cycle of all processes but the noise and that client, and how late
in the cycle it was the client's turn: the graph before it took as long.
"""
import argparse
import os
import re
import shutil
import signal
import time

from bench import RATE, Bench, figure, machine, measure, rig, say, write_json

PERIOD = 256
SETTLE_S = 1  # after the last connection
PLUGIN = "http://gareus.org/oss/lv2/fil4#stereo"
SLOT = "it"


def us_a_cycle(share):
    return share * PERIOD / RATE * 1e6


def descendants(pid):
    """It, and all that it has started: runners are children of its own."""
    parents = {}
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit():
                with open(f"/proc/{entry}/stat") as f:
                    fields = f.read().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [pid]
    for p in found:
        found += parents.get(p, [])
    return found


# -------------------------------------------------------------------- programs

def weir(bench, n, uri, *args):
    """n strips with the plugin; what it is connected by, and its processes."""
    w = bench.weir(n, 2, *args)
    for i in range(n if uri else 0):
        w.osc.command(f"/strip/s{i}/plugin/add", SLOT, uri)
    rig.wait_for("plugins", lambda: not uri or all(
        w.osc.get(f"/strip/s{i}/plugin/{SLOT}/state") == "running"
        for i in range(n)))
    return w.name, [f"{w.name}:main_L", f"{w.name}:main_R"], \
        descendants(w.pid), w


def jalv(bench, n, uri):
    name = f"b{os.getpid()}jalv"
    all_ = [bench.keep(rig.Process(
        ["jalv", "-i", "-x", "-n", f"{name}{i}", uri],
        bench.path(f"jalv{i}.log"), bench.jackd.env)) for i in range(n)]
    outs = {}

    def there():
        for p in all_:
            if not p.running():
                raise AssertionError("jalv has ended: " + p.log())
        listed = rig.Server.run_tool(
            bench.jackd, "jack_lsp", "-s", bench.jackd.name, "-p", "-t")
        found = re.findall(rf"^({name}\d+):(\S+)\n\tproperties: output.*\n"
                           r"\t.*audio", listed, re.MULTILINE)
        outs.clear()
        for client, port in found:
            outs.setdefault(client, []).append(f"{client}:{port}")
        return len(outs) == n and all(len(o) == 2 for o in outs.values())
    rig.wait_for("jalv", there, 120)
    return name + "[0-9]+", [o for pair in outs.values() for o in pair], \
        [p.pid for p in all_], None


CONTESTANTS = {
    "weir, none": lambda b, n, uri: weir(b, n, None),
    "weir, runners": weir,
    "weir, inside": lambda b, n, uri: weir(b, n, uri, "--plugins-inside"),
    "jalv": jalv,
}


def run(name, n, uri, seconds):
    with Bench(PERIOD) as b:
        to, outs, pids, w = CONTESTANTS[name](b, n, uri)
        b.client("noise", 0, 2 * n, to)
        sink = b.client("sink", 2, 2)
        for i, out in enumerate(outs):
            rig.Server.run_tool(b.jackd, "jack_connect", "-s", b.jackd.name,
                                out, f"{sink.name}:in_{i % 2 + 1}")
        time.sleep(SETTLE_S)
        before = w.counters() if w else {}
        sink.signal(signal.SIGUSR1)
        shares, _ = measure(seconds, **{str(p): p for p in pids})
        after = w.counters() if w else {}
        seen = sink.stop()
        by_process = sorted((s["all"] for s in shares.values()), reverse=True)
        return {"us": us_a_cycle(sum(by_process)), "cpus": sum(by_process),
                "processes": len(pids), "turn_us": seen["turn_us"],
                "xruns": seen["xruns"], "skipped": seen["frames_skipped"],
                "counters": {k: after[k] - before[k] for k in after}}


# ---------------------------------------------------------------------- rounds

def measured(names, strips, uri, rounds, seconds):
    got = {n: {k: [] for k in names} for n in strips}
    for i in range(rounds):
        for n in strips:
            for k in names:
                r = run(k, n, uri, seconds)
                got[n][k].append(r)
                say(f"{n} strips {i + 1}/{rounds} {k}: {r['us']:.1f} us a "
                    f"cycle, turn {r['turn_us']}, {r['counters']}")
    return got


def summed_up(runs, base):
    out = {"us": figure([r["us"] for r in runs]),
           "cpus": figure([r["cpus"] for r in runs]),
           "processes": runs[0]["processes"],
           "xruns": figure([r["xruns"] for r in runs]),
           "turn_us": {k: figure([r["turn_us"][k] for r in runs])
                       for k in runs[0]["turn_us"]}}
    if base:
        out["ratio"] = figure([r["us"] / b["us"] for r, b in zip(runs, base)])
    if runs[0]["counters"]:
        out["late_blocks"] = figure([r["counters"]["late_blocks"]
                                     for r in runs])
    return out


def span(f, digits=3):
    def number(x):
        return f"{x:.{digits}g}" if abs(x) < 100 else f"{x:.0f}"
    if f["least"] == f["most"]:
        return number(f["median"])
    return f"{number(f['median'])} ({number(f['least'])}..{number(f['most'])})"


def table(result):
    m = result["machine"]
    lines = [f"`{result['plugin']}`, period {PERIOD}, {m['cpu']}, "
             f"{m['cpus']} CPUs, Linux {m['kernel']}, jackd {m['jackd']}, "
             f"load {m['load']:.1f}, {result['rounds']} rounds of "
             f"{result['seconds']:g} s.", "",
             "| strips | | processes | CPU µs a cycle | times jalv | the last "
             "one's turn, µs: median | 99 % | worst | xruns | late blocks |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for n, those in result["strips"].items():
        for k, f in those.items():
            turn = f["turn_us"]
            lines.append("| " + " | ".join([
                str(n), k, str(f["processes"]), span(f["us"]),
                f"{f['ratio']['median']:.2f}" if "ratio" in f else "",
                span(turn["median"]), span(turn["p99"]), span(turn["worst"]),
                span(f["xruns"]),
                span(f["late_blocks"]) if "late_blocks" in f else ""]) + " |")
    return "\n".join(lines) + "\n"


def renew(path, text):
    with open(path, encoding="utf-8") as f:
        old = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(<!-- plugins -->\n).*?(<!-- /plugins -->)",
                       lambda m: m[1] + text + m[2], old, flags=re.DOTALL))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--quick", action="store_true",
                   help="one short round: to see that it works")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("--into", metavar="FILE.md",
                   help="renew the table between <!-- plugins --> and "
                   "<!-- /plugins -->")
    p.add_argument("--rounds", type=int)
    p.add_argument("--seconds", type=float)
    p.add_argument("--plugin", default=PLUGIN, metavar="URI")
    p.add_argument("--strips", type=int, nargs="+", metavar="N")
    p.add_argument("name", nargs="*")
    a = p.parse_args()
    names = a.name or [k for k in CONTESTANTS
                       if k != "jalv" or shutil.which("jalv")]
    rounds = a.rounds or (1 if a.quick else 5)
    seconds = a.seconds or (1 if a.quick else 5)
    got = measured(names, a.strips or ([1, 2] if a.quick else [1, 8, 32]),
                   a.plugin, rounds, seconds)
    result = {
        "machine": machine(), "plugin": a.plugin, "rounds": rounds,
        "seconds": seconds,
        "strips": {n: {k: summed_up(runs, those.get("jalv"))
                       for k, runs in those.items()}
                   for n, those in got.items()}}
    if a.into:
        renew(a.into, table(result))
    else:
        print(table(result))
    if a.json:
        write_json(a.json, result)


if __name__ == "__main__":
    main()

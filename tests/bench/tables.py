#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What whole.py, growth.py, control.py and plugins.py have measured, as
docs/performance.md shows it.

    tests/bench/tables.py WHOLE.json GROWTH.json CONTROL.json PLUGINS.json
"""
import json
import sys


def span(f, scale=1.0, digits=3, ends=("least", "most")):
    def number(x):
        x *= scale
        return f"{x:.{digits}g}" if abs(x) < 100 else f"{x:.0f}"
    least, most = (f[k] for k in ends)
    if f["n"] == 1 or least == most:
        return number(f["median"])
    return f"{number(f['median'])} ({number(least)}..{number(most)})"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def strips(s, n):
    print(f"### {n} stereo strips, period 64: CPU time a cycle, µs\n")
    names = {"weir": "weir", "silent": "weir, silent inputs",
             "floor": "client with as many ports"}
    rows = []
    for k in ("floor", "weir", "silent", *sorted(set(s) - {
            "floor", "weir", "silent", "ratio"})):
        us = s[k]["us"]
        rows.append([names.get(k, k)] + [
            span(us[role]) if role in us else ""
            for role in ("all", "callback", "mixer", "main", "others")])
    table(["", "all threads", "callback", "mixer", "poll loop", "others"],
          rows)
    print(f"weir to the client with as many ports: {span(s['ratio'])}\n")


def record(r):
    print("### Recording 64 channels, 32-bit float\n")
    rows = [[k, span(r[k]["cpu"], 100), span(r[k]["wakeups"])]
            for k in r if not k.startswith("ratio")]
    table(["", "% of a CPU", "wake-ups a second"], rows)
    w = r["weir-record"]
    print(f"weir itself meanwhile: {span(w['weir'], 100)} %; without a reader "
          f"{span(w['weir_without'], 100)} %. Lost: {span(w['lost'])}.\n")
    for k in r:
        if k.startswith("ratio"):
            print(f"weir-record, {k}: {span(r[k])}\n")


def xruns(x):
    print(f"### Xruns in {x['seconds']:.3g} s, period 64\n")
    rows = []
    for k, minutes in x["rounds"].items():
        for m in minutes:
            w = m.get("weir", {})
            rows.append([k, m["empty"]["xruns"],
                         w.get("xruns", ""), w.get("late_blocks", ""),
                         w.get("input_frames_lost", ""),
                         ", ".join(f"{c} {n}" for c, n in
                                   sorted(m["late"].items())) or "nobody"])
    table(["", "the empty client", "weir", "its late blocks",
           "its lost frames", "late, says the server"], rows)


def growth(g):
    for part, title, keys, scale in (
            ("driven-strips", "Stereo strips, without a server: µs a cycle",
             ("callback", "mixer"), 1e-3),
            ("strips", "Stereo strips at a server: CPU time a cycle, µs",
             ("callback", "mixer", "all"), 1),
            ("end", "As many strips as weir takes: CPU time a cycle, µs",
             ("callback", "mixer", "all"), 1),
            ("driven-readers", "Readers, without a server: µs a block", ("write", "wake"),
             1e-3),
            ("readers", "weir-taps at a server: CPU time a cycle, µs",
             ("callback", "mixer"), 1)):
        if part not in g:
            continue
        print(f"### {title}\n")
        late = part in ("strips", "end")
        table(["period", "n", *keys] + (["late, %", "lost, %"] if late
                                        else []),
              [[row["period"], row["n"]] + [span(row[k], scale) for k in keys]
               + ([span(row[k], 100, 2) for k in ("late", "lost")]
                  if late else [])
               for row in g[part]])


def sound(rows):
    print("### From a set to its reply, and to its sound: ms\n")
    table(["period", "to the reply", "to the ramp in the mix",
           "to the ramp at the output port"],
          [[r["period"]] + [span(r[k], 1e-3)
                            for k in ("reply_us", "mix_us", "output_us")]
           for r in rows])


def rate(rows):
    print("### Sets a second\n")
    table(["messages a datagram", "asked for", "sent", "unanswered",
           "to the reply: median, ms", "99 of 100, ms", "late blocks"],
          [[r["bundled"], r["asked"], span(r["sent_a_second"], 1, 4),
            span(r["unanswered"]), span(r["median_us"], 1e-3),
            span(r["p99_us"], 1e-3), span(r["late_blocks"])] for r in rows])


def subscriptions(s, c):
    print(f"### Subscriptions: {c['n_strips']} stereo strips, "
          f"{c['listen_hz']} Hz, period 64\n")
    table(["who listens", "poll loop, % of a CPU", "mixer, %", "all of weir, %",
           "datagrams/s", "values/s", "kB/s"],
          [[k] + [span(r[role], 100) for role in ("main", "mixer", "all")]
           + [span(r["datagrams_a_second"]), span(r["messages_a_second"]),
              span(r["bytes_a_second"], 1e-3)] for k, r in s.items()])


def control(c):
    for k, show in (("sound", sound), ("rate", rate)):
        if k in c:
            show(c[k])
    if "subscriptions" in c:
        subscriptions(c["subscriptions"], c)


REAL_TIME = (("processes", "processes"), ("us", "host, CPU µs a cycle"),
             ("us_with_all", "with jackd and the listener"),
             ("times_jalv", "times jalv"), ("cpus", "CPUs"),
             ("turn_median", "the listener's turn, µs: median"),
             ("turn_p99", "99 of 100"), ("turn_worst", "worst"),
             ("xruns", "xruns"), ("late_blocks", "late blocks"))
BOUNCE = (("bounce_us", "µs a cycle"), ("times_inside", "times inside"),
          ("bounce_cpus", "CPUs"), ("bounce_worst_us", "longest cycle, µs"))


def hosts(measured, columns):
    """A row for each host with each number of strips."""
    rows = []
    for one in measured:
        for host, f in one["hosts"].items():
            cells = ["cannot"]
            if f:
                cells = [span(f[k], ends=("low", "high")) if k in f else ""
                         for k, _ in columns]
            rows.append([one["strips"], host, *cells])
    table(["strips", "", *(title for _, title in columns)], rows)


def plugins(p):
    m = p["machine"]
    print(f"Period {p['period']}, {m['cpu']}, {m['cpus']} CPUs, Linux "
          f"{m['kernel']}, jackd {m['jackd']}, load {m['load']:.1f}, "
          f"{p['rounds']} rounds of {p['seconds']:g} s: medians and "
          "quartiles.\n")
    for uri in dict.fromkeys(one["plugin"] for one in p["measured"]):
        measured = [one for one in p["measured"] if one["plugin"] == uri]
        print(f"**`{uri}`**, in real time:\n")
        hosts(measured, REAL_TIME)
        print("And in a bounce:\n")
        hosts(measured, BOUNCE)


def loaded(path):
    with open(path) as f:
        return json.load(f)


def main():
    whole, grown, controlled, hosted = map(loaded, sys.argv[1:5])
    if "strips" in whole:
        strips(whole["strips"], whole["n_strips"])
    for k, show in (("record", record), ("xruns", xruns)):
        if k in whole:
            show(whole[k])
    growth(grown)
    control(controlled)
    print("### The same plugin in weir and in other hosts\n")
    plugins(hosted)


if __name__ == "__main__":
    main()

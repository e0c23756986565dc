#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What growth.py has measured, as pictures, by gnuplot.

    tests/bench/pictures.py GROWTH.json FOLDER [svg|png]
"""
import json
import subprocess
import sys

COLOURS = {"callback": "#1f77b4", "mixer": "#d62728", "all": "#444444",
           "write": "#1f77b4", "wake": "#d62728"}
TERMINALS = {
    "svg": "svg size 900,440 font 'sans,13' background 'white'",
    "png": "pngcairo size 900,440 font 'sans,11'",
}


def block(name, rows, keys, scale):
    """A named data block: n, then for each key its median, least, most."""
    lines = [f"${name} << EOD"]
    for row in rows:
        lines.append(" ".join([str(row["n"])] + [
            f"{row[k][w] * scale:.6g}" for k in keys
            for w in ("median", "least", "most")]))
    return "\n".join(lines + ["EOD"])


def curve(name, keys, k, title, style=""):
    at = 2 + 3 * keys.index(k)
    return (f"${name} using 1:{at}:{at + 1}:{at + 2} with yerrorlines "
            f"lc rgb '{COLOURS[k]}' {style} title '{title}'")


def strips(g):
    keys = ("callback", "mixer", "all")
    out, panels = [], []
    for period in sorted({r["period"] for r in g["strips"]}):
        rows = [r for r in g["strips"] if r["period"] == period]
        name = f"p{period}"
        out.append(block(name, rows, keys, 1.0))
        us = period / 48000 * 1e6
        panels.append("\n".join([
            f"set title 'period {period}: {us:.0f} µs'",
            f"plot {us:.6g} with lines dt 3 lc rgb '#888888' "
            "title 'the period', \\",
            ", \\\n".join([curve(name, keys, "all", "all threads", "pt 4"),
                           curve(name, keys, "mixer", "mixer", "pt 7"),
                           curve(name, keys, "callback", "callback", "pt 5")])]))
    return out, ["set xlabel 'stereo strips'",
                 "set ylabel 'CPU time a cycle, µs'",
                 "set logscale xy", "set yrange [5:10000]",
                 "set xrange [0.8:320]",
                 "set xtics (1,2,8,32,64,128,256)", "set key below horizontal maxcols 2"], panels


def readers(g):
    keys = ("write", "wake")
    driven = block("driven", g["driven-readers"], keys, 1e-3)
    live = block("live", g["readers"], ("mixer",), 1.0)
    return [driven, live], [
        "set xlabel 'readers'", "set xrange [-1:33]",
        "set xtics ('0 ' 0, ' 1' 1, 8, 32)", "set key below horizontal", "set yrange [0:*]"], [
        "set title 'a block of 64 frames, driven'\n"
        "set ylabel 'median, µs'\nplot "
        + ", ".join([curve("driven", keys, "write", "writing it", "pt 7"),
                     curve("driven", keys, "wake", "waking the readers",
                           "pt 5")]),
        "set title 'weir-taps at a server, 2 stereo strips'\n"
        "set ylabel 'CPU time of the mixer a cycle, µs'\nplot "
        + curve("live", ("mixer",), "mixer", "mixer", "pt 7")]


def main():
    with open(sys.argv[1]) as f:
        g = json.load(f)
    kind = sys.argv[3] if len(sys.argv) > 3 else "svg"
    for name, what in (("growth-strips", strips), ("growth-readers",
                                                   readers)):
        data, settings, panels = what(g)
        script = "\n".join([
            f"set terminal {TERMINALS[kind]}",
            f"set output '{sys.argv[2]}/{name}.{kind}'", *data,
            "set grid lc rgb '#dddddd'", *settings,
            f"set multiplot layout 1,{len(panels)}", *panels,
            "unset multiplot"]) + "\n"
        subprocess.run(["gnuplot"], input=script, text=True, check=True)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Tables and pictures for docs/performance.md from weir-bench's JSON.

    rings.py FILE.json [PATTERN...]                Markdown, to standard output
    rings.py --svg OUT.svg FILE.json [PATTERN...]  medians as bars
    rings.py --into FILE.md FILE.json              renews what stands there
                      between <!-- bench PATTERN... --> and <!-- /bench -->,
                      where the file has any of it
"""
import argparse
import contextlib
import fnmatch
import html
import io
import json
import re

BAR, ROW, LABELS, WIDTH = 12, 18, 190, 420


def chosen(data, patterns):
    return [g for g in data["groups"]
            if any(fnmatch.fnmatch(g["name"], p) for p in patterns or ["*"])]


def figures(group):
    """Rows: (contestant, measure, samples, ratio)."""
    key = "longest" if group["statistic"] == "longest" else "median"
    return [(c["name"], m["measure"], m["samples"], m["ratio"], key)
            for c in group["contestants"] for m in c["measured"]
            if m["samples"]["n"]]


def number(x):
    return f"{x:.3g}" if x < 1000 else f"{x:.0f}"


def print_table(group):
    print(f"\n**{group['name']}**: {group['title']}"
          + (f" (ping-pong {group['ping_ns']:.0f} ns)"
             if group["ping_ns"] else "") + "\n")
    print(f"| | {group['unit']} | quartiles | times the first |\n"
          "|---|---|---|---|")
    for name, measure, samples, ratio, key in figures(group):
        label = f"{name}, {measure}" if measure else name
        times = f"{ratio['median']:.2f}" if ratio["n"] else ""
        print(f"| {label} | {number(samples[key])} | "
              f"{number(samples['low'])}..{number(samples['high'])} "
              f"| {times} |")


def print_targets(groups):
    print("\n| group | what | target | stretch | got | |\n|---|---|---|---|---|---|")
    for group in groups:
        for t in group["targets"]:
            what = " ".join(filter(None, [t["contestant"], t["measure"]]))
            what += f" to {t['base']}" if t["base"] else f", {group['unit']}"
            cells = [f"{t[k]:.4g}" if t[k] is not None else ""
                     for k in ("at_most", "stretch", "got")]
            words = [t["verdict"], t["stretch_verdict"] and
                     "stretch " + t["stretch_verdict"]]
            print(f"| {group['name']} | {what} | {' | '.join(cells)} | "
                  f"{'; '.join(filter(None, words))} |")


def print_machine(data):
    m = data["machine"]
    print(f"{m['cpu']}, {m['n_cpus']} CPUs, {m['kernel']}, {m['compiler']} "
          f"`{m['flags']}`, "
          f"{'SCHED_FIFO' if m['fifo'] else 'SCHED_OTHER'}, load "
          f"{m['load']:.1f}, {data['rounds']} rounds.")


def bars(group, top):
    """One group's rows as SVG, beginning at `top`; and where it ends."""
    rows = figures(group)
    most = max(r[2][r[4]] for r in rows)
    out = [f'<text x="0" y="{top + 14}" font-weight="bold">'
           f'{html.escape(group["name"])}, {html.escape(group["unit"])}</text>']
    top += 22
    for name, measure, samples, _, key in rows:
        value = samples[key]
        colour = "#2a6f97" if name.startswith("weir") else "#b0b0b0"
        label = f"{name}, {measure}" if measure else name
        out += [
            f'<text x="{LABELS - 6}" y="{top + 11}" text-anchor="end">'
            f'{html.escape(label)}</text>',
            f'<rect x="{LABELS}" y="{top + 1}" height="{BAR}" '
            f'width="{WIDTH * value / most:.1f}" fill="{colour}"/>',
            f'<text x="{LABELS + WIDTH * value / most + 5:.1f}" '
            f'y="{top + 11}">{value:.3g}</text>']
        top += ROW
    return out, top + 10


def write_svg(path, groups):
    body, top = [], 4
    for group in groups:
        if not figures(group):
            continue
        lines, top = bars(group, top)
        body += lines
    with open(path, "w", encoding="utf-8") as f:
        f.write('<svg xmlns="http://www.w3.org/2000/svg" '
                f'width="{LABELS + WIDTH + 60}" height="{top}" '
                'font-family="sans-serif" font-size="12">\n'
                '<rect width="100%" height="100%" fill="white"/>\n'
                + "\n".join(body) + "\n</svg>\n")


def print_all(data, patterns):
    groups = chosen(data, patterns)
    print_machine(data)
    if any(g["targets"] for g in groups):
        print_targets(groups)
    for group in groups:
        print_table(group)


def renew(path, data):
    def tables(match):
        if not chosen(data, match[2].split()):
            return match[0]  # it was not measured this time
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            print_all(data, match[2].split())
        return f"{match[1]}\n{out.getvalue()}{match[3]}"

    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r"(<!-- bench ([^\n]*) -->)\n.*?(<!-- /bench -->)", tables,
                  text, flags=re.DOTALL)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--into")
    parser.add_argument("--svg")
    parser.add_argument("json")
    parser.add_argument("patterns", nargs="*")
    args = parser.parse_args()
    with open(args.json, encoding="utf-8") as f:
        data = json.load(f)
    if args.svg:
        write_svg(args.svg, chosen(data, args.patterns))
    elif args.into:
        renew(args.into, data)
    else:
        print_all(data, args.patterns)


if __name__ == "__main__":
    main()

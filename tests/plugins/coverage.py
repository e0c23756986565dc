#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Every installed LV2 plugin in weir's host: coverage.py PROGRAM [-j N] [URI...]

Each is tried in a process of its own (tests/plugins/coverage.c). Prints a
table: what works, what is refused, and why. Exits 1 when one crashed."""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile

CRASHES = ("crashed", "hangs")


def try_one(program, uri, channels):
    with tempfile.TemporaryDirectory(prefix="weir-coverage-") as tmp:
        try:
            done = subprocess.run(
                [program, uri, channels], capture_output=True, timeout=120,
                text=True, errors="replace", env=os.environ | {"TMPDIR": tmp})
        except subprocess.TimeoutExpired:
            return uri, "hangs", "after 120 s", ""
    lines = done.stdout.splitlines() or [""]
    if done.returncode < 0 or "\t" not in lines[-1]:
        return uri, "crashed", f"status {done.returncode}", done.stderr
    how, why = lines[-1].split("\t", 1)
    return uri, how, why, done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("uri", nargs="*")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("-c", "--channels", default="2")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    uris = args.uri or sorted(subprocess.run(
        [args.program, "--list"], capture_output=True, text=True,
        check=True).stdout.split())
    counts = {}
    print("| plugin | | |\n|---|---|---|")
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        for uri, how, why, log in pool.map(
                lambda u: try_one(args.program, u, args.channels), uris):
            counts[how] = counts.get(how, 0) + 1
            print(f"| `{uri}` | {how} | {why} |", flush=True)
            if log and (args.v or how in CRASHES):
                print(log[-2000:], file=sys.stderr)
    print(f"\n{len(uris)} plugins: " + ", ".join(
        f"{n} {how}" for how, n in sorted(counts.items())))
    return 1 if any(counts.get(how) for how in CRASHES) else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Every installed LV2 plugin in a running weir, and what jalv does with those
that do not work there.

    coverage.py PROGRAM [--inside] [--passes N] [--into FILE] [URI...]
    coverage.py PROGRAM --alone [-j N] [--into FILE] [URI...]

They are tried in strips (live.py; WEIR_BIN says where weir is), in runners or
inside; with --alone without a weir, each in a process of its own (PROGRAM:
tests/plugins/coverage.c, which also lists them). Prints tables in Markdown, or
renews them in FILE between <!-- coverage --> and <!-- /coverage -->. Exits 1
when one crashed, or was refused and jalv has it.
"""
import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

import jalv
import live

CRASHES = ("crashed", "hangs")


def try_one(program, uri, channels):
    with tempfile.TemporaryDirectory(prefix="weir-coverage-") as tmp:
        try:
            done = subprocess.run(
                [program, uri, channels], capture_output=True, timeout=120,
                text=True, errors="replace", env=os.environ | {"TMPDIR": tmp})
        except subprocess.TimeoutExpired:
            return live.Result(uri, "hangs", "after 120 s", "")
    lines = done.stdout.splitlines() or [""]
    if done.returncode < 0 or "\t" not in lines[-1]:
        return live.Result(uri, "crashed", f"status {done.returncode}", done.stderr)
    how, why = lines[-1].split("\t", 1)
    return live.Result(uri, how, why, done.stderr)


def bundles(program):
    """{URI: the folder it is in}"""
    listed = subprocess.run([program, "--list"], capture_output=True,
                            text=True, check=True).stdout.splitlines()
    return dict(sorted(line.split("\t") for line in listed))


# ---------------------------------------------------------------------- tables

def package_of(bundle, known={}):
    """Its Debian package and version, or where it is."""
    if bundle not in known:
        done = subprocess.run(["dpkg", "-S", bundle.rstrip("/")], text=True,
                              capture_output=True, check=False)
        name = done.stdout.split(":")[0]
        version = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", name], text=True,
            capture_output=True, check=False).stdout
        known[bundle] = f"{name} {version}" if name and version \
            else os.path.dirname(bundle.rstrip("/"))
    return known[bundle]


def short(uri):
    return re.split("[/:#]", uri.rstrip("/"))[-1]


def tables(results, where, theirs):
    packages = collections.defaultdict(list)
    for r in results:
        packages[package_of(where[r.uri])].append(r)
    lines = ["| package | plugins | work | |", "|---|---|---|---|"]
    for name, those in sorted(packages.items()):
        bad = [r for r in those if r.how != "works"]
        lines.append(f"| {name} | {len(those)} | {len(those) - len(bad)} | "
                     + "".join(f"`{short(r.uri)}` {r.how}, " for r in bad)
                     .rstrip(", ") + "|")
    bad = [r for r in results if r.how != "works"]
    if bad:
        lines += ["", "| plugin | weir | jalv |", "|---|---|---|"]
        lines += [f"| `{r.uri}` | {r.how}: {reason(r)} | "
                  f"{theirs[r.uri].how}: {theirs[r.uri].why} |" for r in bad]
    return "\n".join(lines) + "\n"


def reason(result):
    """Why, with what the loader has said of it."""
    missing = re.search(r"undefined symbol: \w+", result.log)
    return missing[0] if missing else \
        result.why.replace(f"<{result.uri}> ", "")


def renew(path, text):
    with open(path, encoding="utf-8") as f:
        old = f.read()
    new = re.sub(r"(<!-- coverage -->\n).*?(<!-- /coverage -->)",
                 lambda m: m[1] + text + m[2], old, flags=re.DOTALL)
    with open(path, "w", encoding="utf-8") as f:
        f.write(new)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("uri", nargs="*")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("-c", "--channels", default="2")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("--into", metavar="FILE")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("--passes", type=int, default=1)
    args = parser.parse_args()
    where = bundles(args.program)
    results = []

    def say(r):
        results.append(r)
        if args.v or r.how != "works":
            print(f"{r.how} {r.uri}: {reason(r)}", file=sys.stderr)
        if r.log and (args.v or r.how in CRASHES):
            print(r.log[-2000:], file=sys.stderr)
    if not args.alone:
        print(live.try_every(args.uri or list(where), say,
                             *(["--plugins-inside"] if args.inside else []),
                             passes=args.passes)[1], file=sys.stderr)
    else:
        with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
            for r in pool.map(lambda u: try_one(args.program, u,
                                                args.channels),
                              args.uri or where):
                say(r)
    theirs = jalv.try_all([r.uri for r in results if r.how != "works"],
                          os.path.dirname(os.path.abspath(args.program)))
    text = tables(results, where, theirs)
    if args.into:
        renew(args.into, text)
    else:
        print(text, end="")
    alone = [r.uri for r in results
             if r.how == "refused" and theirs[r.uri].how != "refused"]
    for uri in alone:
        print(f"jalv has {uri}", file=sys.stderr)
    return 1 if alone or any(r.how in CRASHES for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())

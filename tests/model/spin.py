#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Checks a Promela model exhaustively: spin.py MODEL.

Its assertions and dead ends; each of its LTL claims under weak fairness; that
no line of it is out of reach; and each line `// BUG_x  CHECK  what` of its
head: with -DBUG_x that check must fail. Exit status 77 without spin.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spin")
CC = os.environ.get("CC", "gcc")
DEPTH = "-m200000"
MEMORY = "-DMEMLIM=1000"  # MB


def run(command, folder, timeout=200):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False)
    return done.stdout


def figure(pattern, text):
    m = re.search(pattern, text)
    return int(m[1]) if m else None


def check(path, what, defines=()):
    """(errors, states, output) of the assertions ("safety") or of a claim."""
    safety = what == "safety"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, folder)
        run(["spin", "-a", *defines, os.path.basename(path)], folder)
        # What is found is found soon: then compiling is what takes time.
        speed = "-O0" if defines else "-O1"
        built = run([CC, speed, "-w", MEMORY, "-o", "pan", "pan.c",
                     *(["-DSAFETY", "-DNOCLAIM"] if safety
                       else ["-DNFAIR=5"])], folder)
        if not os.path.exists(os.path.join(folder, "pan")):
            sys.exit(built)
        out = run(["./pan", DEPTH, *([] if safety
                                     else ["-a", "-f", "-N", what])], folder)
        errors = figure(r"errors: (\d+)", out)
        trail = [f for f in os.listdir(folder) if f.endswith(".trail")]
        if errors and not defines:
            out += run(["spin", "-t", "-k", trail[0], "-p", "-g",
                        os.path.basename(path)], folder)
    whole = "max search depth too small" not in out and \
        "Search not completed" not in out
    return (errors if whole or errors else None,
            figure(r"(\d+) states, stored", out), out)


def unreached(out):
    """Lines of the model that no execution comes to."""
    parts = re.split(r"unreached in (\w+) (\w+)", out)
    found = []
    for kind, body in zip(parts[1::3], parts[3::3]):
        if kind in ("proctype", "init"):
            found += [line.strip() for line in body.splitlines()
                      if re.search(r"\.pml:\d+, state", line) and
                      "-end-" not in line]
    return found


def main():
    if not shutil.which("spin") or not shutil.which(CC):
        print("skipped: no spin (Debian: apt-get install spin)")
        sys.exit(77)
    path = os.path.join(FOLDER, sys.argv[1] + ".pml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    claims = re.findall(r"^ltl (\w+)", text, re.M)
    bugs = re.findall(r"^// (BUG_\w+) +(\w+)", text, re.M)
    jobs = [(what, ()) for what in ["safety", *claims]]
    jobs += [(what, ("-D" + bug,)) for bug, what in bugs]
    good = len(bugs) > 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda job: check(path, *job), jobs))
    for (what, defines), (errors, states, out) in zip(jobs, results):
        right = errors is not None and (errors > 0) == bool(defines)
        dead = unreached(out) if what == "safety" and not defines else []
        good = good and right and not dead
        print(f"{'right' if right else 'WRONG'}  {what} {' '.join(defines)}: "
              f"{errors} errors, {states} states", flush=True)
        for line in dead:
            print("out of reach: " + line)
        if not right:
            print(out)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Runs the programs of this folder.

    check.py NAME...       every execution of a program (all: of each), by
                           genmc when it is on PATH (RC11 and IMM), else by
                           tests/model/explore (RC11)
    check.py --litmus      explore itself, on programs of which it is known
                           how many executions they have, by brute force too
    check.py --bare        each as another checker gets it: with -Iclient alone
                           and headers that have little, what it needs from
                           outside; and, with clang, what its code calls
    check.py --stress      each natively, again and again
    check.py --weaken      docs/design.md: each order is weakened in a copy, and
                           the check named there must fail
    check.py --tsan        the rings with plain payload under
                           ThreadSanitizer: quiet as they are, a race with
                           any order weakened

EXPLORE is explore's library (CMake builds it), CC the compiler.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CC = os.environ.get("CC", "gcc")
SKIP = 77

# name: source, options. Small enough for a few seconds each.
PROGRAMS = {
    "inputs": ("inputs.c", []),
    "inputs_longer": ("inputs.c", ["-DLONGER"]),
    "inputs_behind": ("inputs.c", ["-DLONGER", "-DSHORT=1", "-DREADS=1"]),
    "queue": ("queue.c", []),
    "bytes": ("bytes.c", []),
    "runner": ("runner.c", []),
    "broadcast": ("broadcast.c", ["-DFRAMES=5"]),
    "broadcast_late": ("broadcast.c", ["-DFRAMES=5", "-DLATE"]),
    "broadcast_blocks": ("broadcast.c", ["-DFRAMES=6", "-DBLOCK=2"]),
    "broadcast_mono": ("broadcast.c", ["-DFRAMES=8", "-DCHANNELS=1",
                                       "-DCAPACITY=4", "-DBLOCK=2"]),
    "broadcast_again": ("broadcast.c", ["-DFRAMES=4", "-DREADS=2"]),
    "broadcast_two": ("broadcast.c", ["-DFRAMES=3", "-DTWO"]),
    "clock": ("clock.c", ["-DSETS=1"]),
    "gate": ("gate.c", []),
    "reopen": ("reopen.c", []),
    "table": ("table.c", []),
    "freewheel_due": ("freewheel.c", []),
    "freewheel_room": ("freewheel.c", ["-DROOM"]),
    "doorbell": ("doorbell.c", []),
    "libweir": ("libweir.c", []),
    "feed": ("feed.c", []),
    "feed_end": ("feed.c", ["-DWRITES=2", "-DTRIES=3"]),
    "feed_sleep": ("feed_sleep.c", []),
    "feed_clock": ("feed_words.c", []),
    "feed_flush": ("feed_words.c", ["-DFLUSH"]),
}
INCLUDES = ["-I" + os.path.join(ROOT, "client")]
WRAPS = ["-Wl,--wrap=" + f for f in (
    "pthread_create", "pthread_join", "pthread_exit", "__assert_fail")]
# Sources are taken in whole for a function or two of theirs; what the others
# need is never called.
LINK = ["-no-pie", "-Wl,--unresolved-symbols=ignore-all"]


def run(command, timeout=120):
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=timeout, check=False)


def build(out, source, options, links):
    """Compile a program; a copy of a source in an earlier -I goes first."""
    command = [CC, "-g", "-fno-pie", "-w", *options, *INCLUDES,
               "-o", out, os.path.join(HERE, source), *LINK, *links]
    done = run(command)
    if done.returncode != 0:
        sys.exit("does not build: " + " ".join(command) + "\n" + done.stdout)
    return out


def build_for_explore(out, source, options):
    return build(out, source,
                 ["-O1", "-fsanitize=thread", "-c", "-Dmain=program_main",
                  "-DMODEL_EXPLORE", *options], []) and link_explore(out)


def link_explore(out):
    os.rename(out, out + ".o")
    done = run([CC, *LINK, *WRAPS, out + ".o",
                os.environ.get("EXPLORE", "-lweir_explore"), "-o", out])
    if done.returncode != 0:
        sys.exit(done.stdout)
    return out


def with_lines(binary, text):
    """The trace with source lines for the program counters."""
    pcs = re.findall(r"pc (0x[0-9a-f]+)", text)
    if not pcs or not shutil.which("addr2line"):
        return text
    lines = run(["addr2line", "-s", "-e", binary, *pcs]).stdout.split("\n")
    for pc, line in zip(pcs, lines):
        text = text.replace("pc " + pc, line)
    return text


def explore(folder, name, options=()):
    """(whether every execution is right, the report)"""
    source, own = PROGRAMS[name]
    binary = build_for_explore(os.path.join(folder, name), source,
                               [*options, *own])
    done = run([binary])
    return done.returncode == 0, with_lines(binary, done.stdout)


def genmc(name, model):
    source, own = PROGRAMS[name]
    done = run(["genmc", model, "--", *own, *INCLUDES,
                os.path.join(HERE, source)], timeout=600)
    return done.returncode == 0, f"genmc {model}\n{done.stdout}"


def check(name):
    if shutil.which("genmc"):
        results = [genmc(name, model) for model in ("-rc11", "-imm")]
    else:
        with tempfile.TemporaryDirectory() as folder:
            results = [explore(folder, name)]
    for good, report in results:
        print(f"{name}: {'right' if good else 'WRONG'}\n{report}", end="",
              flush=True)
    return all(good for good, _ in results)


# What a program may need, under the names of narrow/.
NEEDS = {"checker_create", "checker_join", "checker_exit", "checker_failed",
         "memcpy", "memset"}  # the compiler's own, for structs
CALLS = re.compile(r"^declare .*@([\w.$]+)\(", re.M)
COPY = re.compile(r"call void @llvm\.mem(?:cpy|set|move)\.[\w.]*"
                  r"\(.*, i64 ([^,]+), i1")


def bare(name, folder):
    """What is wrong with a program as another checker gets it."""
    source, own = PROGRAMS[name]
    narrow = ["-I" + os.path.join(HERE, "narrow"), *INCLUDES, *own,
              "-Wno-unused", "-Werror=implicit-function-declaration"]
    path = os.path.join(HERE, source)
    out = os.path.join(folder, name)
    done = run([CC, "-O0", "-fno-pie", "-c", *narrow, path, "-o", out + ".o"])
    if done.returncode != 0:
        return done.stdout
    needs = set(run(["nm", "-u", "-f", "just-symbols",
                     out + ".o"]).stdout.split()) - NEEDS
    wrong = "".join(f"needs {n}\n" for n in sorted(needs))
    if shutil.which("clang"):
        wrong += bare_code(["clang", *narrow, path], out + ".ll")
    return wrong


def bare_code(command, out):
    """The same of the code that GenMC interprets: clang's, as it makes it."""
    done = run([*command, "-O0", "-Xclang", "-disable-O0-optnone", "-g", "-S",
                "-emit-llvm", "-o", out])
    if done.returncode != 0:
        return done.stdout
    with open(out, encoding="utf-8") as f:
        text = f.read()
    calls = {c for c in CALLS.findall(text) if not re.match(
        r"llvm\.(dbg\.|lifetime\.|mem(cpy|set)\.)", c)} - NEEDS
    wrong = "".join(f"calls {c}\n" for c in sorted(calls))
    for n in COPY.findall(text):
        if not n.isdigit():
            wrong += f"copies as many bytes as {n} says\n"
    if re.search(r"\b(load|store)( atomic)? (float|double)\b", text):
        wrong += "has numbers in memory that are not whole\n"
    if " asm " in text:
        wrong += "has assembler\n"
    return wrong


def bare_all():
    good = True
    print("with clang" if shutil.which("clang") else "without clang")
    with tempfile.TemporaryDirectory() as folder:
        for name in PROGRAMS:
            wrong = bare(name, folder)
            print(f"{name}: {'WRONG' if wrong else 'right'}\n{wrong}", end="")
            good = good and not wrong
    return good


def stress():
    """Native threads: what the machine happens to do, many times."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, own) in PROGRAMS.items():
            binary = build(os.path.join(folder, name), source,
                           ["-O2", "-pthread", "-DMODEL_RUNS=1000", *own], [])
            done = run([binary])
            print(f"{name}: 1000 runs on this machine, "
                  f"{'right' if done.returncode == 0 else 'WRONG'}\n"
                  f"{done.stdout}", end="", flush=True)
            good = good and done.returncode == 0
    return good


# ------------------------------------------------------------------- litmus

# What, which orders for stores, loads and updates, how many executions; or
# what is found.
LITMUS = [
    ("STORE_BUFFERS", "relaxed", "relaxed", 4),
    ("STORE_BUFFERS", "release", "acquire", 4),
    ("STORE_BUFFERS", "seq_cst", "seq_cst", 3),
    ("MESSAGE", "relaxed", "acquire", 4),
    ("MESSAGE", "release", "relaxed", 4),
    ("MESSAGE", "release", "acquire", 3),
    ("MESSAGE_BY_FENCES", "relaxed", "relaxed", 3),
    ("LOAD_BUFFERS", "relaxed", "relaxed", 3),
    ("COHERENCE", "relaxed", "relaxed", 6),
    ("TWO_AND_TWO_WRITES", "release", "relaxed", 4),
    ("TWO_AND_TWO_WRITES", "seq_cst", "relaxed", 3),
    ("INDEPENDENT_READS", "release", "acquire", 16),
    ("INDEPENDENT_READS", "seq_cst", "seq_cst", 15),
    ("CAUSE", "relaxed", "relaxed", 8),
    ("CAUSE", "release", "acquire", 7),
    ("UPDATES=2", "relaxed", "relaxed", 2),
    ("UPDATES=3", "relaxed", "relaxed", 6),
    ("UPDATES=4", "relaxed", "relaxed", 24),
    ("MIXED", "seq_cst", "seq_cst", None),
    ("PLAIN", "release", "acquire", 2),
    ("PLAIN", "release", "relaxed", "data race"),
    ("PLAIN", "relaxed", "acquire", "data race"),
    # Updates pass a release on; later stores of the thread do not (C++20,
    # stricter than C17).
    ("PLAIN_BEHIND_UPDATE", "release", "acquire", 6),
    ("PLAIN_BEHIND_STORE", "release", "acquire", "data race"),
    ("ASSERTION", "release", "acquire", 2),
    ("ASSERTION", "relaxed", "acquire", "assertion fails"),
]


def n_executions(text):
    m = re.search(r"complete: (\d+) executions", text)
    return int(m[1]) if m else None


def litmus_one(case):
    what, stores, loads, expected = case
    options = ["-D" + what, "-DSTORES=" + stores, "-DLOADS=" + loads,
               "-DADDS=relaxed"]
    with tempfile.TemporaryDirectory() as folder:
        binary = build_for_explore(os.path.join(folder, "litmus"),
                                   "explore/litmus.c", options)
        quick, slow = (run([binary, *o]) for o in ([], ["--slow"]))
    if isinstance(expected, str):
        good = all(d.returncode == 1 and "explore: " + expected in d.stdout
                   for d in (quick, slow))
        got = expected if good else quick.stdout
    else:
        got = n_executions(quick.stdout)
        good = got is not None and got == n_executions(slow.stdout) and \
            expected in (None, got)
    return good, (f"{what} {stores} {loads}: {got}, {expected or 'unknown'} "
                  f"expected, {n_executions(slow.stdout)} by brute force")


# weir's own that are small enough for brute force.
BRUTE = ["inputs", "broadcast_blocks", "broadcast_mono", "gate", "reopen",
         "table", "freewheel_due", "freewheel_room", "doorbell"]


def brute_one(name):
    source, own = PROGRAMS[name]
    with tempfile.TemporaryDirectory() as folder:
        binary = build_for_explore(os.path.join(folder, name), source, own)
        quick, slow = (n_executions(run([binary, *o]).stdout)
                       for o in ([], ["--slow"]))
    return quick is not None and quick == slow, \
        f"{name}: {quick}, {slow} by brute force"


def litmus():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(litmus_one, LITMUS))
        results += pool.map(brute_one, BRUTE)
    for good, text in results:
        print(("right " if good else "WRONG ") + text)
    return all(good for good, _ in results)


# ----------------------------------------------------------------- weakening

# A table that asks for compare-and-swap, and a flag: explore has neither.
NO_MODEL = ("urids.c", "notes.c")
ORDER = re.compile(r"memory_order_(acquire|release|acq_rel|seq_cst)\b")


class Site:
    """One order in a source: the n-th of its function that is not relaxed."""

    def __init__(self, path, function, number, start, end, order):
        self.path, self.function, self.number = path, function, number
        self.start, self.end, self.order = start, end, order

    @property
    def key(self):
        return os.path.basename(self.path), self.function, self.number


def sites():
    """But for those of which there are no models."""
    found = {}
    for folder, _, files in os.walk(os.path.join(ROOT, "client")):
        for name in files:
            if name.endswith((".c", ".h")) and name not in NO_MODEL:
                path = os.path.join(folder, name)
                for site in sites_in(path):
                    found[site.key] = site
    return found


def sites_in(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    function, number, at = None, 0, 0
    for line in text.splitlines(keepends=True):
        head = re.match(r"(\w+)\(", line)
        if head:
            function, number = head[1], 0
        for m in ORDER.finditer(line):
            number += 1
            yield Site(path, function, number, at + m.start(), at + m.end(),
                       m[1])
        at += len(line)


def table():
    """Rows of docs/design.md: key, order, weaker, check."""
    with open(os.path.join(ROOT, "docs/design.md"),
              encoding="utf-8") as f:
        for line in f:
            m = re.match(r"\| `([\w.]+)` `(\w+)` (\d+) \| (\w+)\b[^|]*"
                         r"\| (\w+) \| `model_(\w+)` \|", line)
            if m:
                yield (m[1], m[2], int(m[3])), m[4], m[5], m[6]


def weakened(site, weaker, folder):
    """A copy of the site's file with that one order weakened."""
    with open(site.path, encoding="utf-8") as f:
        text = f.read()
    inside = os.path.relpath(site.path, os.path.join(ROOT, "client"))
    copy = os.path.join(folder, inside)
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    with open(copy, "w", encoding="utf-8") as f:
        f.write(text[:site.start] + "memory_order_" + weaker +
                text[site.end:])
    return "-I" + folder


def weaken_row(row, all_sites):
    key, order, weaker, name = row
    site = all_sites.get(key)
    if not site or site.order != order:
        return False, f"no such order in the sources: {key} {order}"
    with tempfile.TemporaryDirectory() as folder:
        include = weakened(site, weaker, os.path.join(folder, "weak"))
        good, report = explore(folder, name, [include])
    what = report.splitlines()[0] if report else ""
    found = not good and re.match("explore: (assertion fails|data race)", what)
    return bool(found), (f"{key[0]} {key[1]} {key[2]}: {order} -> {weaker}: "
                         f"model_{name}: {what}")


def weaken():
    rows, all_sites = list(table()), sites()
    good = True
    for key in sorted(set(all_sites) - {row[0] for row in rows}):
        print(f"not in docs/design.md: {key}")
        good = False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for found, text in pool.map(lambda r: weaken_row(r, all_sites), rows):
            print(("needed   " if found else "NOT SEEN ") + text, flush=True)
            good = good and found
    with tempfile.TemporaryDirectory() as folder:
        found, text = tempting(folder)
    print(("wrong    " if found else "NOT SEEN ") + text)
    good = good and found
    print(f"{len(rows)} weakenings")
    return good and len(rows) > 0


# Long enough that the two threads are there at once.
TSAN = {
    "inputs": ["-DMODEL_RUNS=20", "-DWRITES=20000", "-DREADS=20000"],
    "queue": ["-DMODEL_RUNS=20", "-DPUSHES=20000", "-DTRIES=20000"],
    "bytes": ["-DMODEL_RUNS=20", "-DPUSHES=20000", "-DTRIES=20000"],
    "feed": ["-DMODEL_RUNS=20", "-DWRITES=20000", "-DTRIES=20000"],
}


def tempting(folder):
    """The variant that passes on x86: a release store of `reserved`, and no
    fence. A release orders what is before it; the words come after."""
    with open(os.path.join(ROOT, "client/rt/broadcast.h"),
              encoding="utf-8") as f:
        text = f.read()
    fence = "    atomic_thread_fence(memory_order_release);\n"
    store = "atomic_store_explicit(&b->page->reserved, end, " \
        "memory_order_relaxed);"
    assert store in text and text.index(store) < text.index(fence)
    text = text.replace(store, store.replace("relaxed", "release"), 1)
    text = text.replace(fence, "", 1)
    os.makedirs(os.path.join(folder, "weak/rt"))
    with open(os.path.join(folder, "weak/rt/broadcast.h"), "w",
              encoding="utf-8") as f:
        f.write(text)
    good, report = explore(folder, "broadcast",
                           ["-I" + os.path.join(folder, "weak")])
    found = not good and "assertion fails" in report
    return found, ("broadcast.h weir_broadcast_reserve: a release store "
                   "instead of the fence: model_broadcast: " +
                   report.splitlines()[0])


def tsan_one(name, options, folder, runs=1):
    """The first run that shows a race, or the last: it takes both threads at
    once, which a busy machine does not give to every run."""
    source, own = PROGRAMS[name]
    binary = build(os.path.join(folder, name), source,
                   ["-O1", "-fsanitize=thread", "-pthread", *TSAN[name],
                    *options, *own], [])
    for _ in range(runs):
        done = run(["env", "TSAN_OPTIONS=halt_on_error=1", binary])
        if "data race" in done.stdout:
            break
    return done.returncode == 0, "data race" in done.stdout, done.stdout


def tsan():
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name in TSAN:
            quiet, _, text = tsan_one(name, [], folder)
            print(f"{name}: {'quiet' if quiet else 'WRONG ' + text}")
            good = good and quiet
        all_sites = sites()
        for key, order, weaker, name in table():
            if name not in TSAN:
                continue
            weak = os.path.join(folder, "weak")
            shutil.rmtree(weak, ignore_errors=True)
            include = weakened(all_sites[key], weaker, weak)
            _, race, text = tsan_one(name, [include], folder, runs=50)
            print(f"{key[0]} {key[1]}: {order} -> {weaker}: "
                  f"{'data race' if race else 'NOT SEEN ' + text}", flush=True)
            good = good and race
    return good


def main():
    modes = {"--litmus": litmus, "--stress": stress, "--bare": bare_all,
             "--weaken": weaken, "--tsan": tsan}
    if not shutil.which(CC):
        print(f"skipped: no {CC}")
        sys.exit(SKIP)
    names = sys.argv[1:]
    if len(names) == 1 and names[0] in modes:
        sys.exit(0 if modes[names[0]]() else 1)
    if names == ["all"]:
        names = list(PROGRAMS)
    if not names or not set(names) <= set(PROGRAMS):
        sys.exit(__doc__)
    sys.exit(0 if all([check(name) for name in names]) else 1)


if __name__ == "__main__":
    main()

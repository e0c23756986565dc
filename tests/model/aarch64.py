#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Counts the ordering instructions of client/rt built for aarch64.

Where x86 gives most orders for nothing, aarch64 pays for each: a load that
acquires is `ldar`, a store that releases `stlr`, a fence `dmb`, an update a
call of libgcc's that tells its order by its name. Each function has as many as
its sources say, and none for the rest: not for counters, not for samples.
Exit status 77 without the compiler and its libc (Debian:
gcc-aarch64-linux-gnu, libc6-dev-arm64-cross).
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CROSS = "aarch64-linux-gnu-"
# No inlining, so that every function's are its own; -O2 as in a release.
FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-fno-inline", "-Wall",
         "-Wextra", "-Werror", "-I" + os.path.join(ROOT, "client")]
SOURCES = ["inputs", "queue", "process", "process_control"]
# Make the compiler emit the rings' inline functions.
INPUTS = """
#include "rt/inputs.h"
void *const functions[] = {
    weir_inputs_fits, weir_inputs_record, weir_inputs_write,
    weir_inputs_commit, weir_inputs_peek, weir_inputs_read,
    weir_inputs_finish,
};
"""
BROADCAST = """
#include "rt/broadcast.h"
void *const functions[] = {
    weir_broadcast_init, weir_broadcast_write, weir_broadcast_read,
    weir_broadcast_copy_channel, weir_broadcast_set_clock,
    weir_broadcast_get_clock, weir_broadcast_keep,
};
"""

# object, function: what it has, and why.
EXPECTED = {
    # An SPSC ring has 2 + 2: one of each kind on either side.
    ("inputs", "weir_inputs_look_for_room"): (
        "ldar", "room that the mixer gave back"),
    ("inputs-inline", "weir_inputs_commit"): (
        "stlr", "a cycle, all lanes at once"),
    ("inputs-inline", "weir_inputs_peek"): (
        "ldar", "a cycle of the callback's"),
    ("inputs-inline", "weir_inputs_finish"): ("stlr", "room for the callback"),
    ("process", "weir_inputs_commit"): ("stlr", "as above"),
    ("queue", "weir_queue_room"): ("ldar", "room that the reader gave back"),
    ("queue", "weir_queue_push"): ("stlr", "a group of records"),
    ("queue", "weir_queue_pop"): ("ldar stlr", "records in, room back"),
    ("process", "wake_mixer"): ("ldadd4_rel", "the doorbell"),
    ("process", "await_room"): ("ldar", "wake, before a look at the room"),
    ("process", "await_due"): ("ldar", "wake, before a look at published"),
    ("process", "run_cycle"): ("ldar", "the port table"),
    ("process", "weir_process_run"): (
        "ldadd4_acq_rel ldar ldadd4_rel ldadd4_rel",
        "in, is it closing, out (on either way); an update that releases and "
        "a load that acquires are not reordered on aarch64"),
    ("process_control", "weir_process_set_table"): (
        "swp8_rel", "a whole table"),
    ("process_control", "weir_process_close"): (
        "stlr ldar", "closing, then inside: not reordered on aarch64"),
    ("process_control", "weir_process_reopen"): (
        "stlr", "what @control wrote while it was closed"),
    # Writing a block: one fence and two stores, whatever its length. Reading
    # one: a load and a fence.
    ("broadcast", "weir_broadcast_reserve"): (
        "dmb-ish", "reserved before the words"),
    ("broadcast", "weir_broadcast_publish"): (
        "stlr stlr", "the words before published; published before wake"),
    ("broadcast", "weir_broadcast_published"): (
        "ldar", "published before the words"),
    ("broadcast", "weir_broadcast_valid_from"): (
        "dmb-ishld", "the words before reserved"),
    ("broadcast", "weir_broadcast_set_clock"): (
        "dmb-ish stlr", "odd before the words, the words before even"),
    ("broadcast", "weir_broadcast_get_clock"): (
        "ldar dmb-ishld", "even before the words, the words before a second "
        "look"),
    # process.c has functions of the ring of its own, from the same header.
    ("process", "weir_broadcast_published"): ("ldar", "as above"),
    ("process", "weir_broadcast_valid_from"): ("dmb-ishld", "as above"),
}

# Every ordered or exclusive access, expected or not, and calls.
ORDERING = re.compile(
    r"\t(ldap?x?u?r[bh]?|stlx?u?r[bh]?|dmb|dsb|isb|"
    r"ld(?:add|set|clr|eor)a?l?|swpa?l?|casa?l?|bl?)\t(.*)")


def instruction(name, operands):
    """What an instruction is to the table, or None."""
    if name in ("b", "bl"):
        helper = re.search(r"<__aarch64_(\w+)>", operands)
        return helper and helper[1]
    if name in ("dmb", "dsb"):
        return name + "-" + operands.split()[0]
    return name


def count(objdump):
    found, function = collections.defaultdict(list), None
    for line in objdump.splitlines():
        head = re.match(r"[0-9a-f]+ <([\w.]+)>:", line)
        if head:
            function = head[1].split(".")[0]  # .constprop and the like
        m = ORDERING.search(line)
        if m and instruction(m[1], m[2]):
            found[function].append(instruction(m[1], m[2]))
    return found


def disassemble(source, folder):
    out = os.path.join(folder, os.path.basename(source) + ".o")
    subprocess.run([CROSS + "gcc", *FLAGS, "-c", source, "-o", out],
                   check=True)
    return subprocess.run([CROSS + "objdump", "-d", out], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def is_there():
    return shutil.which(CROSS + "gcc") and subprocess.run(
        [CROSS + "gcc", "-E", "-x", "c", "-include", "pthread.h",
         "/dev/null"], check=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0


def main():
    if not is_there():
        print("skipped: no cross compiler (Debian: apt-get install "
              "gcc-aarch64-linux-gnu libc6-dev-arm64-cross)")
        sys.exit(77)
    got = {}
    with tempfile.TemporaryDirectory() as folder:
        sources = [(name, os.path.join(ROOT, "client/rt", name + ".c"))
                   for name in SOURCES]
        for name, text in (("inputs-inline", INPUTS),
                           ("broadcast", BROADCAST)):
            path = os.path.join(folder, name + ".c")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            sources.append((name, path))
        for name, path in sources:
            for function, found in count(disassemble(path, folder)).items():
                got[name, function] = " ".join(sorted(found))
    good = True
    for key in sorted(set(got) | set(EXPECTED)):
        expected, why = EXPECTED.get(key, ("", "nothing is expected"))
        expected = " ".join(sorted(expected.split()))
        right = got.get(key, "") == expected
        good = good and right
        print(f"{'right' if right else 'WRONG'}  {key[0]} {key[1]}: "
              f"{got.get(key, '') or 'none'}"
              + ("" if right else f", expected {expected or 'none'}")
              + f" ({why})")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The two real-time threads of a running weir, as the kernel knows them."""
import os
import re


def _read(pid, tid, file):
    with open(f"/proc/{pid}/task/{tid}/{file}") as f:
        return f.read()


def _switches(pid, tid):
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                         _read(pid, tid, "status"), re.M)[1])


def all_threads(pid):
    return {int(tid): _read(pid, tid, "comm").strip()
            for tid in os.listdir(f"/proc/{pid}/task")}


def mixer(w):
    found = [tid for tid, name in all_threads(w.pid).items()
             if name == "weir-mixer"]
    assert len(found) == 1, all_threads(w.pid)
    return found[0]


def callback(case, w):
    """JACK gives its thread no name: it is the one that goes to sleep once a
    cycle while nobody asks weir anything, beside the mixer."""
    others = [t for t in all_threads(w.pid) if t not in (mixer(w), w.pid)]
    before = {t: _switches(w.pid, t) for t in others}
    cycles = w.status("cycles")
    case.pass_frames(w, 40 * w.block)
    cycles = w.status("cycles") - cycles
    slept = {t: _switches(w.pid, t) - before[t] for t in others}
    found = [t for t in others if slept[t] > cycles / 4]
    assert len(found) == 1, (slept, cycles)
    return found[0]


def page_faults(w, tid):
    """(minor, major)"""
    stat = _read(w.pid, tid, "stat").rsplit(")", 1)[1].split()
    return int(stat[7]), int(stat[9])

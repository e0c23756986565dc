#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What weir asks of the kernel, counted: cost that no clock is needed for."""
import os
import re
import time

from rig import BIN, Case, Process, RATE, TIMEOUT_S, closing_line, main


def switches(pid):
    """How often each thread has gone to sleep, by its name; the first one is
    `main`."""
    found = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            text = f.read()
        name = re.search(r"Name:\s+(\S+)", text)[1]
        key = "main" if task == str(pid) else f"{name}-{task}"
        found[key] = int(
            re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", text)[1])
    return found


class Recorder(Case):
    def calls(self, path):
        """strace -c's table: {call: how often}."""
        found = {}
        with open(path) as f:
            for line in f:
                # % time, seconds, usecs/call, calls, (errors,) syscall
                words = line.split()
                if len(words) >= 5 and words[0][0].isdigit():
                    found[words[-1]] = int(words[3])
        found.pop("total")
        return found

    def test_64_channels_cost_few_system_calls_a_second(self):
        seconds = 5
        self.start_jackd(period=64)
        w = self.weir("-s", "x:64")
        r = self.keep(Process(
            ["strace", "-f", "-c", "-o", self.path("calls"),
             f"{BIN}/weir-record", "--run-dir",
             self.run_dir, "-n", w.name, "-i", "strip/x", "-d", str(seconds),
             "-o", self.path("take.wav")], self.new_log("strace"),
            self.env()))
        status, out = r.end(seconds + TIMEOUT_S)
        self.assertEqual(status, 0, r.log())
        _, frames, lost, _ = closing_line(out)
        self.assertEqual((frames, lost), (seconds * RATE, 0))
        calls = self.calls(self.path("calls"))
        print(calls, flush=True)
        # 750 blocks come in a second; it wakes for 80 ms of them at once.
        for call, most in (("ppoll", 15), ("futex", 5), ("write", 30),
                           ("recvfrom", 40), ("fdatasync", 3)):
            self.assertLessEqual(calls.get(call, 0), seconds * most + 10,
                                 call)
        # Starting up and ending: a few hundred.
        self.assertLessEqual(sum(calls.values()), seconds * 120 + 500)


class Idle(Case):
    period = 1024

    def test_only_the_audio_threads_wake_when_nobody_asks(self):
        seconds = 5
        w = self.weir("-s", "a:2", "-s", "b:2")
        xruns = w.status("xruns")
        cycles = w.status("cycles")
        before = switches(w.pid)
        time.sleep(seconds)  # what is measured
        after = switches(w.pid)
        cycles = w.status("cycles") - cycles
        # Each xrun is told to libjack's thread and to the poll loop.
        xruns = w.status("xruns") - xruns
        self.assertEqual(set(before), set(after))
        turns = {k: after[k] - before[k] for k in after}
        print(f"{turns}, {cycles} cycles, {xruns} xruns", flush=True)
        # The poll loop looks at cycles and mixer five times a second.
        busy = [k for k, n in turns.items()
                if n > (7 if k == "main" else 1) * seconds + 3 + 4 * xruns]
        self.assertEqual(len(busy), 2, turns)  # callback and mixer
        self.assertIn("weir-mixer", [k.rpartition("-")[0] for k in busy])
        self.assertNotIn("main", busy)
        for k in busy:
            self.assertLessEqual(turns[k], 1.1 * cycles + 20, k)


if __name__ == "__main__":
    main()

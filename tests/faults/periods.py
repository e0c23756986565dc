#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""JACK's period changes while weir runs: no frame that JACK delivered is lost,
and what weir says of its latency follows.  WEIR_LONG=1: every period, both
ways."""
import subprocess

from rig import Case, LONG, RATE, main, wait_for, wav_segments

BACK = 1 << 31  # the counter's difference, as JACK counts modulo 2^32
UP = [2 ** n for n in range(4, 14)]
PERIODS = UP + UP[::-1] if LONG else [1024, 16, 4096, 8192, 256]


class Periods(Case):
    own_server = True

    def set_period(self, n):
        subprocess.run(["jack_bufsize", str(n)], env=self.env(), check=True,
                       capture_output=True, timeout=30)
        wait_for("the period", lambda: self.w.status("block") == n)

    def capture_latency(self, port):
        """[min, max], as JACK has it."""
        for line in self.jackd.lsp("-l", port).splitlines():
            if "capture latency" in line:
                return [int(n) for n in line.split() if n.isdigit()]
        return None

    def test_numbered_frames_come_through_every_change(self):
        for attempt in range(5):
            try:
                return self.change_periods(attempt)
            except AssertionError:
                # A busy machine: JACK runs a cycle without weir alone. Then
                # another client may not get in at once either.
                if attempt == 4 or (attempt == 0 and
                                    self.w.status("xruns") == 0):
                    raise
                self.end_all()

    def end_all(self):
        for p in reversed(self.processes):
            p.kill()
        self.processes.clear()
        wait_for("oblivion", self.jackd.is_as_new)

    def change_periods(self, attempt):
        self.w = w = self.weir("-s", "a:2", "--latency", "2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record(f"take{attempt}.wav")
        self.pass_frames(w)
        for n in [self.period, *PERIODS]:
            self.set_period(n)
            self.pass_frames(w, max(4 * n, RATE // 10))
            self.assertEqual(w.status("latency_frames"), 2 * n)
            wait_for(f"the latency at {n}", lambda: self.capture_latency(
                "weir:main_L") == [2 * n, 2 * n])
        lost = w.status("input_frames_lost")
        self.assertEqual(self.stop(r)[2:], (0, 0))
        report = self.end_generator(g)
        got = wav_segments(self.path(f"take{attempt}.wav"), "0", "1")
        print(f"{PERIODS}: weir lost {lost}, JACK's gaps {report['gaps']}")
        self.check_all_there(got, report["gaps"])
        self.assertEqual(lost, sum(n for _, n in report["gaps"] if n < BACK))

    def check_all_there(self, got, gaps):
        """Every frame that JACK gave the generator is in the recording, and in
        its place. Where the period grows JACK's counter jumps ahead, which is
        silence as any cycle that JACK skips; where it shrinks the counter goes
        back, which is none."""
        stretches, t, end = [], got[0].t, got[-1].t + got[-1].n
        for at, n in gaps:
            if n >= BACK:
                stretches += [("ramp", t, at - t)]
            else:
                stretches += [("ramp", t, at - t), ("silence", None, n)]
            t = (at + n) % (1 << 32)
        stretches.append(("ramp", t, end - t))
        # What was recorded before the first gap, or after the last cycle that
        # the recorder saw, is not the generator's business.
        self.assertEqual([(s.kind, s.t, s.n) for s in got], stretches)


if __name__ == "__main__":
    main()

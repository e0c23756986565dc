#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The real-time rule, watched in a weir to which everything happens: neither
JACK's callback nor the mixer allocates, locks, waits, formats text or touches
a file."""
import os
import signal

from activity import Activity
from rig import Case, main, wait_for
from watch import SANITIZED, Watch, summary

CYCLES = int(os.environ.get("WEIR_CYCLES", 2000))


class Rule(Case):
    own_server = True

    def test_the_rule_is_kept_whatever_happens(self):
        watch = Watch(self.path("report"))
        w = self.weir("-s", "a:2", "-s", "b", env=self.env_of(watch))
        self.generator("0=weir:a_L", "1=weir:a_R", "2=weir:b")
        before = w.status("frames_mixed")
        activity = Activity(self, w)
        cycles = activity.run(CYCLES)
        blocks = (w.status("frames_mixed") - before) // self.period
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0, w.log())
        offences = watch.offences(w.log())
        if offences:
            self.fail(summary(offences))
        self.assertGreaterEqual(cycles, CYCLES)
        self.assertGreaterEqual(blocks, CYCLES)
        self.assertGreater(activity.n_rounds, 2)
        print(f"{cycles} cycles, {blocks} blocks, {activity.n_rounds} strips "
              f"and buses, {activity.n_sets} sets, {activity.n_readers} "
              f"readers, {activity.n_feeds} feeds: no offence")
        if not SANITIZED:
            self.check_counts(watch, cycles)

    def test_in_freewheel_both_wait_and_do_nothing_else(self):
        watch = Watch(self.path("report"))
        w = self.weir("-s", "a:2", "--history", "1", env=self.env_of(watch))
        self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav", "--freewheel", "-c", "1")
        # While it is stopped the mixer has nothing to do but wait for it.
        r.signal(signal.SIGSTOP)
        seen = []
        wait_for("a standstill", lambda: self.stands_still(w, seen))
        r.signal(signal.SIGCONT)
        self.stop(r)
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0, w.log())
        waits = watch.offences(w.log())
        others = [o for o in waits if not self.is_a_wait(o)]
        if others:
            self.fail(summary(others))
        if not SANITIZED:
            self.assertEqual({o.thread for o in waits},
                             {"callback", "mixer"})

    def stands_still(self, w, seen):
        seen.append(w.status("cycles"))
        return seen[-20:] == seen[-1:] * 20

    def is_a_wait(self, offence):
        return offence.call == "syscall" and any(
            "wait_a_slice" in frame for frame in offence.frames)

    def env_of(self, watch):
        self.start_jackd()
        return watch.env(self.env())

    def check_counts(self, watch, cycles):
        """That both threads were watched, and what each was allowed."""
        print(f"callback {watch.callback}, mixer {watch.mixer}")
        self.assertGreaterEqual(watch.callback["cycles"], cycles)
        self.assertEqual(watch.callback["wakes"], watch.callback["cycles"])
        self.assertEqual(watch.callback["most_wakes"], 1)
        self.assertGreater(watch.mixer["waits"], 0)
        self.assertGreater(watch.mixer["wakes"], 0)
        self.assertGreater(watch.mixer["writes"], 0)


if __name__ == "__main__":
    main()

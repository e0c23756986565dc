#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What watches the real-time threads, watched: a client that breaks the rule
is reported, call by call; one that keeps it is not."""
import unittest

from rig import Case, Process, TOOLS, main
from watch import SANITIZED, Watch, summary


class Misdeeds(Case):
    def run_client(self, *args):
        """(offences, watch, calls that were made)"""
        self.start_jackd()
        watch = Watch(self.path("report"))
        p = self.keep(Process([f"{TOOLS}/misdeeds", *args],
                              self.new_log("misdeeds"),
                              watch.env(self.env())))
        status, out = p.end()
        self.assertEqual(status, 0, p.log())
        did = [line.split()[1] for line in out.splitlines()
               if line.startswith("did ")]
        return watch.offences(p.log()), watch, did

    def check_all_are_named(self, thread):
        offences, watch, did = self.run_client(thread, "all")
        self.assertGreater(len(did), 40)
        for call in did:
            if call in watch.calls_unseen:
                continue
            theirs = [o for o in offences if o.call == call
                      and (SANITIZED or o.thread == thread)]
            self.assertTrue(theirs, f"{call} was not reported")
            # By whom: so that it can be found.
            self.assertTrue(any(f"do_{call}" in frame for o in theirs
                                for frame in o.frames), theirs)
        # A quiet thread beside a loud one is not blamed.
        if not SANITIZED:
            self.assertEqual({o.thread for o in offences}, {thread})

    def check_nothing_is_found(self, thread):
        offences, watch, _ = self.run_client(thread)
        if offences:
            self.fail(summary(offences))
        if not SANITIZED:
            self.assertGreater(watch.callback["cycles"], 10)
            self.assertGreater(watch.mixer["waits"], 10)

    def test_each_misdeed_in_a_callback_is_reported_by_name(self):
        self.check_all_are_named("callback")

    def test_each_misdeed_in_a_mixer_is_reported_by_name(self):
        self.check_all_are_named("mixer")

    @unittest.skipUnless(SANITIZED, "the sanitizer's own")
    def test_as_the_sanitizer_is_by_itself_one_misdeed_ends_the_process(self):
        self.start_jackd()
        p = self.keep(Process([f"{TOOLS}/misdeeds", "callback", "malloc"],
                              self.new_log("misdeeds"), self.env()))
        status, _ = p.end()
        self.assertNotEqual(status, 0)
        self.assertIn("real-time unsafe function `malloc`", p.log())

    def test_a_callback_that_keeps_the_rule_is_not_reported(self):
        self.check_nothing_is_found("callback")

    def test_a_mixer_that_keeps_the_rule_is_not_reported(self):
        self.check_nothing_is_found("mixer")


if __name__ == "__main__":
    main()

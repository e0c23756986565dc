#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""How tests/run counts, and who gets a second try: tests/tries.sh, with a
project of the test's own whose tests do as they are told."""
import json
import os
import subprocess
import tempfile
import unittest

TRIES = os.path.abspath(os.path.join(os.path.dirname(__file__), "..",
                                     "tries.sh"))
CTEST = os.path.dirname(os.environ.get("WEIR_CTEST", "/usr/bin/ctest"))

# `doing NAME WHAT...`: the last WHAT is also what every later try does.
DOING = """#!/bin/sh
echo "begin $1" >>calls
shift_by=$(grep -c "begin $1\\$" calls)
name=$1
while [ "$shift_by" -gt 0 ] && [ $# -gt 1 ]; do
    shift
    shift_by=$((shift_by - 1))
done
echo "this is $name: $1"
case $1 in
fail) exit 1 ;;
skip) exit 77 ;;
crash) kill -s SEGV $$ ;;
kill-ctest) kill -s KILL $PPID ;;
slow) sleep 0.1 ;;
esac
echo "end $name" >>calls
"""

PRESETS = {
    "version": 3,
    "configurePresets": [{
        "name": "dev", "generator": "Ninja",
        "binaryDir": "${sourceDir}/build-${presetName}"}],
    "testPresets": [{
        "name": "dev", "configurePreset": "dev",
        "output": {"outputOnFailure": True},
        "execution": {"noTestsAction": "error"},
        "filter": {"exclude": {"label": "left_out"}}}],
}


class Project:
    """add(name, what it does each time, its properties), then run()."""

    def __init__(self, case):
        folder = tempfile.TemporaryDirectory()
        case.addCleanup(folder.cleanup)
        self.dir = folder.name
        os.mkdir(f"{self.dir}/build-dev")
        self.write("CMakePresets.json", json.dumps(PRESETS))
        self.write("doing", DOING)
        os.chmod(f"{self.dir}/doing", 0o755)
        self.tests = ""

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w", encoding="utf-8") as f:
            f.write(text)

    def add(self, name, *what, labels="server", more=""):
        self.tests += (
            f'add_test({name} "{self.dir}/doing" {name} {" ".join(what)})\n'
            f'set_tests_properties({name} PROPERTIES LABELS "{labels}" '
            f'SKIP_RETURN_CODE 77 WORKING_DIRECTORY "{self.dir}" {more})\n')

    def run(self, n_at_once=2):
        """(status, lines)"""
        self.write("build-dev/CTestTestfile.cmake", self.tests)
        done = subprocess.run(
            ["bash", "-c", 'set -uo pipefail; . "$0"; '
             f"test_preset dev {n_at_once}; finish", TRIES],
            cwd=self.dir, capture_output=True, text=True, timeout=100,
            check=False, env=dict(os.environ, PATH=CTEST + os.pathsep
                                  + os.environ["PATH"]))
        return done.returncode, done.stdout.splitlines()

    def calls(self):
        with open(f"{self.dir}/calls", encoding="utf-8") as f:
            return f.read().splitlines()


class Tries(unittest.TestCase):
    def setUp(self):
        self.p = Project(self)

    def check(self, status, last, again=None):
        got, lines = self.p.run()
        self.assertEqual((got, lines[-1]), (status, last), lines)
        said = [line for line in lines if line.startswith("passed at the")]
        self.assertEqual(said, [again] if again else [], lines)
        return lines

    def test_what_passes_at_once_is_run_once(self):
        self.p.add("good", "pass")
        self.p.add("other", "pass", labels="unit")
        self.check(0, "2 passed, 0 failed")
        self.assertEqual(len(self.p.calls()), 4)

    def test_a_test_with_a_server_has_a_second_try_which_is_named(self):
        self.p.add("good", "pass")
        self.p.add("shaky", "fail", "pass", labels="jack;server")
        self.p.add("crashes", "crash", "pass", labels="server;faults")
        lines = self.check(
            0, "3 passed, 0 failed",
            "passed at the second try: shaky crashes")
        self.assertIn("this is shaky: fail", lines)
        self.assertEqual(self.p.calls().count("begin good"), 1)

    def test_it_has_no_third(self):
        self.p.add("bad", "fail", "fail", "pass")
        self.p.add("shaky", "fail", "pass")
        lines = self.check(1, "1 passed, 1 failed",
                           "passed at the second try: shaky")
        self.assertEqual(self.p.calls().count("begin bad"), 2)
        self.assertEqual(lines.count("this is bad: fail"), 2)

    def test_a_test_without_a_server_has_none(self):
        for label in ("unit", "observer", "servers"):
            self.p.add(label, "fail", "pass", labels=label)
        self.check(1, "0 passed, 4 failed")  # and nothing has passed
        self.assertEqual(len(self.p.calls()), 3)

    def test_only_whole_names_are_tried_again(self):
        self.p.add("feed", "fail", "pass")
        self.p.add("feeds", "pass")
        self.p.add("feed_more", "pass", labels="unit")
        self.p.add("a.feed", "pass")
        self.check(0, "4 passed, 0 failed",
                   "passed at the second try: feed")
        self.assertEqual(len(self.p.calls()), 9)

    def test_in_the_second_try_they_are_alone(self):
        for name in "abcd":
            self.p.add(name, "fail", "slow")
        self.check(0, "4 passed, 0 failed",
                   "passed at the second try: a b c d")
        calls = self.p.calls()[-8:]
        for begin, end in zip(calls[::2], calls[1::2]):
            self.assertEqual(end, begin.replace("begin", "end"), calls)

    def test_one_that_is_skipped_then_has_not_passed(self):
        self.p.add("good", "pass")
        self.p.add("absent", "skip")
        self.p.add("shaky", "fail", "skip")
        self.check(1, "1 passed, 1 failed, 1 skipped")

    def test_what_the_preset_leaves_out_stays_out(self):
        self.p.add("out", "fail", labels="server;left_out")
        self.p.add("shaky", "fail", "pass")
        self.check(0, "1 passed, 0 failed",
                   "passed at the second try: shaky")

    def test_fixtures_and_what_runs_by_itself_do_so_again(self):
        self.p.add("begin", "pass", labels="unit",
                   more="FIXTURES_SETUP stage")
        self.p.add("end", "pass", labels="unit",
                   more="FIXTURES_CLEANUP stage")
        self.p.add("shaky", "fail", "pass",
                   more="FIXTURES_REQUIRED stage RUN_SERIAL ON")
        self.check(0, "3 passed, 0 failed",
                   "passed at the second try: shaky")
        self.assertEqual([c for c in self.p.calls() if "begin " in c],
                         ["begin begin", "begin shaky", "begin end"] * 2)

    def test_a_ctest_that_dies_is_a_failure(self):
        self.p.add("good", "pass")
        self.p.add("shaky", "fail", "pass", more="DEPENDS good")
        self.p.add("killer", "kill-ctest", "pass", more="DEPENDS shaky")
        self.check(1, "0 passed, 2 failed")  # and nothing has passed

    def test_so_is_one_that_dies_in_the_second_try(self):
        self.p.add("good", "pass")
        self.p.add("shaky", "fail", "kill-ctest")
        self.check(1, "1 passed, 1 failed")

    def test_so_is_one_that_finds_no_tests(self):
        self.check(1, "0 passed, 2 failed")

    def test_closing_lines_of_somebody_elses_do_not_count(self):
        said = "100% tests passed, 0 tests failed out of 9"
        self.p.write("said", said + "\n")
        self.p.tests = (
            f'add_test(says "/bin/sh" "-c" "cat {self.p.dir}/said; exit 1")\n')
        self.p.add("killer", "kill-ctest", more="DEPENDS says")
        self.assertIn(said, self.check(1, "0 passed, 2 failed"))


if __name__ == "__main__":
    unittest.main(argv=["test_run.py", "-v"])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-bench runs, its JSON is complete, and all data came through as it went
in. How long anything took is not looked at."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BENCH = sys.argv.pop()
RINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rings.py")


def bench(*args):
    return subprocess.run([BENCH, *args], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = bench("--quick", "--json")
        cls.out = json.loads(cls.run_.stdout)

    def test_data_came_through_as_it_went_in(self):
        self.assertEqual(self.run_.returncode, 0, self.run_.stderr)
        for group in self.out["groups"]:
            self.assertIs(group["intact"], True, group["name"])

    def test_each_group_of_the_list_is_there_with_its_contestants(self):
        names = {line.split()[0] for line in bench("--list").stdout.splitlines()}
        got = {g["name"]: g for g in self.out["groups"]}
        self.assertIn("spsc-here", names)
        if self.out["machine"]["two_cpus"]:
            self.assertEqual(set(got), names)
        for group in got.values():
            there = [c["name"] for c in group["contestants"] if c["measured"]]
            self.assertGreater(len(there), 1, group["name"])
            self.assertEqual(len(there), len(set(there)), group["name"])

    def test_each_target_has_a_verdict_that_follows_from_its_numbers(self):
        n_targets = 0
        for group in self.out["groups"]:
            for t in group["targets"]:
                n_targets += 1
                self.check_verdict(t, "at_most", "verdict")
                self.check_verdict(t, "stretch", "stretch_verdict")
        self.assertGreater(n_targets, 4)

    def check_verdict(self, target, limit, verdict):
        got = target["got"]
        if target[limit] is None:
            right = None
        elif got is None:
            right = "not measured"
        else:
            right = "met" if got <= target[limit] else "not met"
        self.assertEqual(target[verdict], right, target)

    def test_the_machine_is_told(self):
        for key in ("cpu", "kernel", "compiler", "flags"):
            self.assertTrue(self.out["machine"][key])

    def test_the_tables_in_a_document_are_renewed(self):
        with tempfile.TemporaryDirectory() as folder:
            data, text = folder + "/rings.json", folder + "/text.md"
            with open(data, "w", encoding="utf-8") as f:
                f.write(self.run_.stdout)
            with open(text, "w", encoding="utf-8") as f:
                f.write("before\n<!-- bench not-measured -->\nkept\n"
                        "<!-- /bench -->\n<!-- bench spsc-h* -->\nold\n"
                        "<!-- /bench -->\nbehind\n")
            subprocess.run([RINGS, "--into", text, data], check=True)
            with open(text, encoding="utf-8") as f:
                lines = f.read().splitlines()
        self.assertEqual((lines[0], lines[-1]), ("before", "behind"))
        self.assertIn("kept", lines)
        self.assertNotIn("old", lines)
        for name in ("memcpy", "weir queue", "jack"):
            rows = [x for x in lines if x.startswith(f"| {name} |")]
            self.assertEqual(len(rows), 1, name)

    def test_an_unknown_group_is_an_error(self):
        self.assertEqual(bench("--quick", "no-such-group").returncode, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

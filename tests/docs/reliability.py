#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Every promise in docs/reliability.md names a test that there is."""
import glob
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ["WEIR_BUILD"]


def registered():
    """Read, for asking ctest would end the log of the one that runs."""
    there = set()
    for path in glob.glob(BUILD + "/**/CTestTestfile.cmake", recursive=True):
        with open(path, encoding="utf-8") as f:
            there |= set(re.findall(r"^add_test\(\[=\[(\S+?)\]=\]",
                                    f.read(), re.M))
    return there


def rows():
    """(promise, tested by, figure)"""
    with open(ROOT + "/docs/reliability.md", encoding="utf-8") as f:
        for line in f:
            cells = [c.strip() for c in line.strip().split("|")[1:-1]]
            if len(cells) == 3 and cells[0] not in ("promise", "---"):
                yield cells


class Reliability(unittest.TestCase):
    def test_every_promise_names_tests_that_there_are(self):
        there = registered()
        self.assertGreater(len(there), 100)
        n = 0
        for promise, tested_by, _ in rows():
            presets = re.findall(r"preset `\w+`", tested_by)
            names = re.findall(r"(?<!preset )`(\w+)`", tested_by)
            self.assertTrue(names, promise)
            self.assertEqual([t for t in names if t not in there], [], promise)
            with open(ROOT + "/CMakePresets.json", encoding="utf-8") as f:
                known = f.read()
            for preset in presets:
                self.assertIn(preset.split("`")[1], known, promise)
            n += 1
        self.assertGreater(n, 25)


if __name__ == "__main__":
    unittest.main(verbosity=2)

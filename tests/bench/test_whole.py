#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""whole.py, growth.py, control.py and plugins.py work, and measure what they
say. No speed."""
import json
import os
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def measured(script, *args):
    with tempfile.TemporaryDirectory(prefix="weir-", dir="/tmp") as folder:
        path = folder + "/out.json"
        subprocess.run([f"{HERE}/{script}", "--quick", "--json", path, *args],
                       check=True, timeout=120)
        with open(path) as f:
            return json.load(f)


class Whole(unittest.TestCase):
    def test_every_thread_is_counted_and_everything_runs(self):
        strips = measured("whole.py", "--strips", "3", "strips")["strips"]
        for name in ("weir", "silent"):
            for role in ("mixer", "callback", "all"):
                self.assertGreater(strips[name]["us"][role]["median"], 0)
            self.assertGreater(strips[name]["counters"][0]["cycles"], 100)
            # The mixer wakes for cycles, and not many times for each.
            self.assertLess(
                strips[name]["wakeups_a_second"]["mixer"]["median"], 3 * 750)
        floor = strips["floor"]
        self.assertGreater(floor["counters"][0]["cycles"], 100)
        self.assertNotIn("mixer", floor["us"])
        self.assertGreater(strips["ratio"]["median"], 0)


class Growth(unittest.TestCase):
    def test_all_sizes_are_driven(self):
        grown = measured("growth.py", "driven-strips")["driven-strips"]
        self.assertEqual({(r["period"], r["n"]) for r in grown},
                         {(p, n) for p in (64, 256)
                          for n in (1, 2, 8, 32, 64, 128, 256)})
        for row in grown:
            self.assertGreater(row["mixer"]["median"], 0)
            self.assertGreater(row["callback"]["median"], 0)


class Control(unittest.TestCase):
    def test_every_set_is_answered_and_heard(self):
        control = measured("control.py", "sound")
        self.assertEqual([r["period"] for r in control["sound"]], [64, 256])
        for row in control["sound"]:
            self.assertEqual(row["reply_us"]["n"], 10)
            self.assertGreater(row["reply_us"]["least"], 0)
            # Heard weir's latency after it was mixed, and not before.
            self.assertGreater(row["output_us"]["least"],
                               row["mix_us"]["least"])


class Plugins(unittest.TestCase):
    def test_every_host_plays_and_bounces(self):
        names = ["weir, no plugins", "weir, runners", "weir, inside"]
        p = measured("plugins.py", "--plugin", "urn:weir:test:stereo",
                     "--strips", "2", "--", *names)
        self.assertEqual(p["measured"][0]["strips"], 2)
        hosts = p["measured"][0]["hosts"]
        self.assertEqual(set(hosts), set(names))
        # A runner for each strip, beside what there is without plugins: the
        # nursery and its keeper.
        inside = hosts["weir, inside"]["processes"]["median"]
        self.assertEqual(hosts["weir, runners"]["processes"]["median"],
                         inside + 2)
        for name in names:
            self.assertGreater(hosts[name]["us"]["median"], 0)
            self.assertGreater(hosts[name]["us_with_all"]["median"],
                               hosts[name]["us"]["median"])
            self.assertGreater(hosts[name]["cycles"]["median"], 100)
            self.assertGreater(hosts[name]["bounce_us"]["median"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)

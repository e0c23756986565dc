#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""docs/design.md knows every memory order in client/, and the limits as the
sources have them."""
import glob
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
ORDERS = "acquire|release|acq_rel|seq_cst"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def sources():
    return [p for pattern in ("client/**/*.[ch]", "oscctl/**/*.[ch]")
            for p in glob.glob(f"{ROOT}/{pattern}", recursive=True)]


def orders_in(path):
    """(file, function, order) of every order but relaxed; a function's name
    stands at the beginning of its line."""
    function = None
    for line in read(path).splitlines():
        head = re.match(r"(\w+)\(", line)
        function = head[1] if head else function
        for order in re.findall(rf"memory_order_({ORDERS})\b", line):
            yield os.path.basename(path), function, order


def table():
    for line in read(ROOT + "/docs/design.md").splitlines():
        m = re.match(rf"\| `([\w.]+)` `(\w+)` \| ({ORDERS})\b", line)
        if m:
            yield m.groups()


class Design(unittest.TestCase):
    def test_the_table_has_every_order_of_the_sources(self):
        there = {o for path in sources() for o in orders_in(path)}
        self.assertGreater(len(there), 20)
        self.assertEqual(set(table()), there)

    def test_other_halves_are_functions(self):
        functions = {f for path in sources() for _, f, _ in orders_in(path)}
        for line in read(ROOT + "/docs/design.md").splitlines():
            if re.match(rf"\| `[\w.]+` `\w+` \| ({ORDERS})\b", line):
                for name in re.findall(r"`([a-z]\w+)`", line.split("|")[3]):
                    self.assertIn(name, functions, line)

    def test_limits_are_those_of_the_sources(self):
        all_of_it = "\n".join(map(read, sources()))
        limits = re.findall(r"\| (\d+) \| `(WEIR_\w+)` \|",
                            read(ROOT + "/docs/design.md"))
        self.assertGreater(len(limits), 8)
        for number, name in limits:
            self.assertRegex(all_of_it, rf"\b{name} = {number}\b")


if __name__ == "__main__":
    unittest.main(verbosity=2)

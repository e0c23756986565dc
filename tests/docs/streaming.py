#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What docs/streaming.md shows of Icecast's configuration is what runs."""
import glob
import os
import re
import unittest

DOCS = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))) + "/docs"


def read(path):
    """The text without what only the eye needs."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"<!--.*?-->", "", f.read(), flags=re.S)
    return text


def squeezed(text):
    return re.sub(r"\s+", "", text)


class Streaming(unittest.TestCase):
    def test_a_configuration_that_is_shown_is_part_of_one_that_runs(self):
        page = read(DOCS + "/streaming.md")
        blocks = re.findall(r"^```xml\n(.*?)^```", page, re.S | re.M)
        files = [squeezed(read(f)) for f in glob.glob(DOCS + "/icecast/*.xml")]
        self.assertGreater(len(blocks), 0)
        for block in blocks:
            self.assertTrue(any(squeezed(block) in f for f in files), block)

    def test_elements_that_are_named_are_in_it(self):
        page = read(DOCS + "/streaming.md")
        text = "".join(squeezed(read(f))
                       for f in glob.glob(DOCS + "/icecast/*.xml"))
        named = re.findall(r"`(<[a-z].*?>)`", page)
        self.assertGreater(len(named), 4)
        for element in named:
            self.assertIn(squeezed(element), text)


if __name__ == "__main__":
    unittest.main(verbosity=2)

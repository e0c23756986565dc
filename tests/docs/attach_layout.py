#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""docs/attach.md: its programs compile, its offsets are those of the headers,
and every function of libweir can be found."""
import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CC = os.environ.get("CC", "cc")


def read(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as f:
        return f.read()


def compile_c(text, *folders):
    return subprocess.run(
        [CC, "-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
         *(f"-I{ROOT}/{f}" for f in folders), "-x", "c", "-"],
        input=text, capture_output=True, text=True)


def offsets(heading):
    return re.findall(rf"\| (\d+) \| `([\w ]+)` \| `(\w+)` \|",
                      read("docs/attach.md").split(heading)[1]
                      .split("\n#")[0])


class Attach(unittest.TestCase):
    def good(self, run):
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_programs_compile_with_the_public_header_alone(self):
        programs = re.findall(r"```c\n(.*?)```", read("docs/attach.md"), re.S)
        self.assertGreater(len(programs), 0)
        for program in programs:
            self.good(compile_c(program, "client/attach/include"))

    def check_layout(self, struct, header, heading):
        rows = offsets(heading)
        self.assertGreater(len(rows), 3)
        lines = [f'#include "{header}"', "#include <stddef.h>"]
        for offset, kind, field in rows:
            at = f"offsetof(struct {struct}, {field})"
            whose = f"((struct {struct} *)0)->{field}"
            lines += [f'_Static_assert({at} == {offset}, "{field}");',
                      f"_Static_assert(_Generic(&{whose}, {kind} *: 1), "
                      f'"{field}");']
        self.good(compile_c("\n".join(lines) + "\n", "client"))
        body = read(f"client/{header}").split(f"struct {struct} {{")[1]
        fields = re.findall(r"(\w+);", body.split("\n};")[0])
        self.assertEqual([r[2] for r in rows], fields)

    def test_the_ring_is_laid_out_as_the_table_says(self):
        self.check_layout("weir_broadcast_page", "rt/broadcast.h",
                          "### A ring")

    def test_a_readers_page_is_laid_out_as_the_table_says(self):
        self.check_layout("weir_reader_page", "attach/protocol.h",
                          "### A reader's page")

    def test_a_feeds_ring_is_laid_out_as_the_table_says(self):
        self.check_layout("weir_feed_page", "rt/feed.h",
                          "### A feed's ring")
        header, doc = read("client/rt/feed.h"), read("docs/attach.md")
        magic = re.search(r"MAGIC UINT64_C\((0x\w+)\)", header)[1]
        self.assertIn(magic, doc)

    def test_the_numbers_are_those_of_the_header(self):
        header, doc = read("client/rt/broadcast.h"), read("docs/attach.md")
        magic = re.search(r"MAGIC UINT64_C\((0x\w+)\)", header)[1]
        self.assertIn(magic, doc)
        abi = re.search(r"BROADCAST_ABI (\d+)u", header)[1]
        self.assertIn(f"| `abi` | {abi} |", doc)
        self.assertIn(f"ABI is {abi};", doc)


if __name__ == "__main__":
    unittest.main(verbosity=2)

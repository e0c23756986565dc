#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Every program's man page has the options that its --help has, and is good
mdoc."""
import os
import re
import shutil
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BIN = os.environ.get("WEIR_BIN", "build-dev/bin")
PROGRAMS = ["weir", "weirctl", "weir-record", "weir-stream", "weir-tap",
            "weir-feed"]


def page(program):
    return f"{ROOT}/docs/man/{program}.1"


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def help_options(program):
    """(letter or "", name, whether it takes an argument)."""
    out = subprocess.run([f"{BIN}/{program}", "--help"], check=True,
                         capture_output=True, text=True).stdout
    return sorted((m[1] or "", m[2], bool(m[3])) for m in re.finditer(
        r"^  (?:-(\w), |    )--([\w-]+)( [A-Z]|\[=)?", out, re.M))


def page_options(program):
    return sorted((m[1] or "", m[2], bool(m[3])) for m in re.finditer(
        r"^\.It Fl (?:(\w) , )?-([\w-]+)( Ar| Ns Op = Ns Ar)?",
        read(page(program)), re.M))


class Pages(unittest.TestCase):
    def test_a_page_has_the_options_that_help_has(self):
        for program in PROGRAMS:
            options = help_options(program)
            self.assertGreater(len(options), 5, program)
            self.assertEqual(page_options(program), options, program)

    def test_a_synopsis_has_every_option(self):
        for program in PROGRAMS:
            synopsis = read(page(program)).split(".Sh DESCRIPTION")[0]
            for letter, name, _ in help_options(program):
                if name in ("quiet", "verbose"):
                    self.assertIn("Op Fl qv", synopsis, program)
                elif name not in ("help", "version"):
                    self.assertRegex(synopsis,
                                     rf"Fl (-{name}|{letter or '-'}) ?",
                                     (program, name))

    def test_weirctl_has_the_commands_that_help_has(self):
        out = subprocess.run([f"{BIN}/weirctl", "--help"], check=True,
                             capture_output=True, text=True).stdout
        commands = re.findall(r"^  ([a-z]+) ", out.split("Options:")[0], re.M)
        self.assertGreater(len(commands), 5)
        self.assertEqual(re.findall(r"^\.It Cm ([a-z]+)",
                                    read(page("weirctl")), re.M), commands)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc here")
    def test_mandoc_finds_nothing_to_warn_of(self):
        out = subprocess.run(["mandoc", "-T", "lint", "-W", "warning",
                              *map(page, PROGRAMS)],
                             capture_output=True, text=True)
        self.assertEqual(out.stdout, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)

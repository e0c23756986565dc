#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What `cmake --install` puts anywhere works from there, for strangers too."""
import itertools
import os
import subprocess

import rig
from rig import Case, main

BUILD = os.environ.get("WEIR_BUILD", "build-dev")
EXAMPLES = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                        "../../client/attach/example/")


class Installed(Case):
    def setUp(self):
        super().setUp()
        self.prefix = self.path("prefix")
        self.run_ok("cmake", "--install", BUILD, "--prefix", self.prefix)

    def run_ok(self, *command, **env):
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False, timeout=120,
                              env=dict(self.env(), **env))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def find(self, name):
        return next(os.path.join(folder, name)
                    for folder, _, files in os.walk(self.prefix)
                    if name in files)

    def test_programs_and_library_work_from_any_prefix(self):
        rig.BIN = self.prefix + "/bin"
        self.addCleanup(setattr, rig, "BIN", os.environ.get("WEIR_BIN"))
        self.w = self.weir("-s", "a:2")
        self.generator("sine:1000:-20=weir:a_L", "sine:1000:-20=weir:a_R")
        self.assertEqual(self.run_program("weirctl", "ping")[:2],
                         (0, "weir\n"))
        r = self.record("take.wav", "-d", "0.2")
        self.assertEqual(r.end()[0], 0)
        self.assertEqual(self.program("weir-tap", "-d", "0.1",
                                      stdout=subprocess.DEVNULL).p.wait(30),
                         0)
        self.check_level_in_c()
        self.check_tone_in_c()
        self.check_level_in_python()
        self.check_feed()
        self.check_completion()

    def check_feed(self):
        p = self.program("weir-feed", "-s", "fed", "-c", "1", "-",
                         stdin=subprocess.PIPE)
        p.p.stdin.write(bytes(4000))
        self.assertRegex(p.end()[1], r"^weir-feed: - frames=1000 underruns="
                                     r"\d overruns=0 flushed=0\n$")

    def check_completion(self):
        script = (self.prefix +
                  "/share/bash-completion/completions/weirctl")
        self.assertIn("-F _weirctl", self.run_ok(
            "bash", "--norc", "-c", f"source {script}; complete -p weirctl"))

    def build(self, example):
        pc = os.path.dirname(self.find("weir.pc"))
        flags = self.run_ok("pkg-config", "--cflags", "--libs", "weir",
                            PKG_CONFIG_PATH=pc).split()
        self.assertTrue(any(self.prefix in f for f in flags), flags)
        self.run_ok("cc", "-std=c17", "-Wall", "-Werror",
                    f"{EXAMPLES}{example}.c", "-o", self.path(example),
                    *flags, "-lm")
        return self.path(example)

    def check_level_in_c(self):
        out = self.run_ok(self.build("level"), "2",
                          LD_LIBRARY_PATH=self.library())
        self.assertRegex(out, r"^-?\d+\.\d dBFS\n-20\.0 dBFS\n$")

    def check_tone_in_c(self):
        tone = self.keep(rig.Process(
            [self.build("tone"), "2"], self.new_log("tone"),
            dict(self.env(), LD_LIBRARY_PATH=self.library())))
        rig.wait_for("a strip with a tone", lambda: any(
            abs(level + 20) < 0.1 for level in
            self.w.osc.ask("/strip/tone/meter").values[:1]
            if isinstance(level, float)))
        self.assertEqual(tone.end()[0], 0, tone.log())

    def library(self):
        return os.path.dirname(self.find("libweir.so"))

    def check_level_in_python(self):
        """A sine's RMS is 3.0 dB below its peak."""
        out = self.run_ok("/usr/bin/python3", EXAMPLES + "level.py", "3",
                          LD_LIBRARY_PATH=self.library()).splitlines()
        self.assertEqual((len(out), out[-1]), (3, "-20.0/-23.0 -20.0/-23.0"))

    def test_a_public_header_stands_alone_in_c_and_in_c_plus_plus(self):
        include = os.path.dirname(os.path.dirname(self.find("reader.h")))
        for header, (compiler, std) in itertools.product(
                ("reader", "feed"),
                (("cc", "-std=c99"), ("cc", "-std=c17"),
                 ("c++", "-std=c++11"))):
            source = self.path("x.c" if compiler == "cc" else "x.cc")
            with open(source, "w") as f:
                f.write(f"#include <weir/{header}.h>\n")
            self.run_ok(compiler, std, "-Wall", "-Wextra", "-Wpedantic",
                        "-Werror", "-fsyntax-only", "-I", include, source)


if __name__ == "__main__":
    main()

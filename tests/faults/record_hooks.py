#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Hooks get names as they are, and the recording does not wait for them."""
import json
import os
import time

from fake import TIMEOUT_S, Recording, main

# Says what it was given, in a file of its own.
HOOK = """#!/usr/bin/python3
import json, os, sys
print("noise")
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
name = sys.argv[1] + "." + str(os.getpid())
with open(name + ".part", "w") as f:
    json.dump({"argv": sys.argv[2:], "fds": fds[:-1],
               "env": {k: v for k, v in os.environ.items()
                       if k.startswith("WEIR_")}}, f)
os.rename(name + ".part", name + ".json")
"""


class Hooks(Recording):
    def setUp(self):
        super().setUp()
        self.w = self.weir()
        self.hook = self.path("hook.py")
        with open(self.hook, "w") as f:
            f.write(HOOK)
        os.chmod(self.hook, 0o755)
        os.mkdir(self.path("said"))
        os.mkdir(self.path("work"))

    def record(self, name, *args):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("WEIR_")}
        env["WEIR_FRAMES"] = "of somebody else"
        r = self.program("weir-record", "-o", name, *args, env=env,
                         cwd=self.path("work"))
        self.w.ask("accept")
        return r

    def said(self, tag, n):
        """What the hooks of that tag were given, once all are there."""
        end = time.monotonic() + TIMEOUT_S
        while True:
            names = [x for x in os.listdir(self.path("said"))
                     if x.startswith(tag) and x.endswith(".json")]
            if len(names) >= n:
                break
            self.assertLess(time.monotonic(), end, names)
        found = []
        for name in names:
            with open(self.path("said/" + name)) as f:
                found.append(json.load(f))
        self.assertEqual(len(found), n)
        return sorted(found, key=lambda x: x["argv"])

    def options(self, *events):
        for e in events:
            yield from (f"--on-{e}",
                        f" {self.hook}  {self.path('said')}/{e} one  two")

    def test_each_event_runs_its_command_with_the_names(self):
        r = self.record("take.wav", "--split", "0.1",
                        *self.options("open", "close", "split"))
        self.w.do("publish 7000", "reach 7000")
        files = self.end(r)[:-1]
        self.assertEqual([f[:2] for f in files],
                         [("take.wav", 4800), ("take-1.wav", 2200)])
        opened = self.said("open", 2)
        self.assertEqual([x["argv"] for x in opened],
                         [["one", "two", "take-1.wav"],
                          ["one", "two", "take.wav"]])
        closed = self.said("close", 2)
        self.assertEqual([x["env"] for x in closed],
                         [{"WEIR_FILE": "take-1.wav", "WEIR_FRAMES": "2200",
                           "WEIR_LOST": "0", "WEIR_DROPOUTS": "0"},
                          {"WEIR_FILE": "take.wav", "WEIR_FRAMES": "4800",
                           "WEIR_LOST": "0", "WEIR_DROPOUTS": "0"}])
        split, = self.said("split", 1)
        self.assertEqual(split["argv"], ["one", "two", "take.wav",
                                         "take-1.wav"])
        self.assertEqual(split["env"]["WEIR_NEXT"], "take-1.wav")
        # Nothing of the recorder's is open in them.
        self.assertEqual({tuple(x["fds"]) for x in opened + closed + [split]},
                         {(0, 1, 2)})
        self.assertEqual(r.log.count("noise"), 5)

    def test_no_name_can_be_anything_but_one_argument(self):
        names = ["a b.wav", "$(touch x).wav", "`touch x`;touch x.wav",
                 "'\"\\ *?.wav", "--on-open.wav", "-rf.wav"]
        for name in names:
            r = self.record(f"./{name}" if name[0] != "-" else name,
                            *self.options("close"))
            self.w.do("publish 100")
            self.w.do("reach 100")
            self.end(r)
            self.w.kill()
            self.w = self.weir()
        got = [x["argv"][2:] for x in self.said("close", len(names))]
        # A dash at the beginning is no option to them.
        self.assertEqual(sorted(got), sorted([f"./{name}"] for name in names))
        self.assertEqual(sorted(os.listdir(self.path("work"))), sorted(names))

    def test_a_hook_that_hangs_holds_nothing_up(self):
        with open(self.hook, "w") as f:
            # As long as the recorder lives, and without holding its stderr,
            # whose end is waited for.
            f.write("#!/bin/sh\nexec tail --pid=$PPID -f /dev/null "
                    ">/dev/null 2>&1\n")
        r = self.record("take.wav", "--split", "0.1",
                        *self.options("open", "close"))
        self.w.do("publish 240000", "reach 240000")
        r.wait_log("32 others have not ended yet")
        # 50 files, and no more hooks than there may be.
        self.assertEqual(len(self.children(r)), 32)
        self.assertEqual(len(self.end(r)), 51)

    @staticmethod
    def children(r):
        """Of the process that runs them, which is a child itself."""
        def of(pid):
            with open(f"/proc/{pid}/task/{pid}/children") as f:
                return [int(pid) for pid in f.read().split()]
        runner, = of(r.p.pid)
        return of(runner)

    def test_a_hook_that_fails_is_said_and_none_stays_behind(self):
        with open(self.hook, "w") as f:
            f.write("#!/bin/sh\nexit 3\n")
        r = self.record("take.wav", "--on-open", self.hook, "--on-close",
                        "/nowhere/x", "--armed")
        r.wait_log("armed: ")
        self.w.ask("command 1 start")
        self.w.ask("command 1 stop")
        r.wait_log(f"{self.hook}: exit status 3")
        r.wait_log("/nowhere/x: cannot be run: No such file")
        end = time.monotonic() + TIMEOUT_S
        while self.children(r):
            self.assertLess(time.monotonic(), end)
        self.end(r)

    def test_a_hook_has_signals_as_programs_expect_them(self):
        with open(self.hook, "w") as f:
            f.write("#!/bin/sh\ngrep Sig[BI] /proc/self/status >&2\n")
        r = self.record("take.wav", "--on-open", self.hook)
        r.wait_log("SigBlk:\t0000000000000000\nSigIgn:\t")
        # 32 and 33 are the C library's own.
        r.wait_log("80000000\n")
        self.end(r)

    def test_what_is_no_command_is_said(self):
        for text in ("", "  ", "a " * 40):
            r = self.program("weir-record", "--on-open", text)
            self.assertEqual(r.end(), (2, ""))
            self.assertIn("not a program", r.log)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The mixer's thread hangs: weir notices, says where, and tells its service
manager nothing any more until it goes on. A real weir at a real server, with
mixer_stops.c preloaded, which production code knows nothing of."""
import os
import re
import select
import signal
import socket
import time

import mixer_stops
from rig import Case, TOOLS, main, wait_for

HANG_MS = 4000
# Functions of the mixer's block that can be seen from outside of weir.
BLOCK = re.compile(r"weir_(strip_(listen|mix|advance)|batch_mix|"
                   r"bus_(clear|finish)|meter_(add|close))$")
LOAD = 32  # channels that are mixed, so that a block takes a while


class Watchdog(Case):
    period = 1024

    def setUp(self):
        super().setUp()
        self.words = mixer_stops.Stop(self.new_log("stop"))
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path("notify"))

    def env(self):
        return dict(super().env(), NOTIFY_SOCKET=self.path("notify"),
                    LD_PRELOAD=f"{TOOLS}/libmixer_stops.so",
                    MIXER_STOPS=self.words.path)

    mixer = mixer_stops.MixerStops.mixer
    hit = mixer_stops.MixerStops.hit
    where = mixer_stops.MixerStops.where

    def hang(self, w, ms=HANG_MS, inside=False):
        """Until it stands."""
        thread = self.mixer(w)
        self.words.arm(ms, [(a, b) for a, b, name in mixer_stops.functions()
                            if BLOCK.match(name)] if inside else [])

        def begun():
            for _ in range(3000 if inside else 1):
                if self.words.get()[0]:
                    self.hit(w, thread)
            return self.words.begun() == 1
        wait_for("the stop", begun)
        self.begun_s = time.monotonic()

    def notice(self, w, text="the mixer hangs in "):
        """The line with the place, which comes while it hangs."""
        w.wait_log(text)
        after_s = time.monotonic() - self.begun_s
        self.assertEqual(self.words.ended(), 0, "it was over before")
        line = [x for x in w.log().splitlines() if text in x][-1]
        print(f"after {after_s:.2f} s: {line}", flush=True)
        return line

    def hear(self, wait_s=0.0):
        """What the manager was told, without waiting for longer."""
        if not select.select([self.manager], [], [], wait_s)[0]:
            return None
        return self.manager.recv(4096).decode()

    def forget(self):
        while self.hear():
            pass

    def test_it_is_noticed_said_and_over_again(self):
        w = self.weir("-s", "a:2")
        self.assertEqual(w.status("mixer"), "running")
        self.hang(w)
        line = self.notice(w)
        self.assertIn("clock_nanosleep", line)
        self.assertIn("libmixer_stops.so+0x", line)
        self.assertEqual(w.status("mixer"), "hangs")
        # The callback goes on, with silence that is counted; @control answers.
        late, cycles = w.status("late_blocks"), w.status("cycles")
        wait_for("cycles", lambda: w.status("cycles") >= cycles + 20)
        self.assertGreater(w.status("late_blocks"), late)
        self.assertEqual(w.osc.command("/ping"), ["weir"])
        self.assertEqual(self.words.ended(), 0)
        wait_for("its end", lambda: self.words.ended() == 1)
        w.wait_log("the mixer goes on, after ")
        self.assertEqual(w.status("mixer"), "running")
        self.assertEqual(w.osc.command("/strip/a/gain", -3.0), [-3.0])
        self.pass_frames(w)
        self.assertEqual(w.log().count("the mixer hangs in "), 1)

    def test_the_function_that_it_hangs_in_is_named(self):
        w = self.weir("-s", f"load:{LOAD}")
        self.generator(*(f"{k}=weir:load_{k + 1}" for k in range(LOAD)))
        self.hang(w, inside=True)
        line = self.notice(w)
        self.assertRegex(self.where(), BLOCK)
        # Without what a compiler has appended to it.
        name = self.where().split(".")[0]
        self.assertRegex(line, rf"called by {name}\+0x")
        self.assertRegex(line, r"called by weir_engine_cycle\+0x")

    def test_where_no_signal_reaches_it_the_kernel_is_asked(self):
        self.start_jackd()
        w = self.weir(env=dict(self.env(), MIXER_STOPS_DEAF="1"))
        self.hang(w)
        line = self.notice(w, "no signal reaches it")
        self.assertRegex(line, r"the kernel says: state S, waits in \S+, "
                         r"system call ")
        wait_for("its end", lambda: self.words.ended() == 1)
        w.wait_log("the mixer goes on, after ")
        self.pass_frames(w)
        self.assertNotIn("hangs in", w.log())

    def test_the_manager_hears_nothing_until_it_goes_on(self):
        w = self.weir()
        for _ in range(2):
            wait_for("WATCHDOG=1", lambda: self.hear() == "WATCHDOG=1")
        self.hang(w)
        wait_for("hangs", lambda: w.status("mixer") == "hangs")
        self.forget()
        heard = []
        while self.words.ended() == 0:
            heard.append(self.hear(0.1))
        # One may be said before this test sees the end.
        self.assertGreater(len(heard), 10)
        self.assertLessEqual(len([x for x in heard if x]), 1, heard)
        self.assertFalse([x for x in heard[:-5] if x], heard)
        wait_for("WATCHDOG=1", lambda: self.hear() == "WATCHDOG=1")

    def test_a_process_that_is_stopped_does_not_hang(self):
        w = self.weir()
        self.pass_frames(w)
        w.signal(signal.SIGSTOP)
        time.sleep(2.5)  # that is the disturbance, not a wait for anything
        w.signal(signal.SIGCONT)
        mixed = w.status("frames_mixed")
        wait_for("cycles", lambda: w.status("frames_mixed") > mixed + 48000)
        self.assertNotIn("hangs", w.log())

    def serve(self):
        """As systemd does with WatchdogSec=: SIGABRT when nothing comes."""
        return self.weir("-s", "other")

    def test_a_manager_starts_it_anew_and_it_is_as_it_was(self):
        w = self.serve()
        o = w.osc
        o.command("/bus/add", "fx", 1)
        o.command("/strip/add", "mic", 2, "Lead")
        o.command("/strip/other/remove")
        o.command("/strip/mic/gain", -6.5)
        o.command("/strip/mic/send/fx/level", -12.25)
        o.command("/strip/mic/send/fx/on", True)
        self.generator("0=weir:mic_L")
        o.command("/connect", "main_L", "system:playback_1")

        def session():
            o.command("/session/save", "now")
            with open(self.path("state/weir/now")) as f:
                return f.read()
        wait_for("connections", lambda: session().count("/connect") == 2)
        before = session()
        wait_for("it to be kept", lambda: self.is_kept(w, before))
        self.hang(w, ms=60000)
        wait_for("hangs", lambda: w.status("mixer") == "hangs")
        self.forget()
        self.assertIsNone(self.hear(3))  # WatchdogSec=3
        w.signal(signal.SIGABRT)
        self.assertEqual(w.end(10)[0], -signal.SIGABRT)
        # Its hook has been obeyed: the next one is not hung.
        self.words = mixer_stops.Stop(self.new_log("stop"))
        w = self.serve()
        o = w.osc
        self.assertIn("the state is as the instance had it that died", w.log())
        wait_for("connections", lambda: session().count("/connect") == 2)
        self.assertEqual(sorted(session().splitlines()),
                         sorted(before.splitlines()))
        self.pass_frames(w)
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])

    def is_kept(self, w, session):
        """What is at its default is not in it."""
        with open(w.file("last")) as f:
            lines = f.read().splitlines()
        return (set(lines[1:]) <= set(session.splitlines()) and
                sum(x.startswith("/connect") for x in lines) == 2 and
                "/strip/mic/send/fx/on T" in lines)

    def test_it_can_be_ended_while_it_hangs(self):
        w = self.weir()
        self.hang(w, ms=60000)
        wait_for("hangs", lambda: w.status("mixer") == "hangs")
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end(10)[0], 1)
        self.assertIn("the mixer hangs: ending without it", w.log())
        self.assertEqual(os.listdir(self.run_dir), [])


if __name__ == "__main__":
    main()

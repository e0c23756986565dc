#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Plugins in a running weir, by OSC: every address answers as docs/osc.md says,
wrong ones with their errors, and all of it is in dumps and sessions, and there
again after a crash."""
import array
import os
import shutil
import signal
import subprocess

from rig import BIN, Case, Wav, main, segments, wait_for

URN = "urn:weir:test:"
EQ = "/strip/mic/plugin/eq"


class Plugins(Case):
    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "mic", "-s", "duo:2", "-b", "fx")

    def add(self, slot, plugin, on="/strip/mic"):
        self.assertEqual(
            self.w.osc.command(on + "/plugin/add", slot, URN + plugin), [slot])

    def ctl(self, *words, text=None):
        done = subprocess.run(
            [f"{BIN}/weirctl", "--run-dir", self.run_dir, *words], input=text,
            env=self.env(), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def fill(self):
        """A desk with plugins that are not as they begin."""
        o = self.w.osc
        self.add("eq", "gain")
        self.add("kinds", "kinds")
        self.add("wide", "stereo", "/strip/duo")
        self.add("late", "delay", "/bus/main")
        o.command(EQ + "/param/gain", 0.25)
        o.command("/strip/mic/plugin/kinds/param/choice", 3)
        o.command("/strip/mic/plugin/kinds/param/switch", False)
        o.command("/strip/mic/plugin/kinds/param/frequency", 1234.5)
        o.command("/strip/duo/plugin/wide/param/balance", -0.5)
        o.command("/strip/duo/plugin/wide/bypass", True)
        o.command("/bus/main/plugin/late/param/frames", 100)
        o.command("/strip/mic/plugin/kinds/move", 0)

    def test_chains_are_made_asked_moved_and_taken_apart(self):
        o = self.w.osc
        self.assertEqual(o.command("/strip/mic/plugin/list"), [])
        self.fill()
        self.assertEqual(o.command("/strip/mic/plugin/list"), ["kinds", "eq"])
        self.assertEqual(o.get(EQ + "/param/gain"), 0.25)
        self.assertEqual(o.get(EQ + "/uri"), URN + "gain")
        self.assertEqual(o.get(EQ + "/state"), "running")
        wait_for("bypassed", lambda: o.get("/strip/duo/plugin/wide/state") ==
                 "bypassed")
        for slot in ("kinds", "eq"):
            self.assertEqual(o.command(f"/strip/mic/plugin/{slot}/remove"), [])
        self.assertEqual(o.command("/strip/mic/plugin/list"), [])
        self.add("eq", "gain")
        self.assertEqual(o.get(EQ + "/param/gain"), 1.0)

    def test_what_is_wrong_has_its_error(self):
        o = self.w.osc
        self.add("eq", "gain")
        add = "/strip/mic/plugin/add"
        for code, address, *args in (
                (4, add, "x", URN + "none"), (8, add, "x", URN + "needs-feature"),
                (5, add, "eq", URN + "gain"), (2, add, "X", URN + "gain"),
                (2, add, "x"), (4, "/strip/none/plugin/add", "x", URN + "gain"),
                (3, EQ + "/param/gain", 1e9), (4, EQ + "/param/none", 1.0),
                (3, EQ + "/param/gain", float("nan")),
                (2, EQ + "/param/gain", "loud"), (9, EQ + "/state", "running"),
                (4, "/strip/mic/plugin/none/bypass", True),
                (3, EQ + "/move", 1), (4, EQ + "/preset", URN + "none"),
                (4, "/plugin/describe", URN + "none")):
            self.assertEqual(o.error(address, *args), code, (address, args))
        for i in range(15):
            self.add(f"s{i}", "gain")
        self.assertEqual(o.error(add, "s15", URN + "gain"), 7)
        self.assertEqual(len(o.command("/strip/mic/plugin/list")), 16)

    def test_a_refusal_names_the_feature(self):
        m = self.w.osc.ask("/strip/mic/plugin/add", "x", URN + "needs-feature")
        self.assertEqual(m.address, "/error")
        self.assertIn("urn:", m.values[2])

    def test_a_dump_loads_to_the_same_and_takes_away_what_it_has_not(self):
        self.fill()
        self.add("props", "patch")
        wait_for("what the plugin tells of its property", lambda:
                 "/strip/mic/plugin/props/property/file " in self.ctl("dump"))
        before = self.ctl("dump")
        self.assertIn("/strip/mic/plugin/add kinds " + URN, before)
        self.assertIn("/strip/mic/plugin/kinds/param/frequency 1234.5\n",
                      before)
        self.ctl("load", "-", text=before)
        self.assertEqual(self.ctl("dump"), before)
        self.add("more", "gain", "/bus/fx")
        self.w.osc.command(EQ + "/param/gain", 2.0)
        self.assertNotEqual(self.ctl("dump"), before)
        self.ctl("load", "-", text=before)
        self.assertEqual(self.ctl("dump"), before)

    def test_a_session_has_the_chains(self):
        o = self.w.osc
        self.fill()
        before = self.ctl("dump")
        o.command("/session/save", "show")
        for chain in ("/strip/mic", "/strip/duo", "/bus/main"):
            o.command(chain + "/plugin/clear")
        self.assertEqual(o.command("/bus/main/plugin/list"), [])
        o.command("/session/load", "show")
        self.assertEqual(self.ctl("dump"), before)

    def states(self):
        folder = self.dir + "/state/weir/show.plugins"
        return sorted(os.path.join(d, f)[len(folder) + 1:]
                      for d, _, files in os.walk(folder) for f in files)

    def test_a_session_has_what_plugins_remember(self):
        o = self.w.osc
        self.add("eq", "gain")
        o.command(EQ + "/param/gain", 0.25)
        o.command("/session/save", "show")
        first = self.states()
        self.assertEqual([f.split("/")[1:] for f in first
                          if f.endswith("state.ttl")],
                         [["strip.mic.eq", "state.ttl"]])
        with open(self.dir + "/state/weir/show", encoding="utf-8") as f:
            text = f.read()
        folder = os.path.dirname(first[0])
        self.assertIn(f"{EQ}/load show.plugins/{folder}\n", text)
        state = f"{self.dir}/state/weir/show.plugins/{folder}/state.ttl"
        with open(state, encoding="utf-8") as f:
            self.assertIn("pset:value 0.25", f.read())
        # Another value, and the state brings the first one back.
        o.command(EQ + "/param/gain", 2.0)
        o.command(EQ + "/load", f"show.plugins/{folder}")
        wait_for("the value of the state",
                 lambda: o.get(EQ + "/param/gain") == 0.25)
        # The next one takes the place of it, and without plugins none is left.
        o.command("/session/save", "show")
        self.assertEqual(len(self.states()), len(first))
        self.assertNotEqual(self.states(), first)
        o.command("/strip/mic/plugin/clear")
        o.command("/session/save", "show")
        self.assertEqual(self.states(), [])

    def test_a_state_that_is_gone_leaves_the_rest(self):
        o = self.w.osc
        self.add("eq", "gain")
        o.command(EQ + "/param/gain", 0.25)
        o.command("/session/save", "show")
        shutil.rmtree(self.dir + "/state/weir/show.plugins")
        o.command("/strip/mic/plugin/clear")
        o.command("/session/load", "show")
        self.assertEqual(o.get(EQ + "/param/gain"), 0.25)

    def halved(self, name):
        """A recording of two channels, half as loud, as bare floats."""
        wav = Wav(self.path(name))
        data = array.array("f")
        with open(wav.path, "rb") as f:
            f.seek(wav.offset)
            data.frombytes(f.read(wav.frames * wav.channels * 4))
        with open(self.path(name + ".raw"), "wb") as f:
            array.array("f", (x * 0.5 for x in data)).tofile(f)
        return self.path(name + ".raw")

    def check_load_is_not_heard(self, *options):
        self.w.signal(signal.SIGTERM)
        self.w.p.wait()
        self.w = self.weir("-s", "duo:2", *options)
        o = self.w.osc
        duo = "/strip/duo"
        hidden = duo + "/plugin/hidden"
        self.add("loud", "gain", duo)
        self.add("hidden", "hidden", duo)
        self.add("props", "patch", duo)
        one = self.dir + "/state/weir/one"  # where plugins may read
        with open(one, "w", encoding="ascii") as f:
            f.write("1\n")
        for address, value in (
                (duo + "/plugin/props/property/file", one),
                (duo + "/plugin/loud/param/gain", 2.0),
                (hidden + "/param/number", 0.012345678),
                (hidden + "/param/take", True)):
            o.command(address, value)
        generator = self.generator("0=weir:duo_L", "1=weir:duo_R")
        wait_for("the hidden number",
                 lambda: o.get(hidden + "/param/kept") > 0)
        wait_for("what the file says",
                 lambda: o.get(duo + "/plugin/props/param/answers") == 1)
        self.pass_frames(self.w)
        recorder = self.record("duo.wav", "-i", "strip/duo")
        before = self.ctl("dump")
        o.command("/session/save", "show")
        age = o.get(hidden + "/param/age")
        self.pass_frames(self.w)
        o.command("/session/load", "show")
        self.pass_frames(self.w)
        self.ctl("load", "-", text=before)
        self.pass_frames(self.w)
        lost = self.w.status("input_frames_lost")
        self.stop(recorder)
        gaps = self.end_generator(generator)["gaps"]
        self.check_exact(segments(self.halved("duo.wav"), 0, "0", "1"), gaps,
                         lost=lost)
        # It is the same plugin all the time, and its file was read once.
        self.assertGreater(o.get(hidden + "/param/age"), age)
        self.assertEqual(o.get(duo + "/plugin/props/param/answers"), 1)
        self.assertEqual(self.ctl("dump"), before)

    def test_a_load_of_the_same_is_not_heard(self):
        self.check_load_is_not_heard()

    def test_a_load_of_the_same_is_not_heard_inside(self):
        self.check_load_is_not_heard("--plugins-inside")

    def kept(self):
        with open(self.w.file("last"), encoding="utf-8") as f:
            return f.read()

    def test_after_a_crash_the_chains_are_there_again(self):
        self.fill()
        before = self.ctl("dump")
        wait_for("what is kept", lambda: os.path.exists(self.w.file("last"))
                 and "/late/param/frames 100" in self.kept()
                 and self.kept().index("/add kinds")
                 < self.kept().index("/add eq"))
        self.w.signal(signal.SIGKILL)
        self.w.p.wait()
        self.w = self.weir("-s", "mic", "-s", "duo:2", "-b", "fx")
        self.assertEqual(self.ctl("dump"), before)
        self.assertEqual(self.w.osc.get(EQ + "/state"), "running")

    def die(self, *options):
        self.w.signal(signal.SIGKILL)
        self.w.p.wait()
        self.w = self.weir("-s", "mic", *options)

    def check_hidden_state_after_a_crash(self, *options):
        self.w.signal(signal.SIGTERM)
        self.w.p.wait()
        self.w = self.weir("-s", "mic", *options)
        hidden = "/strip/mic/plugin/hidden"
        state = self.w.file("plugins/strip.mic/hidden/state.ttl")

        def keeps(number):
            with open(state, encoding="utf-8") as f:
                return f'#kept> "{number}' in f.read()
        self.add("hidden", "hidden")
        self.w.osc.command(hidden + "/param/number", 42)
        self.w.osc.command(hidden + "/param/take", True)
        wait_for("the number",
                 lambda: self.w.osc.get(hidden + "/param/kept") == 42)
        self.w.osc.command(hidden + "/param/number", 1)
        wait_for("what is kept", lambda: os.path.exists(self.w.file("last")) and
                 "/hidden/param/number 1\n" in self.kept())
        wait_for("its state", lambda: os.path.exists(state) and keeps("42"))
        # And of the instance that has it from there, at once.
        for _ in range(2):
            self.die(*options)
            o = self.w.osc
            self.assertEqual(o.get(hidden + "/param/number"), 1)
            wait_for("what it remembers",
                     lambda: o.get(hidden + "/param/kept") == 42)
        # Another one of the same name begins anew.
        o.command(hidden + "/remove")
        self.add("hidden", "hidden")
        self.pass_frames(self.w)
        self.assertEqual(o.get(hidden + "/param/kept"), 0)
        self.w.signal(signal.SIGTERM)
        self.w.p.wait()
        self.assertFalse(os.path.exists(self.w.file("plugins")))

    def test_after_a_crash_plugins_remember(self):
        self.check_hidden_state_after_a_crash()

    def test_after_a_crash_plugins_inside_remember(self):
        self.check_hidden_state_after_a_crash("--plugins-inside")


if __name__ == "__main__":
    main()

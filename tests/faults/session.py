#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Session files of a running weir: saved whole or not at all, loaded whole or
not at all, and from nowhere else than where sessions are kept."""
import os
import shutil
import signal
import subprocess
import unittest

from osc import decode, message
from rig import (BIN, LONG, TOOLS, Case, Process, Weir, main, wait_for,
                 wav_segments)

NOT_PERMITTED, FAILED, ARGUMENTS = 9, 8, 2
has_strace = unittest.skipUnless(shutil.which("strace"), "no strace")


class Session(Case):
    def setUp(self):
        super().setUp()
        self.dir = os.path.realpath(self.dir)
        self.sessions = self.path("state/weir")

    def write(self, name, text, folder=None):
        folder = folder or self.sessions
        os.makedirs(folder, exist_ok=True)
        path = f"{folder}/{name}"
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, path):
        with open(path) as f:
            return f.read()

    def ctl(self, *args, name="weir"):
        status, out, log = self.run_program("weirctl", "-n", name, *args)
        self.assertEqual(status, 0, log)
        return out

    def dump(self, name="weir"):
        return self.ctl("dump", name=name)

    def without_connections(self, text):
        return "".join(line + "\n" for line in text.splitlines()
                       if not line.startswith("/connect "))

    def refuse(self, w, address, *args):
        """(code, text) of its error."""
        m = w.osc.ask(address, *args)
        self.assertEqual((m.address, m.values[0]), ("/error", address), m)
        return m.values[1], m.values[2]

    # ------------------------------------------------------------ both ways

    def test_what_is_saved_is_what_weirctl_dumps_and_comes_back(self):
        w = self.weir("-s", "mic", "-s", "music:2")
        self.fill(w)
        path = w.osc.command("/session/save")[0]
        self.assertEqual(path, self.sessions + "/weir.session")
        dump = self.dump()
        self.assertEqual(self.without_connections(self.read(path)), dump)
        # What is not in it goes, or goes back to its default.
        w.osc.command("/strip/wide/remove")
        w.osc.command("/strip/add", "stray", 3)
        w.osc.command("/strip/add", "wide", 1)
        w.osc.command("/strip/mic/trim", 12.0)
        w.osc.command("/strip/mic/gain", -1.0)
        w.osc.command("/bus/mono/remove")
        self.assertEqual(w.osc.command("/session/load"), [path])
        self.assertEqual(self.dump(), dump)
        self.assertNotIn("weir:stray_1", self.jackd.ports())
        self.assertIn("weir:wide_5", self.jackd.ports())
        # weirctl takes it as well.
        w.osc.command("/strip/mic/gain", -1.0)
        self.ctl("load", path)
        self.assertEqual(self.dump(), dump)
        # And it is what another one begins with.
        copy = self.path("copy.session")
        shutil.copy(path, copy)
        self.weir("-l", copy, name="other")
        self.assertEqual(self.dump("other"), dump)

    def test_the_usual_file_is_the_one_used_last(self):
        own = self.write("begin.session", "/strip/add a\n", self.path("own"))
        w = self.weir("-l", own)
        self.assertEqual(w.osc.command("/strip/list"), ["a"])
        w.osc.command("/strip/a/gain", -3.0)
        self.assertEqual(w.osc.command("/session/save"), [own])
        self.assertIn("/strip/a/gain -3\n", self.read(own))
        there = self.sessions + "/night"
        self.assertEqual(w.osc.command("/session/save", "night"), [there])
        w.osc.command("/strip/a/gain", -9.0)
        self.assertEqual(w.osc.command("/session/load"), [there])
        self.assertEqual(w.osc.get("/strip/a/gain"), -3.0)
        beside = self.path("own/beside.session")
        self.assertEqual(w.osc.command("/session/save", beside), [beside])
        os.mkdir(self.sessions + "/below")
        self.assertEqual(w.osc.command("/session/save", "below/x"),
                         [self.sessions + "/below/x"])

    def test_strips_of_the_command_line_are_added_to_a_session(self):
        path = self.write("a.session", "/strip/add a 2\n/strip/a/gain -4\n")
        w = self.weir("-l", "a.session", "-s", "a:1", "-s", "b", "-b", "fx")
        self.assertEqual(w.osc.command("/strip/list"), ["a", "b"])
        self.assertEqual(w.osc.get("/strip/a/channels"), 2)
        self.assertEqual(w.osc.get("/strip/a/gain"), -4.0)
        self.assertEqual(w.osc.command("/bus/list"), ["main", "fx"])
        self.assertEqual(w.osc.command("/session/load"), [path])
        self.assertEqual(w.osc.command("/strip/list"), ["a"])

    def test_a_session_of_many_lines_is_taken(self):
        lines = [f"/bus/add b{k} 1" for k in range(60)]
        for k in range(100):
            lines.append(f"/strip/add s{k}")
            lines += [f"/strip/s{k}/send/b{i}/level {-1 - (k + i) % 50}"
                      for i in range(60)]
            lines += [f"/strip/s{k}/send/b{i}/on T" for i in range(60)]
        self.write("large", "\n".join(lines))
        w = self.weir()
        # JACK takes its time for that many ports.
        w.osc.send(message("/session/load", "large"))
        m = wait_for("the answer", lambda: self.answer(w), 60)
        self.assertEqual(m.address, "/reply", m)
        self.assertEqual(len(w.osc.command("/strip/list")), 100)
        self.assertEqual(w.osc.get("/strip/s99/send/b59/level"), -9.0)
        self.assertEqual(w.osc.get("/strip/s50/send/b7/on"), True)
        w.osc.command("/session/save", "again")

        def dumped():
            # weirctl waits 2 s; a busy machine's weir may have more to do.
            status, out, _ = self.run_program("weirctl", "dump")
            return out if status == 0 else None
        dump = wait_for("all of them in a dump", dumped, 60)
        self.assertEqual(self.read(self.sessions + "/again"), dump)

    def connections(self, w):
        return sorted(zip(*[iter(w.osc.command("/connections"))] * 2))

    def test_connections_are_saved_and_made_again_when_ports_appear(self):
        w = self.weir("-s", "mic", "-s", "music:2")
        g = self.generator("0=weir:mic", "1=weir:music_L")
        w.osc.command("/connect", "main_L", "system:playback_1")
        there = [("gen:out_1", "weir:mic"), ("gen:out_2", "weir:music_L"),
                 ("weir:main_L", "system:playback_1")]
        wait_for("connections", lambda: self.connections(w) == there)

        def saved():
            path = w.osc.command("/session/save")[0]
            got = sorted(tuple(line.split()[1:]) for line
                         in self.read(path).splitlines()
                         if line.startswith("/connect "))
            return path if got == there else None
        path = wait_for("JACK's word of all of them", saved)
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        # Two of them wait for their program, and are saved as well.
        g.signal(signal.SIGTERM)
        g.end()
        w = self.weir("-l", path)
        wait_for("what is there",
                 lambda: self.connections(w) == there[2:])
        w.osc.command("/session/save", "again")
        self.assertEqual(sorted(self.read(self.sessions + "/again")),
                         sorted(self.read(path)))
        self.generator("0", "1")
        wait_for("connections", lambda: self.connections(w) == there)
        # What was taken away is not in it; loading makes it again.
        w.osc.command("/disconnect", "gen:out_1", "mic")

        def saved_without():
            w.osc.command("/session/save", "less")
            return "gen:out_1" not in self.read(self.sessions + "/less")
        wait_for("JACK's word of it", saved_without)
        w.osc.command("/session/load", "again")
        wait_for("connections", lambda: self.connections(w) == there)
        # And what is wanted can be given up.
        self.write("more", self.read(path) + "/connect later:out_1 mic\n")
        w.osc.command("/session/load", "more")
        w.osc.command("/session/save", "kept")
        self.assertIn("/connect later:out_1 weir:mic\n",
                      self.read(self.sessions + "/kept"))
        w.osc.error("/disconnect", "later:out_1", "mic")
        w.osc.command("/session/save", "kept")
        self.assertNotIn("later", self.read(self.sessions + "/kept"))

    # --------------------------------------------------------- what is wrong

    WRONG = {
        "range": ("/strip/add a\n/strip/a/gain 99\n", "line 2"),
        "unknown": ("/strip/add a\n\n/strip/a/nothing 1\n", "line 3"),
        "owner": ("/strip/add a\n/strip/b/gain -1\n", "line 2"),
        "quit": ("/strip/add a\n/quit\n", "line 2"),
        "recursive": ("/session/load\n", "line 1"),
        "pattern": ("/{quit,strip}/a/gain 1\n", "line 1"),
        "no-line": ("# fine\nnonsense\n", "line 2"),
        "quote": ("/strip/add a 1 \"open\n", "line 1"),
        "ports": ("/strip/add a_1 1\n/strip/add a 3\n", "line 2"),
        "twice": ("/strip/add a\n/strip/add a\n", "line 2"),
        "control": ("/strip/add a\n/strip/a/name \"x\x1by\"\n", "line 2"),
        "zero": (b"/strip/add a\n\0\0\n", "line 2"),
        "binary": (bytes(range(256)) * 64, "line 1"),
        "latin-1": (b"/strip/add a 1 \"\xe4\"\n", "line 1"),
        "long-line": ("#" * 4096 + "\n", "line 1"),
        "many-lines": (b"\n" * 262145, "limit"),
        "too-many": ("".join(f"/strip/add s{k}\n" for k in range(513)),
                     "line 513"),
    }

    def test_a_wrong_line_changes_nothing_and_is_named(self):
        w = self.weir("-s", "mic")
        before = self.dump()
        for name, (text, where) in self.WRONG.items():
            self.write(name, text)
            code, why = self.refuse(w, "/session/load", name)
            self.assertNotEqual(code, 1, (name, why))
            self.assertIn(where, why, name)
            self.assertEqual(self.dump(), before, name)

    def test_weir_does_not_begin_with_a_wrong_session(self):
        self.start_jackd()
        for name in ("range", "control", "binary", "unknown"):
            text, where = self.WRONG[name]
            path = self.write(name, text, self.path("own"))
            p = self.keep(Weir(self, "-l", path))
            self.assertEqual(p.end(), (1, ""), name)
            number = where.split()[1]
            self.assertTrue(f"{path}:{number}: " in p.log() or
                            f"line {number}: " in p.log(), p.log())
            self.assertEqual(os.listdir(self.run_dir), [])
        p = self.keep(Weir(self, "-l", self.path("own/none")))
        self.assertEqual(p.end(), (1, ""))
        self.assertIn("own/none: cannot be read: No such file", p.log())

    def test_what_is_no_file_of_ours_is_refused_at_once(self):
        w = self.weir("-s", "mic")
        self.write("real", "/strip/add a\n")
        os.mkfifo(self.sessions + "/pipe")
        os.mkdir(self.sessions + "/folder")
        os.symlink("real", self.sessions + "/link")
        os.symlink("/dev/zero", self.sessions + "/zero")
        os.symlink("/", self.sessions + "/root")
        with open(self.write("huge", ""), "r+b") as f:
            f.truncate(1 << 30)
        for name in ("pipe", "folder", "link", "zero", "huge", "missing",
                     "root/etc/hostname"):
            self.assertEqual(self.refuse(w, "/session/load", name)[0], FAILED)
        for name in ("pipe", "folder", "link", "root/tmp/x"):
            self.assertEqual(self.refuse(w, "/session/save", name)[0], FAILED)
        for address in ("/session/load", "/session/save"):
            for name in ("/etc/passwd", "../x", "a/../../x", "/tmp/x",
                         self.sessions + "/../x", self.sessions + "x/y"):
                self.assertEqual(self.refuse(w, address, name)[0],
                                 NOT_PERMITTED, name)
            for name in ("", "a\nb", "a//b", "./a", "x" * 300, "a\x7f"):
                self.assertEqual(self.refuse(w, address, name)[0], ARGUMENTS,
                                 name)
            self.assertEqual(self.refuse(w, address, 5)[0], ARGUMENTS)
            self.assertEqual(self.refuse(w, address, "a", "b")[0], ARGUMENTS)
        for path in ("/dev/zero", "/dev/null", self.sessions + "/pipe",
                     self.sessions):
            p = self.keep(Weir(self, "-l", path, name="other"))
            self.assertEqual(p.end(), (1, ""), path)
            self.assertIn("it is no regular file", p.log())
        self.assertEqual(w.osc.command("/strip/list"), ["mic"])
        self.assertEqual(os.readlink(self.sessions + "/link"), "real")

    @unittest.skipUnless(os.getuid() == 0, "gives a file away")
    def test_another_users_file_is_not_taken(self):
        w = self.weir("-s", "mic")
        path = self.write("theirs", "/strip/add a\n")
        os.chown(path, 12345, 12345)
        for address in ("/session/load", "/session/save"):
            code, why = self.refuse(w, address, "theirs")
            self.assertEqual(code, FAILED)
            self.assertIn("another user", why)
        self.assertEqual(os.stat(path).st_uid, 12345)

    # ---------------------------------------------------- disks, and the end

    def traced(self, *options):
        """A weir that has its calls changed by strace."""
        if not self.jackd:
            self.start_jackd()
        env = self.env()
        env["ASAN_OPTIONS"] = "detect_leaks=0"
        w = Weir.__new__(Weir)
        w.name, w.run_dir = "weir", self.run_dir
        Process.__init__(w, [
            "strace", "-D", "-f", "-qq", "-o", self.path("trace"), *options,
            f"{BIN}/weir", "-p", "0", "--run-dir", self.run_dir, "-s",
            "mic"], self.new_log("weir"), env)
        return self.keep(w).ready()

    def check_old_stays(self, options, code=FAILED):
        w = self.traced(*options)
        old = "/strip/add old\n"
        self.write("a", old)
        got, why = self.refuse(w, "/session/save", "a")
        self.assertEqual(got, code)
        self.assertEqual(self.read(self.sessions + "/a"), old)
        self.assertEqual(os.listdir(self.sessions), ["a"], why)
        return why

    @has_strace
    def test_a_full_disk_leaves_the_old_session_and_nothing_else(self):
        why = self.check_old_stays([
            "-e", "trace=fsync", "-e", "inject=fsync:error=ENOSPC:when=1"])
        self.assertIn("No space left", why)

    @has_strace
    def test_a_rename_that_fails_leaves_the_old_session(self):
        why = self.check_old_stays([
            "-e", "trace=renameat,renameat2,rename", "-e",
            "inject=renameat,renameat2:error=EIO:when=2"])
        self.assertIn("Input/output error", why)

    @unittest.skipUnless(os.getuid() == 0, "mounts a small disk")
    def test_a_disk_that_is_full_is_said_and_leaves_the_old_session(self):
        self.write("a", "/strip/add old\n")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none",
                        self.sessions], check=True)
        try:
            path = self.write("a", "/strip/add old\n")
            w = self.weir(*(f"-ss{k}" for k in range(60)))
            code, why = self.refuse(w, "/session/save", "a")
            self.assertEqual(code, FAILED)
            self.assertIn("No space left", why)
            self.assertEqual(self.read(path), "/strip/add old\n")
            self.assertEqual(os.listdir(self.sessions), ["a"])
        finally:
            subprocess.run(["umount", "-l", self.sessions], check=True)

    @has_strace
    def test_killed_while_it_saves_leaves_the_old_or_the_new(self):
        for call, when in (("fsync", 1), ("renameat", 2), ("fsync", 2)):
            # The first rename is that of what is kept.
            w = self.traced("-e", f"trace={call}", "-e",
                            f"inject={call}:signal=KILL:when={when}")
            path = self.write("a", "/strip/add old\n")
            before = self.dump()
            w.osc.send(message("/session/save", "a"))
            w.p.wait(30)
            now = self.read(path)
            # The second fsync is the folder's.
            self.assertEqual(now, before if (call, when) == ("fsync", 2) else "/strip/add old\n")

    @has_strace
    def test_a_disk_that_stalls_delays_its_own_answer_alone(self):
        w = self.traced("-e", "trace=fsync", "-e",
                        "inject=fsync:delay_enter=1500000:when=1")
        w.osc.send(message("/session/save", "a"))
        for _ in range(20):  # none of them waits for the disk
            self.assertEqual(w.osc.get("/strip/mic/gain"), 0.0)
        self.assertNotIn("a", os.listdir(self.sessions))
        m = wait_for("the answer", lambda: self.answer(w))
        self.assertEqual(m.values, ["/session/save", self.sessions + "/a"])
        self.assertEqual(self.read(self.sessions + "/a"), self.dump())

    def answer(self, w):
        packet = w.osc.packet(0)
        found = decode(packet) if packet else []
        return found[0] if found else None

    def test_what_goes_and_what_changes_do_so_at_one_frame(self):
        """The same sound in two strips, one of them muted: when a session
        removes the one and opens the other, their fades add up to it."""
        w = self.weir("-s", "old:2", "-s", "new:2")
        w.osc.command("/strip/new/mute", True)
        g = self.generator("0=weir:old_L", "1=weir:old_R", "0=weir:new_L",
                           "1=weir:new_R")
        self.write("next", "/strip/add new 2\n")
        r = self.record("take.wav")
        self.pass_frames(w, 12000)
        w.osc.command("/session/load", "next")
        self.assertEqual(w.osc.command("/strip/list"), ["new"])
        self.pass_frames(w, 12000)
        self.assertEqual(self.stop(r)[2:], (0, 0))
        lost = w.status("input_frames_lost")
        gaps = sum(n for _, n in self.end_generator(g)["gaps"])
        got = wav_segments(self.path("take.wav"), "0", "1")
        silent = sum(s.n for s in got if s.kind == "silence")
        other = sum(s.n for s in got if s.kind == "other")
        self.assertLessEqual(silent, lost + gaps, got)
        # The fades, of 240 frames, are the same sound but for the last bit.
        self.assertLessEqual(other, 240, got)
        self.assertEqual((got[0].kind, got[-1].kind), ("ramp", "ramp"), got)

    # ------------------------------------------------- what a crash leaves

    def kept(self, w, line):
        def is_there():
            try:
                return line in self.read(w.file("last"))
            except FileNotFoundError:
                return False
        wait_for(f"{line!r} to be kept", is_there)

    def kill_hard(self, w):
        w.signal(signal.SIGKILL)
        w.end()

    def test_what_a_killed_one_had_is_there_again(self):
        w = self.weir("-s", "mic")
        self.fill_some(w)
        before = self.dump()
        self.kept(w, "/strip/extra/gain -2.5\n")
        self.kill_hard(w)
        w = self.weir("-s", "mic")
        self.assertIn("the state is as the instance had it that died", w.log())
        self.assertEqual(self.dump(), before)
        # And again, without a change; then without it.
        self.kill_hard(w)
        w = self.weir("-s", "mic")
        self.assertEqual(self.dump(), before)
        self.kill_hard(w)
        w = self.weir("-s", "b")  # that is something else
        self.assertEqual(w.osc.command("/strip/list"), ["b"])
        self.kept(w, "/strip/add b")
        self.kill_hard(w)
        w = self.weir("-s", "mic", "--fresh")
        self.assertEqual(w.osc.command("/strip/list"), ["mic"])
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])
        w = self.weir("-s", "mic")  # it has ended cleanly: nothing is left
        self.assertEqual(w.osc.command("/strip/list"), ["mic"])

    def fill_some(self, w):
        w.osc.command("/bus/add", "fx", 1)
        w.osc.command("/strip/add", "extra", 3, "Extra \"one\"")
        w.osc.command("/strip/mic/mute", True)
        w.osc.command("/strip/extra/send/fx/level", -7.0)
        w.osc.command("/strip/extra/gain", -2.5)

    def test_what_was_kept_and_is_no_session_is_no_reason_not_to_begin(self):
        for text in ("/strip/add a\n/strip/a/gain 99\n", b"\0\0\0",
                     "/strip/add a_1\n/strip/add a 3\n"):
            w = self.weir("-s", "mic")
            self.kept(w, "mic")
            self.kill_hard(w)
            head = self.read(w.file("last")).splitlines()[0] + "\n"
            if isinstance(text, str):
                text = head + text
            self.write("last", text, self.run_dir + "/weir")
            w = self.weir("-s", "mic")
            self.assertEqual(w.osc.command("/strip/list"), ["mic"], w.log())
            self.kept(w, "mic")
            w.signal(signal.SIGTERM)
            w.end()

    def start_poisoned(self):
        """With a state that kills who restores it: weir, and what it says."""
        w = self.keep(Weir(self, "-s", "mic", env=dict(
            self.env(), LD_PRELOAD=f"{TOOLS}/libpoison.so")))
        return w, w.line()

    def test_a_state_that_crashes_who_restores_it_is_set_aside(self):
        w = self.weir("-s", "mic")
        self.kept(w, "mic")
        self.kill_hard(w)
        head = self.read(w.file("last")).splitlines()[0] + "\n"
        poison = head + "/strip/add mic\n/strip/add poison\n"
        self.write("last", poison, self.run_dir + "/weir")
        for _ in range(2):
            w, line = self.start_poisoned()
            self.assertEqual((line, w.end()[0]), ("", -signal.SIGABRT))
        w = self.weir("-s", "mic")  # without what it dies of
        self.assertEqual(w.osc.command("/strip/list"), ["mic", "poison"])
        self.assertEqual(self.read(w.file("tries")), "3\n")
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])
        # An end in order: the count begins anew.
        w = self.weir("-s", "mic")
        self.kept(w, "mic")
        self.kill_hard(w)
        self.write("last", poison, self.run_dir + "/weir")
        for n in 1, 2, 3:
            w, line = self.start_poisoned()
            self.assertEqual((line, w.end()[0]), ("", -signal.SIGABRT))
            self.assertEqual(self.read(w.file("tries")), f"{n}\n")
        w, line = self.start_poisoned()
        self.assertIn("weir: ready", line)
        self.assertEqual(w.log().count("it is not restored, but set aside as "
                                       + w.file("last.bad")), 1, w.log())
        self.assertEqual(self.read(w.file("last.bad")), poison)
        self.kept(w, "/strip/add mic")
        self.assertNotIn("poison", self.read(w.file("last")))
        self.assertFalse(os.path.exists(w.file("tries")))
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir + "/weir"), ["last.bad"])

    @unittest.skipUnless(LONG, "WEIR_LONG=1: half a minute")
    def test_a_state_that_has_run_for_half_a_minute_is_good(self):
        w = self.weir("-s", "mic")
        self.kept(w, "mic")
        self.kill_hard(w)
        w = self.weir("-s", "mic")
        self.assertEqual(self.read(w.file("tries")), "1\n")
        self.pass_frames(w, 20 * 48000)
        self.assertEqual(self.read(w.file("tries")), "1\n")
        wait_for("its end", lambda: not os.path.exists(w.file("tries")))

    @has_strace
    def test_killed_while_it_keeps_leaves_what_was_kept_before(self):
        w = self.traced("-e", "trace=renameat", "-e",
                        "inject=renameat:signal=KILL:when=2")
        self.kept(w, "mic")
        w.osc.send(message("/strip/mic/gain", -4.0))
        w.p.wait(30)
        self.assertNotIn("/gain", self.read(w.file("last")))
        self.assertIn("/gain", self.read(w.file(".last.new")))
        w = self.weir("-s", "mic")
        self.assertIn("had it that died", w.log())
        self.assertEqual(w.osc.get("/strip/mic/gain"), 0.0)
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.assertEqual(os.listdir(self.run_dir), [])

    def test_modes_are_kept_and_readers_see_one_or_the_other(self):
        w = self.weir("-s", "mic")
        path = self.write("a", "/strip/add old\n")
        os.chmod(path, 0o640)
        with open(path) as old:
            w.osc.command("/session/save", "a")
            self.assertEqual(old.read(), "/strip/add old\n")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual(self.read(path), self.dump())
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Readers of the real weir: recorder, tap, and strangers on attach.sock."""
import mmap
import os
import signal
import socket
import struct
import subprocess

from rig import BIN, Case, RATE, Wav, main, osc, segments, wait_for
from rig import wav_segments


class Sources(Case):
    def start(self, *args):
        self.w = self.weir("-s", "a:2", "-s", "b:2", "-s", "m", *args)
        self.g = self.generator("0=weir:a_L", "1=weir:a_R", "2=weir:b_L",
                                "3=weir:b_R", "4=weir:m")

    def check_file(self, name, *channels, seconds=0.5):
        gaps = self.end_generator(self.g)["gaps"]
        begin, end = self.check_exact(wav_segments(self.path(name),
                                                   *channels), gaps)
        self.assertEqual(end - begin, int(seconds * RATE))

    def take(self, *sources, seconds=0.5):
        args = [word for s in sources for word in ("-i", s)]
        r = self.record("take.wav", *args, "-d", str(seconds))
        self.assertEqual(r.end()[0], 0, r.log())

    def test_main(self):
        self.start()
        self.w.osc.command("/strip/m/main", False)
        self.pass_frames(self.w)  # changes ramp over 5 ms
        self.take("main")
        self.check_file("take.wav", "0+2", "1+3")

    def test_a_strip_and_the_same_before_its_fader(self):
        self.start()
        self.w.osc.command("/strip/a/gain", -90.0)
        self.take("strip/a/pre")
        self.check_file("take.wav", "0", "1")

    def test_a_mono_strip_after_its_fader(self):
        self.start()
        self.take("strip/m")
        self.check_file("take.wav", "4")

    def test_another_bus_has_what_is_sent_to_it(self):
        self.start("-b", "fx:2")
        for strip in ("a", "b"):
            self.w.osc.command(f"/strip/{strip}/send/fx/level", 0.0)
        self.w.osc.command("/strip/b/send/fx/on", True)
        self.pass_frames(self.w)  # changes ramp over 5 ms
        self.take("fx")
        self.check_file("take.wav", "2", "3")

    def test_joined_sources_are_aligned_to_the_sample(self):
        self.start("-b", "fx:1")
        self.w.osc.command("/strip/m/send/fx/level", 0.0)
        self.w.osc.command("/strip/m/send/fx/on", True)
        self.pass_frames(self.w)  # changes ramp over 5 ms
        self.take("strip/b", "strip/m/pre", "fx", "strip/a")
        self.check_file("take.wav", "2", "3", "4", "4", "0", "1")

    def test_an_unknown_source_is_refused_and_named(self):
        self.start()
        for source, hint, expected in (
                ("strip/nobody", "strip/nobody", 1), ("nobody", "nobody", 1),
                ("a", "strip/a", 1), ("strip/a/post", "strip/a/post", 2)):
            for program in (["weir-record", "-o", self.path("x.wav")],
                            ["weir-tap"]):
                status, out, log = self.run_program(*program, "-i", source)
                self.assertEqual((status, out), (expected, ""), log)
                self.assertIn(hint, log)
        self.assertEqual(self.w.readers(), [])

    def test_preroll_begins_in_the_past(self):
        self.start()
        self.w.osc.command("/strip/m/main", False)
        self.pass_frames(self.w, RATE)
        early = self.record("early.wav", "--preroll", "0.75", "-d", "1.5")
        late = self.record("late.wav", "-d", "0.2")
        for r in (early, late):
            self.assertEqual(r.end()[0], 0, r.log())
        gaps = self.end_generator(self.g)["gaps"]
        begin, end = self.check_exact(
            wav_segments(self.path("early.wav"), "0+2", "1+3"), gaps)
        self.assertEqual(end - begin, 3 * RATE // 2)
        late_begin = self.check_exact(
            wav_segments(self.path("late.wav"), "0+2", "1+3"), gaps)[0]
        self.assertGreaterEqual(late_begin - begin, 3 * RATE // 4)

    def test_a_tap_gives_the_same_samples_as_they_come(self):
        self.start()
        tap = self.program("weir-tap", "-i", "strip/a", "-d", "0.5")
        status, out = None, tap.p.communicate(timeout=30)[0]
        status = tap.p.returncode
        self.assertEqual((status, len(out)), (0, RATE // 2 * 8), tap.log())
        with open(self.path("raw"), "wb") as f:
            f.write(out)
        gaps = self.end_generator(self.g)["gaps"]
        self.check_exact(segments(self.path("raw"), 0, "0", "1"), gaps)

    def test_a_tap_whose_pipe_closes_ends_quietly(self):
        self.start()
        tap = self.program("weir-tap", "-i", "strip/a")
        tap.p.stdout.read(4096)
        tap.p.stdout.close()
        self.assertEqual(tap.p.wait(30), 0)
        wait_for("its end", lambda: self.w.readers() == [])


class Life(Case):
    def test_its_values_are_true_while_it_reads(self):
        w = self.weir("-s", "a:2")
        self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav", "-i", "strip/a", "-i", "main", "--id",
                        "deck")
        self.assertEqual(w.readers(), ["deck"])
        self.assertEqual(w.status("readers"), 1)
        want = {"source": "strip/a,main", "pid": r.pid, "lost_frames": 0,
                "dropouts": 0, "state": "running"}
        got = {k: w.osc.get(f"/reader/deck/{k}") for k in want}
        self.assertEqual(got, want)
        self.assertLess(w.osc.get("/reader/deck/lag_frames"), RATE)
        self.assertEqual(w.osc.error("/reader/deck/pid", 1), 9)
        self.assertEqual(w.osc.error("/reader/nobody/pid"), 4)
        self.stop(r)
        wait_for("its end", lambda: w.readers() == [])

    def test_ids_are_its_own(self):
        self.weir()
        self.record("a.wav", "--id", "deck")
        status, _, log = self.run_program("weir-tap", "--id", "deck")
        self.assertEqual(status, 1)
        self.assertIn("deck", log)

    def test_a_kick_ends_it_with_the_file_whole(self):
        w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav", "--id", "deck")
        self.pass_frames(w)
        w.osc.command("/reader/deck/kick")
        self.assertEqual(w.readers(), [])
        status, out = r.end()
        self.assertEqual(status, 0)
        gaps = self.end_generator(g)["gaps"]
        self.check_exact(wav_segments(self.path("take.wav"), "0", "1"), gaps)

    def test_split_and_stop_are_carried_to_it_and_the_rest_refused(self):
        w = self.weir()
        r = self.record("take.wav", "--id", "deck")
        self.assertEqual(w.osc.error("/reader/deck/metadata", "a title"), 8)
        self.assertEqual(w.osc.error("/reader/nobody/stop"), 4)
        self.pass_frames(w)  # there is nothing to split before
        w.osc.command("/reader/deck/split")
        self.pass_frames(w)
        w.osc.command("/reader/deck/stop")
        status, out = r.end()
        self.assertEqual(status, 0)
        self.assertTrue(Wav(self.path("take.wav")).whole)
        self.assertTrue(Wav(self.path("take-1.wav")).whole)

    def test_a_mark_is_carried_to_it_with_its_text(self):
        w = self.weir()
        r = self.record("take.wav", "--id", "deck")
        self.pass_frames(w)
        w.osc.command("/reader/deck/mark", "chorus")
        self.pass_frames(w)
        frames = self.stop(r)[1]
        with open(self.path("take.wav"), "rb") as f:
            b = f.read()
        cue = b.rindex(b"cue ")
        self.assertEqual(struct.unpack_from("<I", b, cue + 8), (1,))
        at = struct.unpack_from("<I", b, cue + 32)[0]
        # A server that stood still is behind the clock that marks go by.
        self.assertTrue(RATE // 8 < at < frames - RATE // 24, (at, frames))
        self.assertIn(b"chorus\0", b[cue:])

    def test_the_removal_of_its_strip_ends_its_file(self):
        w = self.weir("-s", "a:2", "-s", "b:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R", "2=weir:b_L",
                           "3=weir:b_R")
        r = self.record("a.wav", "-i", "strip/a/pre", "--no-wait")
        other = self.record("b.wav", "-i", "strip/b")
        self.pass_frames(w)
        w.osc.command("/strip/a/remove")
        status, out = r.end()
        self.assertEqual(status, 0, r.log())
        got = wav_segments(self.path("a.wav"), "0", "1")
        ramps = [s for s in got if s.kind == "ramp"]
        self.assertTrue(ramps and ramps[0].start == 0, got)
        self.stop(other)
        gaps = self.end_generator(g)["gaps"]
        self.check_exact(wav_segments(self.path("b.wav"), "2", "3"), gaps)
        self.check_exact(ramps if len(ramps) == len(got) else got[:-1], gaps)

    def test_a_recorder_waits_for_weir_and_for_the_next_one(self):
        self.start_jackd()
        r = self.record("take.wav", wait=False)
        r.wait_log("waiting for weir")
        w = self.weir()
        r.wait_log("recording to")
        w.signal(signal.SIGKILL)
        w.end()
        self.assertIn("frames=", r.line())
        wait_for("JACK to notice",
                 lambda: "weir:in1" not in self.jackd.ports())
        w = self.weir()
        wait_for("reader", w.readers)
        self.assertEqual(self.stop(r)[0], self.path("take-1.wav"))

    def test_sixty_four_at_once_all_get_everything(self):
        w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        taps = []
        for k in range(64):
            with open(self.path(f"raw{k}"), "wb") as f:
                taps.append(self.program("weir-tap", "-i", "strip/a",
                                         stdout=f))
        wait_for("64 readers", lambda: w.status("readers") == 64)
        self.assertEqual(len(w.readers()), 64)
        # Attached, a busy machine may leave one waiting before it looks where
        # the sound is: it begins there.
        wait_for("sound for each of them", lambda: all(
            os.path.getsize(self.path(f"raw{k}")) for k in range(64)))
        now = w.status("frames_mixed")
        wait_for("a second", lambda: w.status("frames_mixed") > now + RATE)
        for tap in taps:
            tap.signal(signal.SIGTERM)
        for tap in taps:
            self.assertEqual(tap.p.wait(30), 0)
        gaps = self.end_generator(g)["gaps"]
        for k in range(64):
            begin, end = self.check_exact(
                segments(self.path(f"raw{k}"), 0, "0", "1"), gaps)
            self.assertGreaterEqual(end - begin, RATE)


class Strangers(Case):
    """attach.sock, spoken to by hand."""

    def connect(self):
        s = self.w.knock()
        self.addCleanup(s.close)
        return s

    def attach(self, abi=1, program="stranger", reader="", sources=("main",)):
        s = self.connect()
        s.send(osc.message("/attach", abi, program, reader, *sources))
        packet, fds, _, _ = socket.recv_fds(s, 4096, 20)
        for fd in fds:
            self.addCleanup(socket.close, fd)
        return s, osc.decode_message(packet), fds

    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "a:2")

    def test_attaching_gives_a_page_and_a_ring_for_each_source(self):
        s, m, fds = self.attach(sources=("main", "strip/a"))
        self.assertEqual((m.address, m.types), ("/attached", "si"))
        self.assertEqual(m.values, ["stranger-1", RATE])
        self.assertEqual(len(fds), 3)
        self.assertEqual(self.w.readers(), ["stranger-1"])
        s.close()
        wait_for("its end", lambda: self.w.readers() == [])

    def test_another_abi_is_refused_and_both_versions_are_named(self):
        for abi in (0, 2, 77, -1):
            _, m, fds = self.attach(abi=abi)
            self.assertEqual((m.address, m.values[:2], fds),
                             ("/error", ["/attach", 6], []))
            self.assertIn(f"version {abi}", m.values[2])
            self.assertIn("version 1", m.values[2])
        self.assertEqual(self.w.readers(), [])

    def test_a_ring_cannot_be_written_or_resized(self):
        _, _, fds = self.attach()
        size = os.fstat(fds[1]).st_size
        mmap.mmap(fds[1], size, prot=mmap.PROT_READ).close()
        with self.assertRaises(PermissionError):
            mmap.mmap(fds[1], size, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        for n in (0, size + 4096):
            with self.assertRaises(OSError):
                os.ftruncate(fds[1], n)
        with self.assertRaises(OSError):
            os.write(fds[1], b"x")

    def test_wrong_requests_are_told_why(self):
        for packet, code in (
                (osc.message("/attach", 1, "x", ""), 2),
                (osc.message("/attach", 1, "x", "", *["main"] * 17), 2),
                (osc.message("/attach", "1", "x", "", "main"), 2),
                (osc.message("/hello"), 2),
                (osc.message("/attach", 1, "x", "Bad Id", "main"), 2),
                (osc.message("/attach", 1, "x", "", "nobody"), 4)):
            s = self.connect()
            s.send(packet)
            m = osc.decode_message(s.recv(4096))
            self.assertEqual((m.address, m.values[1]), ("/error", code), m)
            self.assertEqual(s.recv(4096), b"")  # and closed

    def test_rubbish_silence_and_floods_harm_nobody(self):
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav")
        silent = [self.connect() for _ in range(20)]
        half = self.connect()
        half.send(osc.message("/attach", 1, "x", "", "main")[:14])
        rubbish = self.connect()
        rubbish.send(b"\xff" * 4000)
        big = self.connect()
        big.send(b"/" * 60000)
        for s in (half, rubbish, big):
            while s.recv(4096):
                pass  # /bye, and closed
        after = self.attach()[0]
        for k in range(300):
            after.send(osc.message("/done", k))
            after.send(osc.message("/what", "is", "this"))
        self.assertEqual(len(self.w.readers()), 2)
        for s in silent:
            self.assertIn(b"/bye", s.recv(4096))  # after 5 s
        self.stop(r)
        gaps = self.end_generator(g)["gaps"]
        self.check_exact(wav_segments(self.path("take.wav"), "0", "1"), gaps)

    def test_lies_in_its_page_stay_its_own(self):
        _, m, fds = self.attach(reader="liar")
        page = mmap.mmap(fds[0], 4096)
        page[:] = b"\xff" * 4096
        self.assertEqual(self.w.osc.get("/reader/liar/lag_frames"), 0)
        self.assertGreaterEqual(self.w.osc.get("/reader/liar/lost_frames"), 0)
        self.assertEqual(self.w.osc.get("/reader/liar/state"), "attached")
        page.close()

    def test_the_129th_is_refused(self):
        sockets = [self.connect() for _ in range(128)]
        s = self.connect()
        m = osc.decode_message(s.recv(4096))
        self.assertEqual((m.address, m.values[1]), ("/error", 7))
        tap = self.run_program("weir-tap", "-d", "0.1")
        self.assertEqual(tap[0], 1)
        self.assertIn("128 readers are the limit", tap[2])
        for other in sockets:
            other.close()
        wait_for("room again", self.has_room)

    def has_room(self):
        try:
            return self.attach()[1].address == "/attached"
        except ConnectionResetError:
            return False  # refused before our request was read


class Programs(Case):
    def test_the_example_shows_the_level(self):
        w = self.weir("-s", "a:2")
        self.generator("sine:1000:-20=weir:a_L", "sine:1000:-20=weir:a_R")
        self.pass_frames(w, RATE // 10)
        p = subprocess.run([f"{BIN}/../examples/level", "2"], env=self.env(),
                           capture_output=True, text=True, timeout=30,
                           check=True)
        self.assertEqual(p.stdout.splitlines()[-1], "-20.0 dBFS")


if __name__ == "__main__":
    main()

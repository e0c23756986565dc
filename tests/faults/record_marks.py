#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Marks: in the file that has their frame, at that frame, as others read
them; and the sound is the same."""
import json
import resource
import signal
import struct
import subprocess
import time

from fake import RATE, Recording, Wav, lines, main, ramp
from record_formats import decode


def chunks(path):
    """All of a WAV file's, checked to fill it: [(name, bytes)]."""
    with open(path, "rb") as f:
        b = f.read()
    assert b[:4] == b"RIFF" and struct.unpack_from("<I", b, 4)[0] + 8 == len(b)
    found = []
    at = 12
    while at < len(b):
        name, n = struct.unpack_from("<4sI", b, at)
        found.append((name, b[at + 8:at + 8 + n]))
        at += 8 + n + n % 2
    assert at == len(b), (at, len(b))
    return found


def cues(path):
    """[(frame, text)] of a WAV file."""
    by_name = dict(chunks(path))
    if b"cue " not in by_name:
        return []
    cue, labels = by_name[b"cue "], by_name[b"LIST"]
    assert labels[:4] == b"adtl"
    text = {}
    at = 4
    while at < len(labels):
        name, n, number = struct.unpack_from("<4sII", labels, at)
        assert name == b"labl"
        text[number] = labels[at + 12:at + 8 + n].rstrip(b"\0").decode()
        at += 8 + n + n % 2
    count, = struct.unpack_from("<I", cue)
    points = [struct.unpack_from("<II4sIII", cue, 4 + 24 * i)
              for i in range(count)]
    assert all(p[2] == b"data" and p[1] == p[5] for p in points)
    return [(p[5], text[p[0]]) for p in points]


def comments(path):
    """A file's tags, as ffprobe reads them, in its own order."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags",
         "-show_chapters", "-of", "json", path],
        capture_output=True, text=True, check=True)
    assert not out.stderr, out.stderr
    return json.loads(out.stdout)


def chapters(path):
    """[(start in ms, title)], as ffprobe reads them."""
    return [(round(float(c["start_time"]) * 1000), c["tags"]["title"])
            for c in comments(path)["chapters"]]


class Marks(Recording):
    def record(self, name, *args, **kw):
        r = self.program("weir-record", "-o", self.path(name), *args, **kw)
        self.w.ask("accept")
        r.wait_log("recording to" if "--armed" not in args else "armed: ")
        return r

    def at(self, position, text=""):
        """Publish up to there, and mark it."""
        self.w.do(f"publish {position - self.now}", f"reach {position}")
        self.now = position
        self.assertEqual(self.w.ask(f"command 7 mark {text}"), "done 7")

    def setUp(self):
        super().setUp()
        self.w = self.weir()
        self.now = 0

    def publish(self, position):
        self.w.do(f"publish {position - self.now}", f"reach {position}")
        self.now = position

    def test_wav_has_cue_points_with_labels(self):
        for name, args in (("f.wav", ()), ("s.wav", ("-e", "24", "-c", "1"))):
            r = self.record(name, *args)
            self.at(5001, "Ein Märchen: \"eins\"")
            self.at(5001, "odd")
            self.at(9000)
            self.publish(20001)
            self.assertEqual(self.end(r)[0][1], 20001)
            self.assertEqual(cues(self.path(name)), [
                (5001, "Ein Märchen: \"eins\""), (5001, "odd"), (9000, "")])
            f = Wav(self.path(name))
            self.assertEqual(f.frames, 20001)
            self.w.kill()
            self.w = self.weir()
            self.now = 0
        self.assertEqual(Wav(self.path("f.wav")).floats(), ramp(0, 20001))

    def test_other_programs_read_wav_with_marks(self):
        r = self.record("take.wav")
        self.at(5001, "here")
        self.publish(20001)
        self.end(r)
        self.assertEqual(decode(self.path("take.wav")), ramp(0, 20001))
        out = subprocess.run(["sox", "-V1", self.path("take.wav"), "-t",
                              "f32", "-"], capture_output=True, check=True)
        self.assertEqual(out.stdout, ramp(0, 20001).tobytes())

    def test_flac_vorbis_and_opus_have_chapters(self):
        for kind in ("flac", "ogg", "opus"):
            with self.subTest(kind):
                sound = {}
                for marked in (False, True):
                    name = f"{marked}.{kind}"
                    r = self.record(name)
                    self.publish(24000)
                    if marked:
                        self.at(48480, "Ein = Märchen")
                        self.at(72000, "zwei")
                    self.publish(100000)
                    self.end(r)
                    sound[marked] = decode(self.path(name))
                    self.w.kill()
                    self.w = self.weir()
                    self.now = 0
                self.assertEqual(chapters(self.path(name)),
                                 [(1010, "Ein = Märchen"), (1500, "zwei")])
                self.assertEqual(len(sound[True]), len(sound[False]))
                # Opus takes decisions by how frames come.
                if kind != "opus":
                    self.assertEqual(sound[True], sound[False])

    def test_a_mark_is_in_the_file_that_has_its_frame(self):
        r = self.record("take.wav", "--split", "0.1")
        for position in (0, 4799, 4800, 14399, 14400):
            self.at(position, f"at {position}")
        self.publish(15000)
        files = self.end(r)
        self.assertEqual([cues(f[0]) for f in files[:-1]], [
            [(0, "at 0"), (4799, "at 4799")], [(0, "at 4800")],
            [(4799, "at 14399")], [(0, "at 14400")]])

    def test_a_mark_at_the_end_is_at_the_last_frame(self):
        r = self.record("take.wav")
        self.at(5000, "end")
        self.end(r)
        self.assertEqual(cues(self.path("take.wav")), [(4999, "end")])

    def test_a_mark_is_where_weir_is_however_late_the_recorder(self):
        r = self.record("take.wav", "--split", "0.05")
        self.publish(1000)
        before = time.monotonic()
        self.w.do("clock")
        after = time.monotonic()
        # Weir has mixed more, of which the recorder knows nothing yet.
        while time.monotonic() < after + 0.1:
            continue
        earliest = 1000 + (time.monotonic() - after) * RATE
        self.assertEqual(self.w.ask("command 1 mark now"), "done 1")
        latest = 1000 + (time.monotonic() - before) * RATE
        self.publish(50000)
        *files, _ = self.end(r)
        position, = [2400 * i + at for i, f in enumerate(files)
                     for at, _ in cues(f[0])]
        self.assertGreaterEqual(position, earliest - 48)
        self.assertLess(position, latest + 48)

    def test_marks_at_another_rate_are_at_the_same_moment(self):
        r = self.record("take.wav", "-r", "16000")
        self.at(24001, "half")
        self.publish(48000)
        self.end(r)
        self.assertEqual(cues(self.path("take.wav")), [(8000, "half")])

    def test_a_file_that_failed_leaves_its_marks_to_the_next(self):
        self.w.kill()
        self.w = self.weir()
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                           (100001, resource.RLIM_INFINITY))
        r = self.record("take.wav", preexec_fn=limit)
        for position in (5000, 12000, 12600, 24000):
            self.at(position, f"at {position}")
        resource.prlimit(r.p.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.publish(30000)
        r.p.send_signal(signal.SIGTERM)
        status, out = r.end()
        *files, _ = lines(out)
        got = []
        first = 0
        for path, n, _, _ in files:
            got += [(first + at, text) for at, text in cues(path)]
            first += n
        # A full file has no room for marks either: those are said.
        self.assertIn((24000, "at 24000"), got)
        missing = 4 - len(got)
        self.assertEqual(status, 1 if missing else 0)
        self.assertEqual("its marks cannot be written" in r.log, missing > 0)

    def test_kinds_without_marks_say_so(self):
        for kind in ("w64", "mp3"):
            r = self.record(f"take.{kind}")
            self.assertRegex(self.w.ask("command 1 mark x"),
                             "failed 1 .*wav, flac, ogg and opus")
            self.end(r)
            self.w.kill()
            self.w = self.weir()

    def test_more_than_the_header_has_room_for_is_refused(self):
        for kind in ("flac", "ogg", "opus"):
            r = self.record(f"take.{kind}")
            self.publish(10000)
            n = 0
            while self.w.ask(f"command 1 mark {n} {'x' * 200}") == "done 1":
                n += 1
            self.publish(20000)
            self.end(r)
            got = chapters(self.path(f"take.{kind}"))
            self.assertEqual(len(got), n)
            self.assertGreater(n, 10)
            self.assertEqual(got[-1], (208, f"{n - 1} {'x' * 200}"))
            self.w.kill()
            self.w = self.weir()
            self.now = 0

    def test_armed_takes_have_their_own_marks(self):
        r = self.record("take.wav", "--armed")
        self.assertRegex(self.w.ask("command 1 mark"), "failed 1 .*start")
        for k in range(2):
            self.w.ask("command 1 start")
            self.at(self.now + 500, f"take {k}")
            self.publish(self.now + 500)
            self.assertEqual(self.w.ask("command 2 stop"), "done 2")
        self.end(r)
        self.assertEqual(cues(self.path("take.wav")), [(500, "take 0")])
        self.assertEqual(cues(self.path("take-1.wav")), [(500, "take 1")])


if __name__ == "__main__":
    main()

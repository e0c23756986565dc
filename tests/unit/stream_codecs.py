#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-stream's encoders, heard through decoders that are not ours.

stream_encode.c makes a stream of the frames that it is given and tells of
each piece; opusdec, sox (libvorbisfile) and ffmpeg decode. opusdec knows
chains; other chains are decoded one by one.
"""
import os
import struct
import subprocess
import tempfile
import unittest

import numpy as np

ENCODE = os.environ["WEIR_STREAM_ENCODE"]
OGG = ("opus", "vorbis", "flac")
CODECS = OGG + ("mp3",)
RATE = 48000
# No multiple of any codec's block.
N = 100003
# Of FLAC at 16 bits with dither, and of the others at what they have when
# nobody says: mean square of what a tone of 0.5 has in its stead.
NEAR = {"flac": 1e-9, "opus": 3e-5, "vorbis": 2e-4}


def sine(n, hz, rate=RATE, peak=0.5):
    return peak * np.sin(2 * np.pi * hz * np.arange(n) / rate)


def stereo(n, rate=RATE):
    """What makes a swapped channel and a wrong level differ."""
    return np.stack((sine(n, 1000, rate, 0.5), sine(n, 1400, rate, 0.25)), 1)


class Piece:
    def __init__(self, line, data, at):
        (size, self.n, self.header, self.begins, self.chain,
         self.pushed) = map(int, line.split())
        self.data = data[at:at + size]


class Stream:
    """What an encoder made of some frames."""

    def __init__(self, codec, frames, titles=(), rate=RATE, kbps=0, n_out=0):
        self.codec = codec
        frames = np.asarray(frames, dtype="<f4")
        frames = frames.reshape(len(frames), -1)
        r = subprocess.run(
            [ENCODE, codec, str(kbps), str(rate), str(frames.shape[1]),
             str(n_out), *titles], input=frames.tobytes(),
            capture_output=True, check=False)
        assert r.returncode == 0, r.stderr[-500:]
        self.pieces, at = [], 0
        for line in r.stderr.decode().splitlines():
            self.pieces.append(Piece(line, r.stdout, at))
            at += len(self.pieces[-1].data)
        assert at == len(r.stdout)

    def headers(self, chain=0):
        return b"".join(p.data for p in self.pieces
                        if p.header and p.chain == chain)

    def sound(self, chain=0):
        return [p for p in self.pieces if not p.header and p.chain == chain]

    def n_frames(self, chain=None):
        return sum(p.n for p in self.pieces if chain in (None, p.chain))

    def chains(self):
        """The bytes of each logical stream."""
        return [b"".join(p.data for p in self.pieces if p.chain == c)
                for c in range(self.pieces[-1].chain + 1)]

    def decoded(self):
        if self.codec == "opus":
            return decode(b"".join(self.chains()))
        return np.concatenate([decode(c) for c in self.chains()])


def decode(data):
    """Frames by channel, at the stream's own rate."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        codec, n = probe(f.name)
        r = subprocess.run(
            {"opus": ["opusdec", "--quiet", "--float", f.name, "-"],
             "vorbis": ["sox", "-t", "vorbis", f.name, "-t", "f32", "-"]}.get(
                 codec, ["ffmpeg", "-v", "error", "-i", f.name, "-f", "f32le",
                         "-"]), capture_output=True, check=True)
    return np.frombuffer(r.stdout, dtype="<f4").reshape(-1, int(n))


def probe(path):
    return subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries",
         "stream=codec_name,channels", "-of", "csv=p=0", path],
        capture_output=True, check=True, text=True).stdout.split(",")


def pitch(samples, rate):
    """The tone's frequency, from how fast its phase turns, and its peak."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hz = np.argmax(spectrum) * rate / len(samples)
    turn = samples * np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate)
    half = len(samples) // 2
    a, b = ((part * np.hanning(half)).sum()
            for part in (turn[:half], turn[half:2 * half]))
    hz += np.angle(b / a) / (2 * np.pi) * rate / half
    turn = samples * np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate)
    return hz, 2 * np.abs(np.mean(turn))


def difference(a, b):
    return float(np.mean((a - b) ** 2))


def packets(data):
    """The packets of one logical stream's Ogg pages."""
    at, packet = 0, b""
    while at < len(data):
        assert data[at:at + 4] == b"OggS"
        n = data[at + 26]
        body = at + 27 + n
        for size in data[at + 27:body]:
            packet += data[body:body + size]
            body += size
            if size < 255:
                yield packet
                packet = b""
        at = body


def comments(data):
    """NAME=value of a logical stream, from its second packet."""
    _, second, *_ = packets(data)
    head = {b"Opus": 8, b"\x03vor": 7}.get(second[:4], 4)
    body = second[head:]
    at = 4 + struct.unpack_from("<I", body)[0]
    n, = struct.unpack_from("<I", body, at)
    found = []
    for _ in range(n):
        at += 4
        size, = struct.unpack_from("<I", body, at)
        found.append(body[at + 4:at + 4 + size].decode())
        at += size
    return found


class Sound(unittest.TestCase):
    def tone(self, samples, rate, hz, peak):
        middle = samples[len(samples) // 5:-len(samples) // 5]
        got_hz, got_peak = pitch(middle, rate)
        self.assertAlmostEqual(got_hz, hz, delta=0.1)
        self.assertAlmostEqual(got_peak, peak, delta=0.02 * peak)

    def test_each_channel_has_its_pitch_and_level_at_any_rate(self):
        for codec in CODECS:
            for rate, out in ((48000, 48000), (44100, 44100),
                              (96000, 96000)):
                if codec == "opus" or (codec != "flac" and rate == 96000):
                    out = 48000
                with self.subTest(codec, rate=rate):
                    s = Stream(codec, stereo(N, rate), rate=rate)
                    got = decode(s.chains()[0])
                    self.tone(got[:, 0], out, 1000, 0.5)
                    self.tone(got[:, 1], out, 1400, 0.25)

    def test_ogg_streams_are_as_long_as_what_went_in(self):
        for codec in OGG:
            for n in (1, 960, 4096, 8192, N):
                with self.subTest(codec, n=n):
                    s = Stream(codec, stereo(n))
                    self.assertEqual(s.n_frames(), n)
                    self.assertEqual(len(decode(s.chains()[0])), n)

    def test_another_rate_has_the_length_of_the_same_time(self):
        for titles in ((), ("50011:B", "50012:C")):
            s = Stream("opus", stereo(N, 44100), titles, rate=44100)
            self.assertEqual(s.n_frames(), -(-N * 160 // 147))
            self.assertEqual(len(s.decoded()), -(-N * 160 // 147))

    def test_an_mp3_stream_ends_with_the_frame_that_has_the_last_of_it(self):
        s = Stream("mp3", stereo(N))
        n = len(decode(s.chains()[0]))
        self.assertEqual(s.n_frames(), n)
        # Its filters add 1105 frames, and its last frame is a whole one.
        self.assertGreaterEqual(n, N + 1105)
        self.assertLess(n, N + 1105 + 2 * 1152)

    def test_sound_is_where_it_was(self):
        want = stereo(N)
        for codec in OGG:
            with self.subTest(codec):
                got = Stream(codec, want).decoded()
                self.assertLess(difference(got, want), NEAR[codec])

    def test_one_channel_stays_one_and_more_than_two_are_folded(self):
        a, b, c = (sine(N, hz, peak=0.2) for hz in (500, 1000, 1400))
        for codec in CODECS:
            with self.subTest(codec):
                got = Stream(codec, a).decoded()
                self.assertEqual(got.shape[1], 1)
                self.tone(got[:, 0], RATE, 500, 0.2)
                # Two times the third is heard left, where it adds.
                got = Stream(codec, np.stack((a * 0, b, c), 1)).decoded()
                self.assertEqual(got.shape[1], 2)
                self.tone(got[:, 0], RATE, 1400, 0.2)
                self.tone(got[:, 1], RATE, 1000, 0.2)
                got = Stream(codec, np.stack((b, a * 0), 1), n_out=1).decoded()
                self.assertEqual(got.shape[1], 1)
                self.tone(got[:, 0], RATE, 1000, 0.1)

    def test_what_is_no_number_is_silence_and_what_is_too_loud_full_scale(self):
        frames = stereo(N)
        frames[20000:30000] = np.nan
        frames[30000:40000] = np.inf
        frames[40000:50000] = -1e30
        for codec in CODECS:
            with self.subTest(codec):
                got = Stream(codec, frames).decoded()
                self.assertTrue(np.isfinite(got).all())
                self.assertLess(np.abs(got[24000:27000]).max(), 0.05)
                self.tone(got[54000:, 0], RATE, 1000, 0.5)
                self.tone(got[54000:, 1], RATE, 1400, 0.25)

    def test_the_bitrate_is_what_was_asked_for(self):
        noise = np.random.default_rng(1).uniform(-0.3, 0.3, (10 * RATE, 2))
        for codec in ("opus", "vorbis", "mp3"):
            for kbps in (64, 192):
                with self.subTest(codec, kbps=kbps):
                    s = Stream(codec, noise, kbps=kbps)
                    n = sum(len(p.data) for p in s.sound())
                    got = n * 8 / 1000 * RATE / s.n_frames()
                    self.assertAlmostEqual(got, kbps, delta=0.1 * kbps)


class Pieces(unittest.TestCase):
    def test_no_piece_waits_for_more_than_half_a_second_of_whatever(self):
        n = 20 * RATE
        for codec in CODECS:
            for name, frames in (("silence", np.zeros((n, 2))),
                                 ("sound", stereo(n))):
                with self.subTest(codec, name=name):
                    s = Stream(codec, frames)
                    self.assertLess(max(p.n for p in s.pieces), 0.35 * RATE)
                    given = 0
                    for p in s.pieces:
                        self.assertLess(p.pushed - given, 0.5 * RATE)
                        given += p.n

    def test_silence_is_nearly_nothing(self):
        for codec in OGG:
            with self.subTest(codec):
                s = Stream(codec, np.zeros((10 * RATE, 2)))
                n = sum(len(p.data) for p in s.sound())
                self.assertLess(n * 8 / 10, 8000)

    def test_pieces_are_whole(self):
        """An Ogg page with its checksum, or an MP3 frame, each."""
        for codec in CODECS:
            with self.subTest(codec):
                for p in Stream(codec, stereo(N)).pieces:
                    if codec == "mp3":
                        self.assertEqual((p.data[0], p.data[1] & 0xfe),
                                         (0xff, 0xfa))
                        self.assertEqual(len(p.data), 144 * 160000 // RATE)
                    else:
                        self.assertEqual(p.data[:4], b"OggS")
                        self.assertEqual(p.data.count(b"OggS"), 1)
                        self.assertEqual(
                            27 + p.data[26] + sum(p.data[27:27 + p.data[26]]),
                            len(p.data))

    def test_a_listener_can_begin_at_any_piece(self):
        for codec in CODECS:
            with self.subTest(codec):
                s = Stream(codec, stereo(N))
                sound = s.sound()
                for first in range(1, len(sound) - 1,
                                   20 if codec == "mp3" else 2):
                    rest = sound[first:]
                    data = s.headers() + b"".join(p.data for p in rest)
                    got = decode(data)
                    n = sum(p.n for p in rest)
                    # What a decoder drops until it has its bearings.
                    self.assertLessEqual(len(got), n + 1024)
                    self.assertGreater(len(got), n - 4800)
                    if n > RATE // 4:
                        hz, _ = pitch(got[len(got) // 3:, 1], RATE)
                        self.assertAlmostEqual(hz, 1400, delta=1)


class Titles(unittest.TestCase):
    STATION = ["ORGANIZATION=Küche", "GENRE=Jazz", "DESCRIPTION=All day",
               "CONTACT=http://radio.example/"]

    def said(self, data):
        return [c for c in comments(data) if not c.startswith("ENCODER=")]

    def test_each_title_begins_a_chain_that_says_it(self):
        titles = ("0:Ella - Blue - Skies", "30001:Später am Abend", "60002:")
        want = (["ARTIST=Ella", "TITLE=Blue - Skies"],
                ["TITLE=Später am Abend"], [])
        for codec in OGG:
            with self.subTest(codec):
                s = Stream(codec, stereo(N), titles)
                chains = s.chains()
                self.assertEqual([self.said(c) for c in chains],
                                 [w + self.STATION for w in want])
                self.assertEqual(len({c[14:18] for c in chains}), 3)
                self.assertEqual([p.chain for p in s.pieces if p.begins],
                                 [0, 1, 2])

    def test_no_frame_is_lost_or_doubled_where_a_title_begins(self):
        at = (1, 30001, 30002, 30900, 60002, 61440)
        titles = [f"{t}:{t}" for t in at]
        want = stereo(N)
        for codec in OGG:
            with self.subTest(codec):
                s = Stream(codec, want, titles)
                lengths = np.diff((0,) + at + (N,)).tolist()
                self.assertEqual([s.n_frames(c) for c in range(7)], lengths)
                got = s.decoded()
                self.assertEqual(len(got), N)
                self.assertLess(difference(got, want), NEAR[codec])

    def test_sound_goes_on_where_a_title_begins(self):
        """Across the border it is as near to what went in as elsewhere."""
        want = stereo(N)
        for codec in OGG:
            with self.subTest(codec):
                got = Stream(codec, want, ["50011:B"]).decoded()
                near = slice(50011 - 480, 50011 + 480)
                self.assertLess(difference(got[near], want[near]),
                                NEAR[codec])

    def test_titles_that_nothing_was_heard_of_begin_no_chain(self):
        for codec in OGG:
            with self.subTest(codec):
                s = Stream(codec, stereo(N), ["0:A", "0:B", "500:C", "500:D"])
                self.assertEqual([self.said(c)[0] for c in s.chains()],
                                 ["TITLE=B", "TITLE=D"])

    def test_an_mp3_stream_is_the_same_whatever_the_title(self):
        want = Stream("mp3", stereo(N)).chains()
        self.assertEqual(Stream("mp3", stereo(N), ["500:A - B"]).chains(),
                         want)


if __name__ == "__main__":
    unittest.main()

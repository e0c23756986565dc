#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The JACK server is killed and comes back, first as it was, then at another
rate: streams, feeds and taps go on, and a tone keeps its pitch in all of them.
Real servers, a real Icecast, real listeners who stay the whole time."""
import os
import re
import signal
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE + "/../jack", HERE + "/../stream"]
from icecast import Icecast, PASSWORD, decode  # noqa: E402
from servers import Listener  # noqa: E402
from feeds import FADE, FRESH, FeedCase, ramp, sine  # noqa: E402
from rig import RATE, Wav, closing_line, main, wait_for  # noqa: E402

HZ = 1000
OTHER_RATE = 44100
# Of sound and of silence: what is shorter is an xrun, or a codec's edge.
SHORT_S = 0.3


def stretches(samples, rate):
    """[(is there sound, frame, frames)], without what is short."""
    step = rate // 100
    n = len(samples) // step
    loud = np.abs(samples[:n * step].reshape(n, step)).max(axis=1) > 0.1
    found = []
    for i, is_loud in enumerate(loud):
        if not found or found[-1][0] != is_loud:
            found.append([bool(is_loud), i * step, 0])
        found[-1][2] += step
    joined = []
    for s in found:
        if s[2] < SHORT_S * rate and joined:
            joined[-1][2] += s[2]
        elif joined and joined[-1][0] == s[0]:
            joined[-1][2] += s[2]
        else:
            joined.append(s)
    if joined[0][2] < SHORT_S * rate:
        joined.pop(0)
    return [tuple(s) for s in joined]


def pitch(samples, rate):
    """The strongest tone of a second from their middle, in Hz."""
    at = max(0, len(samples) // 2 - rate // 2)
    part = samples[at:at + rate]
    part = part * np.hanning(len(part))
    size = 8 * rate  # bins of an eighth of a hertz
    return np.argmax(np.abs(np.fft.rfft(part, size))) * rate / size


class GoesOn(FeedCase):
    own_server = True

    def restart(self, period, rate):
        """Kill the server; the next one, with weir at it."""
        old, w = self.jackd, self.w
        port_max = old.settings[2]
        old.signal(signal.SIGKILL)
        old.p.wait(20)
        wait_for("weir to notice", lambda: w.status("jack") == "lost", 10)
        self.jackd = old.again(period, rate, port_max)
        wait_for("weir to come back", lambda: w.status("jack") == "running",
                 20)
        self.assertEqual((w.status("rate"), w.status("block")),
                         (rate, period))

    def play(self, name):
        """A tone that is heard in the mix, after a second without."""
        self.pass_frames(self.w, self.w.status("rate"))
        g = self.generator(f"sine:{HZ}:-6=weir:a_L", f"sine:{HZ}:-6=weir:a_R",
                           name=name)
        wait_for("the tone", lambda: min(
            self.w.osc.get("/bus/main/meter")) > -12)
        return g

    def has_pitch(self, samples, rate, what):
        self.assertAlmostEqual(pitch(samples, rate), HZ, delta=0.5, msg=what)


class Streams(GoesOn):
    CODECS = ("opus", "vorbis", "flac", "mp3")

    def start(self):
        self.w = self.weir("-s", "a:2")
        self.play("one")
        ice = self.keep(Icecast())
        env = dict(self.env(), WEIR_STREAM_PASSWORD=PASSWORD)
        self.streamers, self.listeners = {}, {}
        for codec in self.CODECS:
            self.streamers[codec] = self.program(
                "weir-stream", "--id", codec, "--codec", codec,
                *(() if codec == "flac" else ("--bitrate", "96")),
                ice.url(codec), env=env)
        for codec, p in self.streamers.items():
            p.wait_log(f"/{codec}: connected")
            wait_for(codec, lambda: ice.has(codec))
            self.listeners[codec] = self.keep(Listener(ice, codec))

    def end(self):
        """What each listener has heard, to the last that was sent."""
        for p in self.streamers.values():
            p.signal(signal.SIGTERM)
        heard = {}
        for codec, p in self.streamers.items():
            self.assertEqual(p.end()[0], 0, p.log())
            # All that was one connection, from which nothing was left out.
            self.assertIn("connections=1 skips=0", p.log())
            with open(self.path(codec), "wb") as f:
                f.write(self.listeners[codec].end())
            heard[codec] = np.array(decode(self.path(codec))[0])
        return heard

    def test_listeners_stay_and_hear_the_same_tone(self):
        self.start()
        self.pass_frames(self.w, 2 * RATE)
        for name, settings in (("two", (256, RATE)),
                               ("three", (512, OTHER_RATE))):
            self.restart(*settings)
            self.play(name)
            self.pass_frames(self.w, 2 * settings[1])
        for codec, heard in self.end().items():
            with self.subTest(codec):
                got = stretches(heard, 48000)
                print(codec, [(loud, round(n / 48000, 2))
                              for loud, _, n in got], flush=True)
                self.assertEqual([loud for loud, _, _ in got],
                                 [True, False, True, False, True])
                for loud, at, n in got:
                    if loud:
                        self.assertGreater(n, 1.5 * 48000, got)
                        self.has_pitch(heard[at:at + n], 48000, codec)


class Feeds(GoesOn):
    def test_a_file_lacks_nothing_that_jack_did_not_lose(self):
        w = self.w = self.weir("-s", "x:2")
        n = 5 * RATE
        path = self.file("ramp.wav", ramp(n, FRESH))
        recorder = self.listen()
        p = self.feed(path)
        wait_for("the feed", lambda: w.osc.get("/strip/x/meter")[0] > -60)
        self.pass_frames(w, RATE)
        # The counters stay, whichever server it is.
        self.restart(256, RATE)
        got = self.fed(p)
        self.assertEqual((got["frames"], got["overruns"], got["flushed"]),
                         (n, 0, 0), p.log())
        self.pass_frames(w, RATE // 10)
        lost = w.status("input_frames_lost")
        found = self.heard(recorder)
        # Frame FRESH of the ramp is the file's first.
        for s in found:
            if s.kind == "ramp":
                s.t -= FRESH
        if got["underruns"] == 0:
            self.whole(found, n, lost)
        total = sum(s.n for s in found if s.kind == "ramp")
        self.assertGreaterEqual(total, n - lost - FADE * got["underruns"],
                                found)

    def test_a_file_keeps_its_pitch_and_length_at_another_rate(self):
        w = self.w = self.weir("-s", "x:2")
        seconds = 5
        path = self.file("sine.wav", sine(seconds * RATE, HZ, RATE, 2, 0.5))
        recorder = self.listen("take.wav")
        p = self.feed(path)
        wait_for("the feed", lambda: w.osc.get("/strip/x/meter")[0] > -20)
        self.pass_frames(w, 3 * RATE // 2)
        self.restart(512, OTHER_RATE)
        got = self.fed(p)
        self.assertEqual((got["overruns"], got["flushed"]), (0, 0), p.log())
        # All but what the resampler held when its rate changed.
        self.assertGreaterEqual(got["frames"], seconds * RATE - 200)
        self.pass_frames(w, OTHER_RATE // 10)
        lost = w.status("input_frames_lost")
        recorder.signal(signal.SIGTERM)
        status, out = recorder.end()
        self.assertEqual(status, 0, recorder.log())
        files = [closing_line(line)[0] for line in out.splitlines()]
        self.assertEqual(len(files), 2, out)
        heard_s = 0.0
        for name, rate in zip(files, (RATE, OTHER_RATE)):
            wav = Wav(name)
            self.assertEqual(wav.rate, rate)
            left = np.fromfile(name, "<f4", offset=wav.offset)[::2]
            loud = np.nonzero(np.abs(left) > 0.01)[0]
            left = left[loud[0]:loud[-1] + 1]
            self.assertGreater(len(left), rate)
            self.has_pitch(left, rate, name)
            heard_s += len(left) / rate
        print(f"{heard_s:.4f} s of {seconds} s, {got}, {lost} lost")
        # An underrun is silence that somebody's late cycle put in.
        if got["underruns"] == 0:
            self.assertAlmostEqual(heard_s, seconds, delta=0.005 + lost / RATE)


class Taps(GoesOn):
    def test_a_pipe_stays_at_its_rate(self):
        w = self.w = self.weir("-s", "a:2")
        self.play("one")
        with open(self.path("raw"), "wb") as out:
            p = self.program("weir-tap", "--id", "ears", "-c", "1",
                             stdout=out)
        wait_for("the tap", lambda: w.readers() == ["ears"])
        begin = w.status("frames_mixed")
        self.pass_frames(w, 2 * RATE)
        self.restart(256, RATE)
        self.play("two")
        self.pass_frames(w, 2 * RATE)
        self.restart(512, OTHER_RATE)
        changed = w.status("frames_mixed")
        p.wait_log("what is written stays at 48000 Hz, resampled")
        self.play("three")
        self.pass_frames(w, 2 * OTHER_RATE)
        p.signal(signal.SIGTERM)
        end = w.status("frames_mixed")
        self.assertEqual(p.end()[0], 0, p.log())
        got = np.fromfile(self.path("raw"), "<f4")
        m = re.search(r"weir-tap: frames=(\d+) lost=0 dropouts=0\n", p.log())
        self.assertEqual(int(m[1]), len(got))
        # Every frame that was mixed meanwhile, and no silence for the time
        # in which there was no server; how many there were at the change is
        # known to the tenth of a second.
        about = (changed - begin) + (end - changed) * RATE / OTHER_RATE
        self.assertAlmostEqual(len(got), about, delta=RATE / 2)
        parts = [s for s in stretches(got, RATE) if s[0]]
        self.assertEqual(len(parts), 3, parts)
        for _, at, n in parts:
            self.assertGreater(n, 1.5 * RATE, parts)
            self.has_pitch(got[at:at + n], RATE, "tap")


if __name__ == "__main__":
    main()

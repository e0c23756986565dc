# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What is fed: a loop that comes out to the bit, a feed that is killed and
comes back, and one with a clock of its own."""
import re
import signal
import subprocess
import threading
import wave

import numpy as np
from account import Growth
from stage import RATE

LOOP = 10 * RATE + 7  # not a whole number of blocks


def write_loop(path):
    """A mono ramp of 24-bit samples: each says which frame it is."""
    data = (np.arange(LOOP, dtype="<i4") + 1).view(np.uint8).reshape(-1, 4)
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(3)
        w.setframerate(RATE)
        w.writeframes(data[:, :3].tobytes())


class Loop:
    """The same file over and over into a strip that a tap listens to."""
    every_s = 60

    def __init__(self, stage, account):
        self.weir, self.account = stage.weir, account
        write_loop(stage.path("loop.wav"))
        self.feed = stage.program("weir-feed", "-s", "jingle", "--loop",
                                  stage.path("loop.wav"))
        self.tap = stage.program("weir-tap", "-i", "strip/jingle/pre")
        self.growth = Growth("weir-feed", self.feed.pid)
        self.n_frames = self.n_silent = self.n_wrong = 0
        self.last = None
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        rest = b""
        while got := self.tap.p.stdout.read1(1 << 18):
            rest += got
            whole = len(rest) // 4 * 4
            self.compare(np.frombuffer(rest[:whole], np.float32))
            rest = rest[whole:]

    def compare(self, samples):
        self.n_frames += len(samples)
        # A ramp that is silent now and then fades there.
        index = samples.astype(float) * (1 << 23)
        loud = index != 0
        self.n_silent += int((~loud).sum())
        index = index[loud]
        if self.last is not None and len(index):
            index = np.concatenate([[self.last], index])
        if len(index) > 1:
            step = np.diff(index)
            self.n_wrong += int(((step != 1) & (step != 1 - LOOP)).sum())
        if len(index):
            self.last = index[-1]

    def step(self):
        pass

    def end(self):
        self.growth.settle(self.account, 512)
        underruns = self.weir.osc.get("/strip/jingle/feed/underruns")
        self.tap.signal(signal.SIGTERM)
        self.thread.join(30)
        self.feed.signal(signal.SIGTERM)
        a = self.account
        a.equal("loop: exit status", self.feed.end()[0], 0)
        a.at_least("loop: frames that were compared", self.n_frames, 1)
        a.shown("loop: silent frames", self.n_silent)
        a.equal("loop: underruns", underruns, 0)
        a.equal("loop: frames that do not follow each other", self.n_wrong, 0)


class Killed:
    """A feed that is killed in the middle; the next one is let in at once."""
    every_s = 7

    def __init__(self, stage, account):
        self.stage, self.account = stage, account
        subprocess.run(["sox", "-n", "-r", "44100", stage.path("tone.wav"),
                        "synth", "20", "sine", "440", "gain", "-12"],
                       check=True)
        self.n = self.n_refused = 0
        self.feed = self.start()

    def start(self):
        return self.stage.program("weir-feed", "-s", "announce",
                                  self.stage.path("tone.wav"))

    def step(self):
        self.n += 1
        self.n_refused += not self.feed.running()
        self.feed.kill()
        self.stage.forget(self.feed)
        self.feed = self.start()

    def end(self):
        self.n_refused += not self.feed.running()
        self.feed.kill()
        self.account.shown("killed feeds: killed", self.n)
        self.account.equal("killed feeds: that had ended by themselves",
                           self.n_refused, 0)


class Clock:
    """Strip b comes back into another strip as a source of its own clock."""
    every_s = 60

    def __init__(self, stage, account):
        self.weir, self.account = stage.weir, account
        self.tap = stage.program("weir-tap", "-i", "strip/b", "-c", "1")
        self.feed = stage.program("weir-feed", "-s", "relay", "-c", "1",
                                  "--pace", "clock", "--latency", "0.25", "-",
                                  stdin=self.tap.p.stdout)
        self.tap.p.stdout.close()
        self.growth = Growth("weir-feed, clock", self.feed.pid)

    def step(self):
        pass

    def end(self):
        self.growth.settle(self.account, 512)
        ratio = self.weir.osc.get("/strip/relay/feed/ratio")
        self.tap.signal(signal.SIGTERM)
        self.tap.p.wait(30)
        status, out = self.feed.end()
        self.account.equal("clock: exit status", status, 0)
        self.account.shown("clock: ratio, ppm off",
                           round(abs(ratio - 1) * 1e6))
        for what in ("frames", "underruns", "overruns"):
            m = re.search(rf"{what}=(\d+)", out)
            self.account.shown(f"clock: {what}", int(m[1]))

# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""All that can happen to a weir at once, for so many cycles: strips, buses,
sends and sources come and go, OSC floods in, meters and loudness are asked,
readers and feeds attach, leave and are killed."""
import random
import signal
import subprocess

from rig import osc, wait_for

SEED = 20260301
SETS_A_ROUND = 600
MAX_READERS = 4

WRONG = (
    b"", b"/", b"#bundle\0", b"\0" * 64, b"/strip/a/gain\0\0\0,f\0\0\x7f\xc0",
    osc.message("/strip/a/gain", float("nan")),
    osc.message("/strip/a/gain", "loud"), osc.message("/strip/nobody/gain"),
    osc.message("/strip/add", "a"), osc.message("/bus/main/remove"),
    osc.message("/{strip,bus}/[z"), osc.message("/strip/a/gain", 99.0),
    osc.bundle(osc.message("/strip/a/gain", -3.0),
               osc.message("/strip/a/gain", 1000.0)),
)


class Activity:
    """`case` is a rig.Case with a weir `w` (strips a:2 and b) and a generator
    that plays `gen:out_1`."""

    def __init__(self, case, w):
        self.case, self.w, self.o = case, w, w.osc
        self.r = random.Random(SEED)
        self.readers = []
        self.feed = None
        self.n_rounds = self.n_sets = self.n_readers = self.n_feeds = 0

    def run(self, n_cycles):
        """Rounds until so many cycles have passed; returns how many did."""
        first = self.w.status("cycles")
        while self.w.status("cycles") < first + n_cycles:
            self.round(self.n_rounds)
            self.n_rounds += 1
        while self.readers:
            self.end_reader(self.readers.pop())
        self.end_feed()
        return self.w.status("cycles") - first

    def round(self, k):
        strip, bus = f"s{k}", f"b{k}"
        n = 1 + k % 4
        self.o.command("/strip/add", strip, n)
        self.o.command("/bus/add", bus, 1 + k % 3)
        self.o.command(f"/strip/{strip}/send/{bus}/on", True)
        self.o.command(f"/strip/{strip}/send/{bus}/level", -6.0)
        self.o.command(f"/strip/a/send/{bus}/on", True)
        self.o.command(f"/strip/a/send/{bus}/level", 0.0)
        self.case.jackd.connect("gen:out_1", f"weir:{strip}" + (
            "" if n == 1 else "_L" if n == 2 else "_1"))
        self.read(self.r.choice((f"strip/{strip}", f"strip/{strip}/pre", bus,
                                 "main", "strip/a/pre")))
        self.play(self.r.choice(("b", strip)))
        self.flood(strip, bus)
        self.look(strip, bus)
        goes = [f"/strip/{strip}/remove", f"/bus/{bus}/remove"]
        for address in goes if k % 2 else goes[::-1]:
            self.o.command(address)

    # ------------------------------------------------------------- commands

    def one_set(self, strip, bus):
        db = -float(self.r.randrange(80))
        return self.r.choice((
            lambda: osc.message("/strip/a/gain", db),
            lambda: osc.message("/strip/*/gain", db),
            lambda: osc.message(f"/strip/{strip}/pan", db / 80),
            lambda: osc.message(f"/strip/{strip}/mute", db < -40),
            lambda: osc.message("/strip/b/solo", db < -70),
            lambda: osc.message("/strip/a/polarity", db < -40),
            lambda: osc.message("/strip/a/trim", db / 4),
            lambda: osc.message("/bus/main/gain", db / 10),
            lambda: osc.message("/strip/*/feed/paused", db < -60),
            lambda: osc.message("/strip/b/feed/flush"),
            lambda: osc.message(f"/strip/a/send/{bus}/level", db),
            lambda: osc.message(f"/strip/a/send/{bus}/pre", db < -40),
        ))()

    def flood(self, strip, bus):
        for k in range(SETS_A_ROUND):
            sets = [self.one_set(strip, bus)]
            if k % 10 == 0:
                sets += [self.one_set(strip, bus) for _ in range(10)]
                self.o.send(osc.bundle(*sets))
            else:
                self.o.send(sets[0])
            self.n_sets += len(sets)
            if k % 50 == 0:
                self.o.send(self.r.choice(WRONG))
                self.settle()

    def settle(self):
        """All that was sent has been taken."""
        self.o.send(osc.message("/ping"))
        while True:
            packet = self.o.packet()
            self.case.assertIsNotNone(packet, "no answer: " + self.w.log())
            if any(m.concerns("/ping") for m in osc.decode(packet)):
                return

    def look(self, strip, bus):
        self.o.get(f"/strip/{strip}/meter")
        self.o.get(f"/bus/{bus}/meter")
        self.o.get(f"/bus/{bus}/loudness")
        self.o.get("/bus/main/loudness")
        self.o.command("/bus/main/loudness/reset")

    # -------------------------------------------------------------- readers

    def read(self, source):
        """Another reader; too many: the oldest goes, as programs go."""
        k = self.n_readers
        self.n_readers += 1
        name = f"r{k}"
        if k % 2:
            p = self.case.program(
                "weir-record", "--id", name, "-i", source, "-i", "main",
                "-o", self.case.path(name + ".wav"))
        else:
            p = self.case.program("weir-tap", "--id", name, "-i", source,
                                  stdout=subprocess.DEVNULL)
        wait_for(f"reader {name} of {source}: {p.log()}",
                 lambda: name in self.w.readers() or not p.running())
        self.readers.append((p, k))
        if len(self.readers) > MAX_READERS:
            self.end_reader(self.readers.pop(0))

    def end_reader(self, reader):
        p, k = reader
        if p.running():
            p.signal((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[k % 3])
        p.end()
        self.case.processes.remove(p)

    # ---------------------------------------------------------------- feeds

    def play(self, strip):
        """Noise of any number, also of none, at another rate and pace each
        time; the feed before it goes, as programs go."""
        self.end_feed()
        rate, pace = self.r.choice((
            ("48000", "pipe"), ("22050", "pipe"), ("44100", "clock"),
            ("48000", "clock")))
        self.feed = self.case.program(
            "weir-feed", "-s", strip, "-r", rate, "-e",
            self.r.choice(("f32", "s16")), "--pace", pace, "/dev/urandom")
        self.n_feeds += 1
        wait_for("a feed", lambda: self.o.get(
            f"/strip/{strip}/feed/buffered_ms") > 0)

    def end_feed(self):
        if not self.feed:
            return
        self.feed.signal(self.r.choice((signal.SIGKILL, signal.SIGTERM)))
        self.feed.end()
        self.case.processes.remove(self.feed)
        self.feed = None

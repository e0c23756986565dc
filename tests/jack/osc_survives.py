#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Packets that nobody should send: weir answers or ignores them, and mixes on
as if nothing had been."""
import random
import re
import struct

from rig import PIPEWIRE, Case, main, osc, wav_segments

SEED = 20260101
DATAGRAMS = 200000
LEGS = 4
WARM_UP = 20000
WINDOW = 250   # of these the socket holds some more
AHEAD_S = 2    # no bundle is put off for longer
MORE_KB = 1024 # 5 bytes a datagram


def specimens():
    """Good packets, of every kind."""
    m = osc.message
    yield m("/strip/a/gain", -3.0)
    yield m("/strip/a/gain", -3, types="i")
    yield m("/strip/a/name", "text of some length")
    yield m("/strip/*/mute", True)
    yield m("//meter")
    yield m("/{strip,bus}/[a-m]*/gain")
    yield m("/strip/add", "x", 2, "name")
    yield m("/strip/x/remove")
    yield m("/reader/list")
    yield m("/x", 1, 2.0, "s", b"blob", True, False)
    yield m("/x", 1, 2, 3.0, 4.0, "S", types="ihfdS")
    yield osc.bundle(m("/tag", "t"), m("/strip/a/pan", 0.5), m("/status"))
    yield osc.bundle(osc.bundle(m("/ping")), m("/ping"))
    yield osc.bundle(m("/ping"), tag=osc.time_tag(1000))


def mutations(r, packet):
    b = bytearray(packet)
    kind = r.randrange(7)
    at = r.randrange(len(b))
    if kind == 0:
        b[at] = r.randrange(256)
    elif kind == 1:
        b[at] ^= 1 << r.randrange(8)
    elif kind == 2:
        del b[at:]
    elif kind == 3:
        del b[at:at + r.choice((1, 4, 8))]
    elif kind == 4:
        b[at:at] = bytes(r.randrange(256) for _ in range(r.choice((1, 4))))
    elif kind == 5:
        n = r.choice((-1, 0, 3, 0x7fffffff, -2 ** 31, len(b), 65536))
        b[at & ~3:(at & ~3) + 4] = struct.pack(">i", n)
    else:
        b += b[:at]
    return bytes(b)


def flood_packets(r):
    """A thousand, of which a third is as it should be."""
    good = list(specimens()) + [
        osc.bundle(osc.message("/strip/a/gain", -6.0),
                   osc.message("/strip/b/pan", 0.1), tag=osc.time_tag(3000)),
        osc.message("/strip/{a,b}*/{gain,mute,pan}"),
        osc.message("/strip/" + "*{a,b}" * 10 + "/gain")]
    packets = [r.choice(good) for _ in range(350)]
    packets += [mutations(r, r.choice(good)) for _ in range(550)]
    packets += [p[:r.randrange(len(p))]
                for p in (r.choice(good) for _ in range(100))]
    r.shuffle(packets)
    return [p for p in packets if b"/quit" not in p and len(p) < 2000]


class Survival(Case):
    def setUp(self):
        super().setUp()
        self.w = self.weir("-s", "a:2", "-s", "b:2")
        self.g = self.generator("0=weir:b_L", "1=weir:b_R")
        self.r = self.record("b.wav", "-i", "strip/b/pre")

    def check_unharmed(self):
        self.assertEqual(self.w.osc.command("/ping"), ["weir"])
        self.w.osc.drain()
        self.pass_frames(self.w)
        self.assertEqual(self.stop(self.r)[2:], (0, 0))
        lost = self.w.status("input_frames_lost") if PIPEWIRE else 0
        gaps = self.end_generator(self.g)["gaps"]
        self.check_exact(wav_segments(self.path("b.wav"), "0", "1"), gaps,
                         lost=lost)

    def send_all(self, packets):
        """In portions, each waited for: none is lost in a full socket."""
        o = self.w.osc
        for k, packet in enumerate(packets):
            if b"/quit" in packet or len(packet) > 65000:
                continue
            o.send(packet)
            if k % 50 == 49:
                self.wait_pong()

    def wait_pong(self):
        self.w.osc.send(osc.message("/ping"))
        while True:
            packet = self.w.osc.packet()
            self.assertIsNotNone(packet, "no answer: " + self.w.log())
            # Whatever it answers is OSC as the specification has it.
            if any(m.concerns("/ping") for m in osc.decode(packet)):
                return

    def test_thousands_of_mutations(self):
        r = random.Random(SEED)
        good = list(specimens())
        self.send_all(mutations(r, r.choice(good)) for _ in range(6000))
        self.check_unharmed()

    def test_random_bytes_of_every_length(self):
        r = random.Random(SEED)
        self.send_all(bytes(r.choice((0, 0x2c, 0x2f, 0x23, r.randrange(256)))
                            for _ in range(n)) for n in range(600))
        self.check_unharmed()

    def test_every_beginning_of_every_good_packet(self):
        for packet in specimens():
            self.send_all(packet[:n] for n in range(len(packet)))
        self.check_unharmed()

    def test_datagrams_of_64_kilobytes(self):
        o = self.w.osc
        largest = 65507
        o.send(b"\0" * largest)
        o.send(b"/" * largest)
        o.send(b"/" + b"*" * (largest - 1))
        o.send(osc.message("/strip/a/name", "x" * 65000))
        self.wait_pong()
        pings = osc.bundle(*[osc.message("/ping")] * 2700)
        self.assertLess(len(pings), largest)
        self.assertEqual(len(o.answers(osc.bundle(
            *[osc.message("/strip/a/gain", -1.0)] * 1000), 1000)), 1000)
        o.send(pings)
        o.drain()
        deep = osc.message("/ping")
        while len(deep) < 60000:
            deep = osc.bundle(deep)
        o.send(deep)
        self.wait_pong_or_more()
        self.check_unharmed()

    def wait_pong_or_more(self):
        while self.w.osc.packet(0.2):
            pass
        self.wait_pong()

    def test_patterns_made_to_explode(self):
        o = self.w.osc
        for pattern in ("/" + "*a" * 120 + "b", "/strip/" + "*" * 200,
                        "/" + "{a,a*}" * 60, "/" + "[!x]*" * 60,
                        "//" * 500 + "meter", "/" + "{" * 200):
            m = o.answers(osc.message(pattern), 1)[0]
            self.assertEqual(m.address, "/error", m)
            self.assertIn(m.values[1], (1, 2, 4, 7), pattern[:40])
        self.check_unharmed()

    def test_a_flood_is_taken_as_it_can_be(self):
        o = self.w.osc
        for k in range(30000):
            o.send(osc.message("/strip/a/gain", -float(k % 80)))
        self.wait_pong_or_more()
        o.command("/strip/a/gain", -5.0)
        self.assertEqual(o.get("/strip/a/gain"), -5.0)
        self.check_unharmed()

    def test_200000_datagrams_leave_nothing_behind(self):
        """Good, bad, patterns, bundles for later, cut ones: all of them are
        taken, others are answered meanwhile, the mix and the memory are as
        before."""
        packets = flood_packets(random.Random(SEED))
        dropped = self.dropped()
        self.pour(packets, WARM_UP)
        self.wait_until_done()
        before = self.memory()
        for _ in range(LEGS):
            was = self.health()
            self.pour(packets, DATAGRAMS // LEGS)
            self.wait_until_done()
            now = {k: v - was[k] for k, v in self.health().items()}
            # Nothing is lost but what JACK itself lost; PipeWire tells no
            # client of cycles that it ran without him.
            if now.pop("xruns") == 0 and not (
                    PIPEWIRE and now["input_frames_lost"]):
                self.assertEqual(set(now.values()), {0}, now)
        for key, kb in self.memory().items():
            # PipeWire's libjack grows with ports that come and go.
            self.assertLessEqual(kb - before[key],
                                 MORE_KB * (4 if PIPEWIRE else 1), key)
        self.assertEqual(self.dropped(), dropped, "not all of them came")
        self.check_unharmed()

    def pour(self, packets, n):
        """So many; somebody else is answered whenever a socket's fill of them
        has been sent."""
        flood = osc.Client(self.w.osc.to)
        for k in range(0, n, WINDOW):
            flood.send(osc.bundle(osc.message("/strip/a/gain", -1.0),
                                  tag=osc.time_tag(AHEAD_S / 2)))
            for i in range(k + 1, min(k + WINDOW, n)):
                flood.send(packets[i % len(packets)])
            self.assertEqual(self.w.osc.command("/ping"), ["weir"])
        flood.close()

    def wait_until_done(self):
        """All that was put off has come to its time."""
        self.w.osc.answers(osc.bundle(osc.message("/ping"),
                                      tag=osc.time_tag(AHEAD_S)), 1)

    def memory(self):
        with open(f"/proc/{self.w.pid}/status") as f:
            return {key: int(kb) for key, kb in re.findall(
                r"(VmRSS|VmData):\s+(\d+)", f.read())}

    def health(self):
        return {k: self.w.status(k) for k in (
            "xruns", "late_blocks", "input_frames_lost",
            "frames_silent")}

    def dropped(self):
        """What the kernel had no room for at weir's socket."""
        port = f":{self.w.osc.to[1]:04X}"
        with open("/proc/net/udp") as f:
            rows = [line.split() for line in f]
        drops, = [row[-1] for row in rows if row[1].endswith(port)]
        return int(drops)


if __name__ == "__main__":
    main()

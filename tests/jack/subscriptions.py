#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Controllers that subscribe to a running weir: what each of them has been
told is what is so, whoever changed it and however it came."""
import ctypes
import os
import random
import re
import socket
import subprocess
import time

import osc
from osc_stream import Stream
from rig import TIMEOUT_S, Case, main, wait_for

SEED = 20260101
CLONE_NEWNET = 0x40000000
HERE = "10.77.0.1"  # not loopback, and nobody else's


class Controller:
    """Mirrors what it has been told."""

    def __init__(self, client):
        self.client = client
        self.values = {}
        self.answers = []  # all that is no value
        self.longest = 0

    def take(self, timeout_s=TIMEOUT_S):
        packet = self.client.packet(timeout_s)
        if packet is None:
            return False
        self.longest = max(self.longest, len(packet))
        for m in osc.decode(packet):
            if m.address in ("/reply", "/error", "/snapshot", "/snapshot_end",
                             "/created", "/removed", "/renamed", "/token"):
                self.answers.append(m)
                self.obey(m)
            else:
                self.values[m.address] = m.values
        return True

    def obey(self, m):
        if m.address != "/removed":
            return
        gone = re.compile(rf"/(strip|bus)/({m.values[0]}|[^/]*/send/"
                          rf"{m.values[0]})/|/{m.values[0]}/")
        for address in [a for a in self.values if gone.match(a)]:
            del self.values[address]

    def until(self, what, condition):
        end = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > end or not self.take(1) \
                    and time.monotonic() > end:
                raise AssertionError(f"no {what}: {self.answers[-5:]} "
                                     f"{self.values}")

    def has(self, address, *values):
        return any(m.address == address and m.values == list(values)
                   for m in self.answers)

    def subscribe(self, pattern, *numbers):
        n = self.ends(pattern)
        self.client.send(osc.message("/subscribe", pattern, *numbers))
        self.until(f"snapshot of {pattern}", lambda: self.ends(pattern) > n)

    def ends(self, pattern):
        return sum(m.address == "/snapshot_end" and m.values[0] == pattern
                   for m in self.answers)

    def set(self, address, *values):
        self.client.send(osc.message(address, *values))


def queried(client, pattern):
    """What queries show."""
    client.send(osc.bundle(osc.message(pattern), osc.message("/ping")))
    shown = {}
    while True:
        for m in osc.decode(client.packet()):
            if m.concerns("/ping"):
                return shown
            shown[m.address] = m.values


class Subscriptions(Case):
    def controller(self, w):
        c = Controller(osc.Client(("127.0.0.1", w.port)))
        self.addCleanup(c.client.close)
        return c

    def renew(self, *controllers):
        for c in controllers:
            c.client.send(osc.message("/subscribe", "/{strip,bus}//", 50, 0,
                                      60))

    def test_two_controllers_see_each_others_changes(self):
        w = self.weir("-s", "mic", "-s", "music:2", "-b", "fx")
        a, b = self.controller(w), self.controller(w)
        a.subscribe("/strip/*/*")
        b.subscribe("//gain", 100)
        a.set("/strip/mic/gain", -6.0)
        a.until("reply", lambda: a.has("/reply", "/strip/mic/gain", -6.0))
        a.until("change", lambda: a.values["/strip/mic/gain"] == [-6.0])
        b.until("change", lambda: b.values["/strip/mic/gain"] == [-6.0])
        b.set("/strip/music/fader", 0.5)
        a.until("change", lambda: a.values["/strip/music/gain"] == [-10.0])
        self.assertFalse(a.has("/reply", "/strip/music/fader", 0.5))
        w.osc.command("/strip/add", "new")
        for c in (a, b):
            c.until("new", lambda: c.values.get("/strip/new/gain") == [0.0])
            self.assertTrue(c.has("/created", "new"))
        self.assertLessEqual(max(a.longest, b.longest), 1400)

    def test_after_a_storm_all_know_the_same(self):
        w = self.weir("-s", "s0", "-b", "fx")
        r = random.Random(SEED)
        all_of_them = [self.controller(w) for _ in range(3)]
        own = osc.Client(w.file("osc.sock"), own=self.path("own.sock"))
        self.addCleanup(own.close)
        all_of_them.append(Controller(own))
        for c in all_of_them:
            c.subscribe("/{strip,bus}/*/{name,gain,fader,pan,mute}", 100, 0,
                        60)
            c.subscribe("/strip/*/send//", 20, 0, 60)
        ids = ["s0"]
        for k in range(600):
            c = r.choice(all_of_them)
            if k % 40 == 13:
                ids.append(f"s{k}")
                c.set("/strip/add", ids[-1])
            elif k % 40 == 33:
                c.set(f"/strip/{ids.pop(r.randrange(len(ids)))}/remove")
            elif k % 40 == 20:
                c.set("/subscribe", "/strip/*/send//", 20, 0, 60)
            else:
                c.set(f"/strip/{r.choice(ids)}/" + r.choice(
                    ("gain", "pan", "mute", "send/fx/level")),
                    -r.random())
            for c in all_of_them:
                c.take(0)
        w.osc.command("/strip/s0/gain", -77.0) if "s0" in ids else None
        w.osc.command("/strip/add", "last")

        def same(c):
            return lambda: c.values == queried(
                w.osc, "/{strip,bus}/*/{name,gain,fader,pan,mute}") | queried(
                    w.osc, "/strip/*/send//")
        for c in all_of_them:
            c.until("last", lambda: c.has("/created", "last"))
            c.until("same values", same(c))

    def test_meters_follow_the_sound(self):
        w = self.weir("-s", "mic")
        c = self.controller(w)
        c.subscribe("//meter", 100)
        self.assertEqual(c.values["/strip/mic/meter"], [-120.0, -120.0])
        g = self.generator("0=weir:mic")
        c.until("sound", lambda: c.values["/strip/mic/meter"][0] > -60)
        g.kill()
        c.subscribe("//meter", 100)
        c.until("silence",
                lambda: c.values["/strip/mic/meter"] == [-120.0, -120.0])
        self.assertEqual(c.values["/bus/main/meter"][0],
                         w.osc.get("/bus/main/meter")[0])

    def test_readers_come_and_go(self):
        w = self.weir("-s", "mic")
        c = self.controller(w)
        c.subscribe("/reader//", 50, 0, 60)
        c.subscribe("/status/readers", 50, 0, 60)
        self.assertEqual(c.values, {"/status/readers": [0]})
        tap = self.program("weir-tap", "--id", "tap-1",
                           stdout=subprocess.DEVNULL)
        c.until("reader", lambda: c.has("/created", "reader/tap-1"))
        c.until("state", lambda: c.values.get("/reader/tap-1/state") ==
                ["running"])
        self.assertEqual(c.values["/reader/tap-1/pid"], [tap.pid])
        c.until("number", lambda: c.values["/status/readers"] == [1])
        tap.kill()
        c.until("end", lambda: c.has("/removed", "reader/tap-1"))
        c.until("number", lambda: c.values["/status/readers"] == [0])
        self.assertEqual(list(c.values), ["/status/readers"])

    def test_connections_take_their_subscriptions_with_them(self):
        w = self.weir("-s", "mic", "--tcp")
        stays = Controller(Stream(("127.0.0.1", w.port)))
        self.addCleanup(stays.client.close)
        stays.subscribe("/strip/mic/gain", 100, 0, 2)
        for _ in range(100):
            c = Controller(Stream(("127.0.0.1", w.port)))
            for pattern in ("/strip/*/pan", "//meter", "/status//"):
                c.subscribe(pattern, 100)
            c.client.close()
        # Longer than its lease, which is the connection's.
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            stays.take(0.1)
        w.osc.command("/strip/mic/gain", -6.0)
        stays.until("change",
                    lambda: stays.values["/strip/mic/gain"] == [-6.0])

    def test_who_does_not_read_holds_nobody_up(self):
        w = self.weir("-s", "mic")
        deaf = osc.Client(w.file("osc.sock"), own=self.path("deaf.sock"))
        self.addCleanup(deaf.close)
        deaf.send(osc.message("/subscribe", "//", 100, 0, 60))
        c = self.controller(w)
        c.subscribe("/strip/mic/gain", 100, 0, 60)
        for k in range(200):
            w.osc.command("/strip/mic/gain", -0.25 * k)
        c.until("the last", lambda: c.values["/strip/mic/gain"] == [-49.75])
        late = Controller(deaf)
        late.until("the last",
                   lambda: late.values.get("/strip/mic/gain") == [-49.75])


class Strangers(Case):
    """In a network of the test's own, where an address that is not loopback
    is somebody else's, for all that weir can know."""

    def setUp(self):
        libc = ctypes.CDLL(None, use_errno=True)
        if os.geteuid() != 0 or libc.unshare(CLONE_NEWNET) != 0:
            self.skipTest("a network namespace of its own is not permitted")
        for command in ("link set lo up", f"addr add {HERE}/32 dev lo",
                        f"addr add {HERE[:-1]}2/32 dev lo"):
            subprocess.run(["ip", *command.split()], check=True)
        super().setUp()

    def client(self, port, host=HERE):
        c = osc.Client((HERE, port))
        c.close()
        c.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        c.s.bind((host, 0))
        self.addCleanup(c.close)
        return c

    def test_a_token_first_and_then_the_stream(self):
        w = self.weir("-s", "mic", "--bind", HERE)
        port = int(re.search(r":(\d+)/$", w.url)[1])
        c = Controller(self.client(port))
        question = osc.message("/subscribe", "/strip/mic/gain", 50)
        c.client.send(question)
        token = c.client.packet()
        self.assertLessEqual(len(token), len(question))
        m = osc.decode(token)[0]
        self.assertEqual((m.address, m.types), ("/token", "s"))
        # Nothing else comes, whatever changes.
        other = self.client(port)
        other.command("/strip/mic/gain", -6.0)
        self.assertTrue(c.client.quiet())
        # Another host cannot give it back.
        thief = self.client(port, HERE[:-1] + "2")
        thief.send(osc.message("/subscribe_token", m.values[0]))
        thief.command("/ping")
        self.assertTrue(c.client.quiet())
        # From another port of the same one it does.
        other.send(osc.message("/subscribe_token", m.values[0]))
        c.until("snapshot", lambda: c.ends("/strip/mic/gain") == 1)
        self.assertEqual(c.values, {"/strip/mic/gain": [-6.0]})
        other.command("/strip/mic/gain", -7.0)
        c.until("change", lambda: c.values["/strip/mic/gain"] == [-7.0])
        c.subscribe("/strip/mic/gain", 50)  # renewed without one

    def test_loopback_needs_none(self):
        w = self.weir("-s", "mic")
        c = Controller(osc.Client(("127.0.0.1", w.port)))
        self.addCleanup(c.client.close)
        c.subscribe("/strip/mic/gain")
        self.assertEqual(c.values, {"/strip/mic/gain": [0.0]})


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""JACK's period changes, or its rate, while plugins run: they are there again
with what they were set to and what they remember, and what they make is to the
bit, in the frame that weir's latency says. Those that were promised blocks of
one length end themselves when they get another.

The sound is numbered frames by factors that are powers of two."""
import json
import os
import signal

import numpy

from rig import (Case, LONG, Process, RAMP_FRAMES, RATE, TOOLS, main, segments,
                 wait_for)

BUILD = os.environ["WEIR_BUILD"]
URN = "urn:weir:test:"
PERIODS = [64, 1024, 16, 256] + ([2048, 32, 8192, 128] if LONG else [])
OTHER_RATE = 44100
TRIES = 20


class Plugins(Case):
    own_server = True
    options = ()

    def env(self):
        return dict(super().env(), LV2_PATH=f"{BUILD}/tests/lv2")

    def start(self, *strips):
        """Each strip on a bus of its own: the first is main's."""
        args = [w for s in strips for w in ("-s", f"{s}:2")]
        self.strips = strips
        self.buses = ["main"] + ["only_" + s for s in strips[1:]]
        for bus in self.buses[1:]:
            args += ["-b", f"{bus}:2"]
        self.w = self.weir(*args, *self.options)
        self.o = self.w.osc
        for strip, bus in zip(strips[1:], self.buses[1:]):
            self.o.command(f"/strip/{strip}/main", False)
            self.o.command(f"/strip/{strip}/send/{bus}/level", 0.0)
            self.o.command(f"/strip/{strip}/send/{bus}/on", True)
        self.play()

    def play(self, name="gen"):
        self.g = self.generator(*(f"{2 * i + c}=weir:{s}_{'LR'[c]}"
                                  for i, s in enumerate(self.strips)
                                  for c in range(2)), name=name)

    def add(self, chain, slot, plugin, **values):
        self.o.command(f"/{chain}/plugin/add", slot, URN + plugin)
        for name, value in values.items():
            self.o.command(f"/{chain}/plugin/{slot}/param/{name}", value)

    def value(self, chain, slot, name):
        return self.o.get(f"/{chain}/plugin/{slot}/param/{name}")

    def states(self):
        return [self.o.get(f"/{chain}/plugin/{slot}/state")
                for chain in ["strip/" + s for s in self.strips] + ["bus/main"]
                for slot in self.o.command(f"/{chain}/plugin/list")]

    def hide(self, chain, slot, number):
        """Have a plugin remember a number that nobody else does."""
        self.add(chain, slot, "hidden", number=number)
        self.o.command(f"/{chain}/plugin/{slot}/param/take", True)
        wait_for("what it keeps",
                 lambda: self.value(chain, slot, "kept") == number)
        self.o.command(f"/{chain}/plugin/{slot}/param/number", 1)

    def set_period(self, n):
        self.jackd.set_period(n)
        wait_for("the period", lambda: self.w.status("block") == n)

    def late(self, n_chains):
        """What chains in runners add."""
        inside = "--plugins-inside" in self.options
        even = self.w.status("block") + self.w.status("block") % 2
        return 0 if inside else n_chains * even

    def latency_of(self, port):
        for line in self.jackd.lsp("-l", port).splitlines():
            words = line.replace("[", " ").replace("]", " ").split()
            if words[1:3] == ["capture", "latency"]:
                return int(words[4]), int(words[5])
        return None

    def await_running(self, latency):
        wait_for(f"a latency of {latency}",
                 lambda: self.w.status("latency_frames") == latency)
        wait_for(f"the ports' latency of {latency}", lambda:
                 self.latency_of("weir:main_L") == (latency, latency))
        wait_for("all to run", lambda: set(self.states()) == {"running"})

    # ----------------------------------------------------------- what is heard

    def run_capture(self, ports):
        """A busy server may refuse a client for a moment."""
        c = self.keep(Process([f"{TOOLS}/jack_capture", "cap", str(RATE // 2),
                               self.path("out"), *ports],
                              self.new_log("capture"), self.env()))
        return c.line() == "ready" and c.end()[1]

    def capture(self, factors):
        """Frames that are the plugins' to the bit, the most in a row by bus,
        and how late all of them are."""
        ports = [f"weir:{b}_{c}" for b in self.buses for c in "LR"]
        out = wait_for("room for a client", lambda: self.run_capture(ports))
        first = json.loads(out)["first"]
        got = numpy.fromfile(self.path("out"), numpy.float32)
        got = got.reshape(-1, len(ports))
        longest, late = [], set()
        for i, factor in enumerate(factors):
            pair = got[:, 2 * i:2 * i + 2] / numpy.float32(factor)
            pair.astype(numpy.float32).tofile(self.path("pair"))
            ramps = [s for s in segments(self.path("pair"), 0, str(2 * i),
                                         str(2 * i + 1)) if s.kind == "ramp"]
            longest.append(max((s.n for s in ramps), default=0))
            late |= {(first + s.start - s.t) % RAMP_FRAMES for s in ramps}
        return longest, late

    def check_sound(self, latency, *factors):
        """By bus: the plugins' factors together."""
        # Where JACK runs without weir, or weir without a runner, it is not.
        enough = 500 if self.w.status("block") < 64 else RATE // 8
        for _ in range(TRIES):
            longest, late = self.capture(factors)
            self.assertLessEqual(late, {latency}, longest)
            if min(longest) >= enough:
                return
        self.fail(f"no {enough} frames in a row by {factors}: {longest}")

    def check_none_has_died(self):
        self.assertNotIn("died of", self.w.log())
        self.assertNotIn("has failed", self.w.log())


class Periods(Plugins):
    def test_plugins_go_through_every_change_of_the_period(self):
        self.start("a", "whole")
        self.hide("strip/a", "mind", 7)
        self.add("strip/a", "late", "delay", frames=100)
        self.add("strip/a", "gain", "gain", gain=0.25)
        self.add("strip/whole", "f", "needs-fixed-blocks", gain=0.5)
        self.add("strip/whole", "p", "needs-power-of-2-blocks", gain=0.25)
        self.add("strip/whole", "l", "likes-fixed-blocks", gain=2.0)
        for n in [self.period, *PERIODS]:
            signal.alarm(120)
            self.set_period(n)
            latency = n + self.late(1) + 100
            self.await_running(latency)
            for slot in "fpl":
                wait_for(f"blocks of {n} for {slot}", lambda slot=slot:
                         self.value("strip/whole", slot, "promised") == n)
            self.check_sound(latency, 0.25, 0.25)
            self.assertEqual(self.value("strip/a", "mind", "kept"), 7)
            self.assertEqual(self.value("strip/a", "mind", "number"), 1)
            self.assertEqual(self.value("strip/a", "late", "frames"), 100)
        self.check_none_has_died()

    def test_changes_in_a_row_lose_nothing(self):
        self.start("a")
        self.hide("strip/a", "mind", 7)
        self.add("strip/a", "gain", "gain", gain=0.25)
        for n in (64, 1024, 128, 512, 64, 256):
            self.set_period(n)
        self.await_running(256 + self.late(1))
        self.check_sound(256 + self.late(1), 0.25)
        self.assertEqual(self.value("strip/a", "mind", "kept"), 7)
        self.check_none_has_died()

    def test_a_period_that_is_no_power_of_two_stops_who_needs_one(self):
        self.start("a")
        self.add("strip/a", "p", "needs-power-of-2-blocks", gain=0.5)
        self.hide("strip/a", "mind", 7)
        self.add("strip/a", "f", "needs-fixed-blocks", gain=0.25)
        self.await_running(256 + self.late(1))
        self.set_period(301)
        wait_for("its end", lambda: self.states() ==
                 ["failed", "running", "running"])
        self.check_sound(301 + self.late(1), 0.25)
        m = self.o.ask("/strip/a/plugin/add", "q",
                       URN + "needs-power-of-2-blocks")
        self.assertEqual((m.address, m.values[1]), ("/error", 8), m)
        self.assertIn("#powerOf2BlockLength", m.values[2])
        self.set_period(128)
        self.await_running(128 + self.late(1))
        self.check_sound(128 + self.late(1), 0.125)
        self.assertEqual(self.value("strip/a", "mind", "kept"), 7)

    def test_the_first_plugin_knows_a_period_that_is_not_weirs_first(self):
        self.start("a")
        self.set_period(300)
        self.assertEqual(self.o.error("/strip/a/plugin/add", "p", URN +
                                      "needs-power-of-2-blocks"), 8)
        self.add("strip/a", "f", "needs-fixed-blocks", gain=0.5)
        self.check_sound(300 + self.late(1), 0.5)
        self.assertEqual(self.value("strip/a", "f", "promised"), 300)

    def test_a_bus_promises_what_it_can(self):
        self.start("a")
        m = self.o.ask("/bus/main/plugin/add", "f", URN + "needs-fixed-blocks")
        if "--plugins-inside" in self.options:
            self.assertEqual((m.address, m.values[1]), ("/error", 8), m)
            self.assertIn("#fixedBlockLength", m.values[2])
        else:
            self.assertEqual(m.address, "/reply", m)
        self.add("bus/main", "l", "likes-fixed-blocks", gain=0.5)
        wait_for("the first block's", lambda: self.value(
            "bus/main", "l", "promised") == (256 if self.late(1) else 0))
        # Its parts end where values are set.
        for i in range(200):
            self.o.command("/strip/a/pan", i % 2 * 0.5)
        self.o.command("/strip/a/pan", 0.0)
        self.await_running(256 + self.late(1))
        self.check_sound(256 + self.late(1), 0.5)
        self.check_none_has_died()


class PeriodsInside(Periods):
    options = ("--plugins-inside",)


class Rates(Plugins):
    def restart(self, period, rate):
        _, _, port_max = self.jackd.settings
        old = self.jackd
        old.signal(signal.SIGKILL)
        old.p.wait(20)
        self.generator_report(self.g)
        wait_for("weir to notice", lambda: self.w.status("jack") == "lost")
        self.jackd = old.again(period, rate, port_max)
        wait_for("weir to come back",
                 lambda: self.w.status("jack") == "running")
        # Weir connects clients of a name that it knows by itself.
        self.n_servers = getattr(self, "n_servers", 0) + 1
        self.play(f"gen{self.n_servers}")

    def check(self, period, rate):
        own = rate // 100  # of the plugin that is a hundredth of a second late
        latency = period + self.late(2) + 100 + own
        self.await_running(latency)
        wait_for("the rate", lambda:
                 self.value("bus/main", "own", "rate") == rate)
        self.assertEqual(self.value("strip/a", "mind", "kept"), 7)
        self.check_sound(latency, 0.25, 0.5)

    def test_plugins_are_made_anew_at_another_rate(self):
        self.start("a", "whole")
        self.hide("strip/a", "mind", 7)
        self.add("strip/a", "late", "delay", frames=100)
        self.add("strip/a", "gain", "gain", gain=0.25)
        self.add("strip/whole", "f", "needs-fixed-blocks", gain=0.5)
        self.add("bus/main", "own", "hundredth")
        self.check(self.period, RATE)
        self.restart(512, OTHER_RATE)
        self.check(512, OTHER_RATE)
        self.restart(self.period, OTHER_RATE)  # the period alone
        self.check(self.period, OTHER_RATE)
        self.restart(self.period, RATE)
        self.check(self.period, RATE)
        self.check_none_has_died()


class RatesInside(Rates):
    options = ("--plugins-inside",)


if __name__ == "__main__":
    main()

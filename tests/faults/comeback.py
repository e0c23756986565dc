#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The JACK server goes, however it goes, and comes back: weir is there again
with its ports, names, latency and connections.  WEIR_LONG=1: 20 rounds."""
import contextlib
import json
import os
import re
import signal
import subprocess
import time
import unittest

from rig import (Case, LONG, PIPEWIRE, RAMP_FRAMES, RATE, TOOLS, Wav, Weir,
                 closing_line, main, wait_for, wav_segments)

ROUNDS = 20 if LONG else 4


class Comeback(Case):
    own_server = True

    def restart(self, number=signal.SIGKILL, settings=None):
        """End the server, start the next one; the seconds that weir was not
        there for after it began to answer."""
        period, rate, port_max = self.jackd.settings
        if settings:
            period, rate = settings
        old = self.jackd
        old.signal(number)
        old.p.wait(20)
        wait_for("weir to notice",
                 lambda: self.w.status("jack") == "lost", 10)
        self.jackd = old.again(period, rate, port_max)
        return self.back()

    def back(self):
        begin = time.monotonic()
        wait_for("weir to come back",
                 lambda: self.w.status("jack") == "running", 20)
        return time.monotonic() - begin

    def own_ports(self):
        return [p for p in self.jackd.ports() if p.startswith("weir:")]

    def connections(self):
        """Of weir's ports: {port: [ports]}."""
        found, port = {}, None
        for line in self.jackd.lsp("-c").splitlines():
            if not line.startswith(" "):
                port = line
            elif port.startswith("weir:"):
                found.setdefault(port, []).append(line.strip())
        return found

    def labels(self):
        out = subprocess.run([f"{TOOLS}/jack_labels", "weir"],
                             env=self.env(), capture_output=True, text=True,
                             check=True, timeout=30).stdout
        ports = json.loads(out)["ports"]
        for port in ports.values():
            del port["uuid"]
        return ports

    def latency(self):
        out, port = {}, None
        for line in self.jackd.lsp("-l").splitlines():
            if not line.startswith((" ", "\t")):
                port = line
            elif port.startswith("weir:"):
                out.setdefault(port, []).append(line.strip())
        return out

    def is_so(self, want):
        def same():
            got = self.connections()
            return got == want
        try:
            wait_for("the connections", same, 10)
        except AssertionError:
            self.assertEqual(self.connections(), want)

    def connect(self, a, b):
        self.jackd.connect(a, b)
        self.assertIn([a, b], self.graph())

    def graph(self):
        words = self.w.osc.command("/connections")
        return [list(p) for p in zip(words[::2], words[1::2])]

    def resources(self):
        pid = self.w.pid
        with open(f"/proc/{pid}/status") as f:
            status = f.read()
        return {"fds": len(os.listdir(f"/proc/{pid}/fd")),
                "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
                "kb": int(re.search(r"VmRSS:\s+(\d+)", status)[1])}


class Rounds(Comeback):
    def test_all_is_as_it_was_after_kill_9(self):
        self.w = w = self.weir("-s", "mic", "-s", "music:2", "-b", "mon:2",
                               "--latency", "2")
        w.osc.command("/strip/mic/name", "Sängerin")
        w.osc.command("/strip/mic/gain", -6.0)
        self.jackd.connect("system:capture_1", "weir:mic")
        self.jackd.connect("system:capture_2", "weir:music_R")
        self.jackd.connect("weir:main_L", "system:playback_1")
        self.jackd.connect("weir:mon_R", "system:playback_2")
        ports, wires = self.own_ports(), self.connections()
        labels, latency = self.labels(), self.latency()
        self.assertEqual(len(wires), 4)
        self.assertEqual(labels["weir:mic"]["pretty-name"][0], "Sängerin")
        self.assertTrue(latency)
        begin = time.monotonic()
        took = self.restart()
        print(f"back {took:.3f} s after the server answered, "
              f"{time.monotonic() - begin:.3f} s after its end")
        self.is_so(wires)
        self.assertEqual(self.own_ports(), ports)
        if PIPEWIRE:
            # Each look is a client that comes and goes: while PipeWire starts
            # that keeps it from what is looked at.
            time.sleep(5)
        wait_for("the labels", lambda: self.labels() == labels, 10)
        wait_for("the latency", lambda: self.latency() == latency, 10)
        self.assertEqual(w.osc.get("/strip/mic/gain"), -6.0)
        self.assertEqual(w.status("zombie_callbacks"), 0)
        self.pass_frames(w, RATE)
        self.assertLess(took, 10)

    def test_rounds_leave_nothing_behind(self):
        self.w = w = self.weir("-s", "mic", "-s", "music:2")
        self.jackd.connect("system:capture_1", "weir:mic")
        self.jackd.connect("weir:main_L", "system:playback_1")
        wires = self.connections()
        times, before = [], None
        for i in range(ROUNDS):
            signal.alarm(120)
            times.append(self.restart(signal.SIGKILL if i % 2 == 0
                                      else signal.SIGTERM))
            self.is_so(wires)
            self.pass_frames(w, 4800)
            if i == 1:
                before = self.resources()
        def is_as_it_was():
            now = self.resources()
            return all(now[k] == before[k] for k in ("fds", "threads"))
        with contextlib.suppress(AssertionError):
            # A client of the tests' own that goes takes a moment.
            wait_for("what it had", is_as_it_was, 5)
        after = self.resources()
        print(f"{ROUNDS} rounds: worst {max(times):.3f} s, {before} -> "
              f"{after}")
        self.assertEqual(after["fds"], before["fds"])
        self.assertEqual(after["threads"], before["threads"])
        self.assertLess(after["kb"], before["kb"] + 2048 + 64 * ROUNDS)

    def test_settings_strips_and_connections_made_meanwhile_are_there(self):
        self.w = w = self.weir("-s", "mic", "-s", "old")
        self.jackd.connect("system:capture_1", "weir:mic")
        self.jackd.connect("system:capture_2", "weir:old")
        self.jackd.signal(signal.SIGKILL)
        self.jackd.p.wait(10)
        wait_for("weir to notice", lambda: w.status("jack") == "lost", 10)
        w.osc.command("/strip/add", "fresh", 2, "Neu")
        w.osc.command("/strip/old/remove")
        w.osc.command("/strip/mic/name", "Anders")
        self.assertEqual(w.osc.command("/strip/list"), ["mic", "fresh"])
        self.assertEqual(w.osc.error("/connect", "system:capture_1",
                                     "weir:fresh_L"), 6)
        self.jackd = self.jackd.again()
        self.back()
        self.assertEqual(sorted(self.own_ports()),
                         ["weir:fresh_L", "weir:fresh_R", "weir:main_L",
                          "weir:main_R", "weir:mic"])
        self.is_so({"weir:mic": ["system:capture_1"]})
        names = {n: p["pretty-name"][0] for n, p in self.labels().items()}
        self.assertEqual(names["weir:mic"], "Anders")
        self.assertEqual(names["weir:fresh_L"], "Neu L")
        w.osc.command("/connect", "system:capture_2", "weir:fresh_R")

    def test_late_clients_are_connected_when_they_appear(self):
        self.w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        wires = self.connections()
        self.assertEqual(len(wires), 2)
        self.jackd.signal(signal.SIGKILL)
        self.jackd.p.wait(10)
        g.end()
        wait_for("weir to notice",
                 lambda: self.w.status("jack") == "lost", 10)
        self.jackd = self.jackd.again()
        self.back()
        self.assertEqual(self.connections(), {})
        g = self.generator("0", "1")  # connects nothing itself
        self.is_so(wires)
        self.end_generator(g)
        self.is_so({})
        # What goes while the server is there is not brought back by weir.
        g = self.generator("0", "1")
        self.pass_frames(self.w, RATE // 2)
        self.is_so({})

    def test_what_somebody_took_away_stays_away(self):
        self.w = self.weir("-s", "mic", "-s", "old", "-s", "both")
        for port in "mic", "old", "both":
            self.jackd.connect("system:capture_1", f"weir:{port}")
        subprocess.run(["jack_disconnect", "-s", self.jackd.name,
                        "system:capture_1", "weir:old"], env=self.jackd.env,
                       check=True, timeout=30)
        self.w.osc.command("/disconnect", "system:capture_1", "weir:both")
        # It is in doubt for a second whether the client went.
        self.pass_frames(self.w, 3 * RATE // 2)
        self.restart()
        self.is_so({"weir:mic": ["system:capture_1"]})


class Hanging(Comeback):
    """A server that says nothing of its end."""

    def test_one_that_stands_still_is_lost_and_comes_back_when_it_goes_on(self):
        self.w = w = self.weir("-s", "mic")
        self.jackd.connect("system:capture_1", "weir:mic")
        wires = self.connections()
        self.jackd.signal(signal.SIGSTOP)
        wait_for("weir to notice", lambda: w.status("jack") == "lost", 15)
        self.assertIn("runs no cycles", w.log())
        self.assertEqual(w.osc.command("/strip/mic/gain", -6.0), [-6.0])
        self.jackd.signal(signal.SIGCONT)
        self.back()
        self.is_so(wires)
        self.pass_frames(w)

    def test_weir_that_was_stopped_itself_takes_that_for_no_loss(self):
        self.w = w = self.weir("-s", "mic")
        self.pass_frames(w)
        w.signal(signal.SIGSTOP)
        time.sleep(4)  # longer than its patience with JACK
        w.signal(signal.SIGCONT)
        self.pass_frames(w)
        self.assertNotIn("runs no cycles", w.log())

    @unittest.skipIf(PIPEWIRE, "pw-jack starts no jackd")
    def test_a_server_of_its_own_is_started_again(self):
        w = self.w = self.keep(Weir(self, "--dummy=48000:128", "-s", "mic"))
        w.ready()
        self.pass_frames(w)
        self.assertEqual(self.kill_own(), 1)
        wait_for("weir to notice", lambda: "is gone" in w.log())
        self.back()
        self.assertEqual(w.status("block"), 128)
        self.pass_frames(w)

    def kill_own(self):
        """weir's jackd, a child of its launcher; how many there were."""
        n = 0
        for launcher in children(self.w.pid):
            for pid in filter(is_jackd, children(launcher)):
                os.kill(pid, signal.SIGKILL)
                n += 1
        return n


def is_jackd(pid):
    with open(f"/proc/{pid}/comm") as f:
        return f.read() == "jackd\n"


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(n) for n in f.read().split()]


class Readers(Comeback):
    """What reads and feeds weir, across a loss."""

    def lose_in_the_middle(self, settings=None):
        """A recorder of a generator that both live through: what weir had
        lost of it, and the gaps, before the loss and after."""
        self.w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        self.r = self.record("take.wav")
        self.pass_frames(self.w, RATE // 2)
        self.lost = self.w.status("input_frames_lost")
        self.restart(signal.SIGKILL, settings)
        gaps = self.generator_report(g)["gaps"]
        return gaps

    def test_a_recorder_has_every_frame_before_and_after_and_no_silence(self):
        gaps = self.lose_in_the_middle()
        g = self.generator("0=weir:a_L", "1=weir:a_R", name="next")
        self.pass_frames(self.w, RATE // 2)
        self.assertEqual(self.stop(self.r)[2:], (0, 0))
        lost = self.w.status("input_frames_lost")
        report = self.end_generator(g)
        got = wav_segments(self.path("take.wav"), "0", "1")
        # Two generators: the ramp jumps where the server went, as does its
        # clock; the cycles between are those in which weir ran and nobody was
        # connected.
        jump = max(i for i, s in enumerate(got) if s.kind == "ramp"
                   and (s.t - s.start - got[0].t) % RAMP_FRAMES == 0)
        self.assertLess(jump, len(got) - 1)
        self.check_exact(got[:jump + 1], gaps, lost=self.lost)
        after = got[jump + 1:]
        while after[0].kind != "ramp":  # not both connected yet
            after.pop(0)
        self.check_exact(after, report["gaps"], lost=lost)

    def test_another_rate_begins_the_next_file(self):
        gaps = self.lose_in_the_middle((512, 44100))
        w, r = self.w, self.r
        self.assertEqual(w.status("rate"), 44100)
        self.assertEqual(w.status("block"), 512)
        self.assertEqual(w.status("latency_frames"), 512)
        wait_for("the next file", lambda: "take-1.wav" in r.log())
        g = self.generator("0=weir:a_L", "1=weir:a_R", name="next")
        self.pass_frames(w, RATE)
        levels = w.osc.get("/bus/main/meter")
        self.assertGreater(min(levels), -60, levels)
        lost = w.status("input_frames_lost")
        self.r.signal(signal.SIGTERM)
        status_out = self.r.end()
        self.assertEqual(status_out[0], 0, r.log())
        lines = [closing_line(line) for line in status_out[1].splitlines()]
        self.assertEqual([n[2:] for n in lines], [(0, 0)] * 2, lines)
        first, second = Wav(self.path("take.wav")), Wav(self.path("take-1.wav"))
        self.assertEqual((first.rate, second.rate), (48000, 44100))
        self.assertEqual([n[1] for n in lines], [first.frames, second.frames])
        self.assertTrue(first.whole and second.whole)
        self.check_exact(wav_segments(first.path, "0", "1"), gaps,
                         lost=self.lost)
        report = self.end_generator(g)
        got = wav_segments(second.path, "0", "1")
        while got[0].kind != "ramp":  # not both connected yet
            got.pop(0)
        self.check_exact(got, report["gaps"], lost=lost)


if __name__ == "__main__":
    main()

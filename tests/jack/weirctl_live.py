#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What stays with a running weir: weirctl watch, weirctl meters, and bash's
completion."""
import os
import re
import signal
import subprocess
import sys

import rig
from rig import Case, main

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.append(os.path.join(HERE, "../unit"))
from terminal import Terminal  # noqa: E402

SCRIPT = os.path.join(HERE, "../../oscctl/ctl/weirctl.bash")
COMPLETE = """source "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _weirctl "$3"
printf '%s\\n' "${COMPREPLY[@]}" """


class Live(Case):
    def watch(self, *words):
        return self.program("weirctl", "watch", *words)

    def lines_until(self, process, last):
        """Its lines up to that one."""
        lines = []
        while not lines or lines[-1] != last:
            lines.append(process.line())
        return lines

    def test_a_watch_prints_what_is_there_and_every_hands_changes(self):
        w = self.weir("-s", "mic", "-s", "music:2")
        p = self.watch("/strip/*/{gain,mute,name}")
        self.lines_until(p, "/strip/music/mute F")
        w.osc.command("/strip/mic/gain", -6.5)
        self.assertEqual(p.line(), "/strip/mic/gain -6.5")
        self.run_program("weirctl", "set", "/strip/music/mute", "on")
        self.assertEqual(p.line(), "/strip/music/mute T")
        w.osc.command("/strip/add", "dj", 1, "Dee Jay")
        lines = self.lines_until(p, "/strip/dj/mute F")
        self.assertIn("# created dj", lines)
        self.assertIn('/strip/dj/name "Dee Jay"', lines)
        w.osc.command("/strip/dj/name", "Dee")
        lines = [p.line(), p.line()]
        self.assertEqual(sorted(lines), ['# renamed dj Dee',
                                         '/strip/dj/name "Dee"'])
        w.osc.command("/strip/dj/remove")
        self.assertEqual(p.line(), "# removed dj")
        p.signal(signal.SIGTERM)
        self.assertEqual(p.end(), (0, ""))

    def test_a_quiet_watch_outlives_its_leases_and_repeats_nothing(self):
        w = self.weir("-s", "mic")
        p = self.watch("/strip/mic/gain")
        self.assertEqual(p.line(), "/strip/mic/gain 0")
        start = w.status("uptime")
        rig.wait_for("lease's end", lambda: w.status("uptime") > start + 16)
        w.osc.command("/strip/mic/gain", -3)
        self.assertEqual(p.line(), "/strip/mic/gain -3")
        self.assertEqual(p.log(), "")

    def test_a_weir_that_is_killed_and_started_again_is_found(self):
        w = self.weir("-s", "mic")
        p = self.watch("/strip/mic/gain")
        self.assertEqual(p.line(), "/strip/mic/gain 0")
        w.osc.command("/strip/mic/gain", -3)
        self.assertEqual(p.line(), "/strip/mic/gain -3")
        w.kill()
        p.wait_log("weir is gone, waiting for it")
        w = self.weir("-s", "mic")
        p.wait_log("weir is back")
        self.assertEqual(p.line(), "/strip/mic/gain 0")
        w.osc.command("/strip/mic/gain", -1)
        self.assertEqual(p.line(), "/strip/mic/gain -1")

    def test_a_watch_over_tcp_is_connected_again(self):
        w = self.weir("-s", "mic", "--tcp")
        port = w.port
        p = self.program("weirctl", "-t", f"osc.tcp://127.0.0.1:{port}/",
                         "watch", "/strip/mic/gain")
        self.assertEqual(p.line(), "/strip/mic/gain 0")
        w.osc.command("/strip/mic/gain", -3)
        self.assertEqual(p.line(), "/strip/mic/gain -3")
        w.kill()
        p.wait_log("weir is gone, waiting for it")
        # It looks for it twice a second, and sleeps between.
        n = self.switches(p)
        with self.assertRaises(AssertionError):
            rig.wait_for("many", lambda: self.switches(p) > n + 60, 2)
        w = self.weir("-s", "mic", "--tcp", "-p", str(port))
        p.wait_log("weir is back")
        line = p.line()
        while line.startswith("# created "):  # it was there before these
            line = p.line()
        self.assertEqual(line, "/strip/mic/gain 0")
        p.signal(signal.SIGINT)
        self.assertEqual(p.end(), (0, ""))

    def switches(self, process):
        """How often it has waited, or spun until its turn was over."""
        with open(f"/proc/{process.pid}/status") as f:
            return sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)",
                                           f.read())))

    # ---- meters

    def meters(self, *words, **options):
        t = Terminal([f"{rig.BIN}/weirctl", "--run-dir", self.run_dir,
                      "meters", *words], **options)
        self.addCleanup(t.close)
        return t

    def test_the_view_shows_levels_readers_and_counters(self):
        self.weir("-s", "mic", "-s", "music:2")
        self.generator("sine:1000:-20=weir:mic", "sine:1000:-30=weir:music_L")
        self.record("take.wav")
        t = self.meters(columns=100)
        # A mono strip is 3 dB lower on each side of main; a sine's RMS is 3 dB
        # below its peak; a channel has 0.75 of -20 dB's half of 56 cells.
        t.wait("mic", lambda: re.search(r"^>mic +0\.0 +█+[^ ]*░*┃ +-20\.0 *$",
                                        t.line("mic") or ""))
        t.wait("music", lambda: re.search(r"^ music .* -30\.0 *$",
                                          t.line("music") or ""))
        t.wait("reader", lambda: re.search(
            r"record\S* +running +\d+ +\d+\.\d s +0 +0 main",
            "\n".join(t.screen.display)))
        t.wait("head", lambda: re.match(
            r"weir  load \d+\.\d%  xruns \d+!?  late \d+!?  lost \d+!?  "
            rf"48000/{self.period}  up 0:0\d:\d\d", t.screen.display[0]))
        t.keys("q")
        self.assertEqual(t.ends(), (0, ""))
        self.assertTrue(t.is_restored())

    def test_keys_set_what_others_see(self):
        w = self.weir("-s", "mic", "-s", "music:2")
        t = self.meters()
        t.see(">mic")
        t.keys("down", *["right"] * 5, "-", "m", "s", "end", "m")
        rig.wait_for("mute", lambda: w.osc.get("/bus/main/mute"))
        self.assertEqual(w.osc.get("/strip/music/gain"), 1.5)
        self.assertEqual(w.osc.get("/strip/music/mute"), True)
        self.assertEqual(w.osc.get("/strip/music/solo"), True)
        self.assertEqual(w.osc.get("/strip/mic/gain"), 0)
        t.wait("music", lambda: re.search(r" music +1\.5 MS",
                                          t.line(" music") or ""))

    def test_the_view_follows_strips_and_a_weir_that_comes_back(self):
        w = self.weir("-s", "mic", "-s", "b", "-s", "a")
        t = self.meters()
        # In the mixer's order.
        t.wait("order", lambda: [line.split()[0] for line in
                                 t.screen.display[2:5] if line.strip()] ==
               [">mic", "b", "a"])
        w.osc.command("/strip/add", "dj", 1, "Dee Jay")
        t.see("Dee Jay")
        w.osc.command("/strip/mic/remove")
        t.wait("end", lambda: not t.line("mic"))
        w.kill()
        t.see("mixer gone, waiting")
        self.weir("-s", "second")
        t.see(">second")
        t.wait("no word of it", lambda: not t.line("gone")
               and not t.line("Dee Jay"))

    def test_many_strips_and_channels_come_through(self):
        self.weir(*[word for i in range(60)
                    for word in ("-s", f"s{i}:{1 + i % 8}")])
        status, out, log = self.run_program("weirctl", "meters")
        self.assertEqual((status, log), (0, ""))
        rows = [line.split() for line in out.splitlines()]
        strips = rows[2:62]
        self.assertEqual([r[0] for r in strips], [f"s{i}" for i in range(60)])
        self.assertEqual([len(r) for r in strips],
                         [4 + 1 + i % 8 + 1 for i in range(60)])

    # ---- completion

    def offers(self, line):
        out = subprocess.run(
            ["bash", "--norc", "-c", COMPLETE, "bash", SCRIPT,
             "weirctl " + line, f"{rig.BIN}/weirctl"], check=True,
            capture_output=True, text=True, env=self.env()).stdout
        return sorted(out.split())

    def test_completion_asks_the_running_weir(self):
        self.weir("-s", "mic", "-s", "music:2", "-b", "fx")
        self.assertEqual(self.offers("get /strip/m"),
                         ["/strip/mic/", "/strip/music/"])
        self.assertEqual(self.offers("get /strip/mic/m"),
                         ["/strip/mic/main", "/strip/mic/meter",
                          "/strip/mic/mute"])
        self.assertEqual(self.offers("set /strip/*/send/fx/"),
                         ["/strip/*/send/fx/level", "/strip/*/send/fx/on",
                          "/strip/*/send/fx/pre"])
        self.assertEqual(self.offers("get /status/in"),
                         ["/status/input_frames_lost"])
        self.assertEqual(self.offers("call /bus/fx/loudness/"),
                         ["/bus/fx/loudness/reset"])
        self.assertEqual(self.offers("-n w"), ["weir"])


if __name__ == "__main__":
    main()

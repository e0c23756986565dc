#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir-stream between a running weir and a running Icecast: what is mixed is
heard, OSC sets its title, and a killed weir is silence until it is back."""
import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE + "/../faults", HERE + "/../stream"]
from icecast import Icecast, PASSWORD, decode, tone  # noqa: E402
from listeners import tags  # noqa: E402
from rig import Case, RATE, main, wait_for  # noqa: E402


class Streamer(Case):
    def hears_the_sine(self, url):
        """Sooner or later: who comes gets what was sent some seconds ago."""
        def heard():
            left, _, log = decode(url, 1.5)
            self.assertGreater(len(left), 1.4 * RATE, log)
            return abs(tone(left[-RATE:])[0] - 0.1) < 0.003
        wait_for("the sine", heard)

    def mix(self, name):
        w = self.weir("-s", "a:2")
        g = self.generator("sine:1000:-20=weir:a_L",
                           "sine:1000:-20=weir:a_R", name=name)
        return w, g

    def test_a_mix_is_heard_and_titled_and_outlives_weir(self):
        w, g = self.mix("one")
        ice = self.keep(Icecast())
        url = f"http://127.0.0.1:{ice.port}/live"
        p = self.program("weir-stream", "--id", "live", "--codec", "opus",
                         ice.url("live"),
                         env=dict(self.env(), WEIR_STREAM_PASSWORD=PASSWORD))
        p.wait_log("live: connected")
        wait_for("/live", lambda: ice.has("live"))
        self.hears_the_sine(url)
        self.assertEqual(w.osc.get("/reader/live/state"), "running")
        self.assertEqual(w.osc.command("/reader/live/metadata",
                                       "Ü - Air"), [])
        wait_for("title", lambda: tags(url).get("title") == "Air")
        self.assertEqual(tags(url)["artist"], "Ü")
        self.assertEqual(w.osc.error("/reader/live/mark", "x"), 8)
        # No farewell.
        w.signal(signal.SIGKILL)
        p.wait_log("weir is gone: silence until it is back")
        w.p.wait()
        self.end_generator(g)
        _, g = self.mix("two")
        p.wait_log("weir gives sound again")
        self.hears_the_sine(url)
        p.signal(signal.SIGTERM)
        self.assertEqual(p.end()[0], 0)
        # All that on one connection.
        self.assertIn("connections=1 skips=0", p.log())


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What JACK's metadata say of weir's ports, read back by libjack."""
import json
import os
import signal
import subprocess

import osc
from rig import Case, TIMEOUT_S, TOOLS, main, wait_for

INT = "http://www.w3.org/2001/XMLSchema#int"


class Labels(Case):
    def look(self):
        """A busy server may refuse the tool for a moment."""
        def looked():
            done = subprocess.run([f"{TOOLS}/jack_labels", "weir"],
                                  env=self.env(), capture_output=True,
                                  text=True, check=False, timeout=TIMEOUT_S)
            return done.stdout if done.returncode == 0 else None
        seen = json.loads(wait_for("labels", looked))
        self.ports = {name.removeprefix("weir:"): port
                      for name, port in seen["ports"].items()}
        self.subjects = set(seen["subjects"])
        return self.ports

    def said(self, key):
        return {name: port[key][0] for name, port in self.look().items()
                if key in port}

    def uuids(self):
        return {port["uuid"] for port in self.look().values()}

    def test_ports_have_names_orders_and_groups_when_weir_is_ready(self):
        self.weir("-s", "mic", "-s", "keys:2", "-s", "drums:3", "-b", "fx:2")
        self.look()
        self.assertEqual({n: p["pretty-name"] for n, p in self.ports.items()},
                         {"mic": ["mic", ""],
                          "keys_L": ["keys L", ""],
                          "keys_R": ["keys R", ""],
                          "drums_1": ["drums 1", ""],
                          "drums_2": ["drums 2", ""],
                          "drums_3": ["drums 3", ""],
                          "main_L": ["main L", ""],
                          "main_R": ["main R", ""],
                          "fx_L": ["fx L", ""],
                          "fx_R": ["fx R", ""]})
        self.assertEqual({p["order"][1] for p in self.ports.values()}, {INT})
        self.assertEqual(
            sorted(self.ports, key=lambda n: int(self.ports[n]["order"][0])),
            ["mic", "keys_L", "keys_R", "drums_1", "drums_2", "drums_3",
             "main_L", "main_R", "fx_L", "fx_R"])
        self.assertEqual({n: p["port-group"] for n, p in self.ports.items()},
                         {n: [n.split("_")[0], ""] for n in self.ports})

    def test_a_new_name_is_shown_when_it_is_answered(self):
        w = self.weir("-s", "mic", "-s", "keys:2")
        before = self.look()
        w.osc.command("/strip/mic/name", 'Grüße, "世界" 🎤')
        w.osc.command("/strip/keys/name", "Piano")
        w.osc.command("/bus/main/name", "Hall")
        self.assertEqual(self.said("pretty-name"),
                         {"mic": 'Grüße, "世界" 🎤', "keys_L": "Piano L",
                          "keys_R": "Piano R", "main_L": "Hall L",
                          "main_R": "Hall R"})
        # All else stays.
        for name, port in self.look().items():
            for key in ("uuid", "order", "port-group"):
                self.assertEqual(port[key], before[name][key])

    def test_the_last_of_many_names_is_what_remains(self):
        w = self.weir("-s", "mic")
        for i in range(200):
            w.osc.send(osc.message("/strip/mic/name", f"Singer {i}"))
        wait_for("the last name",
                 lambda: self.said("pretty-name")["mic"] == "Singer 199")
        # And nothing comes after it.
        w.osc.drain()
        w.osc.command("/strip/mic/name", "End")
        self.assertEqual(self.said("pretty-name")["mic"], "End")

    def test_a_strip_that_comes_with_a_name_is_shown_by_it(self):
        w = self.weir("-s", "mic")
        self.assertEqual(w.osc.command("/strip/add", "talk", 2, "Talkback"),
                         ["talk", 2])
        m = w.osc.answers(osc.bundle(
            osc.message("/strip/add", "dj", 1, "Disc"),
            osc.message("/strip/dj/name", "Jockey")), 2)
        self.assertEqual([a.address for a in m], ["/reply"] * 2)
        names = self.said("pretty-name")
        self.assertEqual((names["talk_L"], names["talk_R"], names["dj"]),
                         ("Talkback L", "Talkback R", "Jockey"))
        orders = {n: int(o) for n, o in self.said("order").items()}
        self.assertEqual(sorted(orders, key=orders.get),
                         ["mic", "talk_L", "talk_R", "dj", "main_L",
                          "main_R"])

    def test_a_name_that_comes_while_ports_come_is_shown(self):
        w = self.weir("-s", "mic")
        for i in range(10):
            w.osc.send(osc.message("/strip/add", f"s{i}", 1))
            w.osc.send(osc.message(f"/strip/s{i}/name", f"Name {i}"))
        wait_for("all names", lambda: {
            self.said("pretty-name").get(f"s{i}") for i in range(10)} ==
                 {f"Name {i}" for i in range(10)})

    def test_a_name_that_is_refused_with_its_bundle_is_not_shown(self):
        w = self.weir("-s", "mic")
        m = w.osc.answers(osc.bundle(
            osc.message("/strip/mic/name", "Never"),
            osc.message("/strip/nobody/gain", 0.0)), 1)
        self.assertEqual(m[0].address, "/error")
        w.osc.command("/bus/main/name", "Later")  # behind it, with JACK
        names = self.said("pretty-name")
        self.assertEqual((names["mic"], names["main_L"]), ("mic", "Later L"))

    def test_a_name_for_later_is_shown_then(self):
        w = self.weir("-s", "mic")
        other = osc.Client(w.osc.to)
        other.send(osc.bundle(osc.message("/strip/mic/name", "Soloist"),
                              tag=osc.time_tag(1)))
        w.osc.command("/bus/main/name", "Now")
        shown = self.said("pretty-name")["mic"]
        if w.osc.get("/strip/mic/name") == "mic":
            self.assertEqual(shown, "mic")
        self.assertEqual(osc.decode(other.packet())[0].values,
                         ["/strip/mic/name", "Soloist"])
        self.assertEqual(self.said("pretty-name")["mic"], "Soloist")
        other.close()

    def test_nothing_is_left_of_ports_that_have_gone(self):
        w = self.weir("-s", "mic", "-s", "keys:2")
        mine = self.uuids()
        self.assertEqual(mine - self.subjects, set())
        mic = self.ports["mic"]["uuid"]
        w.osc.command("/strip/mic/remove")
        self.look()
        self.assertNotIn(mic, self.subjects)
        self.assertEqual(len(mine & self.subjects), 4)

    def check_gone(self, mine):
        def gone():
            self.look()
            return not mine & self.subjects
        wait_for("oblivion", gone)

    def test_nothing_is_left_when_weir_has_ended(self):
        w = self.weir("-s", "mic", "-s", "keys:2")
        mine = self.uuids()
        w.signal(signal.SIGTERM)
        self.assertEqual(w.end()[0], 0)
        self.check_gone(mine)

    def test_nothing_is_left_when_weir_was_killed(self):
        w = self.weir("-s", "mic", "-s", "keys:2")
        mine = self.uuids()
        os.kill(w.pid, signal.SIGKILL)
        w.end()
        self.check_gone(mine)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What bash offers where weirctl's words are typed."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

from fake_mixer import FakeMixer
from terminal import TIMEOUT_S, Terminal

WEIRCTL, SCRIPT, OSC_MD = sys.argv[1:4]
del sys.argv[1:4]

# Calls the function as bash does, and prints what it has found.
DRIVE = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
read -ra COMP_WORDS <<<"${COMP_LINE//[:=]/ & }"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_weirctl "$3" "" ""
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.run_dir = os.path.join(self.dir.name, "weir")
        os.mkdir(self.run_dir)
        self.mixers = []

    def start(self, name="north", **options):
        mixer = FakeMixer(self.run_dir, name, **options)
        self.mixers.append(mixer)
        self.addCleanup(mixer.close)
        mixer.desk.add_bus("fx")
        mixer.desk.add_strip("mic")
        mixer.desk.add_strip("music", 2)
        mixer.desk.readers = {"rec-1": {"state": "running", "lag_frames": 1}}
        return mixer

    def offered(self, line):
        done = subprocess.run(
            ["bash", "--norc", "-c", DRIVE, "bash", SCRIPT, "weirctl " + line,
             WEIRCTL], capture_output=True, text=True, timeout=TIMEOUT_S,
            cwd=self.dir.name,
            env={**os.environ, "XDG_RUNTIME_DIR": self.dir.name})
        self.assertEqual((done.returncode, done.stderr), (0, ""), line)
        return sorted(word for word in done.stdout.split("\n") if word)

    def offers(self, line, *expected):
        self.assertEqual(self.offered(line), sorted(expected), line)

    def test_commands_are_those_of_help(self):
        out = subprocess.run([WEIRCTL, "--help"], check=True, text=True,
                             capture_output=True).stdout
        self.offers("", *re.findall(r"^  ([a-z]+) ",
                                    out.split("Options:")[0], re.M))
        self.offers("l", "list", "load")
        self.offers("-n x lo", "load")

    def test_options_are_those_of_help(self):
        out = subprocess.run([WEIRCTL, "--help"], check=True, text=True,
                             capture_output=True).stdout
        self.offers("-", *re.findall(r"(?<=[ ,] )(-\w|--[\w-]+)(?=,| )",
                                     out.split("Options:")[1]))
        self.offers("watch -", "--rate", "--no-wait")
        self.offers("meters ", "--plain")
        self.offers("load --", "--merge")

    def test_instances_are_offered_where_a_name_belongs(self):
        self.start("north")
        self.start("nest")
        self.start("south")
        os.mkdir(os.path.join(self.run_dir, "nobody"))
        self.offers("-n n", "nest", "north")
        self.offers("--name ", "nest", "north", "south")
        self.offers("--name=s", "south")
        self.offers("get /st")  # of which one?
        self.offers("-n south get /st", "/status/", "/strip/", "/status")

    def test_addresses_are_the_running_mixers(self):
        self.start()
        self.offers("get ", "/strip/", "/bus/", "/reader/", "/status/",
                    "/version", "/status")
        self.offers("get /strip/", "/strip/mic/", "/strip/music/")
        self.offers("get /strip/mu", "/strip/music/")
        self.offers("get /strip/mic/m", "/strip/mic/meter", "/strip/mic/mute",
                    "/strip/mic/main")
        self.offers("get /strip/mic/se", "/strip/mic/send/")
        self.offers("get /strip/mic/send/", "/strip/mic/send/fx/")
        self.offers("get /strip/mic/send/fx/", "/strip/mic/send/fx/level",
                    "/strip/mic/send/fx/on", "/strip/mic/send/fx/pre")
        self.offers("watch /bus/", "/bus/main/", "/bus/fx/")
        self.offers("watch --rate 5 /bus/fx/ga", "/bus/fx/gain")
        self.offers("get /reader/", "/reader/rec-1/")
        self.offers("get /status/x", "/status/xruns")
        self.offers("get /strip/nobody/")
        self.offers("get strip")

    def test_patterns_are_kept_as_they_were_typed(self):
        self.start()
        self.offers("get '/strip/*/ga", "/strip/*/gain")
        self.offers("get '/strip/*", "/strip/*/")
        self.offers('get "/strip/{mic,music}/so', "/strip/{mic,music}/solo",
                    "/strip/{mic,music}/solo_safe")

    def test_a_pattern_for_many_strips_asks_one_of_them(self):
        mixer = self.start()
        for i in range(300):
            mixer.desk.add_strip(f"s{i}")
        self.offers("get '/strip/*/ma", "/strip/*/main")
        self.assertIn("/strip/*/gain", self.offered("get '/strip/*/"))

    def test_set_offers_what_can_be_set_and_to_what(self):
        mixer = self.start()
        mixer.desk.strips["mic"]["gain"] = -6.5
        self.offers("set /", "/strip/", "/bus/")
        self.offers("set /strip/mic/m", "/strip/mic/mute", "/strip/mic/main")
        self.offers("set /strip/mic/mute ", "on", "off")
        self.offers("set /strip/mic/mute of", "off")
        self.offers("set /strip/mic/gain ", "-6.5")
        self.offers("set /strip/mic/name ")
        self.offers("set /strip/mic/gain 1 ")

    def test_call_offers_commands(self):
        self.start()
        self.offers("call /s", "/strip/")
        self.offers("call /strip/", "/strip/list", "/strip/add", "/strip/mic/",
                    "/strip/music/")
        self.offers("call /strip/mic/", "/strip/mic/feed/",
                    "/strip/mic/plugin/", "/strip/mic/remove")
        self.offers("call /strip/mic/plugin/eq/p",
                    "/strip/mic/plugin/eq/preset",
                    "/strip/mic/plugin/eq/presets",
                    "/strip/mic/plugin/eq/property",
                    "/strip/mic/plugin/eq/preset/")
        self.offers("call /strip/mic/f", "/strip/mic/feed/")
        self.offers("call /bus/fx/", "/bus/fx/remove", "/bus/fx/loudness/",
                    "/bus/fx/plugin/")
        self.offers("call /bus/fx/loudness/", "/bus/fx/loudness/reset")
        self.offers("call /reader/rec-1/s", "/reader/rec-1/start",
                    "/reader/rec-1/stop", "/reader/rec-1/split")
        self.offers("call /p", "/ping", "/panic", "/ports",
                    "/plugin/")
        self.offers("call /strip/add ")

    def test_every_command_that_is_documented_is_offered(self):
        """ID stands for one that is there; what weirctl has words for of its
        own is left out."""
        self.start()
        with open(OSC_MD, encoding="utf-8") as f:
            text = f.read()
        rows = re.findall(r"^\| `(/[^ `]+)` \| (command|`s` id|`s` from|"
                          r"\[`s` pattern\])", text, re.M)
        rows += re.findall(r"^\| `(/\w+/ID/[\w/]+)` \| (command|\[`s` text\])",
                           text, re.M)
        addresses = {a for a, _ in rows}
        self.assertGreater(len(addresses), 16)
        for address in addresses:
            for kind, id in (("strip", "mic"), ("bus", "fx"),
                             ("reader", "rec-1")):
                address = address.replace(f"/{kind}/ID", f"/{kind}/{id}")
            address = address.replace("/plugin/SLOT", "/plugin/eq")
            self.assertIn(address, self.offered("call " + address))

    def test_the_mixer_that_the_line_names_is_asked(self):
        first = self.start("north")
        second = self.start("south")
        del first.desk.strips["mic"]
        del second.desk.strips["music"]
        self.offers("-n north get /strip/", "/strip/music/")
        self.offers("--name=south get /strip/", "/strip/mic/")
        self.offers(f"-t {first.url} get /strip/", "/strip/music/")
        self.offers(f"--target={second.url} get /strip/", "/strip/mic/")
        self.offers("--run-dir /nowhere get /strip/")

    def test_without_a_mixer_it_is_silent(self):
        self.offers("get /strip/")
        self.offers("-n nobody get /strip/")
        self.offers("-t osc.udp://127.0.0.1:1/ get /strip/")
        self.start().silent = True
        self.offers("get /strip/")

    def test_a_mixer_that_is_none_gets_nothing_into_the_line(self):
        mixer = self.start()
        mixer.desk.strips["mic"]["$(reboot)"] = 1.0
        mixer.desk.strips["mic"]["a;b"] = 1.0
        mixer.desk.strips["x`y`"] = dict(mixer.desk.strips["mic"])
        self.offers("get /strip/mic/a")
        self.offers("get /strip/mic/$")
        self.offers("get /strip/", "/strip/mic/", "/strip/music/")

    def test_load_offers_files(self):
        for name in ("desk one.txt", "desk2.txt", "other"):
            with open(os.path.join(self.dir.name, name), "w"):
                pass
        self.offers("load d", "desk one.txt", "desk2.txt")
        self.offers("load --merge o", "other")
        self.offers("--run-dir w", "weir")

    def test_typed_in_bash_a_tab_goes_on_to_the_next_level(self):
        self.start()
        os.symlink(WEIRCTL, os.path.join(self.dir.name, "weirctl"))
        t = Terminal(["bash", "--norc", "--noprofile"],
                     stderr=subprocess.STDOUT,
                     cwd=self.dir.name)
        self.addCleanup(t.close)
        t.keys(f"export XDG_RUNTIME_DIR={self.dir.name} PS1='ready> ' "
               f"PATH={self.dir.name}:$PATH; source {SCRIPT}; clear\r")
        t.wait("prompt", lambda: t.screen.display[0].startswith("ready>"))
        t.keys("weirctl se\t/str\tmus\tga\t-3\r")
        t.see("weirctl set /strip/music/gain -3")
        t.wait("answer", lambda: any(
            line.startswith("/strip/music/gain -3")
            for line in t.screen.display))
        t.keys("weirctl get '/strip/*/so\t_s\t\r")
        t.wait("pattern", lambda: t.line("/strip/mic/solo_safe F"))


if __name__ == "__main__":
    unittest.main()

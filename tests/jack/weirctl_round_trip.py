#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weirctl and a running weir: what one prints, the other takes back."""
from rig import Case, main


class Weirctl(Case):
    def ctl(self, *args, name="weir", status=0):
        got, out, log = self.run_program("weirctl", "-n", name, *args)
        self.assertEqual(got, status, (args, out, log))
        return out if status == 0 else log

    def test_a_dump_loaded_into_another_weir_makes_it_the_same(self):
        a = self.weir("-s", "mic", "-s", "music:2", name="a")
        b = self.weir("-s", "stray:3", "-s", "mic:2", "-b", "other",
                      name="b")
        self.fill(a)
        dump = self.ctl("dump", name="a")
        with open(self.path("a.weir"), "w") as f:
            f.write(dump)
        self.ctl("load", self.path("a.weir"), name="b")
        self.assertEqual(self.ctl("dump", name="b"), dump)
        self.assertEqual(b.osc.command("/strip/list"),
                         ["mic", "music", "wide"])
        self.assertNotIn("b:stray_1", self.jackd.ports())
        # Again, nothing changes; and it can be loaded into where it is from.
        for name in ("a", "b"):
            self.ctl("load", self.path("a.weir"), name=name)
            self.assertEqual(self.ctl("dump", name=name), dump)

    def test_merging_adds_and_removes_nothing(self):
        w = self.weir("-s", "mic")
        with open(self.path("more"), "w") as f:
            f.write("# more\n\n/strip/add extra 2\n/strip/extra/gain -3\n")
        self.ctl("load", "--merge", self.path("more"))
        self.assertEqual(w.osc.command("/strip/list"), ["mic", "extra"])
        self.assertEqual(w.osc.get("/strip/extra/gain"), -3.0)

    def test_a_wrong_file_changes_nothing(self):
        w = self.weir("-s", "mic")
        for text in ("/strip/add extra 2\n/strip/nobody/gain -3\n",
                     "/strip/mic/gain 99\n", "not a line\n",
                     "/strip/mic/gain\n"):
            with open(self.path("wrong"), "w") as f:
                f.write(text)
            before = self.ctl("dump")
            got, _, log = self.run_program("weirctl", "load",
                                           self.path("wrong"))
            self.assertIn(got, (1, 2), text)
            self.assertTrue(log.startswith("weirctl: "), log)
            self.assertEqual(self.ctl("dump"), before, text)
        self.assertEqual(w.osc.command("/ping"), ["weir"])

    def test_get_and_set_speak_in_lines_that_can_be_used_again(self):
        self.weir("-s", "mic", "-s", "music:2")
        self.assertEqual(self.ctl("set", "/strip/mic/gain", "-6"),
                         "/strip/mic/gain -6\n")
        self.assertEqual(self.ctl("get", "/strip/*/gain"),
                         "/strip/mic/gain -6\n/strip/music/gain 0\n")
        self.ctl("set", "/strip/mic/mute", "T")
        line = self.ctl("get", "/strip/mic/mute")
        self.ctl("set", "/strip/mic/mute", "F")
        self.ctl("set", *line.split())
        self.assertEqual(self.ctl("get", "/strip/mic/mute"), line)
        self.ctl("call", "/strip/add", "dj", "2", "Disc Jockey")
        self.assertEqual(self.ctl("get", "/strip/dj/name"),
                         '/strip/dj/name "Disc Jockey"\n')
        self.assertIn("dj", self.ctl("list"))
        self.assertEqual(self.ctl("ping"), "weir\n")

    def test_what_the_mixer_refuses_is_exit_1_with_its_words(self):
        self.weir("-s", "mic")
        log = self.ctl("set", "/strip/mic/gain", "11", status=1)
        self.assertIn("/strip/mic/gain", log)
        self.assertIn("-90", log)
        self.ctl("get", "/strip/nobody/gain", status=1)
        self.ctl("call", "/strip/add", "mic", status=1)
        self.ctl("ping", name="nobody", status=69)

    def test_a_large_mixer_comes_through_whole(self):
        a = self.weir("-b", "fx1", "-b", "fx2", "-b", "fx3", name="a")
        b = self.weir(name="b")
        for k in range(150):
            a.osc.command("/strip/add", f"s{k}", 1, f"Strip number {k}")
            a.osc.command(f"/strip/s{k}/send/fx2/level", -k / 2)
        dump = self.ctl("dump", name="a")
        with open(self.path("a.weir"), "w") as f:
            f.write(dump)
        self.ctl("load", self.path("a.weir"), name="b")
        self.assertEqual(self.ctl("dump", name="b"), dump)
        self.assertEqual(len(b.osc.command("/strip/list")), 152)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Where the soak plays: a JACK server without sound, a weir at it, and what
starts and ends programs there."""
import os
import shutil
import tempfile

import rig

RATE = 48000
PERIOD = 256
HISTORY_S = 5
MAIN_STRIPS = ("a:2", "b:2", "jingle:1", "announce:1")


class Jackd(rig.Jackd):
    """A name of its own: the tests may run meanwhile."""

    def __init__(self, folder):
        self.name = "weirsoak"
        rig.Process.__init__(
            self, ["jackd", "-n", self.name, "--no-mlock", "-S", "-d",
                   "dummy", "-r", str(RATE), "-p", str(PERIOD)],
            f"{folder}/jackd.log", stdout=rig.subprocess.DEVNULL)
        self.env = dict(os.environ, JACK_DEFAULT_SERVER=self.name,
                        JACK_NO_START_SERVER="1")
        rig.wait_for("jackd", self.answers, 15)


class Stage:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="soak-")
        self.run_dir = self.dir + "/run"
        self.processes = []
        self.n_logs = 0
        self.jackd = self.keep(Jackd(self.dir))
        strips = [x for s in MAIN_STRIPS for x in ("-s", s)]
        self.weir = self.keep(rig.Weir(self, *strips, "-b", "fx", "--history",
                                       str(HISTORY_S), name="soak"))
        self.weir.ready()
        self.generator = self.tool(
            "generator", "soakgen", "0=soak:a_L", "1=soak:a_R",
            "2=soak:b_L", "3=soak:b_R")

    # What rig.Weir asks of a test case.
    def env(self):
        return dict(self.jackd.env, XDG_RUNTIME_DIR=self.dir)

    def new_log(self, what):
        self.n_logs += 1
        return f"{self.dir}/{self.n_logs}-{what}.log"

    def path(self, name):
        return f"{self.dir}/{name}"

    def keep(self, process):
        self.processes.append(process)
        return process

    def start(self, command, what, **kw):
        return self.keep(rig.Process(command, self.new_log(what), self.env(),
                                     **kw))

    def program(self, name, *args, **kw):
        """One of weir's own, at this weir."""
        return self.start([f"{rig.BIN}/{name}", "-n", "soak", "--run-dir",
                           self.run_dir, *args], name, **kw)

    def tool(self, name, *args):
        p = self.start([f"{rig.TOOLS}/jack_{name}", *args], name)
        if p.line() != "ready":
            raise AssertionError(f"{name}: {p.log()}")
        return p

    def forget(self, process):
        """It has ended; its log goes with it."""
        process.kill()
        self.processes.remove(process)
        os.unlink(process.log_path)

    def close(self):
        for p in reversed(self.processes):
            p.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

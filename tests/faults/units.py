#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""The units of systemd that are installed: as systemd reads them, and as a
user's manager runs them."""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import manager
import osc
from rig import have_a_machine, main, wait_for

BUILD = os.environ.get("WEIR_BUILD", "build-dev")
UNITS = {"weir": 66, "weir-record@": 66, "weir-stream@": 64}  # at most, %
SILENT = "[Service]\nStandardError=file:{}\n"


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp(prefix="weir-", dir="/tmp")
        os.chmod(cls.top, 0o755)
        cls.prefix = cls.top + "/inst"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix],
                       check=True, capture_output=True)
        cls.units = cls.prefix + "/lib/systemd/user"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top, ignore_errors=True)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="weir-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    # ---------------------------------------------------------- as it is read

    def analyze(self, *words):
        run_dir = self.dir + "/run"
        os.makedirs(run_dir, exist_ok=True)
        return subprocess.run(
            ["systemd-analyze", "--user", *words], capture_output=True,
            text=True, check=False,
            env=dict(os.environ, XDG_RUNTIME_DIR=run_dir))

    def version(self):
        return int(re.match(r"systemd (\d+)",
                            self.analyze("--version").stdout)[1])

    @unittest.skipUnless(shutil.which("systemd-analyze"),
                         "no systemd-analyze (package systemd)")
    def test_systemd_finds_nothing_wrong_with_them(self):
        for unit in UNITS:
            done = self.analyze("verify", "--man=no",
                                f"{self.units}/{unit}.service")
            self.assertEqual((done.returncode, done.stderr), (0, ""), unit)

    @unittest.skipUnless(shutil.which("systemd-analyze"),
                         "no systemd-analyze (package systemd)")
    def test_their_exposure_is_what_the_documentation_says(self):
        with open(os.path.dirname(os.path.abspath(__file__)) +
                  "/../../docs/security.md", encoding="utf-8") as f:
            text = f.read()
        for unit, limit in UNITS.items():
            done = self.analyze("security", "--offline=true", "--no-pager",
                                f"--threshold={limit}",
                                f"{self.units}/{unit}.service")
            self.assertEqual(done.returncode, 0, done.stdout[-200:])
            if self.version() != 252:  # each has its own idea of it
                continue
            figure = re.search(r"exposure level for \S+: ([\d.]+)",
                               done.stdout)[1]
            self.assertIn(f"| `{unit}.service` | {figure} |", text)

    def test_the_programs_are_named_by_their_prefix(self):
        for unit in UNITS:
            with open(f"{self.units}/{unit}.service") as f:
                self.assertIn(f"ExecStart={self.prefix}/bin/{unit.strip('@')}",
                              f.read())

    # ------------------------------------------------------------- as it runs

    def manage(self, user):
        why = manager.why_not()
        if why:
            self.skipTest(why)
        m = manager.Manager(self.dir, self.units, user)
        m.drop_in("weir", SILENT.format(f"{m.home}/weir.log"))
        m.drop_in("weir-record@", SILENT.format(f"{m.home}/record.log"))
        m.config("weir.conf", "WEIR_ARGS=-v --dummy -S weirtest-unit -s mic")
        m.config("record-log.conf",
                 "WEIR_RECORD_ARGS=-v -o log-%Y.wav --on-close true")
        self.addCleanup(m.stop)
        m.start()
        return m

    def check_active(self, m, *units):
        for unit in units:
            done = m.call("start", unit)
            self.assertEqual(done.returncode, 0, self.say(m, done.stderr))
            # Type=notify: it has said so itself.
            self.assertEqual(m.show(unit, "ActiveState"), "active")

    def say(self, m, text):
        for path in [m.log, *glob.glob(f"{m.home}/*.log")]:
            with open(path, errors="replace") as f:
                text += f"\n--- {path}\n{f.read()}"
        return text

    def osc(self, m):
        with open(f"{m.run_dir}/weir/weir/osc") as f:
            port = int(re.search(r":(\d+)/", f.read())[1])
        client = osc.Client(("127.0.0.1", port))
        self.addCleanup(client.close)
        return client

    def policies(self, pid):
        return sorted(os.sched_getscheduler(int(t)) & ~os.SCHED_RESET_ON_FORK
                      for t in os.listdir(f"/proc/{pid}/task"))

    def test_a_users_manager_starts_watches_and_restarts_them(self):
        m = self.manage(manager.NOBODY)
        self.check_active(m, "weir", "weir-record@log")
        first = m.pid("weir")
        with open(f"{m.home}/weir.log") as f:
            log = f.read()
        self.assertIn("sandbox: seccomp: ", log)
        if "Landlock ABI" not in log:  # the filter must not be the reason
            self.assertIn("the kernel does not have it", log)
        self.assertEqual(self.osc(m).get("/status/strips"), 1)
        # Stuck for WatchdogSec=.
        os.kill(first, signal.SIGSTOP)
        wait_for("another weir", lambda: m.pid("weir") not in (0, first)
                 and m.show("weir", "ActiveState") == "active")
        self.assertEqual(m.show("weir", "NRestarts"), "1")
        # Killed.
        second = m.pid("weir")
        os.kill(second, signal.SIGKILL)
        wait_for("a third", lambda: m.pid("weir") not in (0, second)
                 and m.show("weir", "ActiveState") == "active")
        # The recorder has stayed, and is there again.
        w = self.osc(m)
        wait_for("the recorder", lambda: "log" in w.command("/reader/list"))
        self.assertEqual(m.show("weir-record@log", "NRestarts"), "0")
        self.assertEqual(m.call("stop", "weir-record@log", "weir").returncode,
                         0)
        for unit in ("weir", "weir-record@log"):
            self.assertEqual(m.show(unit, "Result"), "success", unit)
        self.assertTrue(glob.glob(f"{m.home}/log-*.wav"))
        self.assertEqual(os.listdir(f"{m.run_dir}/weir"), [])

    def test_nothing_in_the_unit_takes_real_time_away(self):
        m = self.manage(0)
        have_a_machine()
        self.check_active(m, "weir")
        with open(f"{m.home}/weir.log") as f:
            log = f.read()
        allowed = "no real-time scheduling" not in log
        if not self.real_time_here():
            self.skipTest("no real time on this machine")
        self.assertTrue(allowed, log)
        self.assertEqual(self.policies(m.pid("weir")).count(os.SCHED_FIFO), 2,
                         log)

    @staticmethod
    def real_time_here():
        return subprocess.run(["chrt", "-f", "1", "true"], check=False,
                              capture_output=True).returncode == 0


if __name__ == "__main__":
    main()

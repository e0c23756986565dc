#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Whoever takes over a program of weir's, in whichever of its threads, gets
no further than that program has to."""
import os
import re
import socket
import unittest
from errno import EACCES, EPERM

from intruder import Intruder, landlock_abi
from rig import BIN, PIPEWIRE, Case, Weir, main

ABI = landlock_abi()
AF_PACKET = 17


class Sandbox(Case):
    def setUp(self):
        super().setUp()
        self.start_jackd()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.free_port = s.getsockname()[1]
        self.secret = self.file("secret")
        os.makedirs(self.run_dir + "/other", 0o700)
        os.chmod(self.run_dir, 0o700)

    def tearDown(self):
        self.listener.close()
        super().tearDown()

    def file(self, name):
        with open(self.path(name), "w") as f:
            f.write("a secret\n")
        return self.path(name)

    def outside(self):
        """What nobody may: (what, on what, the error that says so)."""
        files = [("read", self.secret, EACCES),
                 ("write", self.secret, EACCES),
                 ("write", self.path("fresh"), EACCES),
                 ("write", f"{self.run_dir}/other/osc", EACCES),
                 ("list", self.dir, EACCES)] if ABI else []
        ports = [("connect", self.port, EACCES),
                 ("listen", self.free_port, EACCES)] if ABI >= 4 else []
        others = [("signal", os.getpid(), EPERM)] if ABI >= 6 else []
        calls = [("run", "/bin/true", EPERM),
                 ("own", self.secret, EPERM),
                 ("socket", AF_PACKET, EPERM),
                 ("trace", os.getpid(), EPERM),
                 ("space", "-", EPERM)]
        last = [("remove", self.secret, EACCES)] if ABI else []
        return files + ports + others + calls + last

    def intrude(self, start, inside, outside=None):
        """`start(env)` a program; what it has to be able to do, it can, and
        the rest it cannot. The number of threads that tried."""
        outside = self.outside() if outside is None else outside
        wanted = [(*t, 0) for t in inside] + outside
        intruder = Intruder(self.dir, [t[:2] for t in wanted])
        program = start(intruder.env(self.env()))
        found = intruder.intrude(program.pid)
        for tid, errors in found.items():
            self.assertEqual([(*t[:2], e) for t, e in zip(wanted, errors)],
                             wanted, tid)
            self.assertEqual(len(errors), len(wanted), tid)
        return len(found)

    # ------------------------------------------------------------------ weir

    def weir_inside(self, *more):
        return [("write", f"{self.run_dir}/weir/probe"),
                ("write", "/dev/shm/weir-probe"),
                ("remove", "/dev/shm/weir-probe"),
                ("remove", f"{self.run_dir}/weir/probe"),
                ("read", "/etc/hosts"), ("read", "/proc/self/status"),
                ("write", "/dev/null"), *more]

    def test_whoever_takes_weir_over_gets_no_further(self):
        n = self.intrude(lambda env: self.weir("-v", env=env),
                         self.weir_inside())
        # main, mixer, worker, loudness; libjack's callback and its ear.
        self.assertGreaterEqual(n, 6)
        log = self.processes[-1].log()
        self.assertIn("sandbox: seccomp: ", log)
        if ABI:
            self.assertRegex(log, "sandbox: Landlock ABI [0-9]+: .* files are "
                             f"written in: {self.run_dir}/weir /dev/shm\n")

    def test_without_a_sandbox_all_of_it_is_possible(self):
        """So that the test above can fail."""
        possible = [t[:2] for t in self.outside()
                    if t[0] not in ("run", "trace", "space", "socket")]
        self.intrude(lambda env: self.weir("-v", "--no-sandbox", env=env),
                     self.weir_inside(), [])
        self.intrude_once_each(possible)
        self.assertIn("sandbox: none (--no-sandbox)",
                      self.processes[-1].log())

    def intrude_once_each(self, tries):
        # What the first thread removed, the second cannot.
        intruder = Intruder(self.dir, tries)
        w = self.weir("-v", "--no-sandbox", name="second",
                      env=intruder.env(self.env()))
        self.assertEqual(intruder.intrude(w.pid)[w.pid], [0] * len(tries))

    @unittest.skipUnless(ABI >= 4, "this kernel does not restrict TCP")
    def test_osc_over_tcp_is_the_one_port_that_is_listened_at(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        self.intrude(
            lambda env: self.weir("--tcp", "-p", str(port), env=env),
            self.weir_inside())
        # Taken is not forbidden.
        with socket.create_connection(("127.0.0.1", port)):
            pass

    def kernel(self, *inject):
        """A weir at a kernel that answers some calls otherwise."""
        options = [x for i in inject for x in ("-e", "inject=" + i)]
        strace = self.path("strace")
        with open(strace, "w") as f:
            f.write("#!/bin/sh\nexec strace -D -q -f --seccomp-bpf -o "
                    f"/dev/null {' '.join(options)} "
                    f"-e trace=landlock_create_ruleset,seccomp "
                    f"{os.path.abspath(BIN)}/weir \"$@\"\n")
        os.chmod(strace, 0o755)
        return self.weir("-v", binary=strace).log()

    def test_a_kernel_without_any_of_it_is_a_log_line(self):
        log = self.kernel("landlock_create_ruleset:error=EOPNOTSUPP",
                          "seccomp:error=EINVAL")
        self.assertIn("sandbox: no Landlock, files are not restricted: the "
                      "kernel does not have it, or not switched on", log)
        self.assertIn("sandbox: no seccomp, system calls are not restricted: ",
                      log)

    @unittest.skipUnless(ABI >= 2, "this kernel has less")
    def test_an_older_kernel_holds_what_it_can_and_the_log_says_what_not(self):
        log = self.kernel("landlock_create_ruleset:retval=2:when=1")
        self.assertRegex(log, "sandbox: Landlock ABI 2: .* files are written "
                         f"in: {self.run_dir}/weir /dev/shm\n")
        for what in ("files from being truncated (ABI 3)",
                     "TCP (ABI 4)", "signals to others (ABI 6)"):
            self.assertRegex(log, "sandbox: this kernel cannot .*" +
                             re.escape(what))

    @unittest.skipIf(PIPEWIRE, "a jackd's clients need its libjack")
    def test_a_jackd_of_its_own_is_started_in_spite_of_it(self):
        w = self.keep_weir("--dummy", "-S", "weirtest-own", "-v")
        self.assertIn("sandbox: seccomp", w.log())
        self.assertEqual(w.server, "weirtest-own")
        w.osc.command("/quit")
        self.assertEqual(w.end()[0], 0)

    def keep_weir(self, *args):
        return self.keep(Weir(self, *args)).ready()


if __name__ == "__main__":
    main()

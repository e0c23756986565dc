#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Whoever takes over a program of weir's, in whichever of its threads, gets
no further than that program has to."""
import os
import re
import signal
import socket
import time
import unittest
from errno import EACCES, EPERM

from intruder import Intruder, landlock_abi
from rig import BIN, PIPEWIRE, RATE, Case, Weir, main, wait_for

ABI = landlock_abi()
AF_PACKET = 17


def comm(pid):
    with open(f"/proc/{pid}/comm") as f:
        return f.read().strip()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(child) for child in f.read().split()]


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
                             f"written in: {self.run_dir}/weir /dev/shm "
                             f"{self.dir}/state/weir\n")

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
                         f"in: {self.run_dir}/weir /dev/shm "
                         f"{self.dir}/state/weir\n")
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

    @unittest.skipIf(PIPEWIRE, "a jackd's clients need its libjack")
    def test_and_started_again_when_it_has_died(self):
        w = self.keep_weir("--dummy", "-S", "weirtest-own", "-s", "mic")
        # Beside it is who reads plugins, and has nothing to read.
        launcher, = (p for p in children(w.pid)
                     if children(p) and comm(p) != "weir-nursery")
        jackd, = children(launcher)
        os.kill(jackd, signal.SIGKILL)
        w.wait_log("starting jackd -d dummy -r 48000 -p 256 again")
        wait_for("another jackd", lambda: w.osc.get("/status/jack")
                 == "running" and children(launcher) not in ([], [jackd]))
        # And it runs: strips come, cycles go by.
        w.osc.command("/strip/add", "more")
        self.pass_frames(w)
        w.kill()
        wait_for("the end of both", lambda: not os.path.exists(
            f"/proc/{launcher}"))

    def keep_weir(self, *args):
        return self.keep(Weir(self, *args)).ready()

    # ------------------------------------------------------ what is around it

    def elsewhere(self, *allowed):
        """outside(), but for what is `allowed`: (what, on what)."""
        return [t for t in self.outside() if t[:2] not in allowed]

    def no_network(self):
        """outside() of who has no IP sockets at all."""
        ports = ("connect", "listen")
        return [(*t[:2], EPERM) if t[0] in ports else t
                for t in self.outside()] + [
                    ("socket", int(socket.AF_INET), EPERM)]

    def start(self, name, *args, until=None, n_threads=1):
        def started(env):
            # The mixer's own sandbox is no concern of theirs.
            self.weir("-s", "music:2", name="mixer")
            p = self.program(name, "-n", "mixer", "-v", *args, env=env)
            if until:
                p.wait_log(until)
            wait_for("its threads", lambda: len(
                os.listdir(f"/proc/{p.pid}/task")) >= n_threads)
            return p
        return started

    def takes(self):
        """A folder for files; its path."""
        os.makedirs(self.path("takes/later"), exist_ok=True)
        return self.path("takes")

    def test_whoever_takes_the_recorder_over_gets_no_further(self):
        takes = self.takes()
        self.intrude(
            self.start("weir-record", "-o", f"{takes}/take.wav",
                       until="recording to"),
            [("write", f"{takes}/probe"), ("write", f"{takes}/later/probe"),
             ("read", f"{takes}/probe"), ("remove", f"{takes}/probe")],
            self.no_network())
        r = self.processes[-1]
        r.signal(signal.SIGTERM)
        self.assertEqual(r.end()[0], 0)

    def test_files_go_into_folders_that_a_pattern_names_and_others_do_not(
            self):
        takes = self.takes()
        w = self.weir()
        r = self.program("weir-record", "-o", f"{takes}/%Y/take.wav",
                         "--armed", "--id", "rec")
        r.wait_log("cannot be made")  # its folder is not there
        self.assertEqual(r.end()[0], 1)
        for year in range(-1, 2):
            os.mkdir(f"{takes}/{time.localtime().tm_year + year}")
        r = self.record("takes/%Y/take.wav", "--split", "0.2", "-d", "1")
        status, out = r.end()
        self.assertEqual((status, len(out.splitlines())), (0, 6), r.log())
        self.assertEqual(w.p.poll(), None)

    def test_hooks_are_not_in_the_recorders_sandbox(self):
        takes = self.takes()
        self.weir()
        hook = self.path("hook")
        with open(hook, "w") as f:
            f.write(f"#!/bin/sh\ncat {self.secret} > {self.dir}/said\n"
                    f"grep -h Seccomp: /proc/self/status >> {self.dir}/said\n")
        os.chmod(hook, 0o755)
        r = self.program("weir-record", "-o", f"{takes}/x.wav", "-d", "0.1",
                         "--on-close", hook)
        self.assertEqual(r.end()[0], 0)

        def said():
            if os.path.exists(self.path("said")):
                with open(self.path("said")) as f:
                    return re.fullmatch(r"a secret\nSeccomp:\s+(\d)\n",
                                        f.read())
            return None
        self.assertEqual(wait_for("the hook", said)[1], "0")

    def test_whoever_takes_the_streamer_over_gets_no_further(self):
        # In its threads, too: the target's and the dump's.
        takes = self.takes()
        password = self.path("password")
        with open(password, "w") as f:
            f.write("sesame\n")
        n = self.intrude(
            self.start("weir-stream", "--codec", "opus", "--password-file",
                       password, "--dump", f"{takes}/dump.opus",
                       f"icecast://127.0.0.1:{self.port}/live",
                       until="dumping to", n_threads=3),
            [("write", f"{takes}/probe"), ("connect", self.port)],
            self.elsewhere(("connect", self.port)) +
            ([("connect", self.free_port, EACCES),
              ("read", password, EACCES)] if ABI >= 4 else []))
        self.assertEqual(n, 3)

    def test_titles_are_told_from_within_it(self):
        """An MP3 stream has a helper process."""
        password = self.path("password")
        with open(password, "w") as f:
            f.write("sesame\n")
        self.start("weir-stream", "--codec", "mp3", "--password-file",
                   password, f"icecast://127.0.0.1:{self.port}/live",
                   until="streaming")(self.env())
        pid = self.processes[-1].pid
        helper, = children(pid)
        with open(f"/proc/{helper}/status") as f:
            self.assertIn("Seccomp:\t2\n", f.read())

    def test_whoever_takes_the_tap_or_the_feed_over_gets_no_further(self):
        self.intrude(self.start("weir-tap", until="sandbox: seccomp"), [],
                     self.no_network())
        self.processes[-1].kill()
        self.processes[-2].kill()
        music = self.path("music.raw")
        with open(music, "wb") as f:
            f.write(bytes(4 * RATE))
        self.intrude(self.start("weir-feed", "-s", "music", "--loop", "-c",
                                "2", music, until="sandbox: seccomp"),
                     [("read", music)], self.no_network())


if __name__ == "__main__":
    main()

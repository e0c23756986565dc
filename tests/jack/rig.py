# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""weir as a process, at a real JACK server of the test's own: jackd, or
PipeWire where the environment says WEIR_SERVER=pipewire.

Nothing here sleeps to let something happen: it looks until it is so, and
TIMEOUT_S is only there to fail. Each test has a server, a run dir and
processes of its own, which all end with it, however it ends.
"""
import atexit
import contextlib
import ctypes
import fcntl
import functools
import json
import mmap
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import osc
import pipewire

TIMEOUT_S = 30
RATE = 48000
PORT_MAX = 1024
BIN = os.environ.get("WEIR_BIN", "build-dev/bin")
TOOLS = os.environ.get("WEIR_TOOLS", "build-dev/tests")
LONG = os.environ.get("WEIR_LONG") == "1"
PIPEWIRE = os.environ.get("WEIR_SERVER") == "pipewire"
# PipeWire's own choice. It waits for nobody: who is late for a cycle is left
# out of it, and those behind him have his last one again.
PIPEWIRE_PERIOD = 1024
PIPEWIRE_TRIES = 5
SKIPPED = 77  # to ctest
RAMP_FRAMES = 1 << 23  # as in signal.h

_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent():
    """In the child: no process outlives the test that started it."""
    _libc.prctl(1, signal.SIGKILL)


def wait_for(what, condition, timeout_s=TIMEOUT_S):
    """The condition's value, as soon as it is true."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {timeout_s} s")
        time.sleep(0.005)  # between two looks


class Process:
    """A child, with its stdout as a pipe and its stderr in a file."""

    def __init__(self, command, log, env=None, **kw):
        self.log_path = log
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("stdout", subprocess.PIPE)
        with open(log, "wb") as err:
            self.p = subprocess.Popen(command, env=env, stderr=err,
                                      preexec_fn=end_with_parent, **kw)
        self.pid = self.p.pid
        self.rest = b""

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def wait_log(self, text, timeout_s=TIMEOUT_S):
        wait_for(f"{text!r} in {self.log()!r}", lambda: text in self.log(),
                 timeout_s)

    def line(self, timeout_s=TIMEOUT_S):
        """The next line of its stdout; what there was, if it ends there."""
        end = time.monotonic() + timeout_s
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left < 0 or not select.select([self.p.stdout], [], [], left)[0]:
                raise AssertionError(f"{self.p.args[0]} says nothing within "
                                     f"{timeout_s} s; log: {self.log()}")
            got = os.read(self.p.stdout.fileno(), 65536)
            if not got:
                break
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()

    def signal(self, number):
        self.p.send_signal(number)

    def end(self, timeout_s=TIMEOUT_S):
        """Wait for it; (exit status, rest of its stdout)."""
        try:
            out, _ = self.p.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.p.args[0]} has not ended within "
                                 f"{timeout_s} s; log: {self.log()}") from None
        return self.p.returncode, (self.rest + (out or b"")).decode()

    def running(self):
        return self.p.poll() is None

    def kill(self):
        if self.running():
            self.p.send_signal(signal.SIGCONT)
            self.p.kill()
        self.p.wait()
        if self.p.stdout:
            self.p.stdout.close()


_machine = None
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18


def have_a_machine():
    """JACK has clients of one name collide while they are opened, even at
    different servers; it knows eight servers, and one that was killed keeps
    its place until another comes by its name. All of that lies in /dev/shm:
    a test process with one of its own is as good as alone. Where that is not
    permitted, there is one at a time, in whatever build, until it ends."""
    global _machine
    if not _machine:
        _machine = own_shared_memory() or the_machine()


def own_shared_memory():
    """Seen by this process and its children alone."""
    return (_libc.unshare(CLONE_NEWNS) == 0 and
            _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0
            and _libc.mount(b"weirtest", b"/dev/shm", b"tmpfs", 0, None) == 0)


def the_machine():
    lock = open(f"/tmp/weirtest-{os.getuid()}.lock", "w")

    def locked():
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    wait_for("end of another test with a JACK server", locked, 400)
    return lock


class Server(Process):
    """A private server; its JACK tools are jackd's, whichever it is."""
    count = 0

    def __init__(self, folder, command, log, env, settings):
        self.folder = folder
        self.settings = settings
        self.env = dict(env, JACK_DEFAULT_SERVER=self.name,
                        JACK_NO_START_SERVER="1")
        super().__init__(command, log, env, stdout=subprocess.DEVNULL)
        wait_for(command[0], self.answers, 15)

    def again(self, *settings):
        """The next one in the place of this one, which has ended."""
        self.kill()
        return type(self)(self.folder, *(settings or self.settings))

    @classmethod
    def log_in(cls, folder, program):
        cls.count += 1
        return f"{folder}/{program}-{cls.count}.log"

    def answers(self):
        if not self.running():
            raise AssertionError(f"{self.p.args[0]} has ended: {self.log()}")
        return self.list_once().returncode == 0

    def list_once(self, *args):
        return subprocess.run(["jack_lsp", "-s", self.name, *args],
                              env=self.env, capture_output=True, text=True,
                              check=False, timeout=TIMEOUT_S)

    def lsp(self, *args):
        """What jack_lsp prints; a busy server may refuse it for a moment."""
        def listed():
            done = self.list_once(*args)
            return done if done.returncode == 0 else None
        return wait_for("jack_lsp", listed, 10).stdout

    def ports(self):
        return self.lsp().split()

    def is_as_new(self):
        """Whether it has forgotten all who were there."""
        def forgotten():
            return not [p for p in self.ports()
                        if not p.startswith("system:")]
        try:
            return self.answers() and wait_for("oblivion", forgotten, 3)
        except (AssertionError, subprocess.SubprocessError):
            return False

    def run_tool(self, *command):
        return subprocess.run(command, env=self.env, check=True, text=True,
                              capture_output=True, timeout=TIMEOUT_S).stdout

    def connect(self, a, b):
        self.run_tool("jack_connect", "-s", self.name, a, b)

    def set_period(self, n_frames):
        self.run_tool("jack_bufsize", str(n_frames))

    def kill(self):
        if self.running():
            self.p.send_signal(signal.SIGCONT)
            self.p.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.p.wait(10)
        if self.running():
            print(f"{self.p.args[0]} did not end", file=sys.stderr)
        super().kill()


class Jackd(Server):
    """Synchronous: a late client delays the cycle, rather than have it
    without its data."""
    name = "weirtest"

    def __init__(self, folder, period=256, rate=RATE, port_max=PORT_MAX):
        super().__init__(
            folder, ["jackd", "-n", self.name, "--no-mlock", "-S", "-p",
             str(port_max), "-d", "dummy", "-r", str(rate), "-p",
             str(period)],
            self.log_in(folder, "jackd"), dict(os.environ),
            (period, rate, port_max))

    def kill(self):
        super().kill()
        # What jackd leaves for ever.
        for name in os.listdir("/dev/shm"):
            if self.name in name:
                with contextlib.suppress(OSError):
                    os.unlink("/dev/shm/" + name)


class Pipewire(Server):
    """Debian's PipeWire and WirePlumber with a null sink, as JACK. The next
    one of this folder listens where this one did."""
    name = "default"

    def __init__(self, folder, period=256, rate=RATE, port_max=None):
        self.manager = None
        env = pipewire.make_home(f"{folder}/pipewire", period, rate)
        log = self.log_in(folder, "pipewire")
        super().__init__(folder, ["pipewire"], log, env,
                         (period, rate, port_max))
        self.manager = Process(["wireplumber"], log + "-manager", env,
                               stdout=subprocess.DEVNULL)
        wait_for("the null sink", lambda: "system:" in self.lsp(), 15)

    def set_period(self, n_frames):
        # jack_bufsize is sometimes gone before PipeWire has heard of it, and
        # what comes while PipeWire changes the period is forgotten.
        def is_set():
            self.run_tool("pw-metadata", "-n", "settings", "0",
                          "clock.force-quantum", str(n_frames))
            return self.run_tool("jack_bufsize").split() == [str(n_frames)]
        wait_for("the period", is_set)

    def is_as_new(self):
        return super().is_as_new() and not pipewire.is_forced(self.env)

    def kill(self):
        super().kill()
        if self.manager:
            self.manager.kill()


class Weir(Process):
    """The mixer; `osc` asks it over UDP."""

    def __init__(self, case, *args, name="weir", binary=None, env=None):
        self.name = name
        self.run_dir = case.run_dir
        super().__init__([binary or f"{BIN}/weir", "-n", name, "-p", "0",
                          "--run-dir", case.run_dir, *args],
                         case.new_log("weir"), env or case.env())

    def ready(self):
        m = re.fullmatch(r"weir: ready name=(\S+) osc=(\S+) jack=(\S+) "
                         r"rate=(\d+) block=(\d+)", self.line())
        if not m:
            raise AssertionError("weir is not ready: " + self.log())
        self.url, self.server = m[2], m[3]
        self.rate, self.block = int(m[4]), int(m[5])
        port = re.fullmatch(r"osc\.udp://127\.0\.0\.1:(\d+)/", self.url)
        self.port = int(port[1]) if port else None
        self.osc = osc.Client(("127.0.0.1", self.port)) if port else None
        return self

    def file(self, name):
        return f"{self.run_dir}/{self.name}/{name}"

    def knock(self, timeout_s=10):
        """A connection to its attach.sock, to be spoken over by hand."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(timeout_s)
        s.connect(self.file("attach.sock"))
        return s

    def status(self, name):
        return self.osc.get("/status/" + name)

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])

    def readers(self):
        return self.osc.command("/reader/list")

    def kill(self):
        super().kill()
        if getattr(self, "osc", None):
            self.osc.close()


class Words:
    """A page of memory in a file, shared with a library that is preloaded."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.write(bytes(4096))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)


class Wav:
    """What a WAV header says, read as strictly as it is written."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            head = f.read(4096)
        size = os.path.getsize(path)
        assert head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"
        self.whole = struct.unpack_from("<I", head, 4)[0] == size - 8
        at = 12
        while True:
            name, n = struct.unpack_from("<4sI", head, at)
            if name == b"fmt ":
                (self.tag, self.channels, self.rate, _, _,
                 self.bits) = struct.unpack_from("<HHIIHH", head, at + 8)
            at += 8
            if name == b"data":
                break
            at += n + n % 2
        self.offset = at
        self.whole = self.whole and n == size - at
        self.frames = n // (self.channels * self.bits // 8)


class Segment:
    def __init__(self, line):
        words = line.split()
        self.kind = words[0]
        self.start, self.n = int(words[1]), int(words[2])
        self.t = int(words[3]) if self.kind == "ramp" else None

    def __repr__(self):
        at = f" t={self.t}" if self.kind == "ramp" else ""
        return f"<{self.kind} {self.start}+{self.n}{at}>"


def segments(path, offset, *channels):
    """What a file of floats consists of: see segments.c."""
    out = subprocess.run([f"{TOOLS}/jack_segments", path, str(offset),
                          *channels], capture_output=True, text=True,
                         check=True, timeout=120).stdout
    return [Segment(line) for line in out.splitlines()]


def wav_segments(path, *channels):
    wav = Wav(path)
    if wav.channels != len(channels) or wav.bits != 32 or not wav.whole:
        raise AssertionError(f"{path}: {vars(wav)}")
    return segments(path, wav.offset, *channels)


def frames_of(stretches):
    return {t + i for t, n in stretches for i in range(n)}


def closing_line(out):
    """weir-record's last line: (file, frames, lost, dropouts)."""
    m = re.fullmatch(r"weir-record: (.+) frames=(\d+) lost=(\d+) "
                     r"dropouts=(\d+)", out.splitlines()[-1])
    return m[1], int(m[2]), int(m[3]), int(m[4])


class Servers:
    """A server that a test has left as it found it serves the next one."""
    idle = None
    folder = None

    @classmethod
    def get(cls, *settings):
        server, cls.idle = cls.idle, None
        if server and server.settings == settings and server.answers():
            return server
        if server:
            server.kill()
        if not cls.folder:
            cls.folder = tempfile.mkdtemp(prefix="weir-", dir="/tmp")
            atexit.register(cls.end)
        return (Pipewire if PIPEWIRE else Jackd)(cls.folder, *settings)

    @classmethod
    def put(cls, server):
        if cls.idle or not server.is_as_new():
            server.kill()
        else:
            cls.idle = server

    @classmethod
    def end(cls):
        if cls.idle:
            cls.idle.kill()
        shutil.rmtree(cls.folder, ignore_errors=True)


def once_undisturbed(test):
    """Again, if it failed while PipeWire went on without somebody: to whom
    that happened is told nothing, and those behind him get a cycle twice."""
    @functools.wraps(test)
    def tried(self):
        for _ in range(PIPEWIRE_TRIES - 1):
            try:
                return test(self)
            except AssertionError as e:
                if not self.was_disturbed():
                    raise
                print(f"PipeWire left somebody out, again: {e}", flush=True)
            self.tearDown()
            self.doCleanups()
            self.setUp()
        return test(self)
    return tried


class Case(unittest.TestCase):
    period = 256
    own_server = False  # not to be shared with other tests

    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        for name, test in list(vars(cls).items()):
            if PIPEWIRE and name.startswith("test_"):
                setattr(cls, name, once_undisturbed(test))

    def setUp(self):
        have_a_machine()
        if PIPEWIRE:
            self.period = max(self.period, PIPEWIRE_PERIOD)
        # Short: sockets' paths hold 107 bytes.
        self.dir = tempfile.mkdtemp(prefix="weir-", dir="/tmp")
        self.run_dir = self.dir + "/weir"
        self.processes = []
        self.reports = []  # of generators
        self.n_logs = 0
        self.jackd = None
        signal.signal(signal.SIGALRM, self.too_late)
        signal.alarm(120)

    def was_disturbed(self):
        """Whether a weir or a generator says that it was late or left out."""
        def says_so(w):
            if w.running() and w.osc:
                return any(w.status(c) for c in
                           ("late_blocks", "input_frames_lost"))
            return re.search("late blocks|input frames lost", w.log())
        return (any(r["late"] or r["gaps"] for r in self.reports) or
                any(says_so(w) for w in self.processes
                    if isinstance(w, Weir)))

    def too_late(self, *_):
        raise AssertionError("it took too long")

    def tearDown(self):
        signal.alarm(0)
        if self.has_failed():
            self.show_logs()
        for p in reversed(self.processes):
            p.kill()
        if self.jackd and self.own_server:
            self.jackd.kill()
        elif self.jackd:
            Servers.put(self.jackd)
        shutil.rmtree(self.dir, ignore_errors=True)

    def has_failed(self):
        result = self._outcome.result
        return any(test is self
                   for test, _ in result.failures + result.errors)

    def show_logs(self):
        for p in self.processes:
            if isinstance(p, Process):
                print(f"--- {' '.join(p.p.args)}\n{p.log()}", file=sys.stderr)

    def new_log(self, what):
        self.n_logs += 1
        return f"{self.dir}/{self.n_logs}-{what.replace('/', '_')}.log"

    def path(self, name):
        return f"{self.dir}/{name}"

    def env(self):
        """Of everything that this test starts: its own server and run dir."""
        env = dict(self.jackd.env if self.jackd else os.environ)
        if PIPEWIRE:
            env.update(pipewire.LIBJACK)
        env.setdefault("JACK_NO_START_SERVER", "1")
        env.setdefault("JACK_DEFAULT_SERVER", "weirtest-none")
        env["XDG_RUNTIME_DIR"] = self.dir
        env["XDG_STATE_HOME"] = self.dir + "/state"
        return env

    # ------------------------------------------------------------- processes

    def limited(self, limits, *capabilities):
        """A weir that starts after these commands of a shell and, where the
        test is root's, without these capabilities; for binary=."""
        path = self.path("limited")
        drop = ("setpriv --bounding-set "
                + ",".join("-" + c for c in capabilities)
                if capabilities and os.geteuid() == 0 else "")
        with open(path, "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\n{limits}\n"
                    f"exec {drop} {os.path.abspath(BIN)}/weir \"$@\"\n")
        os.chmod(path, 0o755)
        return path

    def keep(self, process):
        self.processes.append(process)
        return process

    def start_jackd(self, period=None, rate=RATE, port_max=PORT_MAX):
        if PIPEWIRE and port_max != PORT_MAX:
            self.skipTest("PipeWire has no option for the number of ports")
        self.jackd = Servers.get(period or self.period, rate, port_max)
        return self.jackd

    def weir(self, *args, **kw):
        """A mixer that is ready, at this test's server."""
        if not self.jackd:
            self.start_jackd()
        return self.keep(Weir(self, *args, **kw)).ready()

    def program(self, name, *args, env=None, **kw):
        return self.keep(Process([f"{BIN}/{name}", "--run-dir", self.run_dir,
                                  *args], self.new_log(name),
                                 env or self.env(), **kw))

    def run_program(self, name, *args, **kw):
        """(exit status, stdout, stderr)."""
        p = self.program(name, *args, **kw)
        status, out = p.end()
        return status, out, p.log()

    def record(self, file, *args, weir="weir", wait=True, **kw):
        """A recorder that is writing."""
        r = self.program("weir-record", "-n", weir, "-o", self.path(file),
                         *args, **kw)
        if wait:
            r.wait_log("recording to")
        return r

    def fill(self, w):
        """Strips mic and music:2 get company, and each kind of setting
        another value than its default."""
        o = w.osc
        o.command("/bus/add", "fx", 2)
        o.command("/bus/add", "mono", 1)
        o.command("/strip/add", "wide", 5, "Five \"quoted\" \\ ünïcödé")
        o.command("/strip/mic/gain", -6.25)
        o.command("/strip/mic/pan", 0.3)  # not exact in float
        o.command("/strip/mic/mute", True)
        o.command("/strip/music/solo_safe", True)
        o.command("/strip/music/send/fx/level", -12.34)
        o.command("/strip/music/send/fx/on", True)
        o.command("/strip/music/send/mono/pre", True)
        o.command("/strip/wide/polarity", True)
        o.command("/strip/wide/main", False)
        o.command("/bus/fx/gain", -1.5)
        o.command("/bus/main/name", "The Main Mix")
        o.command("/bus/mono/mute", True)

    def pass_frames(self, w, n=RATE // 4):
        """Let weir mix so many more."""
        end = w.status("frames_mixed") + n
        wait_for("frames", lambda: w.status("frames_mixed") >= end)

    def stop(self, r, number=signal.SIGTERM):
        r.signal(number)
        status, out = r.end()
        self.assertEqual(status, 0, r.log())
        return closing_line(out)

    def tool(self, name, *args):
        p = self.keep(Process([f"{TOOLS}/jack_{name}", *map(str, args)],
                              self.new_log(name), self.env()))
        self.assertEqual(p.line(), "ready", p.log())
        return p

    def generator(self, *signals, name="gen"):
        return self.tool("generator", name, *signals)

    def end_generator(self, generator):
        """What it has seen: its last connected frame, and JACK's gaps."""
        generator.signal(signal.SIGTERM)
        return self.generator_report(generator)

    def generator_report(self, generator):
        status, out = generator.end()
        self.assertEqual(status, 0)
        self.reports.append(json.loads(out))
        return self.reports[-1]

    # ------------------------------------------------------------ what is so

    def check_exact(self, stretches, gaps=(), first=0, lost=0):
        """Ramp from frame `first` on to the end, one frame a frame, with
        silence exactly where JACK itself ran no cycles (`gaps`, as the
        generator saw them). On a busy machine JACK may skip weir alone:
        `lost` is what weir has counted. Returns the frame times it begins
        and ends at."""
        stretches = [s for s in stretches if s.start + s.n > first]
        ramps = [s for s in stretches if s.kind == "ramp"]
        self.assertTrue(ramps, stretches)
        zero = ramps[0].t - ramps[0].start
        self.assertEqual(stretches[0].kind, "ramp", stretches)
        self.assertEqual({s.kind for s in stretches} - {"ramp", "silence"},
                         set(), stretches[:20])
        for s in ramps:
            self.assertEqual((s.t - s.start - zero) % RAMP_FRAMES, 0,
                             stretches)
        begin, end = ramps[0].t, ramps[-1].t + ramps[-1].n
        silent = [(s.start + zero, s.n) for s in stretches
                  if s.kind == "silence"]
        theirs = [(t % RAMP_FRAMES, n) for t, n in gaps
                  if begin <= t % RAMP_FRAMES < end]
        if silent != theirs:
            ours = frames_of(silent) - frames_of(theirs)
            self.assertEqual(frames_of(theirs) - frames_of(silent), set())
            self.assertLessEqual(len(ours), lost,
                                 (silent, "not the gaps that JACK made",
                                  theirs))
        return begin, end


def main():
    if PIPEWIRE and not pipewire.is_installed():
        print("skipped: no PipeWire (packages pipewire, pipewire-jack, "
              "wireplumber)")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[1:]])

# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What whole.py and growth.py share: a private server, programs at it, and
what the kernel says that their threads have used."""
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/tests/jack")
import rig  # noqa: E402

BIN = os.environ.get("WEIR_BIN", ROOT + "/build-release/bin")
TOOLS = os.environ.get("WEIR_TOOLS", ROOT + "/build-release/tests")
RATE = 48000


# ------------------------------------------------------------------- threads

def _role(pid, task, name):
    """Whose thread it is: weir names one, libjack's real-time one is the
    callback's, the first is the poll loop."""
    if name == "weir-mixer":
        return "mixer"
    with open(f"/proc/{pid}/task/{task}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    if int(fields[37]) > 0:  # rt_priority
        return "callback"
    return "main" if task == str(pid) else "others"


def cpu_ns(pid):
    """CPU time by role, and how often they were given the CPU."""
    used, turns = {}, {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/comm") as f:
                role = _role(pid, task, f.read().strip())
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                ns, _, n = map(int, f.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        used[role] = used.get(role, 0) + ns
        turns[role] = turns.get(role, 0) + n
    return used, turns


class Window:
    """What processes use from now on, each as {role: share of one CPU}."""

    def __init__(self, **pids):
        self.pids = pids
        self.begin = {k: cpu_ns(pid) for k, pid in pids.items()}
        self.ns = time.monotonic_ns()

    def end(self):
        ns = time.monotonic_ns() - self.ns
        shares, turns = {}, {}
        for k, pid in self.pids.items():
            used, n = cpu_ns(pid)
            before, n_before = self.begin[k]
            shares[k] = {r: (used[r] - before.get(r, 0)) / ns for r in used}
            turns[k] = {r: (n[r] - n_before.get(r, 0)) * 1e9 / ns for r in n}
            shares[k]["all"] = sum(shares[k].values())
        return shares, turns


def measure(seconds, **pids):
    window = Window(**pids)
    time.sleep(seconds)
    return window.end()


# ------------------------------------------------------------------- programs

class Jackd(rig.Jackd):
    """As a user starts it: asynchronous, real-time where that is allowed."""

    def __init__(self, bench, period, port_max=2048):
        self.name = "weirbench"
        rig.Process.__init__(
            self, ["jackd", "-n", self.name, "--no-mlock", "-p",
                   str(port_max), "-d", "dummy", "-r", str(RATE), "-p",
                   str(period)], bench.path("jackd.log"),
            stdout=subprocess.DEVNULL)
        self.env = dict(os.environ, JACK_DEFAULT_SERVER=self.name,
                        JACK_NO_START_SERVER="1")
        rig.wait_for("jackd", self.answers, 15)


class Client(rig.Process):
    """bench_client; connected when it is ready."""

    def __init__(self, bench, role, n_ins, n_outs, *connections):
        self.name = f"b{os.getpid()}{role}"
        super().__init__([TOOLS + "/bench_client", self.name, role,
                          str(n_ins), str(n_outs), *connections],
                         bench.path(role + ".log"), bench.jackd.env)
        if self.line(300) != "ready":
            raise AssertionError(f"{role} has ended: {self.log()}")

    def stop(self):
        self.signal(signal.SIGTERM)
        return json.loads(self.end()[1])


class Weir(rig.Weir):
    def __init__(self, bench, *args):
        super().__init__(bench, *args, name=f"b{os.getpid()}weir",
                         binary=BIN + "/weir", env=bench.jackd.env)
        self.ready()

    def counters(self):
        return {k: self.status(k) for k in
                ("cycles", "xruns", "late_blocks", "input_frames_lost")}


def _have_the_server():
    """JACK knows eight names of servers and forgets none that was killed: so
    there is one for all measurements, which take turns."""
    lock = open(f"/tmp/weirbench-{os.getuid()}.lock", "w")

    def locked():
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    rig.wait_for("end of another measurement", locked, 100)
    return lock


class Bench:
    """A folder and the programs of one round, which end with it."""

    def __init__(self, period, port_max=2048):
        self.lock = _have_the_server()
        self.dir = tempfile.mkdtemp(prefix="weir-", dir="/tmp")
        self.run_dir = self.dir + "/weir"
        self.n_logs = 0
        self.programs = []
        self.period = period
        try:
            self.jackd = self.keep(Jackd(self, period, port_max))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in reversed(self.programs):
            p.kill()
        shutil.rmtree(self.dir, ignore_errors=True)
        self.lock.close()

    def path(self, name):
        return f"{self.dir}/{name}"

    def new_log(self, what):
        self.n_logs += 1
        return self.path(f"{self.n_logs}-{what}.log")

    def env(self):
        return self.jackd.env

    def keep(self, program):
        self.programs.append(program)
        return program

    def drop(self, program):
        self.programs.remove(program)
        program.kill()

    def client(self, *args):
        return self.keep(Client(self, *args))

    def weir(self, n_strips, channels=2, *args):
        strips = [w for i in range(n_strips)
                  for w in ("-s", f"s{i}:{channels}")]
        return self.keep(Weir(self, *strips, *args))

    def program(self, name, *args, **kw):
        return self.keep(rig.Process([f"{BIN}/{name}", "--run-dir",
                                      self.run_dir, *args],
                                     self.new_log(name), self.env(), **kw))


PATIENCE_S = 120  # until all have read what is installed
LOOK_S = 0.2  # each look at the server is a client that comes and goes


def ecasound(bench, n, *ops):
    """n stereo inputs, each through `ops`, into one stereo output; the
    process and its name."""
    name = f"b{os.getpid()}eca"
    chains = ",".join(f"c{i}" for i in range(n))
    inputs = [w for i in range(n)
              for w in (f"-a:c{i}", "-f:f32,2,48000", f"-i:jack,,in{i}",
                        *ops)]
    p = bench.keep(rig.Process(
        ["ecasound", "-q", f"-G:jack,{name},notransport",
         f"-b:{bench.period}", "-z:mixmode,sum", *inputs, f"-a:{chains}",
         "-o:jack,,out"], bench.path("ecasound.log"), bench.jackd.env))

    def there():
        if not p.running():
            raise AssertionError("ecasound has ended: " + p.log())
        time.sleep(LOOK_S)
        return f"{name}:out_2" in bench.jackd.ports()
    rig.wait_for("ecasound", there, PATIENCE_S)
    return p, name


# -------------------------------------------------------------------- figures

def figure(values):
    """The median, and what lies around it: quartiles, extremes."""
    low, _, high = statistics.quantiles(values, method="inclusive") \
        if len(values) > 1 else 3 * values
    return {"median": rounded(statistics.median(values)),
            "low": rounded(low), "high": rounded(high),
            "least": rounded(min(values)), "most": rounded(max(values)),
            "n": len(values)}


def rounded(x):
    return float(f"{x:.5g}")


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    return {"cpu": model[1] if model else "?", "cpus": os.cpu_count(),
            "kernel": os.uname().release.split("-")[0],
            "load": os.getloadavg()[0],
            "jackd": re.search(r"version (\S+)", subprocess.run(
                ["jackd", "--version"], check=False, capture_output=True,
                text=True).stdout)[1]}


def write_json(path, value):
    text = json.dumps(value, indent=1, sort_keys=True) + "\n"
    if path:
        with open(path, "w") as f:
            f.write(text)
    else:
        print(text, end="")


def say(*words):
    print(*words, file=sys.stderr, flush=True)

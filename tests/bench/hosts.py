# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Hosts of a plugin in n stereo strips, each as its users would start it: n
strips of one weir, n jalv, n chains of one ecasound.

Each is called with (bench, n, uri), and gives a Host when all n are ready.
"""
import collections
import os
import re
import shutil
import signal
import time

from bench import ecasound as start_ecasound
from bench import LOOK_S, PATIENCE_S, rig

SLOT = "it"

# Its processes; whose ports are its inputs and outputs; a weir to be asked.
Host = collections.namedtuple("Host", "pids client weir")


def descendants(pid):
    """It, and all that it has started: runners are children of its own."""
    parents = {}
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit():
                with open(f"/proc/{entry}/stat") as f:
                    fields = f.read().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [pid]
    for p in found:
        found += parents.get(p, [])
    return found


def weir(bench, n, uri, *args):
    w = bench.weir(n, 2, *args)
    for i in range(n if uri else 0):
        w.osc.command(f"/strip/s{i}/plugin/add", SLOT, uri)
    rig.wait_for("plugins", lambda: not uri or all(
        w.osc.get(f"/strip/s{i}/plugin/{SLOT}/state") == "running"
        for i in range(n)))
    return Host(descendants(w.pid), w.name, w)


def jalv(bench, n, uri):
    name = f"b{os.getpid()}jalv"
    all_ = [bench.keep(rig.Process(
        ["jalv", "-i", "-x", "-n", f"{name}{i}", uri],
        bench.path(f"jalv{i}.log"), bench.jackd.env)) for i in range(n)]

    def there():
        for p in all_:
            if not p.running():
                raise AssertionError("jalv has ended: " + p.log())
        time.sleep(LOOK_S)
        found = re.findall(rf"^({name}\d+):\S+\n\tproperties: (input|output)"
                           r".*\n\t.*audio", bench.jackd.lsp("-p", "-t"),
                           re.MULTILINE)
        count = collections.Counter(found)
        return len(count) == 2 * n and all(k == 2 for k in count.values())
    rig.wait_for("jalv", there, PATIENCE_S)
    return Host([p.pid for p in all_], name + "[0-9]+", None)


def defaults(bench, uri):
    """What jalv says its parameters are, in their order."""
    p = bench.keep(rig.Process(
        ["jalv", "-i", "-x", "-n", f"b{os.getpid()}ask", uri],
        bench.path("ask.log"), bench.jackd.env))
    rig.wait_for("jalv", lambda: not p.running() or any(
        f"b{os.getpid()}ask:" in port for port in bench.jackd.ports()))
    p.signal(signal.SIGTERM)
    return re.findall(r"^\w+ = (\S+)$", p.end()[1], re.MULTILINE)


def ecasound(bench, n, uri):
    """It takes a parameter that it is not told as 0."""
    p, name = start_ecasound(
        bench, n, ",".join(["-elv2:" + uri, *defaults(bench, uri)]))
    return Host([p.pid], name, None)


ALL = {
    "weir, no plugins": lambda b, n, uri: weir(b, n, None),
    "weir, runners": weir,
    "weir, inside": lambda b, n, uri: weir(b, n, uri, "--plugins-inside"),
    "jalv": jalv,
    "ecasound": ecasound,
}


def installed():
    found = [k for k in ALL if k.startswith("weir")]
    if shutil.which("jalv"):
        found += [k for k in ("jalv", "ecasound") if shutil.which(k)]
    return found

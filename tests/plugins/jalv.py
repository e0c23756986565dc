# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What jalv, the reference host, does with a plugin: at a private jackd."""
import array
import collections
import math
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../jack"))
import rig  # noqa: E402

Answer = collections.namedtuple("Answer", "how why")
NAME = "jalv"


def try_all(uris, tools):
    """{URI: Answer}; `tools` is where jack_capture and bench_client are."""
    if not uris or not shutil.which("jalv"):
        return {uri: Answer("not tried", "jalv is not installed")
                for uri in uris}
    rig.have_a_machine()
    folder = tempfile.mkdtemp(prefix="weir-", dir="/tmp")
    jackd = rig.Jackd(folder)
    try:
        return {uri: try_one(uri, jackd, folder, tools) for uri in uris}
    finally:
        jackd.kill()
        shutil.rmtree(folder)


def try_one(uri, jackd, folder, tools):
    p = rig.Process(["jalv", "-i", "-x", "-n", NAME, uri], folder + "/jalv.log",
                    jackd.env)
    try:
        def settled():
            return not p.running() or any(
                port.startswith(NAME + ":") for port in jackd.ports())
        rig.wait_for("jalv", settled)
        if not p.running():
            missing = re.search(r"undefined symbol: \w+", p.log())
            said = missing[0] if missing else p.log().strip().split("\n")[-1]
            return Answer("refused", said)
        return listen(jackd, folder, tools)
    finally:
        p.kill()
        rig.wait_for("jalv's end", lambda: not any(
            port.startswith(NAME + ":") for port in jackd.ports()))


def audio_ports(jackd, way):
    ports = re.findall(r"^(\S+)\n\tproperties: (\S*?),?\n\t(.*)$",
                       jackd.lsp("-p", "-t"), re.MULTILINE)
    return [name for name, properties, kind in ports
            if name.startswith(NAME + ":") and "audio" in kind
            and way in properties.split(",")]


def start(what, command, jackd, folder):
    """A client that is connected to jalv; which may not be active yet."""
    def connected():
        p = rig.Process(command, f"{folder}/{what}.log", jackd.env)
        if p.line() == "ready":
            return p
        p.kill()
        return None
    return rig.wait_for(what, connected)


def listen(jackd, folder, tools):
    """A second of noise through it."""
    ins = audio_ports(jackd, "input")
    outs = audio_ports(jackd, "output")
    if not outs:
        return Answer("works", "it has no output")
    clients = []
    try:
        if ins:
            clients.append(start(
                "noise", [tools + "/bench_client", "noise", "noise", "0",
                          str(len(ins)), NAME], jackd, folder))
        clients.append(start(
            "capture", [tools + "/jack_capture", "capture", str(rig.RATE),
                        folder + "/taken", *outs], jackd, folder))
        clients[-1].end()
    finally:
        for p in clients:
            p.kill()
    taken = array.array("f")
    with open(folder + "/taken", "rb") as f:
        taken.frombytes(f.read())
    # What is not finite stays in a plugin; a cycle that JACK left out is over.
    if not all(map(math.isfinite, taken[-256:])):
        return Answer("nonsense", "its output was not finite")
    return Answer("works", "heard" if any(taken[-256:]) else "silent")

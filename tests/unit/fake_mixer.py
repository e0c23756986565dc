# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""A mixer without sound: answers OSC as weir does, from dictionaries.

It serves weirctl's tests, which so need neither JACK nor weir, and can make
it misbehave: stay silent, refuse, answer late, in plain messages, too much.
"""
import contextlib
import fcntl
import itertools
import os
import pickle
import re
import socket
import struct
import threading
import time

TIMEOUT_S = 20


def wait_for(what, condition):
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("no " + what)
        time.sleep(0.005)  # between two looks


STRIP = {"name": "", "gain": 0.0, "trim": 0.0, "mute": False, "solo": False,
         "solo_safe": False, "polarity": False, "pan": 0.0, "main": True,
         "feed/paused": False}
BUS = {"name": "", "gain": 0.0, "mute": False}
SEND = {"level": -90.0, "on": False, "pre": False}
RANGE = {"gain": (-90, 10), "trim": (-20, 40), "pan": (-1, 1),
         "level": (-90, 10)}


# ---- OSC

def pad(data):
    return data + b"\0" * (4 - len(data) % 4)


def encode(address, *args):
    types, body = ",", b""
    for arg in args:
        if isinstance(arg, bool):
            types += "T" if arg else "F"
        elif isinstance(arg, int):
            types, body = types + "i", body + struct.pack(">i", arg)
        elif isinstance(arg, float):
            types, body = types + "f", body + struct.pack(">f", arg)
        else:
            types, body = types + "s", body + pad(arg.encode())
    return pad(address.encode()) + pad(types.encode()) + body


def bundle(messages):
    body = b"".join(struct.pack(">i", len(m)) + m for m in messages)
    return b"#bundle\0" + struct.pack(">Q", 1) + body


def take_string(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 4 - end % 4


def decode(data):
    """A message as (address, [arguments])."""
    address, at = take_string(data, 0)
    types, at = take_string(data, at)
    args = []
    for kind in types[1:]:
        if kind in "sS":
            value, at = take_string(data, at)
        elif kind in "TF":
            value = kind == "T"
        else:
            code = {"i": ">i", "f": ">f", "h": ">q", "d": ">d"}[kind]
            value, = struct.unpack_from(code, data, at)
            at += struct.calcsize(code)
        args.append(value)
    return address, args


def messages_of(packet):
    if not packet.startswith(b"#bundle\0"):
        return [decode(packet)]
    out, at = [], 16
    while at < len(packet):
        size, = struct.unpack_from(">i", packet, at)
        out += messages_of(packet[at + 4:at + 4 + size])
        at += 4 + size
    return out


# ---- the mixer

class Refused(Exception):
    pass


class Several(tuple):
    """A value of several numbers."""


def show(address, value):
    return encode(address, *(value if isinstance(value, Several)
                             else [value]))


class Desk:
    """Strips and buses, and what messages do to them."""

    def __init__(self):
        self.strips, self.buses, self.readers = {}, {}, {}
        self.status = {"rate": 48000, "block": 256, "xruns": 0,
                       "late_blocks": 0, "input_frames_lost": 0,
                       "dsp_load": 2.5, "uptime": 100.0, "jack": "running"}
        self.add_bus("main", 2)

    def meter(self, id, *numbers):
        """Peak and RMS by channel; what was silent so far."""
        (self.strips.get(id) or self.buses[id])["meter"] = Several(numbers)

    def add_strip(self, id, channels=1, name=None):
        self.strips[id] = {"channels": channels, **STRIP, "name": name or id,
                           "meter": Several([-120.0] * 2 * channels),
                           "send": {b: dict(SEND) for b in self.buses
                                    if b != "main"}}

    def add_bus(self, id, channels=2):
        self.buses[id] = {"channels": channels, **BUS, "name": id,
                          "meter": Several([-120.0] * 2 * channels)}
        for strip in self.strips.values():
            if id != "main":
                strip["send"][id] = dict(SEND)

    def slots(self, only=None):
        """All values: address -> (dictionary, key); or of one id alone."""
        out = {}
        for key in self.status if not only else ():
            out[f"/status/{key}"] = (self.status, key)
        for kind, objects in (("strip", self.strips), ("bus", self.buses),
                              ("reader", self.readers)):
            ids = list(objects) if not only else [i for i in [only] if i in objects]
            for id in ids:
                values = objects[id]
                for key in values:
                    if key != "send":
                        out[f"/{kind}/{id}/{key}"] = (values, key)
                for bus, send in values.get("send", {}).items():
                    for key in send:
                        out[f"/{kind}/{id}/send/{bus}/{key}"] = (send, key)
        return out

    def command(self, address, args):
        """A command's results, or None when it is no command."""
        if address in ("/ping", "/quit"):
            return ["fake"] if address == "/ping" else []
        if re.fullmatch("/(strip|bus)/[^/]+/plugin/list", address):
            return ["eq"]
        if re.fullmatch("/(strip|bus)/[^/]+/plugin/(dump|clear)", address):
            return []
        if address in ("/strip/list", "/bus/list", "/reader/list"):
            return list({"/strip": self.strips, "/bus": self.buses,
                         "/reader": self.readers}[address[:-5]])
        if address in ("/strip/add", "/bus/add"):
            if args[0] in self.strips or args[0] in self.buses:
                raise Refused(address, 5, f"{args[0]} exists already")
            (self.add_strip if "strip" in address else self.add_bus)(*args)
            return args
        match = re.fullmatch("/(strip|bus)/([^/]*)/remove", address)
        if match:
            objects = self.strips if match[1] == "strip" else self.buses
            if match[2] not in objects or match[2] == "main":
                raise Refused(address, 4, "no such object")
            del objects[match[2]]
            for strip in self.strips.values():
                strip["send"].pop(match[2], None)
            return []
        return None

    def set(self, address, slot, value):
        values, key = slot
        if key in ("channels", "meter"):
            raise Refused(address, 9, f"{key} cannot be set")
        if isinstance(value, str) != (key == "name"):
            raise Refused(address, 2, "wrong type of argument")
        if key in RANGE and not RANGE[key][0] <= value <= RANGE[key][1]:
            raise Refused(address, 3, f"{value} is out of range")
        kind = type(STRIP.get(key, SEND.get(key)))
        values[key] = kind(value)
        return values[key]

    def find(self, address):
        """The slots that match, as [(address, slot)]."""
        if not re.search(r"[*{]|//", address):
            slot = self.slot(*address.split("/")[1:])
            return [(address, slot)] if slot else []
        pattern = "".join("[^/]*" if c == "*" else "(" if c == "{" else
                          ")" if c == "}" else "|" if c == "," else
                          "/(.*/)?" if c == "//" else re.escape(c)
                          for c in re.findall("//|.", address))
        pattern = re.sub(r"/\(\.\*/\)\?$", "(/.*)?", pattern)
        literal = re.match(r"/(?:strip|bus|reader)/([a-z0-9_-]+)/", address)
        slots = self.slots(literal and literal[1])
        return [(a, s) for a, s in slots.items() if re.fullmatch(pattern, a)]

    def slot(self, kind, id="", key="", bus=None, leaf=None, *_):
        objects = {"strip": self.strips, "bus": self.buses,
                   "reader": self.readers}.get(kind, {})
        if kind == "status":
            return (self.status, id) if id in self.status else None
        values = objects.get(id, {})
        if key == "send":
            values, key = values.get("send", {}).get(bus, {}), leaf
        elif bus:
            key = f"{key}/{bus}"
        return (values, key) if key in values else None

    def plugins(self, id):
        """A strip's or bus's slots, as its values are."""
        return [key.split("/")[1] for key in
                (self.strips.get(id) or self.buses[id])
                if re.fullmatch("plugin/[^/]+/state", key)]

    def do(self, address, args):
        """One message's replies."""
        every = re.fullmatch(r"/(strip|bus)/\*/plugin/list", address)
        if every:
            return [encode("/reply", f"/{every[1]}/{id}/plugin/list",
                           *self.plugins(id)) for id in
                    (self.strips if every[1] == "strip" else self.buses)]
        results = self.command(address, args)
        if results is not None:
            return [encode("/reply", address, *results)]
        found = self.find(address)
        if not found:
            raise Refused(address, 4, "nothing matches")
        if not args:
            return [show(a, s[0][s[1]]) for a, s in found]
        return [encode("/reply", a, self.set(a, s, args[0]))
                for a, s in found]


class Subscription:
    """What one peer has asked for, and what it knows by now."""

    def __init__(self, pattern):
        self.pattern = pattern
        self.known = {}

    def news(self, desk):
        """What is another than at the last call, as messages."""
        now = {a: s[0][s[1]] for a, s in desk.find(self.pattern)}
        out = [show(a, v) for a, v in now.items() if self.known.get(a) != v]
        self.known = now
        return out


class FakeMixer:
    """A desk behind sockets, in a thread of its own."""

    def __init__(self, run_dir, name="fake", unix=False, desk=None):
        self.desk = desk or Desk()
        self.received = []      # all messages but tags and pings
        self.sizes = []         # of the datagrams they came in
        self.silent = False     # answers nothing
        self.plain = False      # answers in plain messages, without tags
        self.ponders = 0        # so many bare /pings come before it answers
        self.pondered = None    # (answers, peer) of what it ponders on
        self.quits = False      # gone after the first answer
        self.noise = []         # packets sent before every answer
        self.subscriptions = {} # (peer, pattern) -> Subscription
        self.renewals = []      # patterns, as they come
        self.asked = []         # the arguments of /subscribe
        self.meddlers = []      # called one by one, before a packet each
        self.asked_at = []      # and when they came
        self.n_looks = 0        # questions for /status/uptime
        self.refuses = None     # /subscribe, with this code and text
        self.token = None       # to be given back first
        self.loses = 0          # so many snapshots lack a bundle
        self.held = False       # no deltas now
        self.home = os.path.join(run_dir, name)
        os.makedirs(self.home, exist_ok=True)
        self.lock = open(os.path.join(self.home, "lock"), "w")
        fcntl.lockf(self.lock, fcntl.LOCK_EX)
        if unix:
            path = os.path.join(self.home, "osc.sock")
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)  # a dead one's
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.bind(path)
            self.url = "osc.unix://" + path
        else:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
            self.url = f"osc.udp://127.0.0.1:{self.socket.getsockname()[1]}/"
            with open(os.path.join(self.home, "osc"), "w") as f:
                f.write(self.url + "\n")
        self.socket.settimeout(0.05)
        self.running = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        """Leave as one that was killed does: the files stay."""
        self.running = False
        self.thread.join()
        self.socket.close()
        self.lock.close()

    def serve(self):
        while self.running:
            try:
                packet, peer = self.socket.recvfrom(65536)
            except socket.timeout:
                self.send_news()
                continue
            except OSError:
                if self.socket.fileno() < 0:
                    return
                continue
            answers = self.ponder(packet, peer, self.answers(packet, peer))
            for answer in answers:
                self.send(answer, peer)
            self.send_news()
            if self.quits:
                self.socket.close()
                return

    def ponder(self, packet, peer, answers):
        """What is answered now."""
        if self.ponders > 0 and packet.startswith(b"#bundle"):
            self.pondered = (list(answers), peer)
            return []
        if self.pondered and messages_of(packet) == [("/ping", [])]:
            self.ponders -= 1
            if self.ponders == 0:
                for late in self.pondered[0]:
                    self.send(late, self.pondered[1])
        return answers

    def send(self, packet, peer):
        with contextlib.suppress(OSError):  # it may be gone
            self.socket.sendto(packet, peer)

    def send_news(self):
        if self.silent or self.held:
            return
        for (peer, _), subscription in list(self.subscriptions.items()):
            news = subscription.news(self.desk)
            for packet in self.pack(None, news) if news else []:
                self.send(packet, peer)

    def tell(self, address, *args):
        """An event to every subscriber."""
        for peer in {peer for peer, _ in self.subscriptions}:
            self.send(encode(address, *args), peer)

    def subscribe(self, peer, pattern, *rest):
        if self.token:
            return [encode("/token", self.token)]
        if self.refuses:
            return [encode("/error", "/subscribe", *self.refuses)]
        self.renewals.append(pattern)
        self.asked.append([pattern, *rest])
        self.asked_at.append(time.monotonic())
        subscription = Subscription(pattern)
        self.subscriptions[peer, pattern] = subscription
        values = subscription.news(self.desk)
        packets = list(self.pack(None, [
            encode("/snapshot", pattern), *values,
            encode("/snapshot_end", pattern, len(values))]))
        if self.loses > 0 and len(packets) > 2:
            self.loses -= 1
            del packets[1]
        return packets

    def answers(self, packet, peer):
        if self.meddlers:
            self.meddlers.pop(0)()
        messages = messages_of(packet)
        address, args = messages[0]
        if address == "/subscribe" and not self.silent:
            return self.subscribe(peer, *args)
        if address == "/subscribe_token":
            self.token = None if args == [self.token] else self.token
            return []
        if address == "/unsubscribe":
            self.received.append((address, args))
            self.subscriptions.pop((peer, args[0]), None)
            return [encode("/reply", address, *args)]
        tag = messages[0] if messages[0][0] == "/tag" else None
        self.n_looks += messages[-1][0] == "/status/uptime"
        before, replies = pickle.dumps(self.desk), []
        self.sizes.append(len(packet))
        try:
            for address, args in messages[1:] if tag else messages:
                if address != "/ping":
                    self.received.append((address, args))
                replies += self.desk.do(address, args)
            if sum(map(len, replies)) > 65536:
                raise Refused(messages[0][0], 7, "that is too much")
        except Refused as refused:
            self.desk = pickle.loads(before)
            replies = [encode("/error", *refused.args)]
        if self.silent:
            return []
        if self.quits:
            replies = replies[:1]
        return itertools.chain(self.noise, self.pack(tag, replies))

    def pack(self, tag, replies):
        """Bundles of at most 1400 bytes, each with the tag."""
        if self.plain:
            yield from replies
            return
        head = [encode("/tag", *tag[1])] if tag else []
        some = list(head)
        for reply in replies:
            if len(bundle(some + [reply])) > 1400:
                yield bundle(some)
                some = list(head)
            some.append(reply)
        yield bundle(some)

# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""OSC 1.0 over datagrams, written from the specification: nothing of weir's
own code checks weir here."""
import select
import socket
import struct
import time

TIMEOUT_S = 5
IMMEDIATELY = 1


def padded(b):
    return b + b"\0" * (4 - len(b) % 4)


def type_of(value):
    if value is True or value is False:
        return "T" if value else "F"
    return {int: "i", float: "f", str: "s", bytes: "b"}[type(value)]


def argument(tag, value):
    if tag in "ifhd":
        return struct.pack({"i": ">i", "f": ">f", "h": ">q", "d": ">d"}[tag],
                           value)
    if tag in "sS":
        return padded(value.encode() if isinstance(value, str) else value)
    if tag == "b":
        return struct.pack(">i", len(value)) + value + b"\0" * (-len(value)
                                                                % 4)
    return b""


def message(address, *values, types=None):
    """Types follow from the values, or are given with as many values as they
    carry data."""
    if types is None:
        types = "".join(map(type_of, values))
        values = [v for v in values if not isinstance(v, bool)]
    data, left = b"", list(values)
    for t in types:
        data += b"" if t in "TFNI" else argument(t, left.pop(0))
    return padded(address.encode()) + padded(b"," + types.encode()) + data


def bundle(*packets, tag=IMMEDIATELY):
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(
        struct.pack(">i", len(p)) + p for p in packets)


def time_tag_at(t):
    """Of time.time()'s seconds; whole ones apart, so that none of its digits
    is lost."""
    return (2208988800 << 32) + int(t * 2 ** 32)


def time_tag(seconds_from_now):
    return time_tag_at(time.time() + seconds_from_now)


def _string(b, at):
    end = b.index(b"\0", at)
    after = end + 4 - (end - at) % 4
    if b[end:after].strip(b"\0"):
        raise ValueError("padding is not zero")
    # An answer may say what it is an answer to: any bytes.
    return b[at:end].decode(errors="surrogateescape"), after


def decode_message(b):
    address, at = _string(b, 0)
    types, at = _string(b, at)
    values = []
    for t in types[1:]:
        if t in "ifhd":
            f = {"i": ">i", "f": ">f", "h": ">q", "d": ">d"}[t]
            values.append(struct.unpack_from(f, b, at)[0])
            at += struct.calcsize(f)
        elif t in "sS":
            value, at = _string(b, at)
            values.append(value)
        elif t in "TF":
            values.append(t == "T")
        else:
            raise ValueError(f"type {t}")
    if at != len(b):
        raise ValueError(f"{len(b) - at} bytes too many")
    return Message(address, types[1:], values)


def decode(b):
    """A packet's messages; bundles are flattened, and must be immediate."""
    if b[:8] != b"#bundle\0":
        return [decode_message(b)]
    if struct.unpack_from(">Q", b, 8)[0] != IMMEDIATELY:
        raise ValueError("a reply with a time tag")
    at, out = 16, []
    while at < len(b):
        n = struct.unpack_from(">i", b, at)[0]
        out += decode(b[at + 4:at + 4 + n])
        at += 4 + n
    return out


class Message:
    def __init__(self, address, types, values):
        self.address, self.types, self.values = address, types, values

    def __repr__(self):
        return f"{self.address} ,{self.types} {self.values}"

    def concerns(self, address):
        return self.address == address or (
            self.address in ("/reply", "/error") and self.values
            and self.values[0] == address)


class Client:
    """One socket that asks and listens. `to` is (host, port), or the path of
    a Unix datagram socket (then `own` is where this one is bound)."""

    def __init__(self, to, own=None):
        is_v6 = not own and ":" in to[0]
        family = (socket.AF_UNIX if own else
                  socket.AF_INET6 if is_v6 else socket.AF_INET)
        self.s = socket.socket(family, socket.SOCK_DGRAM)
        self.s.bind(own or ("::1" if is_v6 else "127.0.0.1", 0))
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.to = to

    def close(self):
        self.s.close()

    def send(self, packet):
        self.s.sendto(packet, self.to)

    def packet(self, timeout_s=TIMEOUT_S):
        """The next datagram, or None."""
        if not select.select([self.s], [], [], timeout_s)[0]:
            return None
        return self.s.recv(1 << 17)

    def drain(self):
        while self.packet(0) is not None:
            pass

    def ask(self, address, *values, types=None):
        """The one message that answers this one."""
        self.send(message(address, *values, types=types))
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end:
            packet = self.packet(end - time.monotonic())
            for m in decode(packet) if packet else []:
                if m.concerns(address):
                    return m
        raise AssertionError(f"no answer to {address} {values}")

    def answers(self, packet, n):
        """The next `n` messages after this packet."""
        self.send(packet)
        got = []
        while len(got) < n:
            datagram = self.packet()
            if datagram is None:
                raise AssertionError(f"{got} instead of {n} messages")
            got += decode(datagram)
        return got

    def quiet(self):
        """Nothing has come but the answer to a ping sent now."""
        got = self.answers(message("/ping"), 1)
        return got[0].concerns("/ping") and self.packet(0) is None

    def get(self, address):
        m = self.ask(address)
        if m.address != address:
            raise AssertionError(f"{address}: {m}")
        return m.values[0] if len(m.values) == 1 else m.values

    def command(self, address, *values, types=None):
        """A command's or a set's results."""
        m = self.ask(address, *values, types=types)
        if m.address != "/reply":
            raise AssertionError(f"{address} {values}: {m}")
        return m.values[1:]

    def error(self, address, *values, types=None):
        """An error's code."""
        m = self.ask(address, *values, types=types)
        if m.address != "/error" or m.types != "sis" or not m.values[2]:
            raise AssertionError(f"{address} {values}: {m}")
        return m.values[1]

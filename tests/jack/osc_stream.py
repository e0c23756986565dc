# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""OSC over TCP, both framings, written from the specifications (OSC 1.0 and
1.1, RFC 1055): nothing of weir's own code checks weir here."""
import select
import socket
import struct
import time

import osc

END, ESC, ESC_END, ESC_ESC = b"\xc0", b"\xdb", b"\xdc", b"\xdd"


class Length:
    """Each packet behind its length."""
    name = "length"

    @staticmethod
    def put(packet):
        return struct.pack(">I", len(packet)) + packet

    @staticmethod
    def take(b):
        """The first packet, or None, and what is left."""
        if len(b) < 4:
            return None, b
        end = 4 + struct.unpack_from(">I", b)[0]
        return (b[4:end], b[end:]) if len(b) >= end else (None, b)


class Slip:
    """Each packet between two ENDs."""
    name = "slip"

    @staticmethod
    def put(packet):
        return END + packet.replace(ESC, ESC + ESC_ESC).replace(
            END, ESC + ESC_END) + END

    @staticmethod
    def take(b):
        if not b:
            return None, b
        if b[:1] != END:
            raise ValueError(f"no END before {b[:20]}")
        packet, end, rest = b[1:].partition(END)
        if not end:
            return None, b
        return packet.replace(ESC + ESC_END, END).replace(
            ESC + ESC_ESC, ESC), rest


class Stream(osc.Client):
    """A connection that asks and listens. Raises EOFError when weir has
    closed it."""

    def __init__(self, to, framing=Length):
        self.s = socket.create_connection(to, timeout=osc.TIMEOUT_S)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.framing = framing
        self.rest = b""

    def send(self, packet):
        self.s.sendall(self.framing.put(packet))

    def packet(self, timeout_s=osc.TIMEOUT_S):
        end = time.monotonic() + timeout_s
        while True:
            packet, self.rest = self.framing.take(self.rest)
            if packet is not None:
                return packet
            left = max(0, end - time.monotonic())
            if not select.select([self.s], [], [], left)[0]:
                return None
            got = self.s.recv(1 << 16)
            if not got:
                raise EOFError
            self.rest += got

    def is_closed(self, timeout_s=osc.TIMEOUT_S):
        """Whether weir closes it, and sends nothing before."""
        try:
            return self.packet(timeout_s) is not None and False
        except (EOFError, ConnectionResetError):
            return True

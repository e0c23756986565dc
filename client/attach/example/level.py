#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# SPDX-FileCopyrightText: the weir authors
"""A level meter: prints the mix's peak and RMS of each channel ten times a
second, until weir ends or as many times as its argument says. Needs libweir
and numpy."""
import ctypes as c
import sys

import numpy as np


class Format(c.Structure):
    _fields_ = [("rate_hz", c.c_uint32), ("n_channels", c.c_uint32),
                ("capacity_frames", c.c_uint64)]


class Read(c.Structure):
    FRAMES, LOST, TIMEOUT, COMMAND, ENDED = range(5)
    _fields_ = [("kind", c.c_int), ("position", c.c_uint64),
                ("n_frames", c.c_uint64)]


weir = c.CDLL("libweir.so.0")
weir.weir_reader_format.restype = Format
weir.weir_reader_read.restype = Read

reader, error = c.c_void_p(), c.create_string_buffer(256)
if weir.weir_reader_open(None, c.byref(reader), error) != 0:
    sys.exit("level.py: " + error.value.decode())
form = weir.weir_reader_format(reader)
frames = np.zeros((form.rate_hz // 10, form.n_channels), np.float32)
n, left = 0, int(sys.argv[1]) if len(sys.argv) > 1 else -1
while left != 0:
    rest = frames[n:]
    got = weir.weir_reader_read(reader, rest.ctypes.data_as(c.c_void_p),
                                c.c_uint32(len(rest)), 1000)
    if got.kind == Read.ENDED:
        break
    n += got.n_frames if got.kind == Read.FRAMES else 0
    if n == len(frames):
        peak = np.abs(frames).max(axis=0)
        rms = np.sqrt((frames.astype(float) ** 2).mean(axis=0))
        print(*("%.1f/%.1f" % tuple(20 * np.log10(np.maximum(x, 1e-6)))
                for x in zip(peak, rms)), flush=True)
        n, left = 0, left - 1
weir.weir_reader_close(reader)

# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What came out, frame by frame, beside what went in: see signal.h for the
ramps, of which each sample says which frame of JACK's it is."""
import numpy as np

RAMP = 1 << 23
SCALE = float(1 << 24)


def ramp(number, t):
    """Signal `number` at frame times `t`."""
    return (((t * (2 * number + 1)) & (RAMP - 1)) - RAMP // 2) / SCALE


class Ledger:
    """Pieces of one recording of the ramps 0 and 1, in order. Every frame is
    the next one of the ramp, or silence that somebody has to account for."""

    def __init__(self):
        self.n_frames = 0
        self.zero = None       # frame time of the recording's frame 0
        self.silences = []     # [frame of the recording, frames]
        self.wrong = []        # what is neither

    def add(self, frames):
        """`frames` is an array of pairs."""
        if self.zero is None:
            self.begin(frames)
        if self.zero is not None:
            self.compare(frames)
        self.n_frames += len(frames)

    def begin(self, frames):
        """The first sample that sounds says when it is."""
        loud = np.flatnonzero(frames.any(axis=1))
        if len(loud):
            t = round(float(frames[loud[0], 0]) * SCALE) + RAMP // 2
            self.zero = (t - int(loud[0]) - self.n_frames) % RAMP
            self.note(self.n_frames, 0)

    def compare(self, frames):
        t = np.arange(len(frames), dtype=np.int64) + self.n_frames + self.zero
        wanted = np.stack([ramp(0, t), ramp(1, t)], axis=1)
        is_off = (frames != wanted.astype(np.float32)).any(axis=1)
        # Where both ramps are zero, within a silence, nobody can tell.
        beside = np.zeros_like(is_off)
        beside[1:] |= is_off[:-1]
        beside[:-1] |= is_off[1:]
        off = np.flatnonzero(is_off | (beside & ~wanted.any(axis=1)))
        if not len(off):
            return
        for run in np.split(off, np.flatnonzero(np.diff(off) > 1) + 1):
            if frames[run[0]:run[-1] + 1].any():
                self.wrong.append([self.n_frames + int(run[0]), len(run)])
            else:
                self.note(self.n_frames + int(run[0]), len(run))

    def note(self, at, n):
        """Silence goes on across pieces."""
        if self.silences and sum(self.silences[-1]) == at:
            self.silences[-1][1] += n
        elif n:
            self.silences.append([at, n])

    def unexplained(self, gaps):
        """Silent frames that are not JACK's own gaps. Both are in order, and
        each of JACK's is looked for once."""
        theirs = [(t % RAMP, n) for t, n in gaps]
        left = 0
        for at, n in self.silences:
            t = (self.zero + at) % RAMP
            found = next((k for k, gap in enumerate(theirs)
                          if gap == (t, n)), None)
            if found is None:
                left += n
            else:
                del theirs[:found + 1]
        return left

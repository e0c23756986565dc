#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Recordings in many files: joined end to end they are the one that would
have been recorded, to the bit."""
import os
import signal
import time

from fake import RATE, Recording, Wav, lines, main, ramp


class Split(Recording):
    def record(self, name, *args):
        r = self.program("weir-record", "-o", self.path(name), *args)
        self.w.ask("accept")
        r.wait_log("recording to")
        return r

    def end(self, r, stop=False):
        """The files' lines, after the last one was checked to be their
        sum."""
        *files, total = super().end(r, stop)
        self.assertEqual(total[0], "total")
        self.assertEqual(total[1:3], tuple(sum(f[i] for f in files)
                                           for i in (1, 2)))
        self.total_dropouts = total[3]
        return files

    def stop(self, r):
        r.p.send_signal(signal.SIGTERM)
        return self.end(r)

    def joined(self, files):
        data = b""
        for path, frames, _, _ in files:
            f = Wav(path)
            self.assertEqual(f.frames, frames)
            self.assertTrue(f.data_ok)
            data += f.data
        return data

    def test_files_of_a_time_are_exactly_so_long_and_nothing_is_between(self):
        self.w = self.weir()
        r = self.record("take.wav", "--split", "0.1")
        for n in (1, 4799, 1, 9600, 20000):
            self.w.do(f"publish {n}")
        self.w.do("reach 34401")
        files = self.stop(r)
        self.assertEqual([f[1] for f in files], [4800] * 7 + [801])
        self.assertEqual([f[0] for f in files],
                         [self.path("take.wav")]
                         + [self.path(f"take-{i}.wav") for i in range(1, 8)])
        self.assertEqual(self.joined(files), ramp(0, 34401).tobytes())

    def test_files_of_a_size_are_no_larger_and_joined_the_one_file(self):
        self.w = self.weir()
        r = self.record("one.wav", "-e", "16", "-d", "0.5", "--split", "1G")
        self.w.do("publish 24000")
        one = self.end(r)
        self.assertEqual(len(one), 1)
        self.w.kill()
        self.w = self.weir()
        r = self.record("take.wav", "-e", "16", "-d", "0.5", "--split", "10k")
        self.w.do("publish 24000")
        files = self.end(r)
        sizes = [os.path.getsize(f[0]) for f in files]
        # What is left of the size is less than a frame.
        self.assertEqual({size // 4 for size in sizes[:-1]}, {2500})
        self.assertLessEqual(max(sizes), 10000)
        self.assertGreater(len(sizes), 9)
        self.assertEqual(self.joined(files), self.joined(one))

    def test_files_at_another_rate_are_that_of_the_one_resampled(self):
        whole = {}
        for split in ("100", "0.05"):
            self.w = self.weir(capacity=4800)
            r = self.record(f"take{split}.wav", "-r", "16000", "--split",
                            split)
            self.w.do("publish 3000", "reach 3000")
            r.p.send_signal(signal.SIGSTOP)
            self.w.do("publish 30000")
            r.p.send_signal(signal.SIGCONT)
            self.w.do("reach 33000")
            files = self.stop(r)
            whole[split] = self.joined(files)
            self.assertEqual(sum(f[1] for f in files), 11000)
            self.assertEqual(sum(f[2] for f in files), 26400)
            self.assertEqual(self.total_dropouts, 1)
            self.w.kill()
        self.assertEqual({f[1] for f in files[:-1]}, {800})
        self.assertEqual(whole["100"], whole["0.05"])

    def test_a_recording_that_ends_on_a_split_leaves_no_empty_file(self):
        self.w = self.weir()
        r = self.record("take.wav", "--split", "0.1", "-d", "0.3")
        self.w.do("publish 20000")
        self.assertEqual([f[1] for f in self.end(r)], [4800] * 3)

    def test_a_compressed_file_is_split_when_it_is_large_enough(self):
        self.w = self.weir()
        r = self.record("take.flac", "-e", "16", "--split", "20k")
        self.w.do("publish 400000", "reach 400000")
        files = self.stop(r)
        self.assertEqual(sum(f[1] for f in files), 400000)
        self.assertGreater(len(files), 2)
        for f in files[:-1]:
            self.assertGreaterEqual(os.path.getsize(f[0]), 20000)
            # What the encoder holds back, and one block, come on top.
            self.assertLess(os.path.getsize(f[0]), 20000 + 3 * 4096 * 4)

    def test_a_loss_across_files_is_exact_silence_and_one_dropout(self):
        self.w = self.weir(capacity=4800)
        r = self.record("take.wav", "--split", "0.5")
        self.w.do("publish 1000", "reach 1000")
        r.p.send_signal(signal.SIGSTOP)
        self.w.do("publish 99000")
        r.p.send_signal(signal.SIGCONT)
        self.w.do("reach 100000")
        files = self.stop(r)
        # It goes on 3600 behind the newest: 1000 to 96400 are lost.
        self.assertEqual([f[1:] for f in files],
                         [(24000, 23000, 1), (24000, 24000, 1),
                          (24000, 24000, 1), (24000, 24000, 1),
                          (4000, 400, 1)])
        self.assertEqual(self.total_dropouts, 1)
        self.assertEqual(self.joined(files),
                         ramp(0, 1000).tobytes() + bytes(8 * 95400)
                         + ramp(96400, 3600).tobytes())

    def test_a_connection_that_breaks_begins_the_lengths_anew(self):
        self.w = self.weir()
        r = self.record("take.wav", "--split", "0.1")
        self.w.do("publish 6000", "reach 6000", "hangup")
        self.w.ask("accept")
        self.w.do("publish 6000", "reach 12000")
        files = self.stop(r)
        self.assertEqual([f[1] for f in files], [4800, 1200, 4800, 1200])
        self.assertEqual(self.joined(files), ramp(0, 12000).tobytes())

    def test_aligned_files_end_where_the_clock_is_at_a_multiple(self):
        self.w = self.weir()
        before, after = 0, 0.5
        while before // 0.5 != after // 0.5:
            before = time.clock_gettime(time.CLOCK_REALTIME)
            self.w.do("clock")
            after = time.clock_gettime(time.CLOCK_REALTIME)
        r = self.record("take.wav", "--split", "0.5", "--align")
        self.w.do("publish 100000", "reach 100000")
        files = self.stop(r)
        self.assertEqual(self.joined(files), ramp(0, 100000).tobytes())
        first = files[0][1]
        # From the clock's first frame to the next half second.
        longest = 0.5 - before % 0.5
        shortest = longest - (after - before)
        self.assertLessEqual(first, longest * RATE + 48)
        self.assertGreaterEqual(first, shortest * RATE - 48)
        self.assertEqual({f[1] for f in files[1:-1]}, {24000})

    def test_a_split_by_command_ends_the_file_before_it_is_answered(self):
        self.w = self.weir()
        r = self.record("take.wav")
        # Of a file without frames there is nothing to end.
        self.assertEqual(self.w.ask("command 1 split"), "done 1")
        self.w.do("publish 5000", "reach 5000")
        self.assertEqual(self.w.ask("command 2 split"), "done 2")
        first = Wav(self.path("take.wav"))
        self.assertTrue(first.data_ok)
        self.assertEqual(first.frames, 5000)
        self.assertEqual(self.w.ask("command 3 split"), "done 3")
        self.w.do("publish 700", "reach 5700")
        files = self.stop(r)
        self.assertEqual([f[1] for f in files], [5000, 700])
        self.assertEqual(self.joined(files), ramp(0, 5700).tobytes())

    def test_a_split_by_command_leaves_the_clocks_splits_where_they_are(self):
        self.w = self.weir()
        self.w.do("clock")
        r = self.record("take.wav", "--split", "0.5", "--align")
        self.w.do("publish 60000", "reach 60000")
        self.assertEqual(self.w.ask("command 1 split"), "done 1")
        self.w.do("publish 60000", "reach 120000")
        files = self.stop(r)
        # Two pieces of one half second, wherever that began.
        lengths = [f[1] for f in files]
        first, last = lengths[0], lengths[-1]
        cut = (60000 - first) % 24000
        expected = [first] + [24000] * ((60000 - first) // 24000)
        if cut:
            expected += [cut, 24000 - cut]
        self.assertEqual(lengths[:len(expected)], expected)
        self.assertEqual(self.joined(files), ramp(0, 120000).tobytes())
        self.assertLessEqual(last, 24000)

    def test_files_that_are_not_split_have_no_line_of_totals(self):
        self.w = self.weir()
        r = self.record("take.wav", "-d", "0.1")
        self.w.do("publish 4800")
        self.assertEqual(len(lines(r.end()[1])), 1)


if __name__ == "__main__":
    main()

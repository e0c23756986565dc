#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""Recording after recording, while strips and buses come and go."""
import os

from rig import Case, Wav, main, segments, wav_segments


class Takes(Case):
    def add_and_remove(self, w, k):
        """Something of each kind, sometimes fed and heard, always gone."""
        w.osc.command("/strip/add", f"guest{k}", 1 + k % 5)
        w.osc.command("/bus/add", f"fx{k}", 1 + k % 3)
        w.osc.command(f"/strip/guest{k}/send/fx{k}/level", -6.0)
        w.osc.command(f"/strip/guest{k}/send/fx{k}/on", True)
        tap = self.program("weir-tap", "-i", f"strip/guest{k}", "-d", "0.05")
        tap.end()
        w.osc.command(f"/strip/guest{k}/remove")
        w.osc.command(f"/bus/fx{k}/remove")

    def test_twenty_in_a_row_are_exact_and_nothing_piles_up(self):
        seconds = 0.5
        w = self.weir("-s", "a:2", "-s", "b:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R", "2=weir:b_L",
                           "3=weir:b_R")
        rss = {}
        takes = []
        for k in range(1, 21):
            name = f"take{k}.wav"
            r = self.record(name, "-d", str(seconds))
            self.add_and_remove(w, k)
            status, out = r.end()
            self.assertEqual(status, 0, r.log())
            self.assertTrue(out.endswith("frames=24000 lost=0 dropouts=0\n"),
                            out)
            takes.append(wav_segments(self.path(name), "0+2", "1+3"))
            self.assertEqual(w.readers(), [])
            rss[k] = w.rss_kb()
        self.assertEqual(w.status("zombie_callbacks"), 0)
        self.assertEqual(w.osc.command("/strip/list"), ["a", "b"])
        print(f"VmRSS {rss[5]} kB after 5, {rss[20]} kB after 20", flush=True)
        self.assertLessEqual(rss[20] - rss[5], 256, rss)
        gaps = self.end_generator(g)["gaps"]
        for take in takes:
            begin, end = self.check_exact(take, gaps)
            self.assertEqual(end - begin, 24000)

    def test_files_that_are_split_by_the_clock_are_one_when_joined(self):
        w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("part.wav", "--split", "0.25", "--align")
        self.pass_frames(w, 2 * 48000)
        total = self.stop(r)
        gaps = self.end_generator(g)["gaps"]
        with open(self.path("joined"), "wb") as joined:
            files = [self.path("part.wav")]
            while os.path.exists(files[-1]):
                wav = Wav(files[-1])
                with open(files[-1], "rb") as f:
                    f.seek(wav.offset)
                    joined.write(f.read(wav.frames * 8))
                files.append(self.path(f"part-{len(files)}.wav"))
        self.assertGreaterEqual(len(files) - 1, 8)
        begin, end = self.check_exact(
            segments(self.path("joined"), 0, "0", "1"), gaps)
        self.assertEqual((total[0], total[1]), ("total", end - begin))

    def test_adding_and_removing_under_load_disturbs_no_other_strip(self):
        w = self.weir("-s", "a:2")
        g = self.generator("0=weir:a_L", "1=weir:a_R")
        r = self.record("take.wav")
        for k in range(60):
            w.osc.command("/strip/add", f"s{k}", 1 + k % 8)
            if k >= 5:
                w.osc.command(f"/strip/s{k - 5}/remove")
        frames = self.stop(r)[1]
        gaps = self.end_generator(g)["gaps"]
        begin, end = self.check_exact(
            wav_segments(self.path("take.wav"), "0", "1"), gaps)
        self.assertEqual(end - begin, frames)


if __name__ == "__main__":
    main()

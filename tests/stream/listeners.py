#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""What listeners of a real Icecast hear and see."""
import json
import re
import socket
import subprocess

from icecast import Case, PASSWORD, main, wait_for


def tags(url):
    """What ffprobe says of a stream, whatever level it belongs to."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_entries",
         "format_tags:stream_tags", url],
        capture_output=True, text=True, check=False, timeout=30).stdout
    found = {}
    shown = json.loads(out or "{}")
    for part in [shown.get("format", {}), *shown.get("streams", [])]:
        found.update({k.lower(): v for k, v in part.get("tags", {}).items()})
    return found


def icy_title(ice, mount):
    """The first title that an ICY listener is told, None if that is none."""
    with socket.create_connection(("127.0.0.1", ice.port), 5) as s:
        s.settimeout(10)
        s.sendall(f"GET /{mount} HTTP/1.0\r\nIcy-MetaData: 1\r\n\r\n".encode())
        stream = s.makefile("rb")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += stream.readline() or b"\r\n\r\n"
        every = re.search(rb"icy-metaint: *(\d+)", head, re.I)
        if not every:
            return None
        stream.read(int(every[1]))
        text = stream.read(16 * stream.read(1)[0])
    m = re.search(rb"StreamTitle='(.*?)';", text, re.S)
    return m[1].decode() if m else None


class Listeners(Case):
    def live(self, ice, sound, *args, mount="live"):
        """A streamer that listeners can hear."""
        p = self.stream(*args, ice.url(mount))
        sound.attach()
        p.wait_log("connected")
        wait_for(f"/{mount}", lambda: ice.has(mount))
        return p

    def url(self, ice, mount="live"):
        return f"http://127.0.0.1:{ice.port}/{mount}"

    def test_every_codec_is_heard_at_its_pitch_and_level(self):
        ice, sound = self.icecast(), self.sound()
        for codec in ("opus", "vorbis", "flac", "mp3"):
            with self.subTest(codec):
                p = self.live(ice, sound, "--codec", codec, mount=codec)
                self.hears(self.url(ice, codec))
                self.stop(p)
        self.assertNotIn(PASSWORD, p.log)

    def test_weir_at_44100_is_heard_at_its_pitch_in_opus(self):
        ice, sound = self.icecast(), self.sound(rate=44100)
        self.live(ice, sound, "--codec", "opus", "--bitrate", "96")
        self.hears(self.url(ice))

    def test_a_relay_serves_listeners_of_its_own(self):
        ice, sound = self.icecast(), self.sound()
        self.live(ice, sound, "--codec", "vorbis", "--bitrate", "128k")
        relay = self.icecast(config="relay.xml", relay_of=ice)
        wait_for("relayed stream", lambda: relay.has("live"))
        self.hears(self.url(relay))
        self.hears(self.url(ice))

    def test_the_server_says_what_it_was_told_of_the_stream(self):
        ice, sound = self.icecast(), self.sound()
        self.live(ice, sound, "--codec", "mp3", "--bitrate", "64",
                  "--name", "Kirche am Ort", "--genre", "Choral",
                  "--description", "jeden Sonntag", "--url",
                  "http://example.org/", "-c", "1")
        with socket.create_connection(("127.0.0.1", ice.port), 5) as s:
            s.sendall(b"GET /live HTTP/1.0\r\n\r\n")
            head = s.makefile("rb").read(600).decode("latin-1").lower()
        for line in ("content-type: audio/mpeg", "icy-name:kirche am ort",
                     "icy-genre:choral", "icy-description:jeden sonntag",
                     "icy-url:http://example.org/", "icy-br:64", "icy-pub:0",
                     "channels=1", "samplerate=48000"):
            self.assertIn(line, head)

    def test_a_title_is_seen_by_ogg_listeners(self):
        ice, sound = self.icecast(), self.sound()
        p = self.live(ice, sound, "--codec", "opus", "--name", "Näher")
        self.assertEqual(sound.ask("command 1 metadata Bach – Air"), "done 1")
        seen = wait_for("title", lambda: "title" in (t := tags(self.url(ice)))
                        and t)
        self.assertEqual(seen["title"], "Bach – Air")
        self.assertEqual(seen["organization"], "Näher")
        self.assertEqual(sound.ask("command 2 metadata " + "x" * 400),
                         "done 2")
        self.assertIn("failed 3", sound.ask("command 3 mark"))
        self.assertIn("metadata only", sound.ask("command 4 stop"))
        self.hears(self.url(ice))
        self.stop(p)

    def test_a_title_is_seen_by_mp3_listeners_and_told_again(self):
        ice, sound = self.icecast(), self.sound()
        p = self.live(ice, sound, "--codec", "mp3")
        self.assertEqual(sound.ask("command 1 metadata Übung & Co = 'x'"),
                         "done 1")
        wait_for("title", lambda: icy_title(ice, "live")
                 == "Übung & Co = 'x'")
        ice.end()
        p.wait_log("lost: the server hung up")
        ice.start()
        p.wait_log("connected again")
        wait_for("title", lambda: icy_title(ice, "live")
                 == "Übung & Co = 'x'")
        self.stop(p)


if __name__ == "__main__":
    main()

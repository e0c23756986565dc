#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
"""TLS to a real Icecast: had, required, refused."""
import re
import socket
import subprocess

from icecast import Case, main, wait_for


class Tls(Case):
    def certificate(self):
        """Of one's own, for localhost."""
        key, cert = self.path("key.pem"), self.path("cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
             cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        both = self.path("both.pem")
        with open(both, "w") as f:
            for name in (cert, key):
                with open(name) as part:
                    f.write(part.read())
        return cert, both

    def test_tls_is_had_or_not_as_it_was_asked_for(self):
        cert, both = self.certificate()
        ice, sound = self.icecast(tls=both), self.sound()
        tls = f"localhost:{ice.tls_port}"
        p = self.stream("--codec", "mp3", "--tls", "require", "--tls-ca",
                        cert, f"icecast://{tls}/live")
        sound.attach()
        p.wait_log("/live: connected")
        wait_for("/live", lambda: ice.has("live"))
        self.hears(f"http://127.0.0.1:{ice.port}/live")
        self.assertEqual(sound.ask("command 1 metadata Geheim"), "done 1")
        wait_for("title", lambda: "Geheim" in self.stats(ice))
        self.stop(p)
        # Not trusted; another host's; none there; not to be used.
        for args, why in (
                (("--tls", "require", f"icecast://{tls}/a"), "certificate"),
                (("--tls", "auto", f"icecast://{tls}/a"), "certificate"),
                (("--tls", "require", "--tls-ca", cert,
                  f"icecast://127.0.0.1:{ice.tls_port}/a"), "certificate"),
                (("--tls", "require", ice.url("a")), "TLS is required"),
                (("--tls", "off", "--tls-ca", cert, f"icecast://{tls}/a"),
                 "the server hung up")):
            with self.subTest(args):
                p = self.stream(*args)
                sound.attach()
                p.wait_log("/a: not connected: ")
                self.assertIn(why, p.log)
                self.stop(p)
        # What is there is used, and what is not is not missed.
        for port in (ice.tls_port, ice.port):
            p = self.stream("--tls", "auto", "--tls-ca", cert,
                            f"icecast://localhost:{port}/b")
            sound.attach()
            p.wait_log("/b: connected")
            self.stop(p)
        self.assertNotIn("/a ", ice.log("access.log"))

    @staticmethod
    def stats(ice):
        with socket.create_connection(("127.0.0.1", ice.port), 5) as s:
            s.sendall(b"GET /status-json.xsl HTTP/1.0\r\n\r\n")
            return s.makefile("rb").read().decode()

    def test_nothing_is_said_in_plain_text_when_tls_is_required(self):
        sound = self.sound()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(5)
            port = listener.getsockname()[1]
            self.stream("--tls", "require", f"icecast://127.0.0.1:{port}/live")
            sound.attach()
            said = b""
            # The first one only looks whether somebody is there.
            for _ in range(2):
                s = listener.accept()[0]
                s.settimeout(5)
                said += s.recv(5)
                s.close()
        # A handshake record of TLS, and no more.
        self.assertEqual(re.sub(rb"^\x16\x03[\x01-\x04]..$", b"", said,
                                flags=re.S), b"")
        self.assertEqual(len(said), 5)


if __name__ == "__main__":
    main()

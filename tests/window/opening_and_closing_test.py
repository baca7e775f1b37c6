#!/usr/bin/env python3
"""How the window comes and goes: closed with connections open, by a signal, without a display or OpenGL, when the display dies, for a picture."""

import os
import re
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
from display import PICTURES, Window, WindowTest  # noqa: E402
from wireloupe_process import DEADLINE_SECONDS, main, wait_until  # noqa: E402


def connect_to(window):
    address = wait_until(lambda: sockets.listening(window.pid), "a listener")[0]
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS)


def png_size(path):
    with open(path, "rb") as file:
        data = file.read(24)
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data
    return struct.unpack(">II", data[16:24])


class OpeningAndClosing(WindowTest):
    def assert_capture_is_whole(self, path, payload):
        """tshark reads it to its end, and the bytes are in it."""
        self.run_tool("tshark", "-r", path, "-T", "fields", "-e", "frame.number")
        with open(path, "rb") as file:
            self.assertIn(payload, file.read())

    def test_closing_with_open_connections_takes_less_than_two_seconds(self):
        for way in ("cross", "signal"):
            with self.subTest(way):
                capture = self.path(f"closing-{way}.pcapng")
                window = self.window("--listen", "0", "--echo", "-w", capture)
                peers = [connect_to(window) for _ in range(50)]
                for peer in peers:
                    # Nobody reads: what is echoed stays queued, and no peer ever closes.
                    peer.setblocking(False)
                    for _ in range(100):
                        try:
                            peer.send(b"stubborn" * 4096)
                        except BlockingIOError:
                            break
                window.wait_for_title("50 connections")
                began = time.monotonic()
                if way == "cross":
                    window.ask_to_close()
                else:
                    window.process.send_signal(signal.SIGTERM)
                self.assertEqual(window.wait_for_end(), 0, window.errors())
                self.assertLessEqual(time.monotonic() - began, 2.0)
                self.assertEqual(window.errors(), "")
                for peer in peers:
                    peer.close()
                self.assert_capture_is_whole(capture, b"stubborn")

    def test_for_closes_it_after_that_time(self):
        window = self.window("--demo", "--for", "1.5")
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertGreaterEqual(time.monotonic() - window.began, 1.5)

    def test_a_wrong_display_and_an_old_opengl_are_said_at_once(self):
        window = Window(self.display, dict(self.environment), self.folder, ["--demo"], before=["env", "DISPLAY=:987654"])
        self.addCleanup(window.end)
        self.assertEqual(window.wait_for_end(), 1)
        self.assertLess(time.monotonic() - window.began, 2)
        self.assertRegex(window.errors(), r"\Awireloupe: start the window: no display [^\n]*--headless\n\Z")

        window = Window(self.display, dict(self.environment, MESA_GL_VERSION_OVERRIDE="2.1"), self.folder, ["--demo"])
        self.addCleanup(window.end)
        self.assertEqual(window.wait_for_end(), 1)
        self.assertLess(time.monotonic() - window.began, 2)
        self.assertRegex(window.errors(), r"\Awireloupe: start the window: OpenGL 3\.0 is needed [^\n]*--headless\n\Z")

    def test_a_display_that_dies_costs_no_byte(self):
        display = self.new_display()
        capture = self.path("orphan.pcapng")
        window = self.window("--listen", "0", "-w", capture, display=display)
        with connect_to(window) as peer:
            peer.sendall(b"before the end")
            window.wait_for_bytes(14)
            began = time.monotonic()
            display.end(kill=True)
            self.assertEqual(window.wait_for_end(), 1, window.errors())
            self.assertLess(time.monotonic() - began, 2)
        self.assertIn(f"the display has gone away; the capture is kept in {capture}", window.errors())
        self.assert_capture_is_whole(capture, b"before the end")

    def test_a_server_that_cannot_listen_is_exit_status_1(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            window = self.window("--listen", address, "--for", "1", "--screenshot", self.path("taken.png"))
            self.assertEqual(window.wait_for_end(), 1)

    def test_a_client_that_was_never_connected_is_exit_status_1(self):
        with socket.socket() as full, socket.socket() as filler:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            filler.connect(full.getsockname())  # the backlog is full: nobody else is answered
            address = "127.0.0.1:%d" % full.getsockname()[1]
            window = self.window("--connect", address, "--for", "1")
            self.assertEqual(window.wait_for_end(), 1, window.errors())
            self.assertEqual(window.errors(), f"wireloupe: {address}: was never connected\n")

    def test_the_picture_is_taken_after_one_second_or_when_for_says(self):
        for extra, least in (([], 1.0), (["--for", "2"], 2.0)):
            with self.subTest(extra):
                picture = os.path.join(PICTURES, "demo.png")
                os.makedirs(PICTURES, exist_ok=True)
                window = self.window("--demo", "--screenshot", picture, *extra)
                self.assertEqual(window.wait_for_end(), 0, window.errors())
                self.assertGreaterEqual(time.monotonic() - window.began, least)
                self.assertEqual(png_size(picture), (1280, 800))

    def test_the_picture_is_twice_as_large_at_scale_2(self):
        display = self.new_display("2560x1440", 2)
        picture = os.path.join(PICTURES, "demo_2560x1440_scale_2.png")
        window = self.window("--demo", "--screenshot", picture, "--for", "3", display=display)
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        # 1280x800 twice, clipped to the screen.
        self.assertEqual(png_size(picture), (2560, 1440))

    def test_a_picture_that_cannot_be_written_is_exit_status_1(self):
        window = self.window("--demo", "--screenshot", self.path("no/such/folder/x.png"))
        self.assertEqual(window.wait_for_end(), 1)
        self.assertRegex(window.errors(), r"\Awireloupe: write the picture to [^\n]*x\.png: ENOENT[^\n]*\n\Z")

    def test_a_saved_capture_is_shown_byte_for_byte(self):
        capture = self.path("saved.pcapng")
        run = self.wireloupe("--demo", "--for", "2", "-w", capture)
        self.assertEqual(run.wait_for_end(), 0)
        total = run.summary["received"] + run.summary["sent"]
        window = self.window(capture)
        window.wait_for_bytes(total)
        self.assertEqual(window.frames.bytes_shown(), total)
        window.wait_for_title("saved.pcapng")
        window.settle()
        self.display.picture("saved_capture")
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 0, window.errors())

    def test_a_file_that_is_no_capture_is_exit_status_1_and_no_window(self):
        path = self.path("letter.txt")
        with open(path, "wb") as file:
            file.write(b"Dear Sir or Madam, " * 100)
        for name in (path, self.path("missing.pcapng")):
            with self.subTest(name):
                window = self.window(name, is_drawn=False)
                self.assertEqual(window.wait_for_end(), 1)
                self.assertRegex(window.errors(), rf"\Awireloupe: [^\n]*{re.escape(name)}[^\n]*\n\Z")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""When frames are drawn: none while nothing changes, at most 60 a second under traffic, none for a hidden window, the first within 300 ms."""

import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
from display import WindowTest  # noqa: E402
from wireloupe_process import DEADLINE_SECONDS, main, wait_until  # noqa: E402


def connect_to(window):
    address = wait_until(lambda: sockets.listening(window.pid), "a listener")[0]
    host, port = address.rsplit(":", 1)
    peer = socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


class Frames(WindowTest):
    def test_an_idle_window_draws_no_frame_and_costs_nothing(self):
        window = self.window("--listen", "0")
        with connect_to(window) as peer:
            peer.sendall(b"then silence")
            window.wait_for_bytes(12)
            # A rate falls to zero, TCP_INFO has its last say, the ledger is counted.
            window.settle(1.5)
            frames, cpu = len(window.frames.frames()), window.cpu_seconds()
            time.sleep(3)  # allowed sleep: the figures are over this span
            self.assertEqual(len(window.frames.frames()), frames)
            self.assertLess((window.cpu_seconds() - cpu) / 3, 0.005)

    def test_traffic_draws_at_most_sixty_frames_a_second(self):
        window = self.window("--listen", "0")
        with connect_to(window) as peer:
            is_over = threading.Event()

            def flood():
                while not is_over.is_set():
                    peer.sendall(b"0123456789abcdef" * 256)

            sender = threading.Thread(target=flood)
            sender.start()
            try:
                window.wait_for_bytes(1)
                first = len(window.frames.frames())
                time.sleep(3)  # allowed sleep: the figures are over this span
                frames = window.frames.frames()[first:]
            finally:
                is_over.set()
                sender.join()
            seconds = (frames[-1][0] - frames[0][0]) * 1e-9
            for first, sixty_first in zip(frames, frames[60:]):
                self.assertGreaterEqual(sixty_first[0] - first[0], 1_000_000_000)
            self.assertGreater((len(frames) - 1) / seconds, 5, "it hardly draws")
            gaps = sorted(later[0] - earlier[0] for earlier, later in zip(frames, frames[1:]))
            # app/pacing.h: half a slot early at most
            self.assertGreaterEqual(gaps[0], 8_333_333, "two frames in one slot")
            self.assertGreater(frames[-1][3], frames[0][3])

    def test_what_is_painted_in_parts_is_what_is_painted_whole(self):
        window = self.window("--listen", "0")

        def expect_the_whole_picture(after):
            window.settle(1.5)  # what stands still has its rates at zero
            in_parts = window.display.pixels()
            window.display.picture("painted_in_parts")
            frames = len(window.frames.frames())
            window.cover_and_uncover()
            wait_until(lambda: len(window.frames.frames()) > frames, "a frame for what was lost")
            window.settle()
            if window.display.pixels() != in_parts:
                window.display.picture("painted_whole")
                self.fail("another picture, after " + after)

        with connect_to(window) as peer:
            for line in range(40):
                peer.sendall(b"line %02d\n" % line)
                window.wait_for_bytes(8 * (line + 1))
            expect_the_whole_picture("traffic")
            window.display.run("xdotool", "mousemove", "700", "570", "click", "1")
            window.type("some text to send")
            expect_the_whole_picture("typing")
            for width, height in (900, 600), (1280, 800):
                window.display.run("xdotool", "windowsize", "--sync", window.id, str(width), str(height))
                peer.sendall(b"another size")
                expect_the_whole_picture("a resize")
        window.settle()
        expect_the_whole_picture("the end of the connection")

    def test_a_hidden_window_drains_and_draws_nothing(self):
        window = self.window("--listen", "0", "--echo")
        with connect_to(window) as peer:
            peer.sendall(b"b")
            self.assertEqual(peer.recv(1), b"b")
            window.wait_for_bytes(2)
            window.display.run("xdotool", "windowunmap", "--sync", window.id)
            window.settle(0.5)
            frames = len(window.frames.frames())
            # More events than the queue holds: were it not drained, reading would pause and the echo stop.
            for _ in range(40_000):
                peer.sendall(b"b")
                self.assertEqual(peer.recv(1), b"b")
            window.wait_for_bytes(80_002)
            self.assertEqual(len(window.frames.frames()), frames, "drawn although nobody can see it")
            window.display.run("xdotool", "windowmap", "--sync", window.id)
            wait_until(lambda: len(window.frames.frames()) > frames, "a frame for the window that is back")
            window.settle()
            self.assertEqual(window.frames.frames()[-1][3], 80_002)
            window.display.picture("back_from_hidden")

    def test_what_is_read_is_soon_to_be_seen(self):
        window = self.window("--listen", "0")
        with connect_to(window) as peer:
            window.settle(1.2)
            delays = []
            shown = 0
            for _ in range(20):
                sent_ns = time.monotonic_ns()
                peer.sendall(b"now")
                shown += 3
                window.wait_for_bytes(shown)
                began, built, _, _ = next(frame for frame in window.frames.frames() if frame[3] >= shown)
                delays.append((began + built - sent_ns) * 1e-6)
                window.settle(0.05)
            delays.sort()
            # Without GL, whose time is the machine's. The figure itself (25 ms for 99 of 100) is tests/bench's.
            self.assertLess(delays[len(delays) // 2], 50, f"{delays}")

    def test_the_first_frame_comes_within_300_ms(self):
        best = 1e9
        for _ in range(5):
            window = self.window("--listen", "0")
            began, _, swapped, _ = window.frames.frames()[0]
            best = min(best, (began + swapped - window.frames.started_ns()) * 1e-6)
            window.end()
            if best <= 300:
                break
        print(f"first frame after {best:.0f} ms")
        self.assertLessEqual(best, 300)


if __name__ == "__main__":
    main()

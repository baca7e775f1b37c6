#!/usr/bin/env python3
"""T46: the capture is truncated, replaced or deleted by somebody else while it is read: words, no signal, and the program goes on."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sparse_capture
from capture_file import Capture
from display import WindowTest
from wireloupe_process import ProcessTest, count, main, wait_until

MIB = 1024 * 1024


class ViewedFile(ProcessTest):
    def start(self):
        server = self.wireloupe("--listen", "0", "--echo")
        self.evil_peer = self.evil("connect", server.listening(), "trade 1000000000000", connections=4, seconds=55)
        wait_until(lambda: os.path.getsize(server.capture) > 5 * MIB, "the capture grows")
        return server

    def check_still_serves(self, server):
        other = self.evil("connect", server.listening(), "trade 100000", "shutdown", "read end", seed=99)
        self.assertEqual(other.wait_for_end(), 0, other.story())
        self.assertEqual(other.summary["connections"][0]["received_crc"], other.summary["connections"][0]["sent_crc"])

    def test_truncated_again_and_again(self):
        """The count of what is stored reads the file all the while; what it finds missing it says."""
        server = self.start()
        for _ in range(count(200, 10_000)):
            os.truncate(server.capture, 0)
            self.assertIsNone(server.process.poll(), server.story())
        self.check_still_serves(server)
        self.evil_peer.kill()
        self.assertEqual(server.stop(), 1, server.story())
        self.assertIn("the ledger disagrees", server.errors())

    def test_deleted(self):
        """The descriptor holds it: nothing is missing but its name."""
        server = self.start()
        kept = os.open(server.capture, os.O_RDONLY)
        self.addCleanup(os.close, kept)
        os.unlink(server.capture)
        self.check_still_serves(server)
        self.evil_peer.kill()
        self.assert_ends_well(server)
        capture = Capture(f"/proc/self/fd/{kept}")
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        self.assertEqual(capture.payload, server.summary["stored"])
        self.assertFalse(os.path.exists(server.capture))

    def test_replaced_again_and_again(self):
        """Another file under its name is not ours: never written to, never read."""
        server = self.start()
        kept = server.capture + ".kept"
        os.rename(server.capture, kept)
        for number in range(count(200, 10_000)):
            fresh = self.path("fresh")
            with open(fresh, "wb") as file:
                file.write(b"somebody else's %d" % number)
            os.rename(fresh, server.capture)
            self.assertIsNone(server.process.poll(), server.story())
        self.check_still_serves(server)
        self.evil_peer.kill()
        self.assert_ends_well(server)
        with open(server.capture, "rb") as file:
            self.assertEqual(file.read(), b"somebody else's %d" % number)
        capture = Capture(kept)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        self.assertEqual(capture.payload, server.summary["stored"])

class ViewedInTheWindow(WindowTest):
    def test_a_saved_capture_that_shrinks_and_comes_back_under_the_window(self):
        path = self.path("saved.pcapng")
        payload = sparse_capture.write(path, 50 * MIB)
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            whole = file.read()
        window = self.window(path)
        window.wait_for_bytes(payload)
        self.display.run("xdotool", "mousemove", str(int(self.display.width * 0.7)), str(int(self.display.height * 0.4)), "click", "1")
        keys = ("End", "Prior", "Home", "Next", "Up")
        for number in range(count(20, 2_000)):
            for length in (0, 1000, size // 2, size - 100):
                os.truncate(path, length)
            window.display.run("xdotool", "key", keys[number % len(keys)])
            if number % 5 == 0:
                window.settle()  # drawn while it is short
                self.display.picture("viewed_file_cut")
            with open(path, "r+b") as file:
                file.write(whole)
            self.assertIsNone(window.process.poll(), window.errors())
        # Another file under its name is nothing to the one that is open; gone is the same.
        os.rename(path, path + ".kept")
        with open(path, "wb") as file:
            file.write(b"Dear Sir or Madam")
        window.key("Home", "End")
        os.unlink(path)
        window.key("Home", "End")
        before = len(window.frames.frames())
        window.key("Home")
        self.assertGreater(len(window.frames.frames()), before, "it draws no more")
        window.ask_to_close()
        window.wait_for_end()
        self.assertGreaterEqual(window.process.returncode, 0, window.errors())


if __name__ == "__main__":
    main()

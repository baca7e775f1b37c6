#!/usr/bin/env python3
"""A capture on its way through a pipe is looked at while it is made: by tshark, and by our own window."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from display import PICTURES, WindowTest  # noqa: E402
from plain_peer import connect, read_exactly  # noqa: E402
from wireloupe_process import DEADLINE_SECONDS, ProcessTest, main, wait_until  # noqa: E402


class LiveIntoTshark(ProcessTest):
    def test_tshark_shows_what_comes_while_it_comes(self):
        shark = self.tool("tshark", "-r", "-", "-l", "-T", "fields", "-e", "tcp.payload", "-Y", "tcp.len>0",
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        run = self.wireloupe("--listen", "0", "-w", "-", report="stderr", stdout=shark.stdin)
        shark.stdin.close()
        with connect(run.listening()) as peer:
            for word in (b"one", b"two", b"three"):
                peer.sendall(word)
                # The next word is not sent before this one is seen.
                self.assertEqual(shark.stdout.readline().decode().strip(), word.hex())
                self.assertIsNone(run.process.poll())
        run.wait_for("closed")
        self.assertEqual(run.stop(), 0, run.story())
        self.assertEqual(shark.stdout.read(), b"")
        self.assertEqual(shark.wait(DEADLINE_SECONDS), 0)
        self.assertNotIn(b"cut short", shark.stderr.read())


class LiveIntoTheWindow(WindowTest):
    def pipe_into_window(self, *arguments):
        reading, writing = os.pipe()
        run = self.wireloupe("--listen", "0", "--echo", "-w", "-", report="stderr", stdout=writing)
        os.close(writing)
        window = self.window("-", *arguments, stdin=reading)
        os.close(reading)
        return run, window

    def test_the_window_shows_what_comes_while_it_comes(self):
        run, window = self.pipe_into_window()
        shown = 0
        with connect(run.listening()) as peer:
            for word in (b"one", b"two", b"three" * 20_000):
                peer.sendall(word)
                self.assertEqual(read_exactly(peer, len(word)), word)
                shown += 2 * len(word)
                window.wait_for_bytes(shown)
                self.assertIsNone(run.process.poll())
            window.wait_for_title("Standard input")
            window.settle()
            window.display.picture("standard_input_live")
        run.wait_for("closed")
        self.assertEqual(run.stop(), 0, run.story())
        window.settle(0.5)
        self.assertEqual(window.frames.bytes_shown(), run.summary["received"] + run.summary["sent"])
        window.display.picture("standard_input_ended")
        # It lies in no file: leaving asks.
        window.ask_to_close()
        window.settle()
        self.assertIsNone(window.process.poll())
        window.display.picture("standard_input_quit")

    def test_a_window_that_goes_away_ends_who_feeds_it(self):
        run, window = self.pipe_into_window()
        with connect(run.listening()) as peer:
            peer.sendall(b"hello")
            window.wait_for_bytes(10)
            window.process.kill()
            self.assertEqual(run.wait_for_end(), 0, run.story())

    def test_a_picture_of_it(self):
        picture = os.path.join(PICTURES, "standard_input.png")
        os.makedirs(PICTURES, exist_ok=True)
        reading, writing = os.pipe()
        run = self.wireloupe("--demo", "-w", "-", report="stderr", stdout=writing)
        os.close(writing)
        window = self.window("-", "--screenshot", picture, "--for", "3", is_drawn=False, stdin=reading)
        os.close(reading)
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertGreater(window.frames.bytes_shown(), 0)
        self.assertEqual(run.wait_for_end(), 0, run.story())

    def test_standard_input_that_is_no_capture_is_said_and_is_exit_status_1(self):
        with open(self.path("letter.txt"), "w+b") as letter:
            letter.write(b"Dear Sir or Madam, " * 100)
            letter.seek(0)
            # What comes is known only once it has come: the window is there by then, and says so.
            window = self.window("-", stdin=letter)
        window.settle(0.3)
        window.display.picture("standard_input_no_capture")
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 1, window.errors())

    def test_a_terminal_is_refused_in_words(self):
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        window = self.window("-", is_drawn=False, stdin=theirs)
        os.close(theirs)
        self.assertEqual(window.wait_for_end(), 1)
        self.assertRegex(window.errors(), r"\Awireloupe: [^\n]*terminal[^\n]*\n\Z")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Captures in use, with mouse and keyboard: opened while live traffic runs, saved while it goes on, asked about at the end, left by a crash."""

import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
import tshark  # noqa: E402
from display import TOLD, WindowTest  # noqa: E402
from wireloupe_process import DEADLINE_SECONDS, main, wait_until  # noqa: E402


def connect_to(window):
    address = wait_until(lambda: sockets.listening(window.pid), "a listener")[0]
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS)


class Talk:
    """Somebody who goes on talking to an echo server until told to stop; `sent` came back whole."""

    def __init__(self, window):
        self.sent = bytearray()
        self.trouble = None
        self._is_over = threading.Event()
        self._peer = connect_to(window)
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()

    def _talk(self):
        try:
            number = 0
            while not self._is_over.is_set():
                word = b"line %09d of the talk\n" % number * 40
                self._peer.sendall(word)
                back = self._peer.recv(len(word), socket.MSG_WAITALL)
                if back != word:
                    self.trouble = f"{number}: {len(back)} of {len(word)} bytes came back"
                    return
                self.sent += word
                number += 1
                self._is_over.wait(0.005)  # a talk, not a flood
        except OSError as error:
            self.trouble = str(error)

    def wait_for_more(self):
        before = len(self.sent)
        wait_until(lambda: len(self.sent) > before + 10_000 or self.trouble, "more of the talk")

    def end(self):
        self._is_over.set()
        self._thread.join()
        self._peer.close()


class DeskTest(WindowTest):
    def place(self):
        """Where captures go by themselves."""
        return os.path.join(self.environment["XDG_STATE_HOME"], "wireloupe")

    def kept(self):
        return sorted(os.listdir(self.place())) if os.path.isdir(self.place()) else []

    def talk(self, window):
        talk = Talk(window)
        window.is_busy = True
        self.addCleanup(talk.end)
        return talk

    def saved_capture(self, name="saved.pcapng"):
        """A whole capture of an earlier run, and how many bytes it holds."""
        run = self.wireloupe("--demo", "--for", "1.5", "-w", self.path(name))
        self.assertEqual(run.wait_for_end(), 0, run.story())
        return run.capture, run.summary["received"] + run.summary["sent"]

    def window_with_content(self, **options):
        """A window that listens and has been told something, nobody connected any more."""
        window = self.window("--listen", "0", **options)
        with connect_to(window) as peer:
            peer.sendall(b"something to keep")
            window.wait_for_bytes(17)
        window.wait_for_title("0 connections")
        window.settle(0.4)
        return window

    def open_by_keyboard(self, window, path):
        window.key("ctrl+o")
        window.settle(0.3)
        # From the list back to the path.
        window.key("shift+Tab")
        window.key("ctrl+a")
        window.type(path)
        window.key("Return")

    def save_as(self, window, path):
        """In the chooser, whose name is in focus."""
        window.settle(0.3)
        window.key("ctrl+a")
        window.type(path)
        window.key("Return")


class Opening(DeskTest):
    def test_a_capture_is_opened_while_live_traffic_runs(self):
        saved, size = self.saved_capture()
        live = self.path("live.pcapng")
        window = self.window("--listen", "0", "--echo", "-w", live)
        talk = self.talk(window)
        talk.wait_for_more()
        self.open_by_keyboard(window, saved)
        window.wait_for_title("saved.pcapng")
        wait_until(lambda: window.frames.bytes_shown() == size, "the whole saved capture, and nothing else")
        window.display.picture("desk_opened_beside_live")
        talk.wait_for_more()
        window.key("ctrl+Tab")
        window.wait_for_title("1 server, 1 connection")
        talk.wait_for_more()
        window.display.picture("desk_back_to_live")
        # Opened again: the same document.
        self.open_by_keyboard(window, saved)
        window.wait_for_title("saved.pcapng")
        window.key("ctrl+w")
        window.wait_for_title("1 server, 1 connection")
        talk.wait_for_more()
        talk.end()
        self.assertIsNone(talk.trouble)
        window.is_busy = False
        window.wait_for_bytes(2 * len(talk.sent))
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(tshark.analysis(live), [])
        self.assertEqual(tshark.follow(live), (bytes(talk.sent), bytes(talk.sent)))

    def test_what_was_opened_before_is_among_the_recent(self):
        saved, size = self.saved_capture()
        window = self.window(saved)
        window.wait_for_bytes(size)
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        window = self.window(binary=TOLD)
        window.click("File")
        window.click("Open recent")
        window.display.picture("desk_recent")
        window.key("Right", "Return")
        window.wait_for_title("saved.pcapng")
        window.wait_for_bytes(size)

    def test_a_live_session_is_started_beside_a_saved_capture(self):
        saved, size = self.saved_capture()
        window = self.window(saved, binary=TOLD)
        window.wait_for_bytes(size)
        self.assertEqual(self.kept(), [])
        window.click("File")
        window.click("New live session")
        window.wait_for_title("0 servers")
        window.display.picture("desk_new_live")
        self.assertEqual(len(self.kept()), 1)
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(self.kept(), [], "nothing was in it")


class Saving(DeskTest):
    def test_the_live_capture_is_saved_while_traffic_goes_on(self):
        window = self.window("--listen", "0", "--echo")
        talk = self.talk(window)
        talk.wait_for_more()
        goal = self.path("mine.pcapng")
        least = len(talk.sent)
        window.key("ctrl+s")
        window.settle()
        window.display.picture("desk_save_as")
        self.save_as(window, goal)
        wait_until(lambda: os.path.exists(goal), "the saved capture")
        talk.wait_for_more()
        window.display.picture("desk_saved")
        # Whole blocks, and a beginning of what was said.
        self.assertEqual(tshark.analysis(goal), [])
        for side in tshark.follow(goal):
            self.assertGreaterEqual(len(side), least)
            wait_until(lambda: len(talk.sent) >= len(side) or talk.trouble, "as much said as was saved")
            self.assertEqual(bytes(talk.sent[:len(side)]), side)
        # The second time it knows where to.
        before = os.stat(goal).st_size
        window.key("ctrl+s")
        wait_until(lambda: os.stat(goal).st_size > before, "the capture saved once more")
        talk.end()
        self.assertIsNone(talk.trouble)
        self.assertEqual(len(self.kept()), 1)


class Leaving(DeskTest):
    def assert_ends_well(self, window):
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(window.errors(), "")

    def test_a_window_without_content_asks_nothing_and_leaves_no_file(self):
        window = self.window()
        wait_until(lambda: len(self.kept()) == 1, "a capture")
        window.ask_to_close()
        self.assert_ends_well(window)
        self.assertEqual(self.kept(), [])

    def test_a_signal_asks_nothing_and_keeps_the_capture(self):
        window = self.window_with_content()
        window.process.send_signal(signal.SIGTERM)
        self.assert_ends_well(window)
        self.assertEqual(len(self.kept()), 1)

    def test_escape_cancels_and_the_question_comes_again(self):
        window = self.window_with_content()
        window.ask_to_close()
        window.settle(0.3)
        window.display.picture("quit_question")
        window.key("Escape")
        self.assertIsNone(window.process.poll())
        # It went on: somebody can still connect.
        with connect_to(window) as peer:
            peer.sendall(b" and more")
            window.wait_for_bytes(26)
        window.settle(0.3)
        window.key("ctrl+q")
        window.settle(0.3)
        self.assertIsNone(window.process.poll(), "it did not ask again")
        window.process.send_signal(signal.SIGTERM)
        self.assert_ends_well(window)
        self.assertEqual(len(self.kept()), 1)

    def test_save_by_keyboard_keeps_it_where_it_was_named_and_only_there(self):
        window = self.window_with_content()
        window.key("ctrl+q")
        window.settle(0.3)
        window.key("Return")
        window.display.picture("quit_save_as")
        goal = self.path("kept.pcapng")
        self.save_as(window, goal)
        self.assert_ends_well(window)
        self.assertEqual(self.kept(), [])
        self.assertEqual(tshark.analysis(goal), [])
        self.assertEqual(tshark.follow(goal), (b"something to keep", b""))

    def test_discard_by_mouse_deletes_it(self):
        window = self.window_with_content(binary=TOLD)
        window.ask_to_close()
        window.click("Discard")
        self.assert_ends_well(window)
        self.assertEqual(self.kept(), [])

    def test_cancel_by_mouse_goes_on(self):
        window = self.window_with_content(binary=TOLD)
        window.ask_to_close()
        window.click("Cancel")
        window.settle(0.3)
        self.assertIsNone(window.process.poll())
        with connect_to(window) as peer:
            peer.sendall(b"!")
            window.wait_for_bytes(18)

    def test_a_capture_that_was_named_asks_nothing(self):
        capture = self.path("named.pcapng")
        window = self.window("--listen", "0", "-w", capture)
        with connect_to(window) as peer:
            peer.sendall(b"named")
            window.wait_for_bytes(5)
        window.ask_to_close()
        self.assert_ends_well(window)
        self.assertTrue(os.path.exists(capture))

    def test_the_demo_asks_nothing_and_keeps_its_capture(self):
        window = self.window("--demo")
        window.wait_for_bytes(100)
        window.ask_to_close()
        self.assert_ends_well(window)
        self.assertEqual(len(self.kept()), 1)


class LeftByACrash(DeskTest):
    def crash(self):
        window = self.window("--listen", "0")
        with connect_to(window) as peer:
            peer.sendall(b"before the crash")
            window.wait_for_bytes(16)
            window.process.kill()
            window.wait_for_end()

    def test_it_is_listed_opened_and_discarded(self):
        self.crash()
        (left,) = self.kept()
        window = self.window(binary=TOLD)
        window.settle(0.3)
        window.display.picture("left_1_offered")
        window.click("Look ...")
        window.settle(0.3)
        window.display.picture("left_2_listed")
        window.click("Open")
        window.wait_for_title(left)
        window.wait_for_bytes(16)
        window.settle(0.3)
        window.display.picture("left_3_opened")
        # Looked at, so no longer offered; the menu has it still.
        self.assertEqual(window.items("Look ..."), [])
        window.click("File")
        window.click("Earlier captures ...")
        window.settle(0.3)
        window.click("Discard ...")
        window.settle(0.3)
        window.display.picture("left_4_asked")
        window.click("Discard")
        wait_until(lambda: left not in self.kept(), "the left capture discarded")
        window.settle(0.3)
        window.display.picture("left_5_discarded")

    def test_a_run_that_ended_in_order_is_not_offered(self):
        window = self.window("--demo")
        window.wait_for_bytes(100)
        window.process.send_signal(signal.SIGTERM)
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(len(self.kept()), 1)
        window = self.window(binary=TOLD)
        window.settle(0.5)
        self.assertEqual(window.items("Look ..."), [])
        # But it can be found.
        window.click("File")
        window.click("Earlier captures ...")
        window.settle(0.3)
        window.display.picture("left_in_order")
        self.assertEqual(len(window.items("Open")), 1)


if __name__ == "__main__":
    main()

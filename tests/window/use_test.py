#!/usr/bin/env python3
"""The program in use, with mouse and keyboard: start a server, a peer connects, bytes are seen, send, the peer receives, leaves, comes back.

Each walk is done twice: with the program that tells where its items are, and at the same places with the real one.
"""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
from display import WindowTest  # noqa: E402
from plain_peer import connect, read_exactly  # noqa: E402
from wireloupe_process import DEADLINE_SECONDS, main, wait_until  # noqa: E402


def listening(window, number=1):
    return wait_until(lambda: len(sockets.listening(window.pid)) == number and sockets.listening(window.pid), f"{number} listeners")


class Use(WindowTest):
    def picture(self, window, name):
        if not window.is_told:
            window.display.picture(name)

    def close(self, window, has_content=True):
        window.ask_to_close()
        if has_content:
            window.click("Discard")
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(window.errors(), "")

    def serve_by_mouse(self, window, prefix):
        self.picture(window, prefix + "_1_fresh")
        window.fill("##Port", "0")
        window.click("Start")
        address = listening(window)[0]
        window.wait_for_title("1 server, 0 connections")

        with connect(address) as peer:
            window.wait_for_title("1 server, 1 connection")
            peer.sendall(b"hello from the peer\r\n")
            window.wait_for_bytes(21)
            window.settle()
            window.click("##row")
            self.picture(window, prefix + "_2_peer_has_spoken")
            window.click("##Send text")
            window.type(r"answer\r\n\x00\xff")
            self.picture(window, prefix + "_3_before_sending")
            window.click("Send")
            self.assertEqual(read_exactly(peer, 10), b"answer\r\n\0\xff")
            window.wait_for_bytes(31)
        window.wait_for_title("1 server, 0 connections")
        self.picture(window, prefix + "_4_peer_has_left")

        with connect(address) as peer:
            window.wait_for_title("1 server, 1 connection")
            peer.sendall(b"back again")
            window.wait_for_bytes(41)
            window.settle()
            self.picture(window, prefix + "_5_peer_is_back")
            window.click("Stop")
            self.assertEqual(peer.recv(1), b"", "stopping closes in order")
        window.wait_for_title("0 servers, 0 connections")
        self.assertEqual(sockets.listening(window.pid), [])
        self.picture(window, prefix + "_6_stopped")
        self.close(window)

    def test_a_server_in_use_by_mouse(self):
        self.told_then_real(lambda window: self.serve_by_mouse(window, "mouse"))

    def test_a_server_in_use_by_mouse_at_scale_2(self):
        display = self.new_display("2560x1440", 2)
        self.told_then_real(lambda window: self.serve_by_mouse(window, "mouse_scale_2"), display=display)

    def test_a_client_in_use_by_mouse(self):
        def use(window):
            with socket.create_server(("127.0.0.1", 0)) as server:
                server.settimeout(DEADLINE_SECONDS)
                window.fill("##Host", "127.0.0.1")
                # The server's card has a port too, and stands first.
                window.fill("##Port", str(server.getsockname()[1]), number=1)
                window.click("Connect")
                peer, _ = server.accept()
                with peer:
                    peer.settimeout(DEADLINE_SECONDS)
                    window.wait_for_title("1 connection")
                    peer.sendall(b"welcome")
                    window.wait_for_bytes(7)
                    window.settle()
                    self.picture(window, "client_connected")
                    window.click("Disconnect")
                    self.assertEqual(peer.recv(1), b"")
            window.wait_for_title("0 connections")
            self.picture(window, "client_disconnected")
            self.close(window)

        self.told_then_real(use)

    def test_wrong_fields_and_a_port_in_use_are_said_in_the_panel(self):
        def use(window):
            window.fill("##Address", "300.1.1.1")
            window.fill("##Port", "70000")
            self.picture(window, "wrong_fields")
            with socket.create_server(("127.0.0.1", 0)) as taken:
                window.fill("##Address", "127.0.0.1")
                window.fill("##Port", str(taken.getsockname()[1]))
                window.click("Start")
                window.settle(0.5)
                self.assertEqual(sockets.listening(window.pid), [])
                self.picture(window, "port_in_use")
            window.wait_for_title("0 servers")
            self.close(window, has_content=False)

        self.told_then_real(use)

    def test_a_server_in_use_by_keyboard_alone(self):
        self.use(self.serve_by_keyboard, self.window())

    def serve_by_keyboard(self, window):
        # Focus is on the first server's address: Tab goes to its port, F5 starts and stops.
        window.key("F6", "shift+F6", "Tab")
        window.key("ctrl+a")
        window.type("0")
        window.key("F5")
        address = listening(window)[0]
        window.wait_for_title("1 server, 0 connections")
        with connect(address) as peer:
            window.wait_for_title("1 server, 1 connection")
            peer.sendall(b"look, no mouse")
            window.wait_for_bytes(14)
            window.settle()
            self.picture(window, "keyboard_1_connected")
            # To the connections; the first one; to the send box.
            window.key("F6", "F6", "Down", "space")
            self.picture(window, "keyboard_2_selected")
            window.key("F6", "F6")
            window.type(r"typed\r\n")
            self.picture(window, "keyboard_3_typed")
            window.key("ctrl+Return")
            self.assertEqual(read_exactly(peer, 7), b"typed\r\n")
            window.wait_for_bytes(21)
        window.wait_for_title("0 connections")
        # Back round to the servers: stop.
        window.key("F6", "F6", "F5")
        window.wait_for_title("0 servers, 0 connections")
        self.assertEqual(sockets.listening(window.pid), [])
        self.picture(window, "keyboard_4_stopped")
        # The field in focus was read-only until now: it still says what it said.
        window.key("F5")
        self.assertRegex(listening(window)[0], r"\A127\.0\.0\.1:")
        window.ask_to_close()
        window.settle()
        # From Save to Discard.
        window.key("Tab", "space")
        self.assertEqual(window.wait_for_end(), 0, window.errors())


if __name__ == "__main__":
    main()

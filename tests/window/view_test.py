#!/usr/bin/env python3
"""The bytes in use, in the real program: each mode, selecting and copying, searching, going to a place, filtering, the panels beside them."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
from display import WindowTest  # noqa: E402
from plain_peer import connect  # noqa: E402
from wireloupe_process import main, wait_until  # noqa: E402

LINES = "first line\r\nzweite Zeile \u00e4\u00f6\u00fc\r\n\u4f60\u597d, \u4e16\u754c\r\n".encode() + bytes(range(256))


class View(WindowTest):
    def look(self, window):
        def picture(name):
            if not window.is_told:
                window.display.picture("view_" + name)

        window.fill("##Port", "0")
        window.click("Start")
        address = wait_until(lambda: sockets.listening(window.pid), "a listener")[0]
        with connect(address) as peer:
            window.wait_for_title("1 server, 1 connection")
            for _ in range(20):
                peer.sendall(LINES)
            window.wait_for_bytes(20 * len(LINES))
            window.settle()
            for mode in ("Text###text mode", "Mixed###mixed mode", "Messages###messages mode", "Hex###hex mode"):
                window.click(mode)
                window.settle()
                picture(mode.split("#")[0].lower())
            window.click("##Bytes")
            window.key("ctrl+Home")
            window.key("shift+Down")
            window.key("ctrl+c")
            window.settle()
            picture("selected")
            window.key("ctrl+f")
            window.type("Zeile")
            window.key("Return")
            window.settle()
            picture("found")
            window.click("Panels")
            window.settle()
            picture("panels")
            window.key("ctrl+g")
            window.settle()
            window.type("0x100")
            window.key("Return")
            window.settle()
            picture("gone_to")
        window.wait_for_title("1 server, 0 connections")
        window.ask_to_close()
        window.click("Discard")
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(window.errors(), "")

    def test_the_bytes_in_use(self):
        self.told_then_real(self.look)


if __name__ == "__main__":
    main()

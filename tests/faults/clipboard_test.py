#!/usr/bin/env python3
"""T34: a clipboard whose owner never answers, and one with what cannot be pasted: the window goes on, and nothing is cut silently."""

import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
from display import WindowTest  # noqa: E402
from wireloupe_process import ROOT, main, wait_until  # noqa: E402

OWNER = os.path.join(ROOT, "tests/support/clipboard_owner.py")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class TheClipboard(WindowTest):
    def owner(self, *arguments):
        owner = subprocess.Popen([sys.executable, OWNER, *arguments], stdout=subprocess.PIPE, env=self.display.environment(self.environment))
        self.addCleanup(owner.stdout.close)
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        self.assertEqual(owner.stdout.readline(), b"ready\n")

    def paste_into_port(self, window):
        window.click("##Port")
        window.key("ctrl+a", "ctrl+v")
        window.settle()

    def listens_on(self, window):
        window.click("Start")
        return wait_until(lambda: sockets.listening(window.pid), "a listener")[0].rsplit(":", 1)[1]

    def leave(self, window):
        window.ask_to_close()
        window.click("Discard")
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        self.assertEqual(window.errors(), "")

    def test_an_owner_that_never_answers(self):
        self.owner("hang")
        port = str(free_port())

        def use(window):
            window.fill("##Port", port)
            self.paste_into_port(window)
            if not window.is_told:
                window.display.picture("clipboard_owner_hangs")
            # The window has gone on, and what was there still is.
            self.assertEqual(self.listens_on(window), port)
            self.leave(window)

        self.told_then_real(use)

    def test_what_another_program_has_is_pasted(self):
        port = str(free_port())
        self.owner("answer", port)

        def use(window):
            self.paste_into_port(window)
            self.assertEqual(self.listens_on(window), port)
            self.leave(window)

        self.told_then_real(use)

    def test_text_with_a_nul_is_not_cut(self):
        port = str(free_port())
        self.owner("answer", "1234\\x005")

        def use(window):
            window.fill("##Port", port)
            self.paste_into_port(window)
            self.assertEqual(self.listens_on(window), port)
            self.leave(window)

        self.told_then_real(use)


if __name__ == "__main__":
    main()

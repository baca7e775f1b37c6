#!/usr/bin/env python3
"""T51: every character of the BMP, and what is none, as text in the real window: it goes on drawing, its memory is bounded, its words have no escape."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets  # noqa: E402
from display import WindowTest  # noqa: E402
from plain_peer import connect  # noqa: E402
from wireloupe_process import count, main, wait_until  # noqa: E402

MIB = 1024 * 1024
# A whole atlas of 4096 by 4096 and its copy in the (software) GL, beside a window's usual memory.
MEMORY_BYTES = (128 + 2 * 64) * MIB
CHARACTERS_A_LINE = 64


def bmp(step):
    """In lines, without the line feed itself; surrogates are no characters, and come as the invalid bytes they are."""
    lines = []
    for first in range(0, 0x10000, CHARACTERS_A_LINE * step):
        characters = "".join(chr(code) for code in range(first, first + CHARACTERS_A_LINE) if code != 0x0A)
        lines.append(characters.encode("utf-8", "surrogatepass"))
    return b"\n".join(lines) + b"\n"


class HostileText(WindowTest):
    def read_through(self, window, text, pages):
        """From the first line to the last, a page at a time, each drawn."""
        window.key("ctrl+Home")
        for _ in range(pages):
            before = len(window.frames.frames())
            window.key("Next")
            self.assertGreater(len(window.frames.frames()), before)
        self.assertIsNone(window.process.poll(), window.errors())

    def test_the_whole_bmp_as_text(self):
        text = bmp(count(8, 1))
        hostile = b"%n%s%p\n\x00NUL first\n\xff\xfe\xed\xa0\x80\n##id ###id\n\x1b[31m\xe2\x80\xaeidib\n" + b"L" * MIB + b"\n"

        def use(window):
            window.fill("##Port", "0")
            window.click("Start")
            address = wait_until(lambda: sockets.listening(window.pid), "a listener")[0]
            with connect(address) as peer:
                window.wait_for_title("1 server, 1 connection")
                peer.sendall(text + hostile)
                window.wait_for_bytes(len(text) + len(hostile))
                window.click("Text###text mode")
                window.click("##Bytes")
                # A line is up to three rows here, and a page has more than six.
                self.read_through(window, text, 2 + text.count(b"\n") // 2)
                if not window.is_told:
                    window.display.picture("hostile_text_bmp")
                window.key("ctrl+End")
                if not window.is_told:
                    window.display.picture("hostile_text_end")
                with open(f"/proc/{window.pid}/status", encoding="ascii") as file:
                    memory = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
                print(f"{len(text)} bytes of text, {memory // MIB} MiB at most")
                self.assertLessEqual(memory, MEMORY_BYTES)
            window.wait_for_title("1 server, 0 connections")
            window.ask_to_close()
            window.click("Discard")
            self.assertEqual(window.wait_for_end(), 0, window.errors())
            self.assertEqual(window.errors(), "")

        self.told_then_real(use)


if __name__ == "__main__":
    main()

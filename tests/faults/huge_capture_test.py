#!/usr/bin/env python3
"""T49: a capture of 100 GiB (sparse, so that the disk has it): it is there at once, its last row can be reached, and a step is a step anywhere.

In tests/run 5 GiB, past the 32 bits of everything.
"""

import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sparse_capture
from display import WindowTest
from wireloupe_process import count, main, wait_until

GIB = 1024 ** 3
ROW = 16
FIRST_PAINT_SECONDS = 1.0
MEMORY_BYTES = 300 * 1024 * 1024  # and 32 bytes a read


class HugeCapture(WindowTest):
    def first_paint(self, window):
        began, _, swapped, _ = window.frames.frames()[0]
        return (began + swapped - window.frames.started_ns()) * 1e-9

    def view(self, window):
        """What is to be seen of the bytes, as a number."""
        window.settle()
        width, height, rows = self.display.pixels()
        part = [row[int(width * 0.3) * 3:int(width * 0.8) * 3] for row in rows[int(height * 0.33):int(height * 0.6)]]
        return hashlib.sha1(b"".join(part)).hexdigest()

    def step(self, window, direction, number):
        """Each step shows something else than the one before, and going back shows the same again."""
        seen = [self.view(window)]
        for _ in range(number):
            window.wheel(direction)
            seen.append(self.view(window))
        self.assertEqual(sum(a != b for a, b in zip(seen, seen[1:])), number, f"wheel {direction:+}: not every step moved")
        window.wheel(-direction * number)
        self.assertEqual(self.view(window), seen[0], "not the way that it came")

    def test_the_last_row_is_reached_and_a_step_is_a_step(self):
        path = self.path("huge.pcapng")
        payload = sparse_capture.write(path, count(5, 100) * GIB)
        steps = count(2, 100)
        sparse_capture.write(self.path("small.pcapng"), 1)
        small = self.window(self.path("small.pcapng"))
        as_ever = self.first_paint(small)
        small.end()
        window = self.window(path, is_drawn=False)
        window.is_busy = True  # the progress bar, for as long as it takes to open
        window.wait_until_drawn()
        first_paint = self.first_paint(window)
        wait_until(lambda: window.frames.bytes_shown() >= payload, "all of it is known", deadline=count(120, 900))
        window.is_busy = False
        window.settle()
        with open(f"/proc/{window.pid}/status", encoding="ascii") as file:
            memory = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
        print(f"{payload / GIB:.0f} GiB, {-(-payload // ROW)} rows, first paint after {first_paint:.3f} s, {memory >> 20} MiB at most")
        self.assertEqual(window.frames.bytes_shown(), payload)
        self.assertLessEqual(memory, MEMORY_BYTES + 32 * (payload // sparse_capture.PAYLOAD))

        width, height = self.display.width, self.display.height
        self.display.run("xdotool", "mousemove", str(int(width * 0.7)), str(int(height * 0.4)), "click", "1")
        window.key("ctrl+Home")
        at_home = self.view(window)
        self.step(window, -1, steps)
        window.key("ctrl+End")
        at_end = self.view(window)
        self.display.picture("huge_capture_end")
        self.assertNotEqual(at_end, at_home)
        window.key("Down", "Next")
        self.assertEqual(self.view(window), at_end, "there is something behind the end")
        self.step(window, 1, steps)
        for _ in range(7):
            window.key("Prior")
        self.step(window, 1, steps)
        window.key("ctrl+Home")
        self.assertEqual(self.view(window), at_home)
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 0, window.errors())
        # A machine with much else to do needs longer for any window.
        self.assertLessEqual(first_paint, max(FIRST_PAINT_SECONDS, 2 * as_ever))


if __name__ == "__main__":
    main()

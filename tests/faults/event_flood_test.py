#!/usr/bin/env python3
"""T52: events as fast as they can be read, one byte each: none is lost, memory is what is promised, and the window goes on drawing."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sparse_capture
from display import WindowTest
from wireloupe_process import count, main, wait_until

MEMORY_BYTES = 300 * 1024 * 1024  # and 32 bytes a read
FRAMES_A_SECOND = 2  # at the least, on a machine with much else to do


class EventFlood(WindowTest):
    def test_one_byte_reads_in_millions(self):
        reads = count(500_000, 60_000_000)
        path = self.path("flood.pcapng")
        self.assertEqual(sparse_capture.write(path, reads, packet_payload=1), reads)
        window = self.window(path)
        wait_until(lambda: window.frames.bytes_shown() >= reads, "all of it is known", deadline=count(60, 3600))
        frames = window.frames.frames()
        self.assertEqual(window.frames.bytes_shown(), reads)
        with open(f"/proc/{window.pid}/status", encoding="ascii") as file:
            memory = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
        # From the first frame that shows some of it to the first that shows all.
        flood = [frame for frame in frames if 0 < frame[3]]
        seconds = (flood[-1][0] - flood[0][0]) * 1e-9
        built = sorted(frame[1] for frame in flood)
        print(f"{reads} reads in {seconds:.2f} s, {len(flood)} frames, built in {built[len(built) // 2] / 1e6:.2f} ms (the slowest in {built[-1] / 1e6:.2f}), "
              f"{memory >> 20} MiB at most")
        self.assertLessEqual(memory, MEMORY_BYTES + 32 * reads)
        self.assertGreaterEqual(len(flood), max(1, int(seconds * FRAMES_A_SECOND)), "it stood still")
        # What is in sight is the end of it, and every one-byte read has a row.
        self.display.run("xdotool", "mousemove", str(int(self.display.width * 0.7)), str(int(self.display.height * 0.4)), "click", "1")
        window.settle()
        window.key("Home", "End", "Prior", "Up")
        window.ask_to_close()
        self.assertEqual(window.wait_for_end(), 0, window.errors())


if __name__ == "__main__":
    main()

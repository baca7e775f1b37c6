#!/usr/bin/env python3
"""T44: EIO. A file that has given it once is not written to again: the capture goes on in a new one beside it, with what had not been told, and says so."""

import glob
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import storage
import tshark
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, count, main


class UntrustedFile(ProcessTest):
    def run_with(self, *injections):
        """(the program after its end, the files, the oldest first)"""
        self.captures += 1
        folder = self.path(f"run-{self.captures}")
        os.mkdir(folder)
        path = os.path.join(folder, "c.pcapng")
        server = self.wireloupe("--listen", "0", "--echo", "-w", path, before=storage.inject(folder + ".strace", path, *injections))
        evil = self.evil("connect", server.listening(), "drip 1200 1", "shutdown", "read end", "or", "trade 2000000", "shutdown", "read end",
                         connections=4, seed=3, seconds=50)
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", 4)
        os.kill(self.child(server.pid), signal.SIGTERM)
        status = server.wait_for_end()
        self.assertEqual(status, 0, server.story())
        self.assert_nothing_lost(server)
        files = sorted(glob.glob(os.path.join(folder, "*.pcapng")), key=lambda name: (os.stat(name).st_ino != os.stat(path).st_ino, name))
        return server, evil, files

    def child(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def check(self, server, evil, files, number):
        self.assertEqual(len(files), number, files)
        lines = server.of("failed", operation="capture")
        self.assertEqual([line["code"] for line in lines], ["EIO"], server.story())
        for file in files:
            self.assertIn(os.path.basename(file), lines[0]["message"], "both are to be named: which is not to be trusted, and where it goes on")
        self.assertEqual(server.summary["capture"], files[-1])
        capture = Capture(*files)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            for address in (outcome["local"], outcome["peer"]):
                self.assertEqual((stream.side(address).size, stream.side(address).crc), (outcome["sent"], outcome["sent_crc"]), outcome)
        for file in files:
            self.assertEqual(tshark.faults(file), [], file)

    def test_at_a_write(self):
        for at in sorted({round(2 * 1.5 ** i) for i in range(count(4, 14))}):
            with self.subTest(at):
                server, evil, files = self.run_with(f"write:error=EIO:when={at}+")
                self.check(server, evil, files, 2)

    def test_at_a_write_of_which_a_part_was_taken(self):
        server, evil, files = self.run_with("write:retval=100:when=5", "write:error=EIO:when=6+")
        self.check(server, evil, files, 2)

    def test_at_the_cutting_back_after_a_short_write(self):
        server, evil, files = self.run_with("write:retval=5:when=4", "ftruncate:error=EIO:when=1")
        self.check(server, evil, files, 2)

    def test_at_a_sync(self):
        """What had been written since the last good one cannot be trusted; what comes now goes elsewhere."""
        server, evil, files = self.run_with("fdatasync:error=EIO:when=1+")
        self.check(server, evil, files, 2)


if __name__ == "__main__":
    main()

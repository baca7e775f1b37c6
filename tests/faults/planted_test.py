#!/usr/bin/env python3
"""Faults planted in the capture while it is written: the program notices and says so."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from wireloupe_process import WRITE_FAULT, ProcessTest, main, wait_until


class Planted(ProcessTest):
    def run_with_fault(self, fault):
        """A run whose capture takes a fault in one of its writes."""
        server = self.wireloupe("--listen", "0", environment={"LD_PRELOAD": WRITE_FAULT, "WRITE_FAULT": fault})
        for seed in range(6):
            evil = self.evil("connect", server.listening(), "send 100000", "shutdown", "read end", seed=seed)
            self.assertEqual(evil.wait_for_end(), 0)
        server.wait_for("closed", 6)
        status = server.stop()
        return server, status

    def check_noticed(self, server, status):
        self.assertEqual(server.summary["received"], 600_000)
        self.check_said(server, status)

    def check_said(self, server, status):
        self.assertEqual(status, 1, server.story())
        self.assertIn("the ledger disagrees", server.errors())

    def test_without_a_fault_the_counts_agree(self):
        server, status = self.run_with_fault("damage:1000000")
        self.assertEqual(status, 0, server.story())
        self.assert_nothing_lost(server)

    def test_a_damaged_block_is_noticed(self):
        self.check_noticed(*self.run_with_fault("damage:5"))

    def test_a_write_that_left_zeros_is_noticed(self):
        self.check_noticed(*self.run_with_fault("zeros:5"))

    def test_a_write_that_never_reached_the_file_is_noticed(self):
        self.check_noticed(*self.run_with_fault("drop:5"))

    def test_a_block_overwritten_by_somebody_else_is_noticed(self):
        """Not by the write, but afterwards, by a stranger with the file open."""
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 3000000000", "shutdown", "read end", connections=2, seconds=50)
        descriptor = os.open(server.capture, os.O_WRONLY)
        self.addCleanup(os.close, descriptor)
        # The count runs a little behind the flood: the newest bytes are not counted yet.
        wait_until(lambda: os.path.getsize(server.capture) > 50_000_000, "50 MB are in the file")
        for _ in range(200):
            end = os.fstat(descriptor).st_size
            os.pwrite(descriptor, b"\xa5" * 70_000, end - 70_000)  # more than a block: its head is hit
        evil.kill()
        server.wait_for("closed", 2)
        status = server.stop()
        summary = server.summary
        self.assertNotEqual(summary["stored"], summary["received"] + summary["sent"], server.story())
        self.check_said(server, status)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""T41: kill -9 at the N-th write(2) of the capture, and at each other call that shapes its file: before the call is done, strace says.

The moments between are kill_test.py's; a ring's calls are ring_test.py's.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from killed import KillAtTest
from storage import Disk
from wireloupe_process import count, main

CALLS = 500  # RELIABILITY.md's N


def spread(last, number):
    """`number` of 1 ... last, the early ones all."""
    if number >= last:
        return list(range(1, last + 1))
    return sorted(set(list(range(1, 6)) + [round(5 * (last / 5) ** (i / (number - 5))) for i in range(1, number - 4)]))


class KillAtCalls(KillAtTest):
    def test_at_each_write(self):
        for at in spread(CALLS, count(40, CALLS)):
            # Small and large ones mixed, without an end.
            run = self.kill_at("write", at, "slice 1000000000", "or", "trade 1000000000")
            self.assertFalse(run and run.capture.is_cut, f"killed before write {at}, and half a block is there")

    def test_at_each_allocation(self):
        """64 MiB apart."""
        for at in range(1, count(2, 20) + 1):
            run = self.kill_at("fallocate", at, "send 1000000000", "or", "trade 1000000000")
            self.assertFalse(run and run.capture.is_cut)

    def test_at_the_cut_of_a_torn_write(self):
        """A disk becomes full in the middle of a write: half a batch is there, and is to be cut off."""
        cut = 0
        for number in range(count(4, 50)):
            run = self.kill_at("ftruncate", 1, f"trade {1_000_000_000 - number}", disk=Disk.tmpfs(self, f"{1000 + 52 * number}k"))
            cut += run.capture.is_cut
        self.assertGreater(cut, 0, "no write was ever torn")

    def test_at_the_end_of_a_run(self):
        """What was allocated ahead is given back: all had been written before."""
        run = self.kill_at("ftruncate", 1, "trade 100000", "shutdown", "read end", stops=True)
        self.assertFalse(run.capture.is_cut)
        self.assertEqual(run.capture.payload, 8 * 2 * 100_000)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""T41: kill -9 at the N-th write(2) of the capture, and at each other call that shapes its file: before the call is done, strace says.

The moments between are kill_test.py's; a ring's calls are ring_test.py's.
"""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import storage
import tshark
from killed import KilledRun, remove
from prefixes import Prefixes
from storage import Disk
from wireloupe_process import ProcessTest, count, main

CALLS = 500  # RELIABILITY.md's N


def spread(last, number):
    """`number` of 1 ... last, the early ones all."""
    if number >= last:
        return list(range(1, last + 1))
    return sorted(set(list(range(1, 6)) + [round(5 * (last / 5) ** (i / (number - 5))) for i in range(1, number - 4)]))


class KillAtCalls(ProcessTest):
    def setUp(self):
        super().setUp()
        self.prefixes = self.enterContext(Prefixes())

    def kill_at(self, call, at, *steps, disk=None, stops=False):
        """The run, once it was killed at that call. `stops`: the call belongs to the end of a run."""
        name = f"{call}-{at}"
        report_path = self.path("report-" + name)
        path = disk.inside(name + ".pcapng") if disk else self.path(name + ".pcapng")
        server = self.wireloupe("--listen", "0", "--echo", "--verbose", "-w", path, report_path=report_path,
                                environment=storage.free_as(1000) if disk else {},
                                before=[*(disk.before if disk else []), *storage.inject(self.path("strace"), path, f"{call}:signal=SIGKILL:when={at}")])
        try:
            server.catch_up_until("listening", deadline=2 if at == 1 else 30)
        except AssertionError:
            # Killed while it made the file: nothing was told.
            self.assertEqual(server.wait_for_end(), -signal.SIGKILL, server.story())
            return None
        evil = self.evil("connect", server.of("listening")[0]["local"], *steps, connections=8, seed=at, seconds=50)
        if stops:
            self.assertEqual(evil.wait_for_end(), 0)
            os.kill(self.child(server.pid), signal.SIGTERM)
        self.assertEqual(server.wait_for_end(), -signal.SIGKILL, f"{call} {at} never came")
        evil.wait_for_end()
        if disk:
            server.capture = disk.outside(name + ".pcapng")
        run = KilledRun(server, evil, at, report_path, self.prefixes)
        self.assertEqual(run.troubles, [], f"killed at {name}")
        if at % 10 == 1:
            self.assertEqual(tshark.is_readable(server.capture), "cut short" if run.capture.is_cut else "whole")
        remove(server, report_path)
        evil.kill()
        return run

    def child(self, pid):
        """Of strace: the program."""
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

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

#!/usr/bin/env python3
"""T41: kill -9 at the N-th write(2) of the capture, and at each other call that shapes its file: before the call is done, strace says.

The moments between are kill_test.py's; the middle of a write cannot be had from outside other than by chance, and there it is had too.
"""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import storage
import tshark
from killed import KilledRun, remove
from prefixes import Prefixes
from wireloupe_process import ProcessTest, count, main

CALLS = 500  # RELIABILITY.md's N


def spread(last, number):
    """`number` of 1 ... last, the early ones all."""
    if number >= last:
        return list(range(1, last + 1))
    return sorted(set(list(range(1, 6)) + [round(5 * (last / 5) ** (i / (number - 5))) for i in range(1, number - 4)]))


class KillAtCalls(ProcessTest):
    def kill_at(self, call, at, prefixes, *steps):
        """False: the call never came so often."""
        report_path = self.path(f"report-{call}-{at}")
        path = self.path(f"{call}-{at}.pcapng")
        server = self.wireloupe("--listen", "0", "--echo", "--verbose", "-w", path, report_path=report_path,
                                before=storage.inject(path + ".strace", path, f"{call}:signal=SIGKILL:when={at}"))
        # The first calls come before anything is told.
        evil = None
        try:
            server.catch_up_until("listening", deadline=0.5 if at == 1 else 30)
        except AssertionError:
            self.assertIsNotNone(server.process.poll(), server.story())
        if server.of("listening"):
            evil = self.evil("connect", server.of("listening")[0]["local"], *steps, connections=8, seed=at, seconds=50)
        status = server.wait_for_end()
        if evil is None:
            return status == -signal.SIGKILL
        evil.wait_for_end()
        run = KilledRun(server, evil, at, report_path, prefixes)
        self.assertEqual(run.troubles, [], f"killed at {call} {at}")
        self.assertFalse(run.capture.is_cut, f"killed before {call} {at}, and half a block is there")
        if at % 10 == 1:
            self.assertEqual(tshark.is_readable(path), "whole")
        remove(server, report_path)
        evil.kill()
        return status == -signal.SIGKILL

    def test_at_each_write(self):
        with Prefixes() as prefixes:
            for at in spread(CALLS, count(40, CALLS)):
                # Small and large ones mixed, without an end.
                self.assertTrue(self.kill_at("write", at, prefixes, "slice 1000000000", "or", "trade 1000000000"), f"write {at} never came")


if __name__ == "__main__":
    main()

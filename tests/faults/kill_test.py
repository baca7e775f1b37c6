#!/usr/bin/env python3
"""T40: kill -9 at random moments under full load. What was shown, answered or reported is in the file, the file can be read, and what it
holds of each connection is exactly how that connection began.

How much may be missing: what the loop turn in progress had read when the signal came, and nobody was told of. The sockets are held by this
process too (prefixes.HeldSockets), so the kernel says afterwards what had been read of each.
"""

import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from killed import KilledRun, remove
from prefixes import HeldSockets, Prefixes
from wireloupe_process import ProcessTest, count, main

KILLS = count(100, 1000)
LANES = 2         # servers side by side: both cores have something to do
SHARK_EVERY = 10  # tshark has a look at so many of the files

# (the server's arguments, evil_peer's script, its options)
LOADS = (
    (("--echo", "--verbose"), ("trade 1000000000000",), {"connections": 1}),
    (("--echo", "--verbose"), ("trade 1000000000000",), {"connections": 64}),
    (("--verbose",), ("send 1000000000000",), {"connections": 8}),
    ((), ("send 1000000000000",), {"connections": 1}),
    (("--echo", "--verbose"), ("trade 1..5000", "shutdown", "read end"), {"connections": 2000, "parallel": 64}),
)


class Kill(ProcessTest):
    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.recorded = self.answered = self.cut = 0
        self.unrecorded = []
        self.troubles = []

    def kill_once(self, number, prefixes):
        chance = random.Random(number)
        arguments, steps, options = LOADS[number % len(LOADS)]
        report_path = self.path(f"report-{number}")
        server = self.wireloupe("--listen", "0", *arguments, "-w", self.path(f"{number}.pcapng"), report_path=report_path)
        server.catch_up_until("listening")
        evil = self.evil("connect", server.of("listening")[0]["local"], *steps, seed=number, seconds=50, **options)
        # Many early, when everything is new; some when there is much already.
        time.sleep(chance.choice((0.03, 0.1, 0.1, 0.3)) * chance.random())  # allowed sleep: the moment is what is random
        held = HeldSockets(server.pid)
        server.signal(signal.SIGKILL)
        status = server.wait_for_end()
        consumed = held.consumed()
        held.close()
        evil.wait_for_end()

        run = KilledRun(server, evil, number, report_path, prefixes, consumed)
        run.expect(status == -signal.SIGKILL, f"it ended by itself: {status} {server.errors()}")
        if number % SHARK_EVERY == 0:
            run.expect(tshark.is_readable(server.capture) in ("whole", "cut short"), "tshark cannot read it")
        with self.lock:
            self.recorded += run.capture.payload
            self.answered += run.answered
            self.cut += run.capture.is_cut
            self.unrecorded += run.unrecorded
        remove(server, report_path)
        evil.kill()
        return [f"kill {number} ({' '.join(steps)}, {options}): {trouble}" for trouble in run.troubles]

    def lane(self, numbers):
        try:
            with Prefixes() as prefixes:
                for number in numbers:
                    self.troubles += self.kill_once(number, prefixes)
                    if self.troubles:
                        return
        except Exception as error:  # a thread's own would be printed and forgotten
            self.troubles.append(f"{type(error).__name__}: {error}")

    def test_kills_at_random_moments_cost_nothing_that_anybody_has_seen(self):
        began = time.monotonic()
        lanes = [threading.Thread(target=self.lane, args=(range(first, KILLS, LANES),)) for first in range(LANES)]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()
        self.assertEqual(self.troubles[:10], [])
        print(f"{KILLS} kills in {time.monotonic() - began:.0f} s: {self.recorded} bytes recorded, {self.answered} answered, {self.cut} files cut "
              f"short in their last block")
        if self.unrecorded:
            print(f"read and not recorded, of {len(self.unrecorded)} sockets: {sum(size > 0 for size in self.unrecorded)} times, at most "
                  f"{max(self.unrecorded)} bytes")
        else:
            print("read and not recorded: not known, this kernel gives no hold on another process's sockets")
        self.assertGreater(self.answered, 0)


if __name__ == "__main__":
    main()

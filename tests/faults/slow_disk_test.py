#!/usr/bin/env python3
"""T45: a disk that is slow. Nothing is lost or piled up, and where the loop does not wait for the disk it stays as quick as ever.

Reads and answers wait for write(2), by promise; nothing waits for fdatasync(2).
"""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import storage
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, main, wait_until

MIB = 1024 * 1024
HEARTBEAT_MS = 100
MEMORY_KIB = 300 * 1024


class SlowDisk(ProcessTest):
    def start(self, *injections):
        path = self.path("slow.pcapng")
        self.trace = self.path("strace")
        server = self.wireloupe("--listen", "0", "--echo", "-w", path, before=storage.inject(self.trace, path, *injections))
        server.listening()
        server.program = wait_until(lambda: self.child(server.pid), "the program itself")
        return server

    def child(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def memory_kib(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))

    def syncs(self):
        with open(self.trace, encoding="utf-8") as file:
            return file.read().count("fdatasync(")

    def check(self, server, evil, size):
        self.assertEqual(evil.wait_for_end(55), 0, evil.story())
        server.wait_for("closed", len(evil.summary["connections"]))
        memory_kib = self.memory_kib(server.program)
        os.kill(server.program, signal.SIGTERM)
        self.assertEqual(server.wait_for_end(), 0, server.story())
        self.assert_nothing_lost(server)
        self.assertEqual(server.of("failed"), [])
        self.assertLessEqual(memory_kib, MEMORY_KIB)
        capture = Capture(server.capture)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        opened = [line for line in server.of("opened") if line["peer"] in {outcome["local"] for outcome in evil.summary["connections"]}]
        for outcome, _, stream in lives(evil.summary["connections"], opened, capture):
            self.assertEqual(outcome["received_crc"], outcome["sent_crc"])
            for address in (outcome["local"], outcome["peer"]):
                self.assertEqual((stream.side(address).size, stream.side(address).crc), (size, outcome["sent_crc"]))
        return memory_kib

    def test_writes_that_take_long_slow_the_peers_down_and_lose_nothing(self):
        """Each write(2) 200 ms: a turn's batch has what came meanwhile."""
        server = self.start("write:delay_enter=200000")
        size = 300_000
        evil = self.evil("connect", server.listening(), f"trade {size}", "shutdown", "read end", connections=8, seconds=55)
        began = time.monotonic()
        memory_kib = self.check(server, evil, size)
        print(f"{8 * size} bytes both ways in {time.monotonic() - began:.1f} s, {memory_kib} KiB")

    def test_syncs_that_take_five_seconds_delay_nothing(self):
        server = self.start("fdatasync:delay_enter=5000000")
        seconds = 8
        ping = self.evil("ping", server.listening(), seconds=seconds)
        size = 4 * MIB
        evil = self.evil("connect", server.listening(), f"trade {size}", "shutdown", "read end", connections=4, seconds=55)
        self.assertEqual(ping.wait_for_end(), 0, ping.story())
        syncs = self.syncs()
        self.assertGreater(syncs, 0, "nothing was synced: the delay was not in anybody's way")
        self.check(server, evil, size)
        self.assertLessEqual(ping.summary["p99_us"], HEARTBEAT_MS * 1000, ping.summary)
        self.assertLessEqual(ping.summary["most_us"], 1_000_000, "one that waited for a sync would have waited for seconds")
        print(f"{syncs} syncs; a byte there and back: median {ping.summary['median_us']} us, at most {ping.summary['most_us']} us")

    def test_an_end_does_not_wait_for_a_slow_sync(self):
        server = self.start("fdatasync:delay_enter=5000000")
        evil = self.evil("connect", server.listening(), f"trade {MIB}", "shutdown", "read end")
        self.assertEqual(evil.wait_for_end(), 0)
        wait_until(self.syncs, "a sync is under way")
        began = time.monotonic()
        os.kill(server.program, signal.SIGTERM)
        server.wait_for("summary")
        # strace holds the thread that sleeps in the call, so the process itself is gone a little later.
        self.assertLessEqual(time.monotonic() - began, 2.0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""T6, T7: bytes in slices, and thousands of connections that say almost nothing."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, count, main, wait_until

KIB = 1024
MIB = 1024 * 1024


class SlowPeers(ProcessTest):
    def check_bytes(self, server, evil):
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            side = stream.side(outcome["local"])
            self.assertEqual((side.size, side.crc), (outcome["sent"], outcome["sent_crc"]), outcome)
        return capture

    def test_a_stream_in_slices_of_one_to_seven_bytes_is_whole(self):
        size = count(1 * MIB, 64 * MIB)
        server = self.wireloupe("--listen", "0")
        before_kib = server.listening() and server.status_kib("VmRSS")
        cpu, started = server.cpu_seconds(), time.monotonic()
        evil = self.evil("connect", server.listening(), f"slice {size}", "shutdown", "read end", seconds=900)
        self.assertEqual(evil.wait_for_end(900), 0)
        server.wait_for("closed")
        used, elapsed = server.cpu_seconds() - cpu, time.monotonic() - started
        grown_kib = server.status_kib("VmRSS") - before_kib
        self.assert_ends_well(server)
        capture = self.check_bytes(server, evil)
        reads = capture.streams[0].side(evil.summary["connections"][0]["local"]).packets
        print(f"{reads} reads, {used:.2f} s of CPU in {elapsed:.2f} s, {grown_kib} KiB more")
        self.assertLessEqual(used, elapsed + 0.1, "at most one core")
        # The index keeps 32 bytes a read; the queue of events and the batch are paid once.
        self.assertLessEqual(grown_kib, 16 * KIB + reads * 32 / 1024)

    def test_slow_clients_cost_little_memory_and_leave_nothing_behind(self):
        connections = count(1000, 5000)
        server = self.wireloupe("--listen", "0", "--echo")
        address = server.listening()
        descriptors, before_kib = server.descriptors(), server.status_kib("VmRSS")
        heartbeat = self.evil("ping", address, seconds=count(3, 30))
        evil = self.evil("connect", address, count("drip 5 300", "drip 3 10000"), "drained", "hold", "close",
                         connections=connections, rate=3000, seconds=120)
        evil.wait_for("holding", connections=connections, deadline=120)
        wait_until(lambda: server.descriptors() >= descriptors + connections, "all are accepted")
        grown_kib = server.status_kib("VmRSS") - before_kib
        self.assertEqual(heartbeat.wait_for_end(60), 0, heartbeat.story())
        evil.send_line()
        self.assertEqual(evil.wait_for_end(), 0)
        server.wait_for("closed", connections + 1)
        wait_until(lambda: server.descriptors() <= descriptors, f"descriptors are back to {descriptors}")
        print(f"{grown_kib * KIB / connections:.0f} bytes a connection; heartbeat: {heartbeat.summary}")
        self.assertLessEqual(grown_kib / connections, 64)
        self.assert_ends_well(server)
        self.check_bytes(server, evil)


if __name__ == "__main__":
    main()

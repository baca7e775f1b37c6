#!/usr/bin/env python3
"""T14: an accept storm doesn't starve the loop, and each accepted connection is recorded."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture
from wireloupe_process import ProcessTest, count, main, wait_until

MIB_IN_KIB = 1024


class Storm(ProcessTest):
    def test_an_accept_storm_neither_starves_the_others_nor_goes_unrecorded(self):
        seconds = count(3, 60)
        # Its report goes to a file: a reader here would take the processor from what is measured.
        server = self.wireloupe("--listen", "0", "--echo", report_path=self.path("report"))
        server.catch_up_until("listening")
        address = server.listening()
        before_kib = server.status_kib("VmRSS")
        # The same heartbeat of a server without a storm, under the same load: what this machine's scheduling takes.
        control = self.evil("listen", "127.0.0.1:0", "echo end", seconds=seconds + 20)
        control_address = control.wait_for("listening")["local"]
        heartbeat = self.evil("ping", address, seconds=seconds)
        control_heartbeat = self.evil("ping", control_address, seconds=seconds)
        storms = [self.evil("storm", address, seconds=seconds) for _ in range(4)]
        for process in (heartbeat, control_heartbeat, *storms):
            self.assertEqual(process.wait_for_end(seconds + 30), 0, process.story())
        opened = sum(storm.summary["opened"] for storm in storms)
        server.catch_up_until("closed", lambda: len(server.of("closed")) == len(server.of("opened")))
        grown_kib = server.status_kib("VmRSS") - before_kib
        self.assertEqual(server.stop(), 0)
        server.catch_up()

        ours, theirs = heartbeat.summary, control_heartbeat.summary
        accepted = server.summary["connections"]
        print(f"{opened} connected, {accepted} accepted in {seconds} s; heartbeat: {ours}; without a storm: {theirs}; {grown_kib} KiB")
        self.assertFalse(ours["lost"])
        # The row's 50 ms, for 99 of 100 beats; one alone may be the scheduler's, on a machine that does more than this. What it is
        # about is far longer: 843 ms with libuv 1.44's own accept (RELIABILITY.md F4).
        self.assertLessEqual(ours["p99_us"], max(50_000, 2 * theirs["p99_us"]))
        self.assertLessEqual(ours["most_us"], max(250_000, 2 * theirs["most_us"]))
        self.assertGreater(accepted, 1000)
        self.assertEqual((len(server.of("opened")), len(server.of("closed"))), (accepted, accepted))
        # A handshake that our backlog had no room for looks done to the one who connects.
        self.assertLessEqual(accepted, opened + 1)
        self.assertEqual([line for line in server.of("failed") if line["code"] not in ("ECONNABORTED",)], [])
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        self.assertEqual(len(capture.streams), accepted)
        self.assertLessEqual(grown_kib, 32 * MIB_IN_KIB + accepted * 4, "at most 4 KiB a connection")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Ten thousand clients: 100 bytes each, half leave by reset, half in order."""

import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, main

BYTES_EACH = 100
# Of ours for each connection, over what the kernel takes for its socket.
MOST_KIB_EACH = 4


class ManyClients(ProcessTest):
    def setUp(self):
        super().setUp()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.clients = 10_000
        if hard != resource.RLIM_INFINITY and hard < self.clients + 200:
            self.clients = (hard - 200) // 2 * 2
            print(f"only {self.clients} clients: the hard limit on open files is {hard}")
        self.skip_unless(self.clients >= 1000, "the hard limit on open files is below 1,200")

    def start(self, server, number, seed):
        return self.evil("connect", server.listening(), f"send {BYTES_EACH}", "drained", "hold", "reset", "or",
                         f"send {BYTES_EACH}", "drained", "hold", "close", connections=number, rate=5000, seed=seed, seconds=50)

    def test_ten_thousand_clients_are_counted_and_told_apart(self):
        server = self.wireloupe("--listen", "0")
        evil = self.start(server, self.clients, 1)
        evil.wait_for("holding", connections=self.clients, deadline=45)
        server.wait_for("opened", self.clients)
        evil.send_line()
        self.assertEqual(evil.wait_for_end(), 0)
        closed = {line["connection"]: line for line in server.wait_for("closed", self.clients)}
        self.assert_ends_well(server)

        total = self.clients * BYTES_EACH
        summary = server.summary
        self.assertEqual((summary["received"], summary["stored"], summary["connections"]), (total, total, self.clients))
        self.assertEqual(len(closed), self.clients)
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        self.assertEqual(len(capture.streams), self.clients)
        for outcome, opened, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            line = closed[opened["connection"]]
            expected = "reset by peer" if outcome["end"] == "reset" else "end of stream"
            self.assertEqual((line["reason"], line["received"]), (expected, BYTES_EACH), outcome)
            side = stream.side(outcome["local"])
            self.assertEqual((side.size, side.crc), (BYTES_EACH, outcome["sent_crc"]), outcome)
        reasons = [line["reason"] for line in closed.values()]
        self.assertEqual(reasons.count("reset by peer"), self.clients // 2)
        self.assertEqual(tshark.analysis(server.capture, but="tcp.analysis.reused_ports"), [])

    def test_a_connection_takes_at_most_four_kib_of_memory(self):
        server = self.wireloupe("--listen", "0")
        # The first wave pays for what is there once: buffers, queues, the tables' first growth.
        first_number = self.clients // 5
        first = self.start(server, first_number, 1)
        first.wait_for("holding", connections=first_number, deadline=45)
        server.wait_for("opened", first_number)
        before_kib = server.status_kib("VmRSS")
        rest = self.clients - first_number
        second = self.start(server, rest, 2)
        second.wait_for("holding", connections=rest, deadline=45)
        server.wait_for("opened", self.clients)
        grown_kib = server.status_kib("VmRSS") - before_kib
        print(f"{grown_kib * 1024 / rest:.0f} bytes a connection")
        self.assertLessEqual(grown_kib / rest, MOST_KIB_EACH)
        for evil in (first, second):
            evil.send_line()
            self.assertEqual(evil.wait_for_end(), 0)
        server.wait_for("closed", self.clients)
        self.assert_ends_well(server)
        self.assertEqual(server.summary["received"], self.clients * BYTES_EACH)


if __name__ == "__main__":
    main()

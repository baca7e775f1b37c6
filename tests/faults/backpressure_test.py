#!/usr/bin/env python3
"""T5, T13: who doesn't take what we have for him makes us stop reading, and nothing is lost or piled up."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, count, main, wait_until

KIB = 1024
MIB = 1024 * 1024
PEERS = 8


class BackPressure(ProcessTest):
    def check_bytes(self, server, evil):
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            theirs, ours = stream.side(outcome["local"]), stream.side(outcome["peer"])
            self.assertEqual((theirs.size, theirs.crc), (outcome["sent"], outcome["sent_crc"]), outcome)
            self.assertEqual((ours.size, ours.crc), (outcome["received"], outcome["received_crc"]), outcome)

    def start_stalled(self):
        """A server whose report nobody reads."""
        server = self.wireloupe("--listen", "0", "--verbose", is_read=False)
        address = wait_until(lambda: sockets.listening(server.pid), "the server listens")[0]
        return server, address

    def stall(self, server, address):
        """Returns the peers once our reading has paused: the file grows no more, and unread bytes wait in the kernel."""
        noise = self.evil("connect", address, "chatter", "shutdown", "read end", connections=PEERS, seconds=55)
        sizes = []

        def has_stalled():
            sizes.append(os.path.getsize(server.capture))
            return len(sizes) > 30 and sizes[-1] == sizes[-30] > 1 * MIB and sockets.waiting_bytes(address) > 0

        wait_until(has_stalled, "reading pauses")
        return noise

    def test_a_report_that_nobody_reads_pauses_reading_and_loses_nothing(self):
        server, address = self.start_stalled()
        evil = self.stall(server, address)
        memory_kib = server.status_kib("VmRSS")
        server.start_reading()
        evil.send_line()
        self.assertEqual(evil.wait_for_end(55), 0)
        server.wait_for("closed", PEERS)
        self.assert_ends_well(server)
        self.assertGreater(server.summary["read_pauses"], 0)
        self.assertEqual(server.summary["received"], evil.summary["sent"])
        # What it said adds up, read by read.
        self.assertEqual(sum(line["bytes"] for line in server.of("received")), evil.summary["sent"])
        self.check_bytes(server, evil)
        print(f"{evil.summary['sent']} bytes in {len(server.of('received'))} reads, paused {server.summary['read_pauses']} times; "
              f"{memory_kib} KiB while paused")

    def test_a_reset_while_reading_is_paused_costs_no_byte_and_is_named(self):
        size = 60_000
        victims = count(20, 200)
        server, address = self.start_stalled()
        before = server.descriptors()
        evil = self.evil("connect", address, "hold", f"send {size}", "drained", "reset", connections=victims, seed=7, seconds=55)
        evil.wait_for("holding", connections=victims)
        wait_until(lambda: server.descriptors() >= before + victims, "all are accepted")
        noise = self.stall(server, address)
        evil.send_line()
        self.assertEqual(evil.wait_for_end(55), 0)  # all acknowledged by our kernel, then reset, while we don't read
        server.start_reading()
        noise.send_line()
        self.assertEqual(noise.wait_for_end(55), 0)
        server.wait_for("closed", victims + PEERS)
        self.assert_ends_well(server)
        self.assertGreater(server.summary["read_pauses"], 0)
        victims_lines = {line["peer"]: line["connection"] for line in server.of("opened")}
        for outcome in evil.summary["connections"]:
            line = server.of("closed", connection=victims_lines[outcome["local"]])[0]
            self.assertEqual((line["received"], line["reason"]), (size, "reset by peer"), outcome)
        self.check_bytes(server, evil)

    def test_a_peer_that_never_reads_its_echo_is_not_read_from(self):
        """Its own sending comes to a stop, our memory stays, and once it reads it gets everything."""
        connections = 8
        size = count(64, 128) * MIB
        server = self.wireloupe("--listen", "0", "--echo")
        address = server.listening()
        before_kib = server.status_kib("VmRSS")
        evil = self.evil("connect", address, f"stuff {size} 700", "hold", "settle", "shutdown", "read end",
                         connections=connections, receive_buffer=4096, seconds=55)
        evil.wait_for("holding", connections=connections, deadline=55)
        grown_kib = server.status_kib("VmRSS") - before_kib
        evil.send_line()
        self.assertEqual(evil.wait_for_end(55), 0, evil.story())
        taken = [outcome["sent"] for outcome in evil.summary["connections"]]
        print(f"each sent {min(taken) // KIB} to {max(taken) // KIB} KiB; {grown_kib // connections} KiB of ours a connection")
        self.assertLess(max(taken), size, "the peer's sending was never stopped")
        self.assertLessEqual(grown_kib / connections, 1 * KIB + 2 * KIB, "1 MiB a queue, and what a run costs once")
        for outcome in evil.summary["connections"]:
            self.assertEqual((outcome["received"], outcome["received_crc"]), (outcome["sent"], outcome["sent_crc"]), outcome)
        server.wait_for("closed", connections)
        self.assert_ends_well(server)
        self.check_bytes(server, evil)

    def test_a_peer_that_never_reads_does_not_hold_up_the_others(self):
        server = self.wireloupe("--listen", "0", "--echo")
        address = server.listening()
        deaf = self.evil("connect", address, "stuff 67108864 500", "hold", "reset", receive_buffer=4096, seconds=55)
        deaf.wait_for("holding", deadline=55)
        other = self.evil("connect", address, "trade 1000000", "shutdown", "read end", connections=4)
        self.assertEqual(other.wait_for_end(), 0)
        for outcome in other.summary["connections"]:
            self.assertEqual((outcome["received"], outcome["received_crc"]), (1000000, outcome["sent_crc"]), outcome)
        deaf.send_line()
        self.assertEqual(deaf.wait_for_end(), 0)
        server.wait_for("closed", 5)
        self.assert_ends_well(server)


if __name__ == "__main__":
    main()

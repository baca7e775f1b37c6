#!/usr/bin/env python3
"""T1, T2: what came before a reset is whole, and the reset is called one; an urgent byte is a byte."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, count, main


class Resets(ProcessTest):
    def check(self, server, evil, connections, reason):
        """Every connection: all bytes that the peer's kernel had acknowledged, and the reason."""
        self.assertEqual(evil.wait_for_end(600), 0)
        closed = {line["connection"]: line for line in server.wait_for("closed", connections)}
        self.assert_ends_well(server)
        self.assertEqual(server.summary["received"], evil.summary["sent"])
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        for outcome, opened, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            line = closed[opened["connection"]]
            self.assertEqual((line["received"], line["reason"]), (outcome["sent"], reason), outcome)
            side = stream.side(outcome["local"])
            self.assertEqual((side.size, side.crc), (outcome["sent"], outcome["sent_crc"]), outcome)
        return evil.summary["connections"]

    def test_data_followed_at_once_by_a_reset_is_whole_and_the_reset_is_named(self):
        connections = count(400, 10_000)
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 1..1048576", "drained", "reset", connections=connections,
                         parallel=64, seconds=600)
        self.check(server, evil, connections, "reset by peer")

    def test_a_reset_of_a_connection_that_we_opened_is_named(self):
        connections = count(20, 200)
        evil = self.evil("listen", "127.0.0.1:0", "send 1..100000", "drained", "reset", connections=connections)
        address = evil.wait_for("listening")["local"]
        program = self.wireloupe(*["--connect", address] * connections)
        self.assertEqual(evil.wait_for_end(), 0)
        closed = program.wait_for("closed", connections)
        self.assertEqual(program.wait_for_end(), 0)
        self.assert_nothing_lost(program)
        self.assertEqual({line["reason"] for line in closed}, {"reset by peer"})
        self.assertEqual(program.summary["received"], evil.summary["sent"])

    def test_an_urgent_byte_before_a_reset_is_a_byte_of_the_stream(self):
        connections = count(100, 1000)
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 1000", "urgent", "send 1000", "drained", "reset",
                         connections=connections, parallel=16, seconds=600)
        outcomes = self.check(server, evil, connections, "reset by peer")
        self.assertEqual({outcome["sent"] for outcome in outcomes}, {2001})

    def test_an_urgent_byte_before_an_orderly_end_is_a_byte_of_the_stream(self):
        connections = count(100, 1000)
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 1000", "urgent", "send 1000", "shutdown", "read end",
                         connections=connections, parallel=16, seconds=600)
        outcomes = self.check(server, evil, connections, "end of stream")
        self.assertEqual({outcome["sent"] for outcome in outcomes}, {2001})

    def test_urgent_bytes_after_our_own_end_are_recorded(self):
        """The peer goes on after it has seen our FIN: libuv 1.44 lost half of this (RELIABILITY.md F1)."""
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "read end", "send 1000", "urgent", "send 1000", "close")
        server.wait_for("opened")
        self.assertEqual(server.stop(), 0, server.story())
        self.assertEqual(evil.wait_for_end(), 0)
        self.assert_nothing_lost(server)
        self.assertEqual(server.summary["received"], 2001, server.story())

    def test_an_answer_to_a_peer_that_has_reset_does_not_end_the_program(self):
        """SIGPIPE's usual occasion: echo into connections that are gone."""
        server = self.wireloupe("--listen", "0", "--echo")
        evil = self.evil("connect", server.listening(), "stuff 3000000 200", "reset", connections=20)
        self.assertEqual(evil.wait_for_end(), 0)
        closed = server.wait_for("closed", 20)
        self.assertEqual({line["reason"] for line in closed}, {"reset by peer"})
        self.assert_ends_well(server)


if __name__ == "__main__":
    main()

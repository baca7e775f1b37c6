#!/usr/bin/env python3
"""T4: either side may end first, and the other direction goes on."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, count, main


class HalfClose(ProcessTest):
    ROUNDS = count(20, 200)

    def check(self, server, evil, reason="end of stream"):
        closed = {line["connection"]: line for line in server.wait_for("closed", len(evil.summary["connections"]))}
        self.assertEqual(server.stop(), 0, server.story())
        self.assert_nothing_lost(server)
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        for outcome, opened, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            line = closed[opened["connection"]]
            self.assertEqual(line["reason"], reason, outcome)
            theirs, ours = stream.side(outcome["local"]), stream.side(outcome["peer"])
            self.assertEqual((theirs.size, theirs.crc), (outcome["sent"], outcome["sent_crc"]), outcome)
            self.assertEqual((ours.size, ours.crc), (outcome["received"], outcome["received_crc"]), outcome)
            self.assertTrue(theirs.has_fin and ours.has_fin, f"both ends are in the capture: {outcome}")
        self.assertEqual(tshark.analysis(server.capture), [])

    def test_the_peer_ends_first_and_still_gets_everything_that_is_queued(self):
        """It ends its stream while megabytes of answers wait, and reads them only then."""
        server = self.wireloupe("--listen", "0", "--echo")
        evil = self.evil("connect", server.listening(), "send 1000000", "shutdown", "wait 50", "read end",
                         connections=self.ROUNDS, parallel=8, receive_buffer=65536, seconds=300)
        self.assertEqual(evil.wait_for_end(300), 0)
        for outcome in evil.summary["connections"]:
            self.assertEqual((outcome["received"], outcome["received_crc"]), (outcome["sent"], outcome["sent_crc"]), outcome)
            self.assertTrue(outcome["peer_ended"])
        self.check(server, evil)

    def test_the_peer_ends_at_once_without_a_byte(self):
        server = self.wireloupe("--listen", "0", "--echo")
        evil = self.evil("connect", server.listening(), "shutdown", "read end", connections=self.ROUNDS)
        self.assertEqual(evil.wait_for_end(), 0)
        self.assertEqual({outcome["received"] for outcome in evil.summary["connections"]}, {0})
        self.check(server, evil)

    def test_we_end_first_and_the_peer_goes_on_sending(self):
        """Our end (here: the end of the run) waits for theirs, and records what they still send."""
        size = count(256 * 1024, 1024 * 1024)
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "read end", f"send {size}", "shutdown", "close", connections=4)
        server.wait_for("opened", 4)
        self.assertEqual(server.stop(), 0, server.story())
        self.assertEqual(evil.wait_for_end(), 0)
        for outcome in evil.summary["connections"]:
            self.assertTrue(outcome["peer_ended"], outcome)
            self.assertEqual((outcome["sent"], outcome["end"]), (size, "closed"), outcome)
        self.assertEqual(server.summary["received"], 4 * size, server.story())
        self.check(server, evil, "closed here")

    def test_both_end_at_the_same_time(self):
        """We greet and end when they end; they end without having read."""
        server = self.wireloupe("--listen", "0", "--send", "a greeting")
        evil = self.evil("connect", server.listening(), "send 100", "shutdown", "read end", connections=self.ROUNDS)
        self.assertEqual(evil.wait_for_end(), 0)
        self.assertEqual({outcome["received"] for outcome in evil.summary["connections"]}, {10})
        self.check(server, evil)

    def test_a_server_that_ends_first_leaves_our_client_time_to_send(self):
        """They end at once; our greeting still goes out whole."""
        greeting = "g" * 100_000
        evil = self.evil("listen", "127.0.0.1:0", "shutdown", "wait 50", "read end", receive_buffer=4096)
        client = self.wireloupe("--connect", evil.wait_for("listening")["local"], "--send", greeting)
        self.assertEqual(evil.wait_for_end(), 0)
        outcome = evil.summary["connections"][0]
        self.assertEqual((outcome["received"], outcome["peer_ended"]), (len(greeting), True))
        self.assertEqual(client.wait_for("closed")["reason"], "end of stream")
        self.assertEqual(client.wait_for_end(), 0)
        self.assert_nothing_lost(client)


if __name__ == "__main__":
    main()

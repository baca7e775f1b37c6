#!/usr/bin/env python3
"""T53: the end comes at once, whatever is open and whatever waits."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture
from wireloupe_process import ProcessTest, count, main, wait_until

# T53 says one second from the wish to the end; the rest is this machine's when other tests share it.
MOST_SECONDS = 1.0 + 0.5


class Exit(ProcessTest):
    def check_stop(self, server, *arguments):
        started = time.monotonic()
        status = server.stop()
        elapsed = time.monotonic() - started
        print(f"{elapsed:.3f} s")
        self.assertEqual(status, 0, server.story())
        self.assertLessEqual(elapsed, MOST_SECONDS)
        self.assert_nothing_lost(server)
        self.assertEqual(server.summary["connections"], len(server.of("opened")))
        self.assertEqual(len(server.of("closed")), len(server.of("opened")))
        capture = Capture(server.capture)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))

    def test_with_a_thousand_open_connections(self):
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 10", "read end", "close", connections=1000, rate=3000)
        server.wait_for("opened", 1000)
        self.check_stop(server)
        self.assertEqual(evil.wait_for_end(), 0)
        self.assertEqual({outcome["end"] for outcome in evil.summary["connections"]}, {"closed"}, "each saw an orderly end")

    def test_with_a_thousand_connections_whose_peers_never_end(self):
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 10", "hold", "close", connections=1000, rate=3000)
        evil.wait_for("holding")
        server.wait_for("opened", 1000)
        self.check_stop(server)
        evil.send_line()
        self.assertEqual(evil.wait_for_end(), 0)

    def test_with_writes_pending_to_peers_that_never_read(self):
        server = self.wireloupe("--listen", "0", "--echo")
        evil = self.evil("connect", server.listening(), "stuff 60000000 300", "hold", "close", connections=12, receive_buffer=4096)
        evil.wait_for("holding")
        self.check_stop(server)
        evil.send_line()
        self.assertEqual(evil.wait_for_end(), 0)

    def test_in_the_middle_of_a_flood(self):
        server = self.wireloupe("--listen", "0")
        evil = self.evil("connect", server.listening(), "send 100000000000", connections=4, seconds=50)
        server.wait_for("opened", 4)
        wait_until(lambda: os.path.getsize(server.capture) > 100_000_000, "100 MB are in the file")
        self.check_stop(server)
        evil.wait_for_end()
        # What we took is what is in the file; what was on its way is not ours.
        self.assertEqual(Capture(server.capture).payload, server.summary["stored"])

    def test_again_and_again(self):
        for _ in range(count(15, 1000)):
            server = self.wireloupe("--listen", "0", "--connect", "127.0.0.1:1")
            server.wait_for("listening")
            server.wait_for("failed")
            started = time.monotonic()
            server.stop()
            self.assertEqual(server.process.returncode, 1, server.story())  # nothing listens on port 1
            self.assertLessEqual(time.monotonic() - started, MOST_SECONDS)
            self.assertEqual(server.summary["connections"], 0)
            server.kill()

    def test_for_ends_it_on_time(self):
        server = self.wireloupe("--listen", "0", "--for", "0.5")
        server.wait_for("listening")
        started = time.monotonic()
        self.assertEqual(server.wait_for_end(), 0)
        self.assertLessEqual(time.monotonic() - started, 0.5 + MOST_SECONDS)


if __name__ == "__main__":
    main()

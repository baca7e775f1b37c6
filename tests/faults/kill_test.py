#!/usr/bin/env python3
"""kill -9 under load: what was answered or shown is in the file, and the file can be read."""

import os
import random
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from capture_file import Capture
from wireloupe_process import ProcessTest, count, main


class Kill(ProcessTest):
    def kill_once(self, round_number):
        chance = random.Random(round_number)
        server = self.wireloupe("--listen", "0", "--echo", "--verbose")
        evil = self.evil("connect", server.listening(), "trade 1000000000", connections=chance.choice((1, 8, 64)),
                         seed=round_number, seconds=50)
        server.wait_for_sum("received", "bytes", chance.randrange(1, 30_000_000))
        server.signal(signal.SIGKILL)
        self.assertEqual(server.wait_for_end(), -signal.SIGKILL)
        evil.wait_for_end()

        self.assertIn(tshark.is_readable(server.capture), ("whole", "cut short"))
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        shown = {}
        for line in server.of("received"):
            shown[line["connection"]] = shown.get(line["connection"], 0) + line["bytes"]
        known = {line["peer"]: line for line in server.of("opened")}
        streams = {stream.opener: stream for stream in capture.streams}
        answered = 0
        for outcome in evil.summary["connections"]:
            if outcome["received"] == 0 and outcome["local"] not in known:
                continue
            theirs = streams[outcome["local"]].side(outcome["local"])
            self.assertGreaterEqual(theirs.size, outcome["received"], f"answered but not recorded: {outcome}")
            if outcome["local"] in known:
                self.assertGreaterEqual(theirs.size, shown.get(known[outcome["local"]]["connection"], 0), f"shown, not recorded: {outcome}")
            answered += outcome["received"]
        return answered

    def test_what_was_answered_or_shown_is_in_the_file(self):
        answered = [self.kill_once(number) for number in range(count(6, 200))]
        print(f"{len(answered)} kills, {sum(answered)} bytes answered")
        self.assertGreater(sum(answered), 0)


if __name__ == "__main__":
    main()

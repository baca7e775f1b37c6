#!/usr/bin/env python3
"""T26: signals end the run in order or not at all, and the file is whole."""

import json
import os
import shutil
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from capture_file import Capture
from wireloupe_process import ProcessTest, main, wait_until


class Signals(ProcessTest):
    def start(self, *arguments, **options):
        """A server with one connection open and 1,000 bytes received on it."""
        server = self.wireloupe("--listen", "0", "--verbose", *arguments, **options)
        evil = self.evil("connect", server.listening(), "send 1000", "hold", "send 500", "drained", "hold", "close")
        server.wait_for_sum("received", "bytes", 1000)
        return server, evil

    def check_clean_end(self, server):
        self.assert_nothing_lost(server)
        self.assertEqual(server.summary["received"], 1000)
        self.assertEqual([line["reason"] for line in server.of("closed")], ["closed here"])
        self.assertEqual(len(server.of("stopped")), 1)
        self.assertEqual(server.events[-1]["event"], "summary")
        capture = Capture(server.capture)
        self.assertEqual((capture.troubles, capture.is_cut, capture.payload), ([], False, 1000))
        self.assertEqual(tshark.analysis(server.capture), [])

    def test_sigterm_ends_it_in_order(self):
        server, _ = self.start()
        self.assertEqual(server.stop(signal.SIGTERM), 0)
        self.check_clean_end(server)

    def test_sigint_ends_it_in_order(self):
        server, _ = self.start()
        self.assertEqual(server.stop(signal.SIGINT), 0)
        self.check_clean_end(server)

    def test_sighup_ends_it_in_order(self):
        server, _ = self.start()
        self.assertEqual(server.stop(signal.SIGHUP), 0)
        self.check_clean_end(server)

    def test_a_second_signal_does_not_damage_the_file(self):
        server, _ = self.start()
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGINT)
        server.signal(signal.SIGTERM)
        server.wait_for_end()
        capture = Capture(server.capture)
        self.assertEqual((capture.troubles, capture.is_cut, capture.payload), ([], False, 1000))

    def test_sigpipe_and_sigxfsz_are_ignored(self):
        server, evil = self.start()
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            server.signal(number)
        evil.send_line()
        server.wait_for_sum("received", "bytes", 1500)
        self.assert_ends_well(server)

    def test_a_stop_and_a_continue_cost_nothing(self):
        server, evil = self.start()
        server.signal(signal.SIGSTOP)
        wait_until(lambda: self.state_of(server.pid) == "T", "it is stopped")
        evil.send_line()
        evil.wait_for("holding", hold=2)  # acknowledged by the kernel
        server.signal(signal.SIGCONT)
        server.wait_for_sum("received", "bytes", 1500)
        evil.send_line()
        self.assertEqual(server.wait_for("closed")["reason"], "end of stream")
        self.assert_ends_well(server)

    def state_of(self, pid):
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0]

    def test_a_closed_standard_output_ends_it_in_order(self):
        read_end, write_end = os.pipe()
        server = self.wireloupe("--listen", "127.0.0.1:0", "--verbose", stdout=write_end, report="stderr")
        os.close(write_end)
        lines = os.fdopen(read_end, "rb")
        with socket.create_connection(self.address_in(lines.readline()), 30) as peer:
            peer.sendall(b"x" * 1000)
            self.assertEqual([json.loads(lines.readline())["event"] for _ in range(2)], ["opened", "received"])
            lines.close()  # what it says from now on has nowhere to go
            self.assertEqual(server.wait_for_end(), 0, server.story())
        capture = Capture(server.capture)
        self.assertEqual((capture.troubles, capture.is_cut, capture.payload), ([], False, 1000))
        self.assertEqual(tshark.analysis(server.capture), [])

    def address_in(self, line):
        host, port = json.loads(line)["local"].rsplit(":", 1)
        return host, int(port)

    def test_a_file_size_limit_is_reported_and_kills_nobody(self):
        """EFBIG comes with SIGXFSZ, whose default is death."""
        self.skip_unless(shutil.which("prlimit"), "prlimit is not installed")
        limit = 300_000
        server = self.wireloupe("--listen", "0", before=["prlimit", f"--fsize={limit}:{limit}"])
        evil = self.evil("connect", server.listening(), "stuff 30000000 500", "hold", "reset")
        evil.wait_for("holding")
        failed = server.wait_for("failed", operation="capture")
        self.assertEqual(failed["code"], "EFBIG", failed)
        evil.send_line()
        server.stop()
        self.assertEqual(server.process.returncode, 1, server.story())
        self.assertEqual(server.summary["stored"], Capture(server.capture).payload)
        capture = Capture(server.capture)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False), "cut back to its last whole block")
        self.assertLessEqual(os.path.getsize(server.capture), limit)
        self.assertEqual(tshark.is_readable(server.capture), "whole")


if __name__ == "__main__":
    main()

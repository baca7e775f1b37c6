#!/usr/bin/env python3
"""T15, T16: no descriptor left. Nobody vanishes without a word, the loop rests, and it goes on when there are some again."""

import os
import shutil
import socket
import sys
import threading
from datetime import datetime

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture, lives
from wireloupe_process import ProcessTest, count, main, wait_until


def seconds_of(line):
    """A line's time; python's datetime has microseconds."""
    whole, fraction = line["time"].rstrip("Z").split(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + int(fraction) / 1e9


class Descriptors(ProcessTest):
    # What waits must fit the backlog (128), or the kernel itself drops handshakes.
    CLIENTS = 120

    def start(self):
        self.skip_unless(shutil.which("prlimit"), "prlimit is not installed")
        server = self.wireloupe("--listen", "0", "--echo", before=["prlimit", "--nofile=64:64"])
        host, port = server.listening().rsplit(":", 1)
        steady = socket.create_connection((host, int(port)), 30)
        self.addCleanup(steady.close)
        steady.settimeout(30)
        server.wait_for("opened")
        return server, steady

    def echo(self, steady, text=b"still here"):
        steady.sendall(text)
        got = b""
        while len(got) < len(text):
            got += steady.recv(100)
        self.assertEqual(got, text)

    def test_everybody_is_served_in_the_end_and_each_shortage_is_reported(self):
        server, steady = self.start()
        evil = self.evil("connect", server.listening(), "send 10", "hold", "close", connections=self.CLIENTS, seconds=50)
        evil.wait_for("holding")
        shortage = server.wait_for("failed", operation="accept")
        self.assertIn(shortage["code"], ("EMFILE", "ENFILE"))
        self.assertTrue(shortage["message"])
        accepted = len(server.of("opened")) - 1
        self.assertLess(accepted, self.CLIENTS)
        self.assertEqual(server.of("closed"), [], "nobody was let go")

        # Starved: what is open goes on, and the loop rests.
        self.echo(steady)
        cpu = server.cpu_seconds()
        threading.Event().wait(1.0)  # the time over which processor time is counted
        used = server.cpu_seconds() - cpu
        self.assertLessEqual(used, 0.05, "at most 5 % of a core while starved")
        self.echo(steady)

        evil.send_line()
        self.assertEqual(evil.wait_for_end(), 0)
        closed = server.wait_for("closed", self.CLIENTS)
        opened = server.of("opened")
        self.assertEqual(len(opened), self.CLIENTS + 1)
        first_free = min(seconds_of(line) for line in closed)
        next_opened = min(seconds_of(line) for line in opened[accepted + 1:])
        print(f"{accepted} of {self.CLIENTS} fitted; {used:.3f} s of CPU in one second; the next one {next_opened - first_free:.3f} s after")
        self.assertLessEqual(next_opened - first_free, 0.2 + 0.1, "200 ms, and this machine's scheduling")
        self.assertEqual({line["received"] for line in closed}, {10})
        self.echo(steady)
        steady.close()
        self.assert_ends_well(server)
        capture = Capture(server.capture)
        self.assertEqual(capture.troubles, [])
        for outcome, _, stream in lives(evil.summary["connections"], opened, capture):
            side = stream.side(outcome["local"])
            self.assertEqual((side.size, side.crc), (10, outcome["sent_crc"]), outcome)

    def test_a_client_without_a_descriptor_says_so(self):
        self.skip_unless(shutil.which("prlimit"), "prlimit is not installed")
        listener = self.evil("listen", "127.0.0.1:0", "read end", connections=100, seconds=50)
        address = listener.wait_for("listening")["local"]
        program = self.wireloupe(*["--connect", address] * 100, "--for", "2", before=["prlimit", "--nofile=64:64"])
        program.wait_for_end()
        opened, failed = program.of("opened"), program.of("failed")
        self.assertEqual(len(opened) + len(failed), 100, program.story())
        self.assertGreater(len(opened), 0)
        self.assertEqual({(line["operation"], line["code"]) for line in failed}, {("connect", "EMFILE")})
        self.assertEqual(program.process.returncode, 1)

    def test_accept_that_fails_every_other_time_loses_nobody(self):
        """T16's descriptor thief, by strace: the shortage comes and goes between any two calls."""
        self.skip_unless(shutil.which("strace"), "strace is not installed")
        before = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=accept4", "-e",
                  "inject=accept4:error=EMFILE:when=2+2"]
        server = self.wireloupe("--listen", "0", "--echo", before=before)
        heartbeat = self.evil("ping", server.listening(), seconds=count(3, 60))
        clients = count(30, 1000)
        evil = self.evil("connect", server.listening(), "trade 1000", "shutdown", "read end", connections=clients, parallel=16,
                         seconds=120)
        self.assertEqual(evil.wait_for_end(120), 0, evil.story())
        self.assertEqual({outcome["received"] for outcome in evil.summary["connections"]}, {1000})
        self.assertEqual(heartbeat.wait_for_end(90), 0)
        print(f"heartbeat: {heartbeat.summary}; {len(server.of('failed'))} shortages reported")
        # A loop that stood still for each pause of 100 ms would do so in most beats; single ones are strace's and the scheduler's.
        self.assertLessEqual(heartbeat.summary["median_us"], 20_000, "the pause after a shortage is no pause of the loop")
        server.wait_for("closed", clients + 1)
        self.assertGreater(len(server.of("failed", operation="accept", code="EMFILE")), 0)
        self.stop_traced(server)
        self.assertEqual(server.summary["connections"], clients + 1)

    def stop_traced(self, server):
        """strace passes no signal on; its child is the program."""
        with open(f"/proc/{server.pid}/task/{server.pid}/children", encoding="ascii") as file:
            child = int(file.read().split()[0])
        os.kill(child, 15)
        self.assertEqual(server.wait_for_end(), 0, server.story())


if __name__ == "__main__":
    main()

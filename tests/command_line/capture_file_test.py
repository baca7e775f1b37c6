#!/usr/bin/env python3
"""Where the capture goes: --write, --overwrite, "-", the default place; and what happens when it cannot be made."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from wireloupe_process import DEADLINE_SECONDS, WIRELOUPE, ProcessTest, main  # noqa: E402


def talk(address, data=b"hello"):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS) as peer:
        peer.sendall(data)


class CaptureFile(ProcessTest):
    def run_to_its_end(self, *arguments, **options):
        run = self.wireloupe("--listen", "0", *arguments, **options)
        talk(run.listening())
        run.wait_for("closed")
        self.assertEqual(run.stop(), 0, run.story())
        return run

    def test_a_relative_name_is_below_the_working_directory(self):
        run = self.run_to_its_end("-w", "mine.pcapng", cwd=self.folder)
        self.assertEqual(run.summary["capture"], self.path("mine.pcapng"))
        self.assertGreater(os.path.getsize(self.path("mine.pcapng")), 0)

    def test_an_existing_file_is_refused_and_left_alone(self):
        path = self.path("precious")
        with open(path, "wb") as file:
            file.write(b"precious")
        run = self.wireloupe("--listen", "0", "-w", path)
        self.assertEqual(run.wait_for_end(), 1)
        self.assertEqual(run.events, [], "it began all the same")
        self.assertRegex(run.errors(), r"\Awireloupe: [^\n]*precious: EEXIST[^\n]*--overwrite[^\n]*\n\Z")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_overwrite_replaces_it(self):
        path = self.path("old")
        with open(path, "wb") as file:
            file.write(b"old" * 100_000)
        run = self.run_to_its_end("-w", path, "--overwrite")
        with open(path, "rb") as file:
            self.assertEqual(file.read(4), b"\x0a\x0d\x0d\x0a")
        self.assertLess(os.path.getsize(path), 100_000)
        self.assertEqual(run.summary["capture"], path)

    def test_a_place_that_cannot_be_written_fails_with_its_name(self):
        for path, code in ((self.path("no/such/folder/x"), "ENOENT"), (self.folder, "EISDIR|EEXIST"), ("/proc/wireloupe", "ENOENT|EACCES|EPERM")):
            with self.subTest(path):
                run = self.wireloupe("--listen", "0", "-w", path)
                self.assertEqual(run.wait_for_end(), 1)
                self.assertEqual(run.events, [])
                self.assertRegex(run.errors(), rf"\Awireloupe: [^\n]*{path}: ({code})[^\n]*\n\Z")

    def test_the_default_place_is_named_in_the_summary(self):
        run = self.run_to_its_end(is_default_capture=True)
        place = os.path.join(self.environment["XDG_STATE_HOME"], "wireloupe")
        capture = run.summary["capture"]
        self.assertEqual(os.path.dirname(capture), place)
        self.assertEqual(stat.S_IMODE(os.stat(place).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(capture).st_mode), 0o600)

    def test_the_default_place_without_xdg_is_below_home(self):
        for state in (None, "", "relative/path"):
            with self.subTest(XDG_STATE_HOME=state):
                environment = {"HOME": self.folder}
                if state is not None:
                    environment["XDG_STATE_HOME"] = state
                else:
                    self.environment.pop("XDG_STATE_HOME", None)
                run = self.run_to_its_end(is_default_capture=True, environment=environment)
                self.assertEqual(os.path.dirname(run.summary["capture"]), self.path(".local/state/wireloupe"))

    def test_standard_output_takes_the_capture_and_standard_error_the_lines(self):
        whole = self.path("from-pipe.pcapng")
        with open(whole, "wb") as out:
            run = self.wireloupe("--listen", "0", "-w", "-", report="stderr", stdout=out)
            talk(run.listening(), b"through the pipe")
            run.wait_for("closed")
            self.assertEqual(run.stop(), 0, run.story())
        self.assertEqual(run.lines_not_json, [])
        summary = run.summary
        self.assertEqual((summary["received"], summary["stored"], summary["capture"]), (16, 16, "-"))
        with open(whole, "rb") as file:
            data = file.read()
        self.assertEqual(data[:4], b"\x0a\x0d\x0d\x0a")
        self.assertIn(b"through the pipe", data)

    def test_a_reader_of_the_capture_that_goes_away_stops_it(self):
        reading, writing = os.pipe()
        run = self.wireloupe("--listen", "0", "-w", "-", report="stderr", stdout=writing)
        os.close(writing)
        run.listening()
        os.close(reading)
        self.assertEqual(run.wait_for_end(), 0, run.story())
        self.assertEqual(run.events[-1]["event"], "summary")

    def test_a_reader_that_leaves_in_mid_capture_stops_it_cleanly(self):
        reading, writing = os.pipe()
        run = self.wireloupe("--listen", "0", "-w", "-", report="stderr", stdout=writing)
        os.close(writing)
        with socket.create_connection(run.listening().rsplit(":", 1), timeout=DEADLINE_SECONDS) as peer:
            os.read(reading, 100)
            os.close(reading)
            try:
                for _ in range(1000):
                    peer.sendall(b"w" * 4096)
            except OSError:
                pass
            self.assertEqual(run.wait_for_end(), 0, run.story())
        self.assertEqual(run.events[-1]["event"], "summary")

    def test_a_reader_that_stalls_does_not_hold_up_a_signal(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        run = self.wireloupe("--listen", "0", "-w", "-", report="stderr", stdout=writing)
        os.close(writing)
        with socket.create_connection(run.listening().rsplit(":", 1), timeout=DEADLINE_SECONDS) as peer:
            peer.settimeout(1)
            try:
                while True:  # nobody reads the pipe, so the back-pressure reaches this peer
                    peer.sendall(b"s" * 65536)
            except TimeoutError:
                pass
            began = time.monotonic()
            run.stop(signal.SIGTERM)
            self.assertLess(time.monotonic() - began, 4)

    def test_tshark_reads_the_pipe(self):
        tshark = ["tshark", "-r", "-", "-T", "fields", "-e", "tcp.payload", "-Y", "tcp.len>0"]
        with subprocess.Popen(tshark, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shark:
            self.addCleanup(shark.kill)
            run = self.wireloupe("--listen", "0", "-w", "-", report="stderr", stdout=shark.stdin)
            shark.stdin.close()
            talk(run.listening(), b"fish")
            run.wait_for("closed")
            self.assertEqual(run.stop(), 0)
            said = shark.stdout.read().decode().split()
            self.assertEqual(said, [b"fish".hex()], shark.stderr.read().decode())


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How a headless run ends: by itself, by --for, by a signal, by a closed or a stalled standard output; the file is whole each time."""

import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from wireloupe_process import DEADLINE_SECONDS, WIRELOUPE, ProcessTest, main, wait_until  # noqa: E402


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS)


class Endings(ProcessTest):
    def assert_whole(self, path):
        """Blocks from the first byte to the last: length before and length behind agree, and nothing is left over."""
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(data[:4], b"\x0a\x0d\x0d\x0a")
        offset = 0
        while offset < len(data):
            length = int.from_bytes(data[offset + 4:offset + 8], sys.byteorder)
            self.assertGreaterEqual(length, 12)
            self.assertEqual(int.from_bytes(data[offset + length - 4:offset + length], sys.byteorder), length)
            offset += length
        self.assertEqual(offset, len(data))

    def test_each_signal_ends_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                run = self.wireloupe("--listen", "0", "--echo")
                with connect(run.listening()) as peer:
                    peer.sendall(b"x" * 1000)
                    peer.recv(1000, socket.MSG_WAITALL)
                    self.assertEqual(run.stop(number), 0)
                self.assertEqual(run.events[-1]["event"], "summary")
                self.assertEqual(run.summary["stored"], 2000)
                self.assert_whole(run.capture)

    def test_for_ends_it_after_that_time(self):
        began = time.monotonic()
        run = self.wireloupe("--listen", "0", "--for", "0.75")
        self.assertEqual(run.wait_for_end(), 0)
        self.assertGreaterEqual(time.monotonic() - began, 0.75)
        self.assertEqual([event["event"] for event in run.events], ["listening", "stopped", "summary"])

    def test_for_ends_it_under_a_flood_too(self):
        run = self.wireloupe("--listen", "0", "--for", "1")
        with connect(run.listening()) as peer:
            peer.settimeout(DEADLINE_SECONDS)
            try:
                while True:
                    peer.sendall(b"f" * 65536)
            except OSError:
                pass
        self.assertEqual(run.wait_for_end(), 0)
        self.assert_nothing_lost(run)
        self.assertGreater(run.summary["received"], 0)

    def test_clients_only_end_with_their_last_connection(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(DEADLINE_SECONDS)
            address = "127.0.0.1:%d" % server.getsockname()[1]
            run = self.wireloupe("--connect", address, "--connect", address)
            first, second = server.accept()[0], server.accept()[0]
            run.wait_for("opened", 2)
            first.close()
            run.wait_for("closed")
            self.assertIsNone(run.process.poll())
            second.close()
        self.assertEqual(run.wait_for_end(), 0)

    def test_a_server_beside_a_client_goes_on(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(DEADLINE_SECONDS)
            run = self.wireloupe("--connect", "127.0.0.1:%d" % server.getsockname()[1], "--listen", "0")
            server.accept()[0].close()
        run.wait_for("closed")
        with connect(run.listening()):
            run.wait_for("opened", 2)
        self.assertEqual(run.stop(), 0)

    def test_a_client_that_was_never_connected_is_exit_status_1(self):
        with socket.socket() as full, socket.socket() as filler:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            address = "127.0.0.1:%d" % full.getsockname()[1]
            filler.connect(full.getsockname())  # the backlog is full: nobody else is answered
            run = self.wireloupe("--connect", address, "--for", "0.5")
            self.assertEqual(run.wait_for_end(), 1, run.story())
            self.assertEqual(run.errors(), f"wireloupe: {address}: was never connected\n")
            run = self.wireloupe("--connect", address, "--listen", "0")
            run.wait_for("connecting")
            run.listening()
            self.assertEqual(run.stop(), 1, run.story())

    def test_send_does_not_close(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(DEADLINE_SECONDS)
            run = self.wireloupe("--connect", "127.0.0.1:%d" % server.getsockname()[1], "--send", "once", "--for", "1")
            peer = server.accept()[0]
            with peer:
                peer.settimeout(DEADLINE_SECONDS)
                self.assertEqual(peer.recv(4, socket.MSG_WAITALL), b"once")
                self.assertEqual(peer.recv(1), b"", "nothing more, and the end when --for says so")
        self.assertEqual(run.wait_for_end(), 0)
        self.assertEqual(run.of("closed")[0]["reason"], "closed here")

    def test_a_closed_standard_output_stops_it(self):
        run = self.wireloupe("--listen", "0", is_read=False)
        run.report.readline()
        run.report.close()
        # Nothing is written meanwhile: the closing itself must be seen.
        self.assertEqual(run.process.wait(DEADLINE_SECONDS), 0)
        self.assert_whole(run.capture)

    def test_a_standard_output_that_never_was_stops_it(self):
        capture = self.path("never.pcapng")
        done = subprocess.run(["sh", "-c", 'exec "$0" --headless --listen 0 -w "$1" >&-', WIRELOUPE, capture],
                              env=self.environment, timeout=DEADLINE_SECONDS, check=False)
        self.assertEqual(done.returncode, 0)
        self.assert_whole(capture)

    def test_a_reader_that_stalls_holds_up_no_signal_and_loses_no_byte(self):
        run = self.wireloupe("--listen", "0", "--verbose", is_read=False)
        address = json_field(run.report.readline(), "local")
        with connect(address) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.settimeout(2)
            sent = 0
            try:
                # Far more lines than the pipe, our buffer and the queue hold; ends when back-pressure reaches this peer, or with enough.
                while sent < 400_000:
                    sent += peer.send(b"y")
            except TimeoutError:
                pass
            run.signal(signal.SIGTERM)
            self.assertEqual(run.process.wait(DEADLINE_SECONDS), 0, run.errors())
        self.assert_whole(run.capture)

    def test_a_slow_reader_gets_every_line(self):
        run = self.wireloupe("--listen", "0", "--verbose", is_read=False)
        address = json_field(run.report.readline(), "local")
        with connect(address) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(30_000):
                peer.send(b"z")
            # The pipe is full by now, or everything was taken; either way reading begins only here.
            run.start_reading()
            run.wait_for_sum("received", "bytes", 30_000)
        run.wait_for("closed")
        self.assertEqual(run.stop(), 0)
        self.assertEqual(sum(event["bytes"] for event in run.of("received")), run.summary["received"])
        self.assert_nothing_lost(run)

    def test_the_soft_limit_on_open_files_is_raised(self):
        import resource
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        run = self.wireloupe("--listen", "0", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)))
        run.listening()
        with open(f"/proc/{run.pid}/limits", encoding="ascii") as file:
            limits = next(line.split() for line in file if line.startswith("Max open files"))
        self.assertEqual(limits[3], limits[4])
        self.assertEqual(run.stop(), 0)

    def test_an_idle_run_costs_nothing(self):
        run = self.wireloupe("--listen", "0")
        run.listening()
        before = wait_until(lambda: run.cpu_seconds() or 1e-9, "a first figure")
        time.sleep(2)  # allowed sleep: the figure is CPU time over this span
        self.assertLessEqual(run.cpu_seconds() - before, 0.02)
        self.assertEqual(run.stop(), 0)


def json_field(line, name):
    import json
    return json.loads(line)[name]


if __name__ == "__main__":
    main()

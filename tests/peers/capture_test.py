#!/usr/bin/env python3
"""The capture as Wireshark sees it: every connection whole, nothing twice, nothing retransmitted."""

import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from capture_file import Capture
from wireloupe_process import EVIL_PEER, ProcessTest, main, wait_until


def stream_bytes(index, size, seed=1):
    """What evil_peer's connection INDEX sends."""
    return subprocess.run([EVIL_PEER, "bytes", str(index), str(size), "--seed", str(seed)], stdout=subprocess.PIPE, check=True).stdout


def own_address():
    """A loopback address that nobody else uses, so that a port on it is free: 127.x.y.z has 16 million."""
    return f"127.{os.getpid() % 200 + 20}.{os.urandom(1)[0]}.{os.urandom(1)[0] % 250 + 1}"


class CaptureInWireshark(ProcessTest):
    def check(self, path, but=""):
        """Our own reader and Wireshark's find nothing wrong."""
        capture = Capture(path)
        self.assertEqual(capture.troubles, [])
        self.assertFalse(capture.is_cut)
        self.assertEqual(tshark.analysis(path, but), [])
        return capture

    def test_follow_stream_gives_back_both_sides(self):
        size = 8 * 1024 * 1024
        server = self.wireloupe("--listen", "0", "--echo")
        evil = self.evil("connect", server.listening(), f"trade {size}", "shutdown", "read end")
        self.assertEqual(evil.wait_for_end(), 0)
        self.assert_ends_well(server)
        expected = stream_bytes(0, size)
        opener, other = tshark.follow(server.capture)
        self.assertTrue(opener == expected, f"the client's {len(opener)} bytes are not the {size} it sent")
        self.assertTrue(other == expected, f"the server's {len(other)} bytes are not the {size} it sent back")
        self.check(server.capture)

    def test_interleaved_connections_are_followed_apart(self):
        server = self.wireloupe("--listen", "0", "--echo")
        evil = self.evil("connect", server.listening(), "trade 1000..20000", "shutdown", "read end", connections=20)
        self.assertEqual(evil.wait_for_end(), 0)
        self.assert_ends_well(server)
        capture = self.check(server.capture)
        self.assertEqual(len(capture.streams), 20)
        index_of = {outcome["local"]: (i, outcome["sent"]) for i, outcome in enumerate(evil.summary["connections"])}
        followed = tshark.follow_all(server.capture, range(20))
        for number, stream in enumerate(capture.streams):
            index, size = index_of[stream.opener]
            expected = stream_bytes(index, size)
            self.assertEqual(followed[number], (expected, expected), f"stream {number}")

    def test_a_capture_on_standard_output_is_read_by_tshark_while_it_is_written(self):
        server = self.wireloupe("--listen", "0", "--echo", "-w", "-", report="stderr", stdout=subprocess.PIPE)
        reader = self.tool(tshark.TSHARK, "-n", "-r", "-", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.len", "-e",
                           "tcp.analysis.flags", stdin=server.process.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        server.process.stdout.close()
        evil = self.evil("connect", server.listening(), "trade 300000", "shutdown", "read end", connections=3)
        self.assertEqual(evil.wait_for_end(), 0)
        self.assertEqual(server.stop(), 0, server.story())
        output, errors = reader.communicate(timeout=30)
        self.assertEqual(reader.returncode, 0, errors)
        rows = [line.split("\t") for line in output.decode().splitlines()]
        self.assertEqual(sum(int(row[1]) for row in rows), 3 * 2 * 300000)
        self.assertEqual({row[0] for row in rows}, {"0", "1", "2"})
        self.assertEqual([row for row in rows if row[2]], [])
        self.assertEqual(server.summary["capture"], "-")

    def test_two_lives_of_one_port_pair_are_two_streams(self):
        server = self.wireloupe("--listen", "0", "--echo")
        host, port = server.listening().rsplit(":", 1)
        source = None
        lives = [b"the first life", b"the second life, longer"]
        for number, text in enumerate(lives, 1):
            with socket.socket() as peer:
                # Reset at the end, else the pair stays in TIME_WAIT for a minute.
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.bind(source or ("127.0.0.1", 0))
                source = peer.getsockname()
                peer.settimeout(30)
                peer.connect((host, int(port)))
                peer.sendall(text)
                got = b""
                while len(got) < len(text):
                    got += peer.recv(100)
                self.assertEqual(got, text)
            if number == 1:
                server.wait_for("closed")
        server.wait_for("closed", 2)
        self.assert_ends_well(server)
        capture = self.check(server.capture, but="tcp.analysis.reused_ports")
        self.assertEqual([stream.opener for stream in capture.streams], [f"{source[0]}:{source[1]}"] * 2)
        for number, text in enumerate(lives):
            self.assertEqual(tshark.follow(server.capture, number), (text, text))

    def test_our_client_and_our_server_in_one_run_are_in_the_capture_once(self):
        address = f"{own_address()}:9000"
        program = self.wireloupe("--listen", address, "--connect", address, "--send", "over and out", "--echo")
        program.wait_for("opened", 2)
        # Both ends sent the greeting: each once, and the server's echo of the client's on top.
        wait_until(lambda: Capture(program.capture).payload >= 2 * 12 + 12, "greetings and echo are in the capture")
        self.assert_ends_well(program)
        self.assertEqual(program.summary["connections"], 2)
        self.assertEqual(program.summary["sent"], program.summary["received"])
        capture = self.check(program.capture)
        self.assertEqual(len(capture.streams), 1)
        self.assertEqual(tshark.run("-r", program.capture, "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 0", "-T", "fields", "-e",
                                    "tcp.stream").decode().split(), ["0"])
        opener, other = tshark.follow(program.capture)
        self.assertEqual(opener, b"over and out")
        self.assertEqual(sorted(other.decode()), sorted("over and out" * 2))
        # The other end's view is there as well, in blocks that Wireshark skips.
        self.assertEqual(capture.second_side_bytes, len(opener) + len(other))

    def test_the_demo_is_whole_in_the_capture(self):
        demo = self.wireloupe("--demo", "--for", "2")
        self.assertEqual(demo.wait_for_end(), 0, demo.story())
        self.assert_nothing_lost(demo)
        self.assertGreater(demo.summary["received"], 0)
        capture = self.check(demo.capture)
        self.assertGreaterEqual(len(capture.streams), 1)
        self.assertEqual(capture.payload * 2, demo.summary["received"] + demo.summary["sent"])


if __name__ == "__main__":
    main()

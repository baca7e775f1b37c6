#!/usr/bin/env python3
"""Connections of every shape as Wireshark reads them from our capture: nothing to complain about, and following a stream gives back its bytes.

Each over IPv4 and IPv6, and with the connection opened by the peer and by us.
"""

import hashlib
import os
import random
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark
from capture_file import Capture
from wireloupe_process import DEADLINE_SECONDS, EVIL_PEER, ProcessTest, count, main

HOSTS = {"127.0.0.1": "127.0.0.1:0", "::1": "[::1]:0"}
GIB = 1024 ** 3


def split(address):
    host, port = address.rsplit(":", 1)
    return host.strip("[]"), int(port)


class Ledger:
    """A socket that keeps what it sent and received."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(DEADLINE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = bytearray()
        self.received = bytearray()

    def send(self, data):
        self.socket.sendall(data)
        self.sent += data

    def receive(self, size):
        while size > 0:
            data = self.socket.recv(min(size, 1 << 20))
            if not data:
                raise AssertionError(f"the stream ended {size} bytes early")
            self.received += data
            size -= len(data)

    def receive_end(self):
        while data := self.socket.recv(1 << 20):
            self.received += data


class CaptureShapes(ProcessTest):
    def check(self, path, ledgers, but=""):
        """`ledgers` in the order of opening: (sent, received) of the peer."""
        self.assertEqual(tshark.faults(path, but), [])
        capture = Capture(path)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        self.assertEqual(len(capture.streams), len(ledgers))
        followed = tshark.follow_all(path, range(len(ledgers)))
        for number, ((opener, other), (from_peer, to_peer, was_opened_by_us)) in enumerate(zip(followed, ledgers)):
            if was_opened_by_us:
                opener, other = other, opener
            self.assertTrue(opener == from_peer, f"stream {number}: {len(opener)} bytes from the peer, it sent {len(from_peer)}")
            self.assertTrue(other == to_peer, f"stream {number}: {len(other)} bytes to the peer, it received {len(to_peer)}")
        return capture

    def pairs(self):
        """(name, start): start() gives (program, the peer's socket, was it opened by us), for each version of IP and either opener."""
        def accepting(host, address):
            server = self.wireloupe("--listen", address, "--echo")
            return server, socket.create_connection(split(server.listening()), timeout=DEADLINE_SECONDS), False

        def connecting(host, address):
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
                listener.bind((host, 0))
                listener.listen()
                listener.settimeout(DEADLINE_SECONDS)
                port = listener.getsockname()[1]
                # What we send is what --send says; the peer may say what it likes.
                client = self.wireloupe("--connect", address.rsplit(":", 1)[0] + f":{port}", "--send", "a greeting")
                return client, listener.accept()[0], True

        for host, address in HOSTS.items():
            for start in (accepting, connecting):
                yield f"{host} {start.__name__}", lambda host=host, address=address, start=start: start(host, address)

    def run_shape(self, shape, but=""):
        """`shape(ledger, is_echoed)` is what the peer does with its connection."""
        for name, start in self.pairs():
            with self.subTest(name):
                program, connected, is_ours = start()
                with connected:
                    ledger = Ledger(connected)
                    if is_ours:
                        ledger.receive(len("a greeting"))
                    shape(ledger, not is_ours)
                program.wait_for("closed")
                if is_ours:
                    self.assertEqual(program.wait_for_end(), 0, program.story())
                    self.assert_nothing_lost(program)
                else:
                    self.assert_ends_well(program)
                self.check(program.capture, [(bytes(ledger.sent), bytes(ledger.received), is_ours)], but)

    def test_not_a_byte(self):
        def shape(ledger, _):
            ledger.socket.shutdown(socket.SHUT_WR)
            ledger.receive_end()

        self.run_shape(shape)

    def test_one_byte(self):
        def shape(ledger, is_echoed):
            ledger.send(b"\0")
            ledger.receive(1 if is_echoed else 0)
            ledger.socket.shutdown(socket.SHUT_WR)
            ledger.receive_end()

        self.run_shape(shape)

    def test_both_directions_interleaved(self):
        chance = random.Random(5)

        def shape(ledger, is_echoed):
            waiting = 0
            for _ in range(300):
                data = chance.randbytes(chance.choice((1, 2, 100, 1460, 5000, 70_000)))
                ledger.send(data)
                waiting += len(data)
                take = chance.randrange(waiting + 1) if waiting < 200_000 else waiting
                if is_echoed:
                    ledger.receive(take)
                    waiting -= take
            ledger.socket.shutdown(socket.SHUT_WR)
            ledger.receive_end()

        self.run_shape(shape)

    def test_a_reset_by_the_peer(self):
        def shape(ledger, is_echoed):
            ledger.send(b"x" * 50_000)
            ledger.receive(50_000 if is_echoed else 0)
            ledger.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        self.run_shape(shape)

    def test_a_half_close_by_the_peer_with_answers_on_their_way(self):
        def shape(ledger, _):
            ledger.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sender = threading.Thread(target=lambda: (ledger.send(b"half" * 500_000), ledger.socket.shutdown(socket.SHUT_WR)))
            sender.start()
            ledger.receive_end()
            sender.join()

        self.run_shape(shape)

    def test_a_half_close_by_us(self):
        """Ours ends first (--for); the peer says a last word, then ends too."""
        server = self.wireloupe("--listen", "0", "--send", "only this", "--for", "1")
        with socket.create_connection(split(server.listening()), timeout=DEADLINE_SECONDS) as connected:
            ledger = Ledger(connected)
            ledger.receive_end()
            ledger.send(b"the last word")
        self.assertEqual(server.wait_for_end(), 0, server.story())
        self.assert_nothing_lost(server)
        self.check(server.capture, [(bytes(ledger.sent), bytes(ledger.received), False)])

    def exchange(self, address, number):
        """A byte or a few there, the same back, `number` times: two packets each."""
        ledger = Ledger(socket.create_connection(split(address), timeout=DEADLINE_SECONDS))
        with ledger.socket:
            for turn in range(number):
                data = b"%d" % turn
                ledger.send(data)
                ledger.receive(len(data))
        return ledger

    def test_a_hundred_thousand_reads(self):
        server = self.wireloupe("--listen", "0", "--echo")
        reads = 100_000
        ledger = self.exchange(server.listening(), reads)
        server.wait_for("closed")
        self.assert_ends_well(server)
        capture = self.check(server.capture, [(bytes(ledger.sent), bytes(ledger.received), False)])
        side = capture.streams[0].side(capture.streams[0].opener)
        self.assertGreaterEqual(side.packets, reads)

    def test_reads_of_every_number_up_to_many(self):
        """As many connections as there are numbers; a capture's habits change with the count of packets (acknowledgements of our own)."""
        server = self.wireloupe("--listen", "[::1]:0", "--echo")
        numbers = [1, 2, 3, 10, 100, 255, 256, 257, 511, 512, 513, 1000, 3000]
        ledgers = [self.exchange(server.listening(), number) for number in numbers]
        server.wait_for("closed", len(numbers))
        self.assert_ends_well(server)
        self.check(server.capture, [(bytes(ledger.sent), bytes(ledger.received), False) for ledger in ledgers])

    def test_a_connection_whose_sequence_numbers_wrap(self):
        """5 GiB one way."""
        self.skip_unless(count(0, 1), "5 GiB on the disk and minutes of tshark: with --long only")
        size = 5 * GIB
        server = self.wireloupe("--listen", "0", "-w", self.path("five.pcapng"))
        evil = self.evil("connect", server.listening(), f"send {size}", "shutdown", "read end", seconds=600)
        self.assertEqual(evil.wait_for_end(600), 0, evil.story())
        server.wait_for("closed", deadline=600)
        self.assert_ends_well(server)
        self.assertEqual(tshark.faults(server.capture), [])
        digest = hashlib.sha256()
        with subprocess.Popen([EVIL_PEER, "bytes", "0", str(size)], stdout=subprocess.PIPE) as process:
            while data := process.stdout.read(1 << 20):
                digest.update(data)
        opener, other = tshark.follow_hashes(server.capture)
        self.assertEqual(opener, (digest.hexdigest(), size))
        self.assertEqual(other[1], 0)

    def test_packets_appear_while_the_capture_is_written_to_a_pipe(self):
        server = self.wireloupe("--listen", "0", "--echo", "-w", "-", report="stderr", stdout=subprocess.PIPE)
        reader = self.tool(tshark.TSHARK, "-n", "-l", "-r", "-", "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.payload",
                           stdin=server.process.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        server.process.stdout.close()
        with socket.create_connection(split(server.listening()), timeout=DEADLINE_SECONDS) as connected:
            ledger = Ledger(connected)
            for number in range(50):
                word = b"word %d" % number
                ledger.send(word)
                ledger.receive(len(word))
                # Not the next word before Wireshark has shown this one, both ways.
                for _ in range(2):
                    self.assertEqual(bytes.fromhex(reader.stdout.readline().decode()), word)
        self.assertEqual(server.stop(), 0, server.story())
        self.assertEqual(reader.wait(30), 0)


if __name__ == "__main__":
    main()

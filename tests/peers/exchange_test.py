#!/usr/bin/env python3
"""Other people's programs as peers: what they sent is what we kept, what we sent is what they got."""

import hashlib
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets
import tshark
from capture_file import Capture, payload_bytes
from wireloupe_process import EVIL_PEER, ProcessTest, main, wait_until

SIZE = 100 * 1024 * 1024
# What fits one argument of a command line is at most 128 KiB (MAX_ARG_STRLEN).
GREETING = "".join(chr(ord("a") + i * i % 26) for i in range(100_000))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Exchange(ProcessTest):
    def setUp(self):
        super().setUp()
        self.data_path = self.path("random")
        with open(self.data_path, "wb") as file:
            subprocess.run([EVIL_PEER, "bytes", "0", str(SIZE), "--seed", str(os.getpid())], stdout=file, check=True)
        with open(self.data_path, "rb") as file:
            self.data = file.read()
        self.assertEqual(len(self.data), SIZE)

    # ---- they connect to us, and we send back what they send -----------------------------------------

    def check_echo_to(self, *command):
        """`command` sends its standard input to ADDRESS (words "HOST" and "PORT" in it) and prints what comes back."""
        server = self.wireloupe("--listen", "127.0.0.1:0", "--echo")
        host, port = server.listening().rsplit(":", 1)
        words = [word.replace("HOST", host).replace("PORT", port) for word in command]
        with open(self.data_path, "rb") as source, open(self.path("back"), "wb") as target:
            peer = self.tool(*words, stdin=source, stdout=target)
            self.assertEqual(peer.wait(60), 0)
        closed = server.wait_for("closed")
        self.assertEqual(closed["reason"], "end of stream")
        self.assertEqual((closed["received"], closed["sent"]), (SIZE, SIZE))
        self.assert_ends_well(server)
        with open(self.path("back"), "rb") as file:
            self.assertEqual(sha256(file.read()), sha256(self.data), "what came back is not what was sent")
        self.check_capture(server.capture, self.data, self.data)

    def check_capture(self, path, from_opener, from_other):
        capture = Capture(path, keep_places=True)
        self.assertEqual(capture.troubles, [])
        self.assertEqual(len(capture.streams), 1)
        stream = capture.streams[0]
        for name, address, expected in (("opener", stream.opener, from_opener), ("other", stream.other, from_other)):
            self.assertEqual(sha256(payload_bytes(stream.side(address))), sha256(expected), f"the {name}'s bytes in the capture")
        self.assertEqual(tshark.analysis(path), [])

    def test_socat_gets_back_100_mib_it_sends_to_our_server(self):
        self.check_echo_to("socat", "-t", "30", "-", "TCP:HOST:PORT")

    def test_ncat_gets_back_100_mib_it_sends_to_our_server(self):
        self.check_echo_to("ncat", "HOST", "PORT")

    def test_python_gets_back_100_mib_it_sends_to_our_server(self):
        server = self.wireloupe("--listen", "127.0.0.1:0", "--echo")
        host, port = server.listening().rsplit(":", 1)
        self.assertEqual(sha256(self.python_trade(socket.create_connection((host, int(port)), 30))), sha256(self.data))
        self.assertEqual(server.wait_for("closed")["reason"], "end of stream")
        self.assert_ends_well(server)
        self.check_capture(server.capture, self.data, self.data)

    def test_python_gets_back_100_mib_it_sends_to_our_ipv6_server(self):
        server = self.wireloupe("--listen", "[::1]:0", "--echo")
        local = server.listening()
        self.assertTrue(local.startswith("[::1]:"), local)
        self.assertEqual(sha256(self.python_trade(socket.create_connection(("::1", int(local.rsplit(":", 1)[1])), 30))), sha256(self.data))
        opened = server.wait_for("opened")
        self.assertTrue(opened["peer"].startswith("[::1]:"), opened)
        self.assert_ends_well(server)
        self.check_capture(server.capture, self.data, self.data)

    def python_trade(self, peer):
        """Sends everything, reads until the end."""
        received = bytearray()
        with peer:
            peer.settimeout(60)
            sender = threading.Thread(target=lambda: (peer.sendall(self.data), peer.shutdown(socket.SHUT_WR)))
            sender.start()
            while piece := peer.recv(1 << 18):
                received += piece
            sender.join()
        return bytes(received)

    # ---- we connect to them, and send 100 MiB by the commands of the send box ----------------------

    def check_large_send(self, address, collected, peer_is_done):
        capture = self.path("sent.pcapng")
        sender = subprocess.run([os.path.join(os.path.dirname(EVIL_PEER), "file_sender"), address, self.data_path, capture],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual((sender.returncode, sender.stderr), (0, b""))
        self.assertEqual(sender.stdout.split(), [str(SIZE).encode(), b"0"])
        peer_is_done()
        self.assertEqual(sha256(collected()), sha256(self.data), "what they got is not what we sent")
        self.check_capture(capture, self.data, b"")

    def check_large_send_to(self, *command):
        """`command` listens on a port it chooses and prints what it gets."""
        # An input that never ends: ncat would end its stream with it, and we would answer that by closing ours.
        with open(self.path("got"), "wb") as target:
            peer = self.tool(*command, stdin=subprocess.PIPE, stdout=target)
        address = wait_until(lambda: sockets.listening(peer.pid), f"{command[0]} listens")[0]

        def collected():
            with open(self.path("got"), "rb") as file:
                return file.read()

        self.check_large_send(address, collected, lambda: peer.wait(30))

    def test_socat_gets_100_mib_from_our_client(self):
        self.check_large_send_to("socat", "-u", "TCP-LISTEN:0,bind=127.0.0.1", "-")

    def test_ncat_gets_100_mib_from_our_client(self):
        self.check_large_send_to("ncat", "-l", "127.0.0.1", "0")

    def test_python_gets_100_mib_from_our_client(self):
        got = bytearray()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(30)

            def serve():
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(60)
                    while piece := peer.recv(1 << 18):
                        got.extend(piece)

            server = threading.Thread(target=serve)
            server.start()
            self.check_large_send(f"127.0.0.1:{listener.getsockname()[1]}", lambda: bytes(got), lambda: server.join(30))

    # ---- we connect to them: they send 100 MiB, we send a greeting -----------------------------------

    def check_client(self, address, collected, peer_is_done):
        client = self.wireloupe("--connect", address, "--send", GREETING)
        opened = client.wait_for("opened")
        self.assertEqual(opened["peer"], address)
        closed = client.wait_for("closed")
        self.assertEqual(closed["reason"], "end of stream")
        self.assertEqual((closed["received"], closed["sent"]), (SIZE, len(GREETING)))
        self.assertEqual(client.wait_for_end(), 0)  # its last client has closed
        self.assert_nothing_lost(client)
        peer_is_done()
        self.assertEqual(collected(), GREETING.encode())
        self.check_capture(client.capture, GREETING.encode(), self.data)

    def check_listening_tool(self, *command):
        """`command` listens on a port it chooses, sends its standard input and prints what it gets."""
        with open(self.data_path, "rb") as source, open(self.path("got"), "wb") as target:
            peer = self.tool(*command, stdin=source, stdout=target)
        address = wait_until(lambda: sockets.listening(peer.pid), f"{command[0]} listens")[0]

        def collected():
            with open(self.path("got"), "rb") as file:
                return file.read()

        self.check_client(address, collected, lambda: peer.wait(30))

    def test_our_client_takes_100_mib_from_socat(self):
        self.check_listening_tool("socat", "-t", "10", "-", "TCP-LISTEN:0,bind=127.0.0.1")

    def test_our_client_takes_100_mib_from_ncat(self):
        self.check_listening_tool("ncat", "-l", "127.0.0.1", "0")

    def test_our_client_takes_100_mib_from_python(self):
        self.check_python_server(socket.AF_INET, "127.0.0.1")

    def test_our_client_takes_100_mib_from_python_over_ipv6(self):
        self.check_python_server(socket.AF_INET6, "::1")

    def check_python_server(self, family, host):
        got = bytearray()
        with socket.socket(family) as listener:
            listener.bind((host, 0))
            listener.listen()
            listener.settimeout(30)
            port = listener.getsockname()[1]

            def serve():
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(60)
                    sender = threading.Thread(target=lambda: (peer.sendall(self.data), peer.shutdown(socket.SHUT_WR)))
                    sender.start()
                    while piece := peer.recv(1 << 18):
                        got.extend(piece)
                    sender.join()

            server = threading.Thread(target=serve)
            server.start()
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            self.check_client(address, lambda: bytes(got), lambda: server.join(30))


if __name__ == "__main__":
    main()

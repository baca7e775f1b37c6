#!/usr/bin/env python3
"""The JSON lines of --headless: which there are, in which order, with which keys in which order, and what stands in them."""

import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from plain_peer import connect, read_exactly  # noqa: E402
from wireloupe_process import DEADLINE_SECONDS, ProcessTest, main  # noqa: E402

KEYS = {
    "listening": ["endpoint", "local"],
    "connecting": ["endpoint", "peer"],
    "opened": ["connection", "endpoint", "local", "peer"],
    "received": ["connection", "bytes"],
    "sent": ["connection", "bytes"],
    "closed": ["connection", "reason", "received", "sent"],
    "failed": ["endpoint", "operation", "code", "message"],
    "stopped": ["endpoint"],
    "summary": ["received", "sent", "stored", "connections", "read_pauses", "datagrams_dropped", "capture"],
}
TEXTS = {"time", "event", "local", "peer", "reason", "operation", "code", "message", "capture"}


class Lines(ProcessTest):
    def assert_contract(self, process):
        """Every line of a run that has ended."""
        self.assertEqual(process.lines_not_json, [])
        for event in process.events:
            keys = [key for key in event if key != "_seen"]
            self.assertEqual(keys, ["time", "event"] + KEYS[event["event"]], event)
            for key in keys:
                self.assertIsInstance(event[key], str if key in TEXTS else int, f"{key} of {event}")
            self.assertRegex(event["time"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\Z")
        self.assertEqual([event["event"] for event in process.events].count("summary"), 1)
        self.assertEqual(process.events[-1]["event"], "summary")

    def names(self, process):
        return [event["event"] for event in process.events]

    def test_a_server_and_one_client_are_told_in_order(self):
        run = self.wireloupe("--listen", "0", "--echo", "--verbose")
        address = run.listening()
        with connect(address) as peer:
            opened = run.wait_for("opened")
            peer.sendall(b"five!")
            self.assertEqual(read_exactly(peer, 5), b"five!")
            run.wait_for("sent")
            local = "%s:%d" % peer.getsockname()
        closed = run.wait_for("closed")
        self.assertEqual(run.stop(), 0)
        self.assert_contract(run)
        self.assertEqual(self.names(run), ["listening", "opened", "received", "sent", "closed", "stopped", "summary"])
        self.assertRegex(address, r"\A127\.0\.0\.1:[1-9]\d*\Z")
        self.assertEqual((opened["local"], opened["peer"]), (address, local))
        self.assertEqual(opened["endpoint"], run.of("listening")[0]["endpoint"])
        for name in ("received", "sent"):
            self.assertEqual((run.of(name)[0]["connection"], run.of(name)[0]["bytes"]), (opened["connection"], 5))
        self.assertEqual((closed["reason"], closed["received"], closed["sent"]), ("end of stream", 5, 5))
        summary = run.summary
        self.assertEqual((summary["received"], summary["sent"], summary["stored"], summary["connections"]), (5, 5, 10, 1))
        self.assertEqual((summary["read_pauses"], summary["datagrams_dropped"]), (0, 0))
        self.assertEqual(summary["capture"], run.capture)

    def test_reads_and_sends_are_told_only_when_asked_for(self):
        run = self.wireloupe("--listen", "0", "--echo")
        with connect(run.listening()) as peer:
            peer.sendall(b"quiet")
            self.assertEqual(read_exactly(peer, 5), b"quiet")
        run.wait_for("closed")
        self.assertEqual(run.stop(), 0)
        self.assert_contract(run)
        self.assertEqual(self.names(run), ["listening", "opened", "closed", "stopped", "summary"])

    def test_a_client_is_told_in_order_and_ends_the_run(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(DEADLINE_SECONDS)
            address = "127.0.0.1:%d" % server.getsockname()[1]
            run = self.wireloupe("--connect", address, "--send", r"hi\r\n\x00\\", "--verbose")
            peer, client = server.accept()
            with peer:
                peer.settimeout(DEADLINE_SECONDS)
                self.assertEqual(read_exactly(peer, 6), b"hi\r\n\0\\")
                peer.sendall(b"bye")
                run.wait_for("received")
        self.assertEqual(run.wait_for_end(), 0)
        self.assert_contract(run)
        self.assertEqual(self.names(run), ["connecting", "opened", "sent", "received", "closed", "stopped", "summary"])
        self.assertEqual(run.of("connecting")[0]["peer"], address)
        self.assertEqual((run.of("opened")[0]["local"], run.of("opened")[0]["peer"]), ("%s:%d" % client, address))
        self.assertEqual(run.of("closed")[0]["reason"], "end of stream")

    def test_a_refused_connection_fails_and_is_never_closed(self):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))  # not listening: refused
            address = "127.0.0.1:%d" % bound.getsockname()[1]
            run = self.wireloupe("--connect", address)
            self.assertEqual(run.wait_for_end(), 1)
        self.assert_contract(run)
        self.assertEqual(self.names(run), ["connecting", "failed", "stopped", "summary"])
        failed = run.of("failed")[0]
        self.assertEqual((failed["operation"], failed["code"]), ("connect", "ECONNREFUSED"))
        self.assertIn(address, failed["message"])
        self.assertIn("ECONNREFUSED (connection refused)", failed["message"])

    def test_a_name_that_is_not_found_fails_in_words(self):
        run = self.wireloupe("--connect", "no-such-host.invalid:80")
        self.assertEqual(run.wait_for_end(60), 1)
        self.assert_contract(run)
        failed = run.of("failed")[0]
        self.assertEqual(failed["operation"], "resolve")
        self.assertRegex(failed["code"], r"\AEAI_[A-Z]+\Z")
        self.assertIn("no-such-host.invalid", failed["message"])

    def test_a_port_in_use_fails_with_what_to_do(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = "127.0.0.1:%d" % server.getsockname()[1]
            run = self.wireloupe("--listen", address)
            self.assertEqual(run.wait_for_end(), 1)
        self.assert_contract(run)
        self.assertEqual(self.names(run), ["failed", "stopped", "summary"])
        failed = run.of("failed")[0]
        self.assertEqual((failed["operation"], failed["code"]), ("listen", "EADDRINUSE"))
        self.assertEqual(failed["message"], f"listen on {address}: EADDRINUSE (address already in use); "
                                            "choose another port or stop the program that holds it")

    def test_one_server_of_two_that_fails_leaves_the_other_and_exit_status_1(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            run = self.wireloupe("--listen", "127.0.0.1:%d" % server.getsockname()[1], "--listen", "0")
            run.wait_for("failed")
            with connect(run.listening()):
                run.wait_for("opened")
            run.wait_for("closed")
            self.assertEqual(run.stop(), 1)
        self.assert_contract(run)

    def test_a_reset_is_an_event_and_not_a_failure(self):
        run = self.wireloupe("--listen", "0")
        with connect(run.listening()) as peer:
            run.wait_for("opened")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assertEqual(run.wait_for("closed")["reason"], "reset by peer")
        self.assertEqual(run.stop(), 0)
        self.assert_contract(run)

    def test_our_own_closing_is_told_as_such(self):
        run = self.wireloupe("--listen", "0")
        with connect(run.listening()) as peer:
            run.wait_for("opened")
            run.signal(15)
            self.assertEqual(peer.recv(1), b"")
            peer.close()
            self.assertEqual(run.wait_for_end(), 0)
        self.assert_contract(run)
        self.assertEqual(run.of("closed")[0]["reason"], "closed here")

    def test_all_interfaces_are_two_sockets_on_one_port(self):
        run = self.wireloupe("--listen", "*:0")
        first, second = run.listening(2)
        self.assertEqual(sorted(address.rsplit(":", 1)[0] for address in (first, second)), ["0.0.0.0", "[::]"])
        self.assertEqual(first.rsplit(":", 1)[1], second.rsplit(":", 1)[1])
        port = first.rsplit(":", 1)[1]
        for host in ("127.0.0.1", "[::1]"):
            connect(f"{host}:{port}").close()
        self.assertEqual({event["local"].rsplit(":", 1)[0] for event in run.wait_for("opened", 2)}, {"127.0.0.1", "[::1]"})
        run.wait_for("closed", 2)
        self.assertEqual(run.stop(), 0)
        self.assert_contract(run)

    def test_addresses_may_be_written_in_each_way(self):
        for argument, host in (("0", "127.0.0.1"), ("127.0.0.1:0", "127.0.0.1"), ("tcp://127.0.0.1:0", "127.0.0.1"),
                               ("localhost:0", "127.0.0.1"), ("[::1]:0", "[::1]"), ("tcp://[::1]:0", "[::1]")):
            with self.subTest(argument):
                run = self.wireloupe("--listen", argument)
                address = run.listening()
                self.assertRegex(address, r"\A" + re.escape(host) + r":[1-9]\d*\Z")
                connect(address).close()
                run.wait_for("closed")
                self.assertEqual(run.stop(), 0)

    def test_several_endpoints_have_their_own_numbers(self):
        run = self.wireloupe("--listen", "0", "--listen", "[::1]:0")
        addresses = run.listening(2)
        self.assertEqual(len({event["endpoint"] for event in run.of("listening")}), 2)
        other = self.wireloupe("--connect", addresses[0], "--connect", addresses[1], "--for", "20")
        self.assertEqual({event["peer"] for event in other.wait_for("opened", 2)}, set(addresses))
        self.assertEqual(other.stop(), 0)
        run.wait_for("closed", 2)
        self.assertEqual(run.stop(), 0)
        self.assert_contract(run)
        self.assert_contract(other)

    def test_the_demo_talks_to_itself_and_counts_agree(self):
        run = self.wireloupe("--demo", "--verbose")
        run.wait_for("received", 8)
        self.assertEqual(run.stop(), 0)
        self.assert_contract(run)
        summary = run.summary
        self.assertEqual(summary["connections"], 2)
        self.assertEqual(summary["received"], sum(event["bytes"] for event in run.of("received")))
        self.assertEqual(summary["sent"], sum(event["bytes"] for event in run.of("sent")))
        self.assertEqual(summary["stored"], summary["received"] + summary["sent"])


if __name__ == "__main__":
    main()

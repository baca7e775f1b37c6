#!/usr/bin/env python3
"""--session FILE: what stands in it is started, with what it replies; what cannot be is named with its path in the file, and nothing is begun."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from plain_peer import connect, read_exactly, read_to_end  # noqa: E402
from wireloupe_process import WIRELOUPE, ProcessTest, main  # noqa: E402

SERVER = {"listen": "127.0.0.1:0", "replies": {"echo": True}}


class Session(ProcessTest):
    def session(self, text):
        path = self.path("session.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps({"wireloupe_session": 1, **text}))
        return path

    def refused(self, text, status=2):
        done = subprocess.run([WIRELOUPE, "--headless", "--session", self.session(text)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.folder, env=self.environment, timeout=20, check=False)
        said = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (status, b""), said)
        self.assertRegex(said, r"\Awireloupe: [^\n]+\n\Z")
        return said

    def test_its_servers_answer_as_it_says(self):
        run = self.wireloupe("--session", self.session({"servers": [SERVER, {"listen": "127.0.0.1:0", "greeting": "hi\\n"}]}))
        echoing, greeting = run.listening(2)
        with connect(echoing) as peer:
            peer.sendall(b"five!")
            self.assertEqual(read_exactly(peer, 5), b"five!")
        with connect(greeting) as peer:
            self.assertEqual(read_exactly(peer, 3), b"hi\n")
        self.assertEqual(run.stop(), 0)

    def test_the_textbook_exchange_until_eof_is_one_rule(self):
        rule = {"name": "textbook", "when": "every_message", "answer": "Server return :\\{message}", "then": "close"}
        replies = {"framing": {"kind": "delimiter", "delimiters": ["3c 45 4f 46 3e"]}, "rules": [rule]}
        run = self.wireloupe("--session", self.session({"servers": [{"listen": "127.0.0.1:0", "replies": replies}]}), "--verbose")
        address = run.listening()
        with connect(address) as peer:
            asked = 0
            for piece in (b"This is a ", b"test<E", b"OF>"):  # each is a read of its own: the delimiter is found across them
                peer.sendall(piece)
                asked += len(piece)
                run.wait_for_sum("received", "bytes", asked)
            self.assertEqual(read_to_end(peer), b"Server return :This is a test")
        host, port = address.rsplit(":", 1)
        for tool in (["ncat", host, port], ["socat", "-t", "30", "-", f"TCP:{address}"]):
            done = subprocess.run(tool, input="中文<EOF>".encode(), stdout=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout.decode()), (0, "Server return :中文"), tool)
        closed = run.wait_for("closed", number=3)
        self.assertEqual([event["reason"] for event in closed], ["closed here"] * 3)
        self.assertEqual(run.stop(), 0)

    def test_clients_of_a_relay_hear_each_other(self):
        replies = {"framing": {"kind": "delimiter", "delimiters": ["0a"]}, "welcome": "hello\\n",
                   "relay": {"message": "client \\{peer} says: \\{message}\\n"}}
        run = self.wireloupe("--session", self.session({"servers": [{"listen": "127.0.0.1:0", "replies": replies}]}))
        address = run.listening()
        with connect(address) as one, connect(address) as other:
            for peer in (one, other):  # whoever has been welcomed is in the room
                self.assertEqual(read_exactly(peer, 6), b"hello\n")
            for sender, listener in ((one, other), (other, one)):
                sender.sendall("你好\n".encode())
                said = f"client 127.0.0.1:{sender.getsockname()[1]} says: 你好\n".encode()
                self.assertEqual(read_exactly(listener, len(said)), said)
        self.assertEqual(run.stop(), 0)

    def test_a_rule_that_cannot_be_carried_out_is_named_and_nothing_listens(self):
        rule = {"name": "broken", "when": "contains", "pattern": {"regex": "(a"}, "answer": "b"}
        run = self.wireloupe("--session", self.session({"servers": [{"listen": "127.0.0.1:0", "replies": {"rules": [rule]}}]}), "--for", "30")
        failed = run.wait_for("failed")
        self.assertEqual(failed["operation"], "reply")
        self.assertIn("broken", failed["message"])
        self.assertEqual(run.stop(), 1)
        self.assertEqual(run.of("listening"), [])

    def test_it_stands_beside_listen_and_send_greets_for_it_too(self):
        run = self.wireloupe("--listen", "0", "--send", "hello", "--session", self.session({"servers": [SERVER]}))
        for address in run.listening(2):
            with connect(address) as peer:
                self.assertEqual(read_exactly(peer, 5), b"hello")
        self.assertEqual(run.stop(), 0)

    def test_its_clients_connect(self):
        server = self.wireloupe("--listen", "0", "--echo")
        session = self.session({"clients": [{"connect": server.listening(), "greeting": "ping"}], "view": {"mode": "text"}})
        client = self.wireloupe("--session", session, "--verbose")
        client.wait_for("received", bytes=4)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(client.wait_for_end(), 0)

    def test_what_cannot_be_is_named_with_its_path(self):
        self.assertIn("servers[0].listen: ", self.refused({"servers": [{"listen": "nonsense"}]}))
        self.assertIn("servers[1].replies.rules[0].when is not one of",
                      self.refused({"servers": [SERVER, {"listen": "0", "replies": {"rules": [{"when": "never"}]}}]}))
        self.assertIn("line 1, column 2", self.refused("{"))
        self.assertIn("no servers and no clients", self.refused({"view": {"mode": "text"}}))
        self.assertEqual(os.listdir(self.folder), ["session.json"], "something was begun all the same")

    def test_a_file_that_is_not_there_is_a_failure(self):
        done = subprocess.run([WIRELOUPE, "--headless", "--session", "none.json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.folder, env=self.environment, timeout=20, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertRegex(done.stderr.decode(), r"\Awireloupe: --session none.json: [^\n]+\n\Z")

    def test_unknown_keys_are_warned_about_and_the_rest_is_started(self):
        run = self.wireloupe("--session", self.session({"servers": [{**SERVER, "echo\x1b[2J": 1}], "colour": 1}))
        run.listening()
        self.assertEqual(run.stop(), 0)
        said = run.errors()
        self.assertIn("colour is unknown", said)
        self.assertIn("servers[0].echo\\x1b[2J is unknown", said)


if __name__ == "__main__":
    main()

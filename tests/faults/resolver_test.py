#!/usr/bin/env python3
"""T25: a name server that never answers holds up nothing but the name that waits for it."""

import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from wireloupe_process import EVIL_PEER, ProcessTest, main, wait_until

# In a network and a mount namespace of its own: a name server that takes every question and answers none, an evil_peer that
# listens on 127.0.0.1:7000, and then the program.
SCENE = r"""
set -e
ip link set lo up
mount --bind "$FOLDER/resolv.conf" "$(readlink -f /etc/resolv.conf)"
mount --bind "$FOLDER/nsswitch.conf" /etc/nsswitch.conf
"$PYTHON" -c '
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.53", 53))
print("bound", flush=True)
while True:
    server.recv(1024)
    print("asked", flush=True)
' >"$FOLDER/questions" &
server=$!
"$EVIL_PEER" listen 127.0.0.1:7000 "send 1000" "read end" >"$FOLDER/peer" &
peer=$!
trap 'kill $server $peer 2>/dev/null' EXIT
until grep -q bound "$FOLDER/questions" && grep -q listening "$FOLDER/peer"; do :; done
"$@" &
program=$!
echo "$program" >"$FOLDER/pid"
wait "$program"
"""


class Resolver(ProcessTest):
    def setUp(self):
        super().setUp()
        able = shutil.which("unshare") and shutil.which("ip") and os.path.exists("/etc/resolv.conf") and subprocess.run(
            ["unshare", "-rnm", "mount", "--bind", "/etc/hosts", "/etc/hosts"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False).returncode == 0
        self.skip_unless(able, "no network and mount namespaces for this user")
        with open(self.path("resolv.conf"), "w", encoding="ascii") as file:
            file.write("nameserver 127.0.0.53\noptions timeout:30 attempts:5\n")
        with open(self.path("nsswitch.conf"), "w", encoding="ascii") as file:
            file.write("hosts: files dns\n")

    def start(self, *arguments):
        environment = {"FOLDER": self.folder, "EVIL_PEER": EVIL_PEER, "PYTHON": sys.executable}
        program = self.wireloupe(*arguments, before=["unshare", "-rnm", "bash", "-c", SCENE, "scene"], environment=environment)
        return program

    def read(self, name):
        try:
            with open(self.path(name), encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def own_pid(self):
        return int(self.read("pid"))

    def wait_until_asked(self):
        wait_until(lambda: "asked" in self.read("questions"), "the name server is asked")

    def test_a_literal_connects_while_a_name_waits(self):
        program = self.start("--connect", "slow.test:7000", "--connect", "127.0.0.1:7000")
        self.wait_until_asked()
        opened = program.wait_for("opened")
        self.assertEqual(opened["peer"], "127.0.0.1:7000")
        os.kill(self.own_pid(), signal.SIGTERM)
        program.wait_for_end()
        self.assertEqual(program.summary["received"], 1000)

    def test_the_program_ends_within_a_second_while_a_name_waits(self):
        program = self.start("--connect", "slow.test:7000", "--connect", "slower.test:7000", "--connect", "127.0.0.1:7000")
        self.wait_until_asked()
        program.wait_for("opened")
        started = time.monotonic()
        os.kill(self.own_pid(), signal.SIGTERM)
        program.wait_for_end()
        elapsed = time.monotonic() - started
        print(f"{elapsed:.3f} s")
        self.assertLessEqual(elapsed, 1.0)
        self.assertIn("summary", [event["event"] for event in program.events])

    def test_for_ends_a_run_that_waits_for_a_name_only(self):
        started = time.monotonic()
        program = self.start("--connect", "slow.test:7000", "--for", "0.5")
        program.wait_for_end()
        self.assertLessEqual(time.monotonic() - started, 2.5)
        self.wait_until_asked()
        self.assertEqual(program.summary["connections"], 0)


if __name__ == "__main__":
    main()

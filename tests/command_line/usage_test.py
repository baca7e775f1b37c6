#!/usr/bin/env python3
"""What is accepted and what is refused: exit status 2, one line that names the bad value and what is accepted, and nothing begun."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from wireloupe_process import WIRELOUPE, ProcessTest, main  # noqa: E402

# Arguments, and what the one line must hold: the bad value, and what is accepted instead.
REFUSED = [
    ("--bogus", ["--bogus", "--help"]),
    ("-x", ["-x", "--help"]),
    ("--headles --listen 0", ["--headles", "--help"]),
    ("one.pcapng two.pcapng", ["two.pcapng", "one CAPTURE"]),
    ("--listen", ["--listen", "ADDRESS"]),
    ("--connect", ["--connect", "ADDRESS"]),
    ("--write", ["--write", "FILE"]),
    ("-w", ["--write", "FILE"]),
    ("--for", ["--for", "SECONDS"]),
    ("--send", ["--send", "TEXT"]),
    ("--screenshot", ["--screenshot", "FILE"]),
    ("--listen= --headless", ["--listen=", "value"]),
    ("--headless=1 --listen 0", ["--headless", "no value"]),
    ("--headless --listen nonsense", ["nonsense", "HOST:PORT"]),
    ("--headless --listen 127.0.0.1", ["127.0.0.1", "HOST:PORT"]),
    ("--headless --listen 127.0.0.1:99999", ["99999", "65535"]),
    ("--headless --listen 127.0.0.1:-1", ["-1", "65535"]),
    ("--headless --listen 127.0.0.1:http", ["http", "65535"]),
    ("--headless --listen udp://127.0.0.1:9000", ["udp://127.0.0.1:9000", "tcp://"]),
    ("--headless --listen example.org:9000", ["example.org", "IP address"]),
    ("--headless --listen [::1", ["[::1", "accepted"]),
    ("--headless --listen ::1:9000", ["::1:9000", "[::1]"]),
    ("--headless --connect *:9000", ["*:9000", "accepted"]),
    ("--headless --connect 127.0.0.1:0", ["127.0.0.1:0", "65535"]),
    ("--headless --connect not_a_host!:80", ["not_a_host!", "accepted"]),
    ("--headless --listen 0 --for 0", ['"0"', "seconds"]),
    ("--headless --listen 0 --for -3", ['"-3"', "seconds"]),
    ("--headless --listen 0 --for=-3", ['"-3"', "seconds"]),
    ("--headless --listen 0 --for soon", ['"soon"', "seconds"]),
    ("--headless --listen 0 --for 1e3", ['"1e3"', "seconds"]),
    ("--headless --listen 0 --for 1,5", ['"1,5"', "seconds"]),
    ("--headless --listen 0 --for 0.0000000001", ['"0.0000000001"', "seconds"]),
    ("--headless --listen 0 --for inf", ['"inf"', "seconds"]),
    ("--headless --listen 0 --for 99999999999999999999", ['"99999999999999999999"', "1000000000"]),
    ("--headless --listen 0 --for 1 --for 2", ['"2"', "one is accepted"]),
    (r"--headless --listen 0 --send a\q", [r"a\q", r"\xNN"]),
    ("--headless --listen 0 --send a\\", ["a\\", "\\\\ for a backslash"]),
    (r"--headless --listen 0 --send \x4", [r"\x4", "hex"]),
    ("--headless", ["--headless", "--listen ADDRESS"]),
    ("--headless --send hello", ["--headless", "--listen ADDRESS"]),
    ("--send hello", ["--send", "--listen ADDRESS"]),
    ("--demo -w -", ["-", "--headless"]),
    ("--demo --write -", ["-", "--headless"]),
    ("--headless --demo --screenshot picture.png", ["picture.png", "--headless"]),
    ("some.pcapng --listen 0", ["some.pcapng", "--listen"]),
    ("some.pcapng --connect 1", ["some.pcapng", "--connect"]),
    ("some.pcapng --demo", ["some.pcapng", "--demo"]),
    ("--headless --listen 0 --ring", ["--ring", "N:MIB"]),
    ("--headless --listen 0 --ring 10", ['"10"', "N:MIB"]),
    ("--headless --listen 0 --ring 1:64", ['"1:64"', "N:MIB", "2 to 100000"]),
    ("--headless --listen 0 --ring 100001:64", ['"100001:64"', "N:MIB", "2 to 100000"]),
    ("--headless --listen 0 --ring 2:0", ['"2:0"', "N:MIB", "MIB from 1"]),
    ("--headless --listen 0 --ring 2:4194305", ['"2:4194305"', "N:MIB", "4194304"]),
    ("--headless --listen 0 --ring 2:99999999999999999999", ['"2:99999999999999999999"', "N:MIB"]),
    ("--headless --listen 0 --ring 2:64MiB", ['"2:64MiB"', "N:MIB"]),
    ("--headless --listen 0 --ring +2:64", ['"+2:64"', "N:MIB"]),
    ("--headless --listen 0 --ring -2:64", ['"-2:64"', "N:MIB"]),
    ("--headless --listen 0 --ring :64", ['":64"', "N:MIB"]),
    ("--headless --listen 0 --ring 2:", ['"2:"', "N:MIB"]),
    ("--headless --listen 0 --ring 2:64:1", ['"2:64:1"', "N:MIB"]),
    ("--headless --listen 0 --ring 2:64 --ring 3:64", ['"3:64"', "one is accepted"]),
    ("--headless --listen 0 -w - --ring 2:64", ['"-"', "--ring", "accepted is a file"]),
    ("some.pcapng --ring 2:64", ["some.pcapng", "--ring"]),
    ("--session", ["--session", "FILE"]),
    ("--session a.json --session b.json", ['"b.json"', "one is accepted"]),
    ("some.pcapng --session a.json", ["some.pcapng", "--session"]),
    ("- --headless", ['"-"', "--headless"]),
    ("- --listen 0", ['"-"', "--listen"]),
    ("- -", ['"-"', "one CAPTURE"]),
    ("some.pcapng -w other.pcapng", ["some.pcapng", "--write"]),
    ("some.pcapng --headless", ["some.pcapng", "--headless"]),
    ("--headless some.pcapng --listen 0", ["some.pcapng", "--listen"]),
]


class Usage(ProcessTest):
    def run_with(self, arguments):
        # Without a display: whatever is accepted by mistake then ends with 1, not with a window.
        environment = {key: value for key, value in self.environment.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return subprocess.run([WIRELOUPE, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              cwd=self.folder, env=environment, timeout=20, check=False)

    def test_bad_usage_is_one_line_that_names_the_value_and_what_is_accepted(self):
        for arguments, words in REFUSED:
            with self.subTest(arguments):
                done = self.run_with(arguments.split(" "))
                said = done.stderr.decode()
                self.assertEqual(done.returncode, 2, said)
                self.assertEqual(done.stdout, b"")
                self.assertRegex(said, r"\Awireloupe: [^\n]+\n\Z")
                for word in words:
                    self.assertIn(word, said)
        self.assertEqual(os.listdir(self.folder), [], "something was created all the same")

    def test_bad_values_are_printed_harmlessly(self):
        for value in ("\x1b[31mred:1", "two\nlines:1", "\u202eright-to-left:1", b"\xff\xfe:1"):
            with self.subTest(value=value):
                done = self.run_with(["--headless", "--connect", value])
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr.decode(), r"\Awireloupe: [^\n\x1b\u202e]+\n\Z")

    def test_an_empty_value_is_not_the_next_word(self):
        for arguments in (["--write", "", "--headless", "--listen", "0"], ["--ring", "", "--headless", "--listen", "0"], ["--listen", "", "--headless"], ["--screenshot", "", "--demo"]):
            with self.subTest(arguments=arguments):
                done = self.run_with(arguments)
                self.assertEqual(done.returncode, 2, done.stderr.decode())

    def test_help_and_version_answer_and_do_nothing_else(self):
        for arguments in (["--help"], ["--headless", "--listen", "0", "--help"], ["--help", "--listen", "nonsense"]):
            with self.subTest(arguments=arguments):
                done = self.run_with(arguments)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                text = done.stdout.decode()
                for option in ("--listen ADDRESS", "--connect ADDRESS", "--session FILE", "-w, --write FILE", "--overwrite", "--ring N:MIB", "--headless", "--send TEXT",
                               "--echo", "--for SECONDS", "--screenshot FILE", "--demo", "--verbose", "--version, --help"):
                    self.assertIn("  " + option, text)
                self.assertIn("[tcp://]HOST:PORT", text)
        done = self.run_with(["--version"])
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout.decode(), r"\Awireloupe \d+\.\d+\.\d+\n\Z")
        self.assertEqual(os.listdir(self.folder), [])

    def test_without_a_display_it_says_so_and_suggests_headless(self):
        for arguments in ([], ["--demo"], ["--listen", "0"]):
            with self.subTest(arguments=arguments):
                done = self.run_with(arguments)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr.decode(), r"\Awireloupe: [^\n]*no display[^\n]*--headless[^\n]*\n\Z")
        self.assertEqual(os.listdir(self.folder), [], "a capture was begun for a run that never was")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""T23, T24: a server that cannot listen says why at once; none listens beyond loopback unless that was asked for."""

import itertools
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets
from descriptors_test import seconds_of
from wireloupe_process import WIRELOUPE, ProcessTest, count, main, wait_until


def in_own_network(*words):
    """The command in a network namespace of its own, with loopback up and one address that is not loopback."""
    return ["unshare", "-rn", "sh", "-c", 'ip link set lo up && ip addr add 192.0.2.5/32 dev lo && exec "$@"', "sh", *words]


def has_namespaces():
    return bool(shutil.which("unshare") and shutil.which("ip")) and subprocess.run(
        in_own_network("true"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


class Conflicts(ProcessTest):
    def check_failure(self, address, code, also="127.0.0.1:0", **options):
        """One server that works and one that doesn't: the failure stands beside it within 100 ms, and the other goes on."""
        program = self.wireloupe("--listen", also, "--listen", address, **options)
        failed = program.wait_for("failed")
        self.assertEqual((failed["operation"], failed["code"]), ("listen", code), program.story())
        self.assertIn(address, failed["message"])
        listening = program.wait_for("listening")
        self.assertLessEqual(abs(seconds_of(failed) - seconds_of(listening)), 0.1)
        host, port = listening["local"].rsplit(":", 1)
        socket.create_connection((host, int(port)), 30).close()
        program.wait_for("closed")
        self.assertEqual(sockets.listening(program.pid), [listening["local"]], "nothing half-open")
        self.assertEqual(program.stop(), 1, "something asked for never came up")
        return program

    def test_a_port_in_use_is_reported(self):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            self.check_failure(f"127.0.0.1:{holder.getsockname()[1]}", "EADDRINUSE")

    def test_an_ipv6_port_in_use_is_reported(self):
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as holder:
            self.check_failure(f"[::1]:{holder.getsockname()[1]}", "EADDRINUSE")

    def test_a_port_of_our_own_run_in_use_is_reported(self):
        program = self.wireloupe("--listen", "127.77.7.7:19999", "--listen", "127.77.7.7:19999")
        self.assertEqual(program.wait_for("failed")["code"], "EADDRINUSE")
        self.assertEqual(program.listening(), "127.77.7.7:19999")
        self.assertEqual(program.stop(), 1)

    def test_an_address_that_is_not_ours_is_reported(self):
        self.check_failure("192.0.2.77:0", "EADDRNOTAVAIL")

    def test_a_privileged_port_without_the_privilege_is_reported(self):
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            self.skip_unless(int(file.read()) > 80, "every port is unprivileged here")
        options = {}
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o777)
            self.skip_unless(self.can_be_nobody(), "the program cannot be read by an unprivileged user here")
            options = {"user": 65534, "group": 65534, "extra_groups": []}
        self.check_failure("127.0.0.1:80", "EACCES", **options)

    def can_be_nobody(self):
        return subprocess.run([WIRELOUPE, "--version"], user=65534, group=65534, extra_groups=[], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def test_only_a_failed_server_ends_the_run_with_status_1(self):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            program = self.wireloupe("--listen", f"127.0.0.1:{holder.getsockname()[1]}", "--for", "1")
            self.assertEqual(program.wait_for_end(), 1)
            self.assertEqual(len(program.of("failed")), 1)
            self.assertEqual(program.of("listening"), [])

    def test_nobody_answers_on_the_same_port_twice(self):
        """No SO_REUSEPORT: two programs on one port would each get half of the clients."""
        first = self.wireloupe("--listen", "0")
        second = self.wireloupe("--listen", first.listening(), "--for", "5")
        self.assertEqual(second.wait_for("failed")["code"], "EADDRINUSE")
        self.assertEqual(second.wait_for_end(), 1)
        self.assert_ends_well(first)


class Scope(ProcessTest):
    # What asks for more than loopback, and what it then gets.
    ASKED_FOR = {
        "*:0": {"0.0.0.0", "[::]"},
        "tcp://*:0": {"0.0.0.0", "[::]"},
        "0.0.0.0:0": {"0.0.0.0"},
        "[::]:0": {"[::]"},
        "192.0.2.5:0": {"192.0.2.5"},
        "[0:0:0:0:0:0:0:0]:0": {"[::]"},
        "0.0.0.0:00": {"0.0.0.0"},
        "TCP://*:0": {"0.0.0.0", "[::]"},
        # The kernel listens on these; nobody can connect.
        "255.255.255.255:0": {"255.255.255.255"},
        "224.0.0.1:0": {"224.0.0.1"},
    }

    def spellings(self):
        """Ways to write an address, most of them wrong."""
        hosts = ["", "0", "00", "0x0", "0x7f000001", "2130706433", "127", "127.1", "127.0.1", "127.0.0.1", "127.255.255.254",
                 "127.0.0.1.", "127.000.000.001", "0177.0.0.1", "0.0.0", "0.0", "0.0.0.0.", "00.00.00.00", "000.0.0.0", "1",
                 "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost", "any", "all", "ANY", "**", "*.",
                 "*.*.*.*", "::", "::0", "0::", "::1", "[::1]", "[0::1]", "[::0.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:0.0.0.0]",
                 "[::ffff:0:0]", "::ffff:0.0.0.0", "[::ffff:192.0.2.5]", "[::192.0.2.5]", "192.0.2.5.", "192.0.517", "3221225989",
                 "[::%lo]", "[::1%lo]", "[::%1]", "[]", "[*]", "[0]", "[0.0.0.0]", "[127.0.0.1]", "255.255.255.255", "224.0.0.1",
                 "[ff02::1]", "example", "a.b", "-", "_", "%00", "0%0", " 0.0.0.0", "0.0.0.0 ", "\t*", "０.０.０.０", "①", "..", "0/0",
                 "http", "@", "unix", "/tmp/x", "0.0.0.0,127.0.0.1", "127.0.0.1/8", "[::/0]", "[::]]", "[[::]", "fe80::1", "[fe80::1]"]
        words = [host + ":0" for host in hosts]
        words += ["0", "00", "000000", ":0", "::0", "tcp://0", "tcp://:0", "tcp://127.0.0.1:0", "tcp://localhost:0", "tcp:0", "udp://*:0",
                  "//*:0", "*", "*:", "0.0.0.0", "[::]", "::", "0.0.0.0:", "0.0.0.0:00", "0.0.0.0:+0", "0.0.0.0:-0", "0.0.0.0: 0",
                  "*:65536", "*:-1", "*:0x0", "*:0:0", "0:0:0", "127.0.0.1:*", "localhost:0:*", "TCP://*:0"]
        if count(0, 1):
            words += [f"{prefix}{host}{suffix}:0" for prefix, host, suffix in itertools.product(
                ("", "tcp://", "[", "::ffff:", "0.", "0x"), ("0", "127.1", "::", "0.0.0.0", "localhost", "192.0.2.5"),
                ("", "]", ".", "%lo", " ", "/0", ".0", "\\0"))]
        return words

    def setUp(self):
        super().setUp()
        self.skip_unless(has_namespaces(), "no network namespaces for this user")

    def test_no_spelling_listens_beyond_loopback_unless_it_asks_for_it(self):
        refused, loopback, beyond = 0, 0, []
        spellings = self.spellings()
        for start in range(0, len(spellings), 8):
            running = [(word, self.wireloupe("--listen", word, "--for", "20", before=in_own_network()))
                       for word in spellings[start:start + 8] if word not in self.ASKED_FOR]
            for word, program in running:
                # Either it says it listens, or it ends.
                wait_until(lambda p=program: p.of("listening") or p.of("failed") or p.process.poll() is not None, f"{word!r} is decided")
                if program.of("listening"):
                    found = sockets.listening(program.pid)
                    self.assertEqual(found, sorted(line["local"] for line in program.of("listening")), repr(word))
                    for address in found:
                        if not address.startswith(("127.", "[::1]", "[::ffff:127.")):
                            beyond.append((word, address))
                    loopback += 1
                    self.assertEqual(program.stop(), 0, program.story())
                else:
                    status = program.stop()
                    self.assertIn(status, (1, 2), f"{word!r}: {program.story()}")
                    if status == 1:
                        self.assertEqual(len(program.of("failed", operation="listen")), 1, f"{word!r}: {program.story()}")
                    else:
                        self.assertEqual(len(program.errors().splitlines()), 1, f"{word!r}: one line: {program.errors()}")
                    refused += 1
                program.kill()
        print(f"{len(spellings)} spellings: {loopback} on loopback, {refused} refused")
        self.assertGreater(loopback, 5)
        self.assertEqual(beyond, [])

    def test_who_asks_for_other_interfaces_gets_them_and_is_told(self):
        for word, hosts in self.ASKED_FOR.items():
            program = self.wireloupe("--listen", word, before=in_own_network())
            addresses = [line["local"] for line in program.wait_for("listening", len(hosts))] if len(hosts) > 1 else [program.listening()]
            self.assertEqual({address.rsplit(":", 1)[0] for address in addresses}, hosts, word)
            self.assertEqual(len({address.rsplit(":", 1)[1] for address in addresses}), 1, "one port")
            self.assertEqual(sockets.listening(program.pid), sorted(addresses), word)
            self.assertEqual(program.stop(), 0, program.story())

    def test_a_wildcard_of_ipv6_does_not_take_ipv4(self):
        program = self.wireloupe("--listen", "[::]:0", before=in_own_network())
        port = program.listening().rsplit(":", 1)[1]
        # The other family's port is free in that namespace.
        other = self.wireloupe("--listen", f"0.0.0.0:{port}", before=["nsenter", "-U", "--preserve-credentials", "-n", "-t",
                                                                     str(program.pid)])
        self.assertEqual(other.listening(), f"0.0.0.0:{port}")
        self.assertEqual((other.stop(), program.stop()), (0, 0))

    def test_nothing_but_what_was_asked_for_listens(self):
        """Not the demo either, and a client none at all."""
        demo = self.wireloupe("--demo")
        demo.wait_for("opened")
        for address in sockets.listening(demo.pid):
            self.assertTrue(address.startswith("127."), address)
        self.assertEqual(demo.stop(), 0)
        evil = self.evil("listen", "127.0.0.1:0", "read end")
        client = self.wireloupe("--connect", evil.wait_for("listening")["local"])
        client.wait_for("opened")
        self.assertEqual(sockets.listening(client.pid), [])
        self.assertEqual(client.stop(), 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Two programs at once never share or steal a capture: one file has one writer, whatever they are asked for and in whatever order."""

import fcntl
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture
from wireloupe_process import ProcessTest, count, main


class TwoInstances(ProcessTest):
    def send(self, server, seed=1, size=50_000):
        evil = self.evil("connect", server.listening(), f"send {size}", "shutdown", "read end", connections=2, seed=seed)
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        return evil

    def check_its_own(self, server, evils):
        """The capture has this program's connections, and those only."""
        self.assert_ends_well(server)
        capture = Capture(server.summary["capture"])
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        expected = sorted((outcome["local"], outcome["sent"], outcome["sent_crc"]) for evil in evils for outcome in evil.summary["connections"])
        found = sorted((stream.opener, stream.side(stream.opener).size, stream.side(stream.opener).crc) for stream in capture.streams)
        self.assertEqual(found, expected)

    def test_a_file_that_is_being_written_is_refused_even_for_overwriting(self):
        first = self.wireloupe("--listen", "0", "-w", self.path("one.pcapng"))
        evils = [self.send(first)]
        for arguments in ((), ("--overwrite",)):
            second = self.wireloupe("--listen", "0", "-w", self.path("one.pcapng"), *arguments)
            self.assertEqual(second.wait_for_end(), 1)
            self.assertEqual(second.events, [], "it began all the same")
            self.assertRegex(second.errors(), r"\Awireloupe: [^\n]*one\.pcapng: (EEXIST|EBUSY)[^\n]*\n\Z")
        # By another name of the same file as well.
        os.link(self.path("one.pcapng"), self.path("alias.pcapng"))
        second = self.wireloupe("--listen", "0", "-w", self.path("alias.pcapng"), "--overwrite")
        self.assertEqual(second.wait_for_end(), 1)
        self.assertIn("EBUSY", second.errors())
        evils.append(self.send(first, seed=2))
        self.check_its_own(first, evils)

    def test_a_file_that_somebody_else_has_locked_is_left_alone(self):
        path = self.path("locked.pcapng")
        with open(path, "wb") as file:
            file.write(b"precious")
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            run = self.wireloupe("--listen", "0", "-w", path, "--overwrite")
            self.assertEqual(run.wait_for_end(), 1)
            self.assertRegex(run.errors(), r"\Awireloupe: [^\n]*locked\.pcapng: EBUSY[^\n]*\n\Z")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"precious")

    def test_the_default_place_is_shared_and_its_files_are_not(self):
        number = count(12, 100)
        servers = [self.wireloupe("--listen", "0", is_default_capture=True) for _ in range(number)]
        evils = [self.send(server, seed) for seed, server in enumerate(servers)]
        for server, evil in zip(servers, evils):
            self.check_its_own(server, [evil])
        self.assertEqual(len({server.summary["capture"] for server in servers}), number)
        place = os.path.join(self.environment["XDG_STATE_HOME"], "wireloupe")
        self.assertEqual(len(os.listdir(place)), number)

    def test_a_start_leaves_the_captures_of_others_alone(self):
        """One that runs, one that was killed, one that ended: a new start changes none of them."""
        running, killed, ended = (self.wireloupe("--listen", "0", is_default_capture=True) for _ in range(3))
        evils = [self.send(server, seed) for seed, server in enumerate((running, killed, ended))]
        place = os.path.join(self.environment["XDG_STATE_HOME"], "wireloupe")
        self.assertEqual(ended.stop(), 0)
        killed.signal(signal.SIGKILL)
        killed.wait_for_end()
        before = {name: self.content(os.path.join(place, name)) for name in os.listdir(place)}
        fresh = self.wireloupe("--listen", "0", is_default_capture=True)
        evils.append(self.send(fresh, seed=9))
        for name, content in before.items():
            self.assertEqual(self.content(os.path.join(place, name)), content, name)
        self.check_its_own(fresh, [evils[3]])
        self.check_its_own(running, [evils[0]])

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_a_race_for_one_name_has_one_winner(self):
        for number in range(count(10, 300)):
            path = self.path(f"race-{number}.pcapng")
            runs = [self.wireloupe("--listen", "0", "-w", path, *arguments) for arguments in ((), ("--overwrite",), ("--overwrite",), ())]
            winners = []
            for run in runs:
                try:
                    run.listening()
                    winners.append(run)
                except AssertionError:
                    self.assertEqual(run.wait_for_end(), 1)
                    self.assertRegex(run.errors(), "EEXIST|EBUSY")
            self.assertEqual(len(winners), 1, f"{len(winners)} of four write {path}")
            evil = self.send(winners[0], seed=number, size=2000)
            self.check_its_own(winners[0], [evil])
            for run in runs:
                run.kill()

    def test_the_lock_is_gone_with_the_program(self):
        path = self.path("again.pcapng")
        first = self.wireloupe("--listen", "0", "-w", path)
        self.send(first)
        first.signal(signal.SIGKILL)
        first.wait_for_end()
        second = self.wireloupe("--listen", "0", "-w", path, "--overwrite")
        evil = self.send(second, seed=2)
        self.check_its_own(second, [evil])

    def test_the_lock_is_not_inherited_by_programs_that_it_does_not_start(self):
        """Every descriptor of the capture is the program's alone."""
        server = self.wireloupe("--listen", "0")
        server.listening()
        held = []
        for name in os.listdir(f"/proc/{server.pid}/fd"):
            if os.readlink(f"/proc/{server.pid}/fd/{name}") == server.capture:
                with open(f"/proc/{server.pid}/fdinfo/{name}", encoding="ascii") as file:
                    flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
                held.append(flags & os.O_CLOEXEC)
        self.assertTrue(held and all(held), held)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A ring of files: the newest so many are kept, each stands alone, together they are one capture, and a kill in the middle of a change costs nothing.

T48. What the ring deletes is kept here under a second name, so that every byte of the run can be asked for.
"""

import fcntl
import glob
import os
import random
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import storage
import tshark
from archive import Archive
from capture_file import Capture, lives
from killed import KilledRun
from prefixes import Prefixes
from wireloupe_process import ProcessTest, count, main

MIB = 1024 * 1024
NAME = re.compile(r"c_(\d{5})_\d{14}\.pcapng\Z")


class Ring(ProcessTest):
    def start(self, ring, *arguments, number=0, **options):
        folder = self.path(f"ring-{number}")
        os.mkdir(folder)
        archive = Archive(folder, folder + "-deleted")
        server = self.wireloupe("--listen", "0", "--ring", ring, "-w", os.path.join(folder, "c.pcapng"), *arguments,
                                environment=archive.environment, **options)
        return server, archive

    def check_names(self, archive):
        numbers = [int(NAME.match(name).group(1)) for name in archive.names]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "one was missed, or named otherwise")

    def check_kept(self, archive, most, least):
        """The newest so many, and those only."""
        kept = archive.kept()
        self.assertTrue(least <= len(kept) <= most, f"{len(kept)} files are left: {kept}")
        self.assertEqual(kept, archive.names[-len(kept):])

    def check_each_alone(self, paths):
        for path in paths:
            self.assertEqual(tshark.faults(path), [], path)

    def concatenation(self, archive):
        path = self.path("all.pcapng")
        with open(path, "wb") as out:
            for each in archive.paths():
                with open(each, "rb") as file:
                    out.write(file.read())
        return path

    def test_the_newest_are_kept_and_all_are_one_capture(self):
        server, archive = self.start("3:1", "--echo")
        evil = self.evil("connect", server.listening(), "trade 1000000", "shutdown", "read end", "or", "trade 3000000", "shutdown", "read end",
                         connections=8, seed=5, seconds=50)
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", 8)
        self.assert_ends_well(server)
        self.assertGreater(len(archive.names), 10)
        self.check_names(archive)
        self.check_kept(archive, 3, 3)
        for path in archive.paths()[:-1]:
            self.assertLess(abs(os.path.getsize(path) - MIB), MIB // 2, path)
        self.assertEqual(os.path.basename(server.summary["capture"]), archive.names[-1])
        together = self.concatenation(archive)
        for capture in (Capture(*archive.paths()), Capture(together)):
            self.assertEqual((capture.troubles, capture.is_cut), ([], False))
            for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
                for address in (outcome["local"], outcome["peer"]):
                    self.assertEqual((stream.side(address).size, stream.side(address).crc), (outcome["sent"], outcome["sent_crc"]), outcome)
        self.assertEqual(tshark.faults(together), [])
        self.check_each_alone(archive.paths() if count(0, 1) else random.Random(1).sample(archive.paths(), 5) + archive.paths()[-1:])

    def test_connections_that_come_and_go_across_files(self):
        server, archive = self.start("4:1", "--echo")
        evil = self.evil("connect", server.listening(), "trade 4000..60000", "shutdown", "read end", "or", "send 4000..60000", "reset",
                         connections=400, parallel=32, seed=6, seconds=50)
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", 400)
        self.assert_ends_well(server)
        self.assertGreater(len(archive.names), 5)
        self.check_names(archive)
        self.check_kept(archive, 4, 4)
        capture = Capture(*archive.paths())
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            side = stream.side(outcome["local"])
            if outcome["end"] != "reset":
                self.assertEqual((side.size, side.crc), (outcome["sent"], outcome["sent_crc"]), outcome)
        self.assertEqual(tshark.faults(self.concatenation(archive), but="tcp.analysis.reused_ports"), [])
        self.check_each_alone(archive.paths()[-4:])

    def check_killed(self, server, archive, evil, seed, report_path, prefixes, most):
        evil.wait_for_end()
        self.check_names(archive)
        run = KilledRun(server, evil, seed, report_path, prefixes, paths=archive.paths())
        self.assertEqual(run.troubles, [])
        # At the moment of a change there may be one more, or one whose head is not there yet.
        self.check_kept(archive, most + 1, min(most, len(archive.names)))
        # Only the newest may end in half a block; the one after it may have been made and have nothing yet.
        for path in archive.paths()[-4:-2]:
            self.assertFalse(Capture(path, is_continued=True).is_cut, f"{path} is not whole")
        for name in archive.kept():
            # Nobody holds them any more: the next start may open and mend them.
            with open(os.path.join(archive.folder, name), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return len(archive.names)

    def test_kills_at_random_moments(self):
        files = []
        with Prefixes() as prefixes:
            for number in range(count(15, 200)):
                report_path = self.path(f"report-{number}")
                server, archive = self.start("3:1", "--echo", "--verbose", number=number, report_path=report_path)
                server.catch_up_until("listening")
                evil = self.evil("connect", server.of("listening")[0]["local"], "trade 1000000000", "or", "slice 1000000000", connections=16,
                                 seed=number, seconds=50)
                time.sleep(0.25 * random.Random(number).random())  # allowed sleep: the moment is what is random
                server.signal(signal.SIGKILL)
                server.wait_for_end()
                files.append(self.check_killed(server, archive, evil, number, report_path, prefixes, 3))
        print(f"killed with {min(files)} to {max(files)} files behind it")
        self.assertGreater(max(files), 4)

    def kill_at(self, call, at, prefixes):
        number = f"{call}-{at}"
        report_path = self.path(f"report-{number}")
        server, archive = self.start("3:1", "--echo", "--verbose", number=number, report_path=report_path,
                                     before=storage.inject(self.path("strace"), None, f"{call}:signal=SIGKILL:when={at}"))
        try:
            server.catch_up_until("listening", deadline=5)
        except AssertionError:
            self.assertEqual(server.wait_for_end(), -signal.SIGKILL)
            return
        evil = self.evil("connect", server.of("listening")[0]["local"], "trade 1000000000", connections=4, seed=at, seconds=50)
        self.assertEqual(server.wait_for_end(), -signal.SIGKILL, f"{call} {at} never came")
        self.check_killed(server, archive, evil, at, report_path, prefixes, 3)

    def test_a_kill_at_each_call_of_a_change_of_files(self):
        """Making, locking, allocating, cutting, deleting: each of the first so many, of the thread that writes."""
        numbers = range(1, count(4, 100) + 1)
        with Prefixes() as prefixes:
            for call in ("fallocate", "flock", "ftruncate", "unlink"):
                for at in numbers:
                    with self.subTest(call=call, at=at):
                        self.kill_at(call, at, prefixes)

    def test_two_rings_in_one_folder_do_not_touch_each_other(self):
        folder = self.path("shared")
        os.mkdir(folder)
        servers = [self.wireloupe("--listen", "0", "--ring", "2:1", "-w", os.path.join(folder, name)) for name in ("c.pcapng", "c_2.pcapng")]
        evils = [self.evil("connect", server.listening(), "send 5000000", "shutdown", "read end", seed=seed) for seed, server in enumerate(servers)]
        for server, evil in zip(servers, evils):
            self.assertEqual(evil.wait_for_end(), 0, evil.story())
            server.wait_for("closed")
            self.assert_ends_well(server)
        for pattern in ("c_0*", "c_2_0*"):
            self.assertEqual(len(glob.glob(os.path.join(folder, pattern))), 2, os.listdir(folder))


if __name__ == "__main__":
    main()

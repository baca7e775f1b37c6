#!/usr/bin/env python3
"""T43: a disk that is full. Reading pauses, it is told within a second, the file ends at a whole block, and once there is space it goes on within a
second by itself with every byte there.

Real small disks in a mount namespace, and system calls that fail because strace says so.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets
import storage
import tshark
from capture_file import Capture, lives, payload_bytes
from storage import Disk
from wireloupe_process import EVIL_PEER, ProcessTest, count, main, wait_until

MIB = 1024 * 1024
PLENTY = storage.free_as(1_000_000)  # so that write(2) is the one to say it, not the limit of free space
SECOND = 1.0
MACHINE_SECONDS = 0.5  # this machine's share, when other tests run beside


class DiskFull(ProcessTest):
    def start(self, disk, *arguments, environment=None):
        server = self.wireloupe("--listen", "0", *arguments, "-w", disk.inside("c.pcapng"), before=disk.before, environment=environment or {})
        server.listening()
        server.outside = disk.outside("c.pcapng")
        return server

    def send(self, server, size, connections=2):
        evil = self.evil("connect", server.listening(), f"send {size}", "shutdown", "read end", connections=connections, seed=size, seconds=55)
        evil.seed = str(size)
        return evil

    def wait_until_told(self, server, code="ENOSPC"):
        """The line that says so, within a second of the last byte that went into the file."""
        line = server.wait_for("failed", operation="capture")
        said = time.time()
        self.assertEqual(line["code"], code)
        self.assertIn("c.pcapng", line["message"])
        self.assertLessEqual(said - os.stat(server.outside).st_mtime, SECOND + MACHINE_SECONDS, "told too late")
        return line

    def check_paused(self, server):
        """The file is whole blocks, and stays as it is, while the peers' bytes wait in the kernel."""
        size = os.path.getsize(server.outside)
        wait_until(lambda: sockets.waiting_bytes(server.listening()) > 0, "bytes wait in the kernel")
        waiting = []

        def is_quiet():
            waiting.append(sockets.waiting_bytes(server.listening()))
            return len(waiting) > 30 and waiting[-1] == waiting[-30]

        wait_until(is_quiet, "nothing is read any more")
        self.assertEqual(os.path.getsize(server.outside), size, "it grows, or shrinks")
        capture = Capture(server.outside)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        self.assertEqual(tshark.is_readable(server.outside), "whole")

    def check_goes_on(self, server, make_space):
        size = os.path.getsize(server.outside)
        make_space()
        began = time.monotonic()
        wait_until(lambda: os.path.getsize(server.outside) > size, "it goes on", deadline=10)
        elapsed = time.monotonic() - began
        self.assertLessEqual(elapsed, SECOND + MACHINE_SECONDS)
        return elapsed

    def check_whole(self, server, evil):
        """Every byte, by SHA-256 of what the peer sends."""
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", len(evil.summary["connections"]))
        self.assert_ends_well(server)
        self.assertGreater(server.summary["read_pauses"], 0)
        capture = Capture(server.outside, keep_places=True)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        for index, (outcome, _, stream) in enumerate(lives(evil.summary["connections"], server.of("opened"), capture)):
            sent = subprocess.run([EVIL_PEER, "bytes", str(index), str(outcome["sent"]), "--seed", evil.seed], stdout=subprocess.PIPE, check=True).stdout
            found = payload_bytes(stream.side(outcome["local"]))
            self.assertEqual(hashlib.sha256(found).hexdigest(), hashlib.sha256(sent).hexdigest(), outcome)
        self.assertEqual(tshark.analysis(server.outside), [])

    def fill_and_free(self, disk, size, make_space, environment):
        server = self.start(disk, environment=environment)
        evil = self.send(server, size)
        self.wait_until_told(server)
        self.check_paused(server)
        elapsed = self.check_goes_on(server, make_space)
        print(f"goes on {elapsed:.3f} s after there is space")
        self.check_whole(server, evil)
        self.assertEqual(len(server.of("failed")), 1, "told once")

    def test_a_disk_of_eight_mib_in_memory(self):
        disk = Disk.tmpfs(self, "8m")
        self.fill_and_free(disk, 20 * MIB, lambda: disk.remount("size=200m"), PLENTY)

    def test_a_disk_of_sixty_four_mib_on_a_loop_device(self):
        disk = Disk.ext4(self, "64M")
        disk.run("fallocate", "-l", "45M", disk.inside("ballast"))
        self.fill_and_free(disk, 20 * MIB, lambda: os.unlink(disk.outside("ballast")), PLENTY)

    def test_the_limit_of_free_space(self):
        """The program's own limit, 256 MiB: the disk has room, and it stops all the same."""
        disk = Disk.tmpfs(self, "340m")
        self.fill_and_free(disk, 80 * MIB, lambda: disk.remount("size=1g"), {})
        self.assertGreater(disk.free_bytes(), 256 * MIB)

    def test_waiting_for_space_costs_next_to_nothing(self):
        disk = Disk.tmpfs(self, "8m")
        server = self.start(disk, environment=PLENTY)
        self.send(server, 20 * MIB, connections=50)
        self.wait_until_told(server)
        wait_until(lambda: sockets.waiting_bytes(server.listening()) > 50 * 64 * 1024, "all of them wait")
        before, descriptors, memory_kib = server.cpu_seconds(), server.descriptors(), server.status_kib("VmRSS")
        time.sleep(2)  # allowed sleep: the time over which it is measured
        self.assertLessEqual(server.cpu_seconds() - before, 0.05 * 2 + 0.02)
        self.assertEqual(server.descriptors(), descriptors)
        self.assertLessEqual(server.status_kib("VmRSS") - memory_kib, 1024)

    def test_full_and_free_again_and_again(self):
        disk = Disk.tmpfs(self, "4m")
        server = self.start(disk, environment=PLENTY)
        rounds = count(5, 100)
        evil = self.send(server, rounds * 4 * MIB)
        for number in range(rounds):
            server.wait_for("failed", number + 1, operation="capture")
            wait_until(lambda: sockets.waiting_bytes(server.listening()) > 0, "bytes wait in the kernel")
            capture = Capture(server.outside)
            self.assertEqual((capture.troubles, capture.is_cut), ([], False))
            size = 4 + 4 * (number + 1) if number + 1 < rounds else 20 + 8 * rounds
            self.check_goes_on(server, lambda: disk.remount(f"size={size}m"))
        self.check_whole(server, evil)

    def test_a_stop_while_it_is_full(self):
        for how in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(how):
                disk = Disk.tmpfs(self, "8m")
                server = self.start(disk, "--verbose", environment=PLENTY)
                evil = self.send(server, 20 * MIB)
                self.wait_until_told(server)
                self.check_paused(server)
                began = time.monotonic()
                status = server.stop(how)
                self.assertLessEqual(time.monotonic() - began, 3)
                evil.wait_for_end()
                capture = Capture(server.outside)
                self.assertEqual((capture.troubles, capture.is_cut), ([], False))
                told = sum(line["bytes"] for line in server.of("received"))
                if how == signal.SIGKILL:
                    self.assertEqual(status, -how)
                    self.assertLessEqual(told, capture.payload)
                    continue
                # It could not go on as asked.
                self.assertEqual(status, 1, server.story())
                self.assertEqual(server.summary["stored"], capture.payload, server.story())
                self.assertEqual(told, capture.payload)

    def test_connections_that_end_while_it_is_full(self):
        """In order or by a reset, while nobody reads: what the kernel had is recorded once there is space, and the end is told right."""
        disk = Disk.tmpfs(self, "8m")
        server = self.start(disk, environment=PLENTY)
        size = 60_000
        enders = self.evil("connect", server.listening(), "hold", f"send {size}", "drained", "reset", "or", "hold", f"send {size}", "shutdown", "read end",
                           connections=20, seed=4, seconds=55)
        server.wait_for("opened", 20)
        filler = self.send(server, 20 * MIB)
        self.wait_until_told(server)
        late = self.evil("connect", server.listening(), f"send {size}", "shutdown", "read end", connections=5, seed=6, seconds=55)
        enders.wait_for("holding", connections=20)
        enders.send_line()
        # The ten that reset have ended as far as they are concerned; the others wait for our end of stream.
        wait_until(lambda: sockets.waiting_bytes(server.listening()) >= 10 * size, "what they sent waits in the kernel")
        self.check_goes_on(server, lambda: disk.remount("size=200m"))
        for evil in (enders, late):
            self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", 20 + 2 + 5)
        peers = {line["peer"]: line["connection"] for line in server.of("opened")}
        for index, outcome in enumerate(enders.summary["connections"]):
            line = server.of("closed", connection=peers[outcome["local"]])[0]
            self.assertEqual((line["received"], line["reason"]), (size, "end of stream" if index % 2 else "reset by peer"), outcome)
        self.assertEqual(filler.wait_for_end(), 0)
        self.assert_ends_well(server)
        capture = Capture(server.outside)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        for evil in (enders, filler, late):
            for outcome in evil.summary["connections"]:
                [stream] = capture.find(outcome["local"], outcome["peer"])
                side = stream.side(outcome["local"])
                self.assertEqual((side.size, side.crc), (outcome["sent"], outcome["sent_crc"]), outcome)

    def test_a_disk_that_is_full_from_the_first_byte(self):
        disk = Disk.tmpfs(self, "1m")
        disk.run("dd", "if=/dev/zero", f"of={disk.inside('ballast')}", "bs=4096", "count=256", "status=none")
        server = self.wireloupe("--listen", "0", "-w", disk.inside("c.pcapng"), before=disk.before, environment=PLENTY)
        self.assertEqual(server.wait_for_end(), 1)
        self.assertRegex(server.errors(), r"\Awireloupe: [^\n]*c\.pcapng: ENOSPC[^\n]*\n\Z")
        self.assertFalse(os.path.exists(disk.outside("c.pcapng")), "an empty file is left behind")

    def run_injected(self, *injections, code=None, size=3_000_000):
        """Against an ordinary disk; the calls on the capture file fail as said, then no more."""
        path = self.path(f"injected-{self.captures}.pcapng")
        self.captures += 1
        server = self.wireloupe("--listen", "0", "--echo", "-w", path, before=storage.inject(path + ".strace", path, *injections))
        evil = self.evil("connect", server.listening(), f"trade {size}", "shutdown", "read end", connections=4, seed=7, seconds=55)
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", 4)
        # strace sends signals on to the program only where it gets them itself: its child is the program.
        os.kill(self.children(server.pid)[0], signal.SIGTERM)
        status = server.wait_for_end()
        self.assertEqual(status, 0, server.story())
        self.assert_nothing_lost(server)
        if code:
            self.assertEqual({line["code"] for line in server.of("failed")}, {code}, server.story())
        capture = Capture(path)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False), injections)
        for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            self.assertEqual((stream.side(outcome["local"]).size, stream.side(outcome["local"]).crc), (size, outcome["sent_crc"]), injections)
            self.assertEqual((stream.side(outcome["peer"]).size, stream.side(outcome["peer"]).crc), (size, outcome["sent_crc"]), injections)
            self.assertEqual(outcome["received_crc"], outcome["sent_crc"])
        os.unlink(path)
        server.kill()

    def children(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]

    def spread(self, first, last, number):
        return sorted({round(first * (last / first) ** (i / max(1, number - 1))) for i in range(number)})

    def test_no_space_at_the_nth_write(self):
        """N, and the three that try again."""
        for at in self.spread(2, 60, count(5, 59)):
            with self.subTest(at):
                self.run_injected(f"write:error=ENOSPC:when={at}..{at + 3}", code="ENOSPC")

    def test_short_writes(self):
        """A call that says it took so many bytes, and even that is not true: the file has none of them."""
        for at, size in ((2, 1), (3, 12), (5, 4), (8, 31)):
            with self.subTest(f"write {at} takes {size}"):
                self.run_injected(f"write:retval={size}:when={at}")

    def test_no_space_is_allocated_ahead(self):
        """A file system that cannot, or will not."""
        for error in ("EOPNOTSUPP", "ENOSPC", "EINTR"):
            with self.subTest(error):
                self.run_injected(f"fallocate:error={error}:when=1..2" if error == "EINTR" else f"fallocate:error={error}:when=1+")

    def test_interrupted_calls_are_made_again(self):
        self.run_injected("write:error=EINTR:when=2..30", "fallocate:error=EINTR:when=1..2", "ftruncate:error=EINTR:when=1..3")

    def test_a_truncation_that_fails_is_tried_again(self):
        """After a short write the file is cut back; the first cut fails."""
        self.run_injected("write:retval=5:when=4", "ftruncate:error=ENOSPC:when=1")


if __name__ == "__main__":
    main()

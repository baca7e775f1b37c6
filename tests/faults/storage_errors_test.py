#!/usr/bin/env python3
"""T44: what a disk says other than "full". Each by its name, nothing told that is not stored, and on by itself where that can be.

EIO has its own file (untrusted_file_test.py): after it the file is not to be written to again.
"""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import sockets
import storage
from capture_file import Capture, lives
from storage import Disk
from wireloupe_process import ProcessTest, main, wait_until

MIB = 1024 * 1024
SECOND = 1.5  # RELIABILITY.md's second, and this machine's share


class StorageErrors(ProcessTest):
    def check_told(self, server, code):
        line = server.wait_for("failed", operation="capture")
        self.assertEqual(line["code"], code, server.story())
        self.assertIn("capture", line["message"])
        return line

    def check_whole(self, server, evil, path):
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", len(evil.summary["connections"]))
        self.assert_ends_well(server)
        self.check_bytes(server, evil, path)

    def check_bytes(self, server, evil, path):
        capture = Capture(path)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        for outcome, _, stream in lives(evil.summary["connections"], server.of("opened"), capture):
            side = stream.side(outcome["local"])
            self.assertEqual((side.size, side.crc), (outcome["sent"], outcome["sent_crc"]), outcome)

    def test_a_file_size_limit_is_named_and_goes_on_once_it_is_raised(self):
        """EFBIG; its signal would end a program that does not ignore it (SIGXFSZ)."""
        path = self.path("c.pcapng")
        server = self.wireloupe("--listen", "0", "-w", path, before=["prlimit", f"--fsize={3 * MIB}:", "--"])
        evil = self.evil("connect", server.listening(), f"send {5 * MIB}", "shutdown", "read end", connections=2, seconds=50)
        self.check_told(server, "EFBIG")
        capture = Capture(path)
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        size = os.path.getsize(path)
        self.assertLessEqual(size, 3 * MIB)
        self.assertTrue(wait_until(lambda: sockets.waiting_bytes(server.listening()) > 0, "reading pauses"))
        self.run_tool("prlimit", f"--pid={server.pid}", "--fsize=unlimited:")
        began = time.monotonic()
        wait_until(lambda: os.path.getsize(path) > size, "it goes on")
        self.assertLessEqual(time.monotonic() - began, SECOND)
        self.check_whole(server, evil, path)

    def test_no_inode_left_is_named_at_the_start(self):
        disk = Disk.tmpfs(self, "8m", ",nr_inodes=2")
        disk.run("touch", disk.inside("the-last-one"))
        server = self.wireloupe("--listen", "0", "-w", disk.inside("c.pcapng"), before=disk.before)
        self.assertEqual(server.wait_for_end(), 1)
        self.assertRegex(server.errors(), r"\Awireloupe: [^\n]*c\.pcapng: ENOSPC[^\n]*\n\Z")

    def test_a_disk_that_is_read_only_is_named_at_the_start(self):
        disk = Disk.tmpfs(self, "8m")
        disk.remount("ro")
        server = self.wireloupe("--listen", "0", "-w", disk.inside("c.pcapng"), before=disk.before)
        self.assertEqual(server.wait_for_end(), 1)
        self.assertRegex(server.errors(), r"\Awireloupe: [^\n]*c\.pcapng: EROFS[^\n]*\n\Z")

    def test_a_file_system_that_shuts_itself_down_is_named_and_costs_nothing_told(self):
        """ext4 turns read-only upon an error of its own (EROFS from write(2)): what was told is in the file, the rest is nobody's."""
        disk = Disk.ext4(self, "64M", ",errors=remount-ro")
        server = self.wireloupe("--listen", "0", "--verbose", "-w", disk.inside("c.pcapng"), before=disk.before, environment=storage.free_as(1000))
        evil = self.evil("connect", server.listening(), "slice 100000000", connections=2, seconds=50)
        wait_until(lambda: os.path.getsize(disk.outside("c.pcapng")) > 50_000, "the capture grows")
        device = os.stat(disk.outside("c.pcapng")).st_dev
        name = os.path.basename(os.readlink(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}"))
        try:
            with open(f"/sys/fs/ext4/{name}/trigger_fs_error", "w", encoding="ascii") as file:
                file.write("a test wants it")
        except OSError as error:
            self.skipTest(f"ext4 cannot be told to fail here: {error}")
        self.check_told(server, "EROFS")
        self.assertEqual(server.stop(), 1, server.story())
        evil.wait_for_end()
        capture = Capture(disk.outside("c.pcapng"))
        self.assertEqual((capture.troubles, capture.is_cut), ([], False))
        self.assertEqual(sum(line["bytes"] for line in server.of("received")), capture.payload)
        self.assertEqual(server.summary["stored"], capture.payload)

    def test_each_failure_to_make_the_file_is_named_and_leaves_nothing_behind(self):
        for call, error, code in (("openat", "EACCES", "EACCES"), ("openat", "EMFILE", "EMFILE"), ("openat", "ENOMEM", "ENOMEM"), ("openat", "EIO", "EIO"),
                                  ("flock", "EAGAIN", "EBUSY"), ("flock", "ENOLCK", "ENOLCK"),
                                  ("write", "EIO", "EIO"), ("write", "ENOSPC", "ENOSPC"), ("write", "EDQUOT", "EDQUOT")):
            with self.subTest(call=call, error=error):
                path = self.path(f"{call}-{error}.pcapng")
                run = self.wireloupe("--listen", "0", "-w", path, before=storage.inject(self.path("strace"), path, f"{call}:error={error}:when=1+"))
                self.assertEqual(run.wait_for_end(), 1, run.story())
                self.assertEqual(run.events, [], "it began all the same")
                self.assertRegex(run.errors(), rf"\Awireloupe: [^\n]*{call}-{error}\.pcapng: {code}[^\n]*\n\Z")
                self.assertFalse(os.path.exists(path))

    def run_injected(self, code):
        """The third write of the capture and the five that try again fail so."""
        path = self.path(f"{code}.pcapng")
        server = self.wireloupe("--listen", "0", "--verbose", "-w", path,
                                before=storage.inject(path + ".strace", path, f"write:error={code}:when=4..9"))
        evil = self.evil("connect", server.listening(), f"send {2 * MIB}", "shutdown", "read end", connections=2, seconds=50)
        line = self.check_told(server, code)
        self.assertIn(f"{code}.pcapng", line["message"])
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed", 2)
        os.kill(self.child(server.pid), signal.SIGTERM)
        self.assertEqual(server.wait_for_end(), 0, server.story())
        self.assert_nothing_lost(server)
        self.assertEqual(len(server.of("failed")), 1, "told once")
        self.check_bytes(server, evil, path)

    def child(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def test_a_quota_that_is_used_up_is_named_and_waited_for(self):
        self.run_injected("EDQUOT")

    def test_a_disk_that_is_read_only_for_a_while_is_waited_for(self):
        self.run_injected("EROFS")

    def test_a_lack_of_memory_is_waited_for(self):
        self.run_injected("ENOMEM")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""T44 where a capture is mended, and where nothing can be synced: what cannot be read is no torn tail, what cannot be kept is not cut, and who is not synced is told."""

import errno
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import storage
from wireloupe_process import TEST_BINARIES, ProcessTest, main

REPAIR = os.path.join(TEST_BINARIES, "capture_repair")


class RepairErrors(ProcessTest):
    def torn(self):
        """A capture of some blocks that ends in half a one."""
        path = self.path("c.pcapng")
        server = self.wireloupe("--listen", "0", "-w", path)
        evil = self.evil("connect", server.listening(), "send 300000", "shutdown", "read end", seconds=50)
        self.assertEqual(evil.wait_for_end(), 0, evil.story())
        server.wait_for("closed")
        self.assertEqual(server.stop(), 0, server.story())
        os.truncate(path, os.path.getsize(path) - 5)
        return path

    def repair(self, path, *injections):
        """What came of mending it; None: the loader's own calls were hit, and it was not begun."""
        done = subprocess.run(storage.inject(self.path("strace"), None, *injections) + [REPAIR], input=path + "\n", stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, encoding="utf-8", timeout=60, check=False)
        if done.returncode == 127:
            return None
        self.assertEqual(done.returncode, 0)
        return json.loads(done.stdout)

    def check_untouched(self, path, size):
        self.assertEqual(os.path.getsize(path), size)
        self.assertFalse(os.path.exists(path + ".tail"))

    def test_a_block_that_cannot_be_read_is_no_torn_one(self):
        path = self.torn()
        size = os.path.getsize(path)
        mended = 0
        for at in range(1, 12):
            with self.subTest(at):
                report = self.repair(path, f"pread64:error=EIO:when={at}+")
                if report is None:
                    continue
                self.assertEqual((report["error"], report["was_needed"]), (errno.EIO, False))
                self.check_untouched(path, size)
                mended += 1
                if mended == 4:
                    break
        self.assertEqual(mended, 4)

    def test_a_tail_that_cannot_be_kept_is_not_cut_off(self):
        path = self.torn()
        size = os.path.getsize(path)
        for call, error in (("write:retval=0:when=1", errno.ENOSPC), ("write:error=EIO:when=1", errno.EIO), ("fsync:error=EIO:when=1", errno.EIO)):
            with self.subTest(call):
                self.assertEqual(self.repair(path, call)["error"], error)
                self.check_untouched(path, size)

    def test_a_capture_that_cannot_be_synced_says_so_and_is_made(self):
        """Without the descriptor by which the sync would say that it failed."""
        told = 0
        for at in range(1, 9):
            path = self.path(f"unsynced-{at}.pcapng")
            server = self.wireloupe("--listen", "0", "-w", path, "--for", "0.3",
                                    before=storage.inject(path + ".strace", None, f"eventfd2:error=EMFILE:when={at}", f"clone3:error=EAGAIN:when={at}"))
            server.wait_for_end()
            for line in server.of("failed", operation="capture"):
                self.assertIn("not synced", line["message"])
                self.assertIn(line["code"], ("EMFILE", "EAGAIN"))
                self.assertGreater(os.path.getsize(path), 0)
                told += 1
        self.assertGreaterEqual(told, 1)


if __name__ == "__main__":
    main()

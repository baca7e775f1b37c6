#!/usr/bin/env python3
"""T47: a loss of power. storage_shim.cpp writes down what the program asked of its disk; from that every state is made that a disk may be found in
afterwards, and each is mended as the program mends a capture before it opens it.

What a file system may do with what was not synced, and does here: keep it, lose it, lose the end of it, know the new size and have
zeros where the bytes never came (any page of 4 KiB, in any order). What had been synced is there.
"""

import json
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from capture_file import Capture
from killed import KillAtTest
from storage import SHIM
from wireloupe_process import TEST_BINARIES, ProcessTest, count, main, wait_until

REPAIR = os.path.join(TEST_BINARIES, "capture_repair")
PAGE = 4096
SEEN, WRITE, TRUNCATE, SYNC_BEGINS, SYNC_ENDS = range(1, 6)


class Log:
    """What happened to one file. It only grew: a truncation is to its own size (space that was allocated ahead is given back)."""

    def __init__(self, path, name):
        self.kinds = []
        self.sizes = []   # of the file after each operation
        self.errors = []
        self.content = bytearray()
        inode = None
        with open(path, "rb") as file:
            while head := file.read(48):
                kind, node, offset, size, error, follows = struct.unpack("=6Q", head)
                body = file.read(follows)
                if kind == SEEN and body.decode() == name:
                    inode = node
                elif node == inode and kind != SEEN:
                    if kind in (WRITE, TRUNCATE) and (offset if kind == WRITE else size) != len(self.content):
                        raise AssertionError(f"not at the end: {kind} {offset} {size}, the file has {len(self.content)}")
                    self.content += body
                    self.kinds.append(kind)
                    self.sizes.append(len(self.content))
                    self.errors.append(error)

    def syncs(self):
        return [at for at, kind in enumerate(self.kinds) if kind == SYNC_ENDS and self.errors[at] == 0]

    def safe_size_at(self, end):
        """How much is safe after `end` operations: what there was when the last good sync began."""
        for done in reversed(range(end)):
            if self.kinds[done] == SYNC_ENDS and self.errors[done] == 0:
                return self.sizes[max(begin for begin in range(done) if self.kinds[begin] == SYNC_BEGINS)]
        return 0


class State:
    """A file as a loss of power after operation `at` left it."""

    def __init__(self, log, at, chance):
        self.safe = bytes(log.content[:log.safe_size_at(at)])
        whole = log.content[:log.sizes[at - 1]]  # as the page cache had it
        self.kind = chance.choice(("all", "none", "cut", "cut", "zero tail", "zero tail", "holes", "holes"))
        size = {"all": len(whole), "none": len(self.safe)}.get(self.kind, chance.randrange(len(self.safe), len(whole) + 1))
        if self.kind == "zero tail":
            came = chance.randrange(len(self.safe), size + 1)
            came -= came % chance.choice((PAGE, 512))  # what reached the disk did so in pages or sectors
            whole[max(came, len(self.safe)):size] = bytes(max(0, size - max(came, len(self.safe))))
        self.lost_pages = []
        if self.kind == "holes":
            for page in range(len(self.safe) // PAGE, size // PAGE + 1):
                if chance.random() < 0.3:
                    begin, end = max(page * PAGE, len(self.safe)), min((page + 1) * PAGE, size)
                    if begin < end:
                        whole[begin:end] = bytes(end - begin)
                        self.lost_pages.append((begin, end))
        self.content = bytes(whole[:size])


class KillAtSyncs(KillAtTest):
    def test_a_kill_at_each_sync(self):
        for at in range(1, count(3, 30) + 1):
            self.kill_at("fdatasync", at, "slice 1000000000", "or", "trade 1000000000")


class PowerLoss(ProcessTest):
    def record_a_run(self):
        """A log of a run with a few syncs in it, and everything that was written."""
        log_path, path = self.path("storage.log"), self.path("c.pcapng")
        server = self.wireloupe("--listen", "0", "--echo", "--verbose", "-w", path, environment={"LD_PRELOAD": SHIM, "STORAGE_LOG": log_path})
        # Much at first, then something all the time.
        evil = self.evil("connect", server.listening(), "drip 100000 1", "or", "trade 3000000", "settle", "drip 100000 7", connections=4, seconds=50)
        wait_until(lambda: len(Log(log_path, path).syncs()) >= 3, "three syncs", deadline=30)
        evil.kill()
        server.stop()
        log = Log(log_path, path)
        self.assertEqual(bytes(log.content), self.content(path), "the log is not what happened")
        return log, server

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_what_was_synced_is_there_and_the_file_is_mended(self):
        log, _ = self.record_a_run()
        everything = bytes(log.content)
        repair = self.tool(REPAIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        path = self.path("lost.pcapng")
        kinds, with_zeros = {}, 0
        states = count(150, 10_000)
        for number in range(states):
            chance = random.Random(number)
            state = State(log, chance.randrange(1, len(log.kinds) + 1), chance)
            with open(path, "wb") as file:
                file.write(state.content)
            repair.stdin.write(path.encode() + b"\n")
            repair.stdin.flush()
            said = json.loads(repair.stdout.readline())
            mended = self.content(path)
            what = f"state {number}: {state.kind}, {len(state.safe)} bytes safe, {len(state.content)} found, mended to {len(mended)}: {said}"
            if len(state.safe) == 0 and not said["own"]:
                continue  # not even its head had been synced
            self.assertEqual(said["error"], 0, what)
            self.assertEqual(mended[:len(state.safe)], state.safe, what)
            self.assertEqual(state.content[:len(mended)], mended, "not a beginning of what was found; " + what)
            self.assertEqual(said["whole"], len(mended), what)
            if said["was_needed"]:
                self.assertEqual(mended + self.content(said["tail"]), state.content, "the rest was not kept; " + what)
                os.unlink(said["tail"])
            if number % 10 == 0:
                capture = Capture(path)
                self.assertEqual((capture.troubles, capture.is_cut), ([], False), what)
            if everything[:len(mended)] != mended:
                # Zeros that lie wholly in one packet's payload look like payload; nothing else may differ.
                self.assertEqual(state.kind, "holes", what)
                for begin, end in state.lost_pages:
                    end = min(end, len(mended))
                    mended = mended[:begin] + everything[begin:end] + mended[end:] if begin < end else mended
                self.assertEqual(everything[:len(mended)], mended, what)
                with_zeros += 1
            kinds[state.kind] = kinds.get(state.kind, 0) + 1
        print(f"{states} states of {len(log.kinds)} operations, {len(log.syncs())} syncs: {kinds}; {with_zeros} with a page of zeros within a payload")

    def test_there_is_a_sync_every_second(self):
        """The age of the oldest byte that is not safe: a second, and a sync's own time."""
        log, server = self.record_a_run()
        syncs = log.syncs()
        self.assertGreaterEqual(len(syncs), 3)
        # Nothing is synced that has not grown, and the last one is after the last write.
        last_write = max(at for at, kind in enumerate(log.kinds) if kind == WRITE)
        self.assertGreater(syncs[-1], last_write, "the end of the run was not synced")
        for first, second in zip(syncs, syncs[1:]):
            self.assertGreater(log.sizes[second], log.sizes[first], "synced for nothing")
        self.assertEqual(server.of("failed"), [])


if __name__ == "__main__":
    main()

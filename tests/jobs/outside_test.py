#!/usr/bin/env python3
"""Saving and exporting from outside: what other programs read back from an export, and system calls that fail at the n-th time."""

import base64
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tshark

TOOL = os.path.join(os.path.dirname(os.environ.get("WIRELOUPE", "")), "tests", "bin", "jobs_tool")
STRACE = shutil.which("strace")
PROGRAM = os.environ.get("WIRELOUPE", "")
DEADLINE = 60


class Jobs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wireloupe-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.source = os.path.join(self.folder, "run.pcapng")
        # Our own traffic: the demo's echo.
        subprocess.run([PROGRAM, "--headless", "--demo", "--for", "1", "-w", self.source], check=True, timeout=DEADLINE,
                       stdout=subprocess.DEVNULL)
        self.goal_folder = os.path.join(self.folder, "to")
        os.mkdir(self.goal_folder)
        self.goal = os.path.join(self.goal_folder, "made")

    def run_tool(self, *words, before=()):
        done = subprocess.run([*before, TOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              timeout=DEADLINE)
        return done

    def export(self, form):
        goal = f"{self.goal}-{form}"
        done = self.run_tool("export", form, self.source, goal)
        self.assertEqual(done.returncode, 0, done.stderr)
        return goal

    def rows(self, form):
        """(connection, direction, offset, bytes) of every read, as this form has them."""
        found = []
        if form.startswith("csv"):
            with open(self.export(form), encoding="ascii", newline="") as file:
                entries = list(csv.DictReader(file))
        else:
            with open(self.export(form), encoding="ascii") as file:
                entries = [json.loads(line) for line in file]
        for entry in entries:
            data = base64.b64decode(entry["bytes"]) if form.endswith("64") else bytes.fromhex(entry["bytes"])
            self.assertEqual(len(data), int(entry["size"]))
            self.assertEqual(int(entry["missing"]), 0)
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
            found.append((int(entry["connection"]), entry["direction"], int(entry["offset"]), data))
        return found

    def hex_dump_rows(self):
        found = []
        with open(self.export("hexdump"), encoding="ascii") as file:
            for line in file:
                heading = re.match(r"# \S+Z  #(\d+)  (received|sent)  (\d+) bytes  at (\d+)$", line)
                if heading:
                    found.append([int(heading[1]), heading[2], int(heading[4]), b"", int(heading[3])])
                    continue
                if line.startswith("#"):
                    continue
                offset, rest = line.split("  ", 1)
                data = bytes.fromhex(rest.split("|", 1)[0])
                self.assertEqual(int(offset, 16), found[-1][2] + len(found[-1][3]))
                found[-1][3] += data
        for entry in found:
            self.assertEqual(len(entry[3]), entry[4])
        return [tuple(entry[:4]) for entry in found]

    def test_every_text_form_says_the_same(self):
        rows = self.rows("csv")
        self.assertGreater(len(rows), 3)
        for form in ("csv64", "json", "json64"):
            self.assertEqual(self.rows(form), rows, form)
        self.assertEqual(self.hex_dump_rows(), rows)
        streams = {}
        for connection, direction, offset, data in rows:
            stream = streams.setdefault((connection, direction), b"")
            self.assertEqual(offset, len(stream))
            streams[connection, direction] = stream + data
        goal = self.export("raw")
        for direction in ("received", "sent"):
            with open(f"{goal}.{direction}", "rb") as file:
                self.assertEqual(file.read(), b"".join(row[3] for row in rows if row[1] == direction))

    @unittest.skipUnless(tshark.TSHARK, "tshark is not installed")
    def test_tshark_reads_what_was_saved_and_exported(self):
        done = self.run_tool("save", self.source, self.goal)
        self.assertEqual(done.returncode, 0, done.stderr)
        for path in (self.goal, self.export("pcapng")):
            self.assertEqual(tshark.is_readable(path), "whole")
            self.assertEqual(tshark.analysis(path), [])
            self.assertEqual(tshark.follow(path), tshark.follow(self.source))
            self.assertEqual(subprocess.run(["capinfos", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                                            timeout=DEADLINE).returncode, 0)
        with open(self.goal, "rb") as saved, open(self.source, "rb") as source:
            self.assertEqual(saved.read(), source.read())

    def fail_at(self, call, error, words, first=1):
        """The job with `call` failing at the n-th time and every later one; n from `first`: a failure in words and nothing left, or a whole file."""
        with open(self.source, "rb") as file:
            content = file.read()
        failures = 0
        for when in range(first, first + 3):
            inject = [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}+"]
            done = self.run_tool(*words, before=inject)
            if done.returncode == 0:
                with open(self.goal, "rb") as file:
                    self.assertTrue(words[0] != "save" or file.read() == content, f"{call} {when}: not the whole")
                os.unlink(self.goal)
            else:
                failures += 1
                self.assertIn(error, done.stderr, f"{call} {when}")
                self.assertIn(self.goal, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
                if "its folder could not be synced" in done.stderr:  # then the file is there, whole
                    with open(self.goal, "rb") as file:
                        self.assertTrue(words[0] != "save" or file.read() == content)
                    os.unlink(self.goal)
            self.assertEqual(os.listdir(self.goal_folder), [], f"{call} {when}: {done.stderr}")
        return failures

    @unittest.skipUnless(STRACE, "strace is not installed")
    def test_each_call_that_fails_is_named_and_leaves_nothing(self):
        save = ("save", self.source, self.goal)
        export = ("export", "csv", self.source, self.goal)
        self.assertGreater(self.fail_at("copy_file_range", "ENOSPC", save), 0)
        self.assertGreater(self.fail_at("copy_file_range", "EIO", save), 0)
        self.assertGreater(self.fail_at("fallocate", "ENOSPC", save), 0)
        self.assertGreater(self.fail_at("fsync", "EIO", save), 0)
        self.assertGreater(self.fail_at("fsync", "ENOSPC", export), 0)
        self.assertGreater(self.fail_at("linkat", "EROFS", save), 0)
        self.assertGreater(self.fail_at("linkat", "EIO", export), 0)
        # strace counts for each thread: the sentence on standard error is the main thread's first write(2), so it is lost as well.
        inject = [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:error=ENOSPC:when=1"]
        self.assertEqual(self.run_tool(*export, before=inject).returncode, 1)
        self.assertEqual(os.listdir(self.goal_folder), [])

    @unittest.skipUnless(STRACE, "strace is not installed")
    def test_what_a_file_system_lacks_is_done_another_way(self):
        save = ("save", self.source, self.goal)
        for call, error in (("copy_file_range", "EXDEV"), ("copy_file_range", "ENOSYS"), ("copy_file_range", "EINVAL"),
                            ("fallocate", "EOPNOTSUPP"), ("renameat2", "EINVAL"), ("renameat2", "ENOSYS"), ("fsync", "EINTR"),
                            ("sync_file_range", "ENOSYS"), ("ioctl", "EOPNOTSUPP")):
            self.assertEqual(self.fail_at(call, error, save) if error != "EINTR" else self.once(call, error, save), 0, (call, error))

    def once(self, call, error, words):
        inject = [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when=1"]
        done = self.run_tool(*words, before=inject)
        self.assertEqual(done.returncode, 0, done.stderr)
        os.unlink(self.goal)
        return 0


if __name__ == "__main__":
    unittest.main()

"""Disks that fail: small file systems in a mount namespace of a test's own, and strace's way of making a system call fail.

What cannot be had on a machine (no right to mount, no loop devices, no strace) is a SkipTest that says so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wireloupe_process import TEST_BINARIES

STRACE = shutil.which("strace")
SHIM = os.path.join(TEST_BINARIES, "storage_shim.so")


def free_as(megabytes):
    """Environment: as far as fstatvfs(3) tells, so much is free. A disk too small for the program's limit is then filled to its last byte."""
    return {"LD_PRELOAD": SHIM, "STORAGE_FREE_MIB": str(megabytes)}


class Disk:
    """A file system of its own at `path`, which only those see who are started with `before`. From outside it is at `outside`."""

    def __init__(self, test, *mount_words, prepare=""):
        self.folder = tempfile.mkdtemp(prefix="wireloupe-disk-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.path = os.path.join(self.folder, "disk")
        os.mkdir(self.path)
        is_root = os.geteuid() == 0
        # The mounts go when the last process in the namespace has ended.
        script = f'set -e; cd "$1"; shift; {prepare} mount "$@" disk; chmod 700 disk; echo mounted; exec cat'
        self.holder = subprocess.Popen(
            ["unshare", "-m" if is_root else "-rm", "--propagation", "private", "sh", "-c", script, "sh", self.folder, *mount_words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        test.addCleanup(self._end)
        if self.holder.stdout.readline() != b"mounted\n":
            said = self.holder.stderr.read().decode(errors="replace").strip()
            raise unittest.SkipTest(f"mount {' '.join(mount_words)}: not possible here: {said}")
        self.before = ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt"]
        if not is_root:
            self.before += [f"--user=/proc/{self.holder.pid}/ns/user", "--preserve-credentials"]
        self.before.append("--")

    @classmethod
    def tmpfs(cls, test, size, options=""):
        return cls(test, "-t", "tmpfs", "-o", f"size={size}{options}", "none")

    @classmethod
    def ext4(cls, test, size, options=""):
        """On a loop device: a real disk's habits (delayed allocation, a read-only state), and a machine's permission to have one."""
        for tool in ("mkfs.ext4", "losetup"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"{tool}: not on this machine")
        return cls(test, "-o", "loop" + options, "image", prepare=f"truncate -s {size} image; mkfs.ext4 -q -m 0 image;")

    def _end(self):
        self.holder.stdin.close()
        try:
            self.holder.wait(10)
        except subprocess.TimeoutExpired:
            self.holder.kill()
            self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()

    def inside(self, name):
        """The path as the program on this disk has it."""
        return os.path.join(self.path, name)

    def outside(self, name):
        """The same file as this process reaches it."""
        return f"/proc/{self.holder.pid}/root{self.path}/{name}"

    def run(self, *words):
        done = subprocess.run([*self.before, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout.decode(errors='replace')}")

    def remount(self, options):
        self.run("mount", "-o", "remount," + options, self.path)

    def free_bytes(self):
        status = os.statvfs(self.outside(""))
        return status.f_bavail * status.f_frsize


def inject(log, path, *injections):
    """Words before a command: strace makes its system calls on `path` (None: all) fail as `injections` say, for instance "write:error=EIO:when=3".

    "when" counts each thread and each system call apart.
    """
    if not STRACE:
        raise unittest.SkipTest("strace: not on this machine")
    calls = ",".join(injection.split(":")[0] for injection in injections)
    words = [STRACE, "-f", "-qq", "-o", log, "-e", f"trace={calls}"]
    if not any(":signal=" in injection for injection in injections):
        words.insert(2, "--seccomp-bpf")  # quick; but strace 6.1 loses its signals then
    for injection in injections:
        words += ["-e", "inject=" + injection]
    if path:
        words += ["-P", path]
    done = subprocess.run([STRACE, "-f", "-qq", "-o", log, "true"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"strace cannot trace here: {done.stdout.decode(errors='replace').strip()}")
    return words

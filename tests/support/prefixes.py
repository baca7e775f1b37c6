"""What evil_peer's connections send, as checksums of prefixes; and what the kernel took in for sockets of a process that was killed.

A prefix is named by (seed, index of the connection, size). The bytes are evil_peer's own (evil_bytes.cpp): nothing is kept.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wireloupe_process import EVIL_PEER

PIDFD_GETFD = 438  # Linux 5.6; the same number on every architecture
_libc = ctypes.CDLL(None, use_errno=True)


class Prefixes:
    """Asks one evil_peer for all of a test's checksums. A context manager."""

    def __enter__(self):
        self.process = subprocess.Popen([EVIL_PEER, "prefixes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def crc(self, seed, index, size):
        self.process.stdin.write(b"%d %d %d\n" % (seed, index, size))
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


class HeldSockets:
    """A second process's hand on another's connected TCP sockets: they outlive it, so the kernel can be asked what it had read of them.

    None of it if the kernel doesn't let us (`are_held` is False): who may trace a process may do this.
    """

    def __init__(self, pid):
        self.sockets = []
        self.are_held = True
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            self.are_held = False
            return
        try:
            for name in os.listdir(f"/proc/{pid}/fd"):
                self._take(pid, handle, name)
        finally:
            os.close(handle)

    def _take(self, pid, handle, name):
        try:
            if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:["):
                return
        except FileNotFoundError:
            return
        descriptor = _libc.syscall(PIDFD_GETFD, handle, int(name), 0)
        if descriptor < 0:
            self.are_held = self.are_held and ctypes.get_errno() not in (1, 38)  # EPERM, ENOSYS; EBADF: closed meanwhile
            return
        held = socket.socket(fileno=descriptor)
        try:
            held.getpeername()
        except OSError:
            held.close()  # a listener
            return
        self.sockets.append(held)

    def consumed(self):
        """{peer's address: bytes that recv(2) has returned}. Of a process that has ended: nobody reads any more."""
        result = {}
        for held in self.sockets:
            try:
                host, port = held.getpeername()[:2]
            except OSError:
                continue  # reset meanwhile
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            while True:
                arrived = self._arrived(held)
                waiting = struct.unpack("i", fcntl.ioctl(held, termios.FIONREAD, b"\0" * 4))[0]
                if arrived == self._arrived(held):  # the peer may still be filling the window
                    break
            result[address] = arrived - waiting
        return result

    @staticmethod
    def _arrived(held):
        # struct tcp_info: tcpi_bytes_received, what has come in order
        return struct.unpack_from("=Q", held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 128)[0]

    def close(self):
        for held in self.sockets:
            held.close()
        self.sockets = []

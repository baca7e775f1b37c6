"""What the kernel says of sockets: /proc/PID/net/tcp and tcp6, as that process's network namespace sees them."""

import os
import socket
import struct
from collections import namedtuple

LISTEN = "0A"

Row = namedtuple("Row", "local peer state send_queue receive_queue inode")


def _address(text):
    host, port = text.split(":")
    # Each 32-bit word is printed in the machine's order.
    packed = b"".join(struct.pack("=I", int(host[i:i + 8], 16)) for i in range(0, len(host), 8))
    if len(packed) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"


def table(pid="self"):
    """All TCP sockets of the namespace."""
    rows = []
    for name in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{name}", encoding="ascii") as file:
            next(file)
            for line in file:
                fields = line.split()
                send_queue, receive_queue = (int(part, 16) for part in fields[4].split(":"))
                rows.append(Row(_address(fields[1]), _address(fields[2]), fields[3], send_queue, receive_queue, fields[9]))
    return rows


def inodes(pid):
    """The sockets a process holds."""
    found = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def listening(pid):
    """The addresses a process listens on, sorted."""
    held = inodes(pid)
    return sorted(row.local for row in table(pid) if row.state == LISTEN and row.inode in held)


def waiting_bytes(local, pid="self"):
    """What waits unread in the kernel for the connections of a listener at `local`."""
    return sum(row.receive_queue for row in table(pid) if row.local == local and row.state != LISTEN)

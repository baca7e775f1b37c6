#!/usr/bin/env python3
"""Makes the captures of this folder anew: make.py WIRELOUPE. Needs root, tcpdump, and Wireshark's tools; README.md says what is what.

The traffic is this project's own: clients that talk to `wireloupe --headless --listen --echo` over loopback, and two
UDP sockets. The bytes are always the same; ports, times and sequence numbers are not, so expected.txt changes with the files.
"""

import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
UDP_PORTS = (47001, 47002)


def run(*words, **options):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


def exchange(family, address, sizes, ends_with_reset, seed):
    """A client of the echo server; each message is answered before the next."""
    source = random.Random(seed)
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.connect(address)
        for size in sizes:
            message = source.randbytes(size)
            client.sendall(message)
            echo = b""
            while len(echo) < size:
                echo += client.recv(size - len(echo))
            assert echo == message
        if ends_with_reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""


def datagrams():
    ours = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in UDP_PORTS]
    for one, port in zip(ours, UDP_PORTS):
        one.bind(("127.0.0.1", port))
    for payload in (b"a question", b"", bytes(range(256))):
        ours[0].sendto(payload, ("127.0.0.1", UDP_PORTS[1]))
        ours[1].recv(1000)
        ours[1].sendto(payload[::-1], ("127.0.0.1", UDP_PORTS[0]))
        ours[0].recv(1000)
    for one in ours:
        one.close()


def traffic(ports):
    exchange(socket.AF_INET, ("127.0.0.1", ports[0]), [5, 1400, 3000], False, 1)
    exchange(socket.AF_INET6, ("::1", ports[1]), [200, 1], True, 2)
    datagrams()


def capture(command, ports, output):
    """Runs a capturing program while the traffic goes on."""
    wanted = " or ".join(f"port {port}" for port in (*ports, *UDP_PORTS))
    program = subprocess.Popen([*command, output, *(["-f"] if command[0] == "dumpcap" else []), wanted],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    # Both say so on standard error once they listen, and both need a moment more.
    line = program.stderr.readline()
    time.sleep(1.0)
    traffic(ports)
    time.sleep(1.5)
    program.terminate()
    if program.wait() not in (0, -15):
        sys.exit(f"{command}: {line}")


def packets_of(path):
    """(seconds, microseconds, bytes) of each packet of a little-endian pcap."""
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at < len(data):
        seconds, fraction, captured, _ = struct.unpack_from("<IIII", data, at)
        yield seconds, fraction, data[at + 16:at + 16 + captured]
        at += 16 + captured


def write_swapped(source, path):
    """Our own byte swapper: a big-endian pcap of the same packets. No tool at hand writes one on this machine."""
    with open(path, "wb") as file:
        file.write(struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for seconds, fraction, packet in packets_of(source):
            file.write(struct.pack(">IIII", seconds, fraction, len(packet), len(packet)) + packet)


def write_swapped_pcapng(source, path):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack(">II", kind, len(body) + 12) + body + struct.pack(">I", len(body) + 12)

    with open(path, "wb") as file:
        file.write(block(0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1)))
        # Ticks of 2^-20 s, counted from an offset.
        file.write(block(1, struct.pack(">HHI", 1, 0, 0) + struct.pack(">HHBxxx", 9, 1, 0x80 | 20) +
                         struct.pack(">HHq", 14, 8, 1_700_000_000) + struct.pack(">HH", 0, 0)))
        for seconds, fraction, packet in packets_of(source):
            ticks = (seconds - 1_700_000_000) * 2**20 + fraction * 2**20 // 10**6
            file.write(block(6, struct.pack(">IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet)) +
                             packet))


def write_text(source, path, change):
    """The packets as text2pcap wants them, each changed by `change`; those without an answer are left out."""
    with open(path, "w", encoding="ascii") as file:
        for _, _, packet in packets_of(source):
            changed = change(packet)
            if changed is None:
                continue
            for at in range(0, len(changed), 16):
                file.write(f"{at:06x} " + " ".join(f"{byte:02x}" for byte in changed[at:at + 16]) + "\n")
            file.write("\n")


def main():
    wireloupe = sys.argv[1]
    os.chdir(HERE)
    scratch = tempfile.TemporaryDirectory()
    text = os.path.join(scratch.name, "text")
    part = [os.path.join(scratch.name, f"part{i}") for i in range(3)]
    server = subprocess.Popen([wireloupe, "--headless", "--echo", "--listen", "127.0.0.1:0", "--listen", "[::1]:0",
                               "-w", os.path.join(scratch.name, "x.pcapng")], stdout=subprocess.PIPE, text=True)
    ports = []
    while len(ports) < 2:
        line = json.loads(server.stdout.readline())
        if line["event"] == "listening":
            ports.append(int(line["local"].rsplit(":", 1)[1]))

    capture(["tcpdump", "-i", "lo", "-w"], ports, "tcpdump.pcap")
    capture(["tcpdump", "-i", "lo", "--time-stamp-precision=nano", "-w"], ports, "tcpdump_ns.pcap")
    capture(["tcpdump", "-i", "any", "-w"], ports, "tcpdump_any.pcap")
    capture(["tcpdump", "-i", "any", "-y", "LINUX_SLL", "-w"], ports, "tcpdump_any_sll.pcap")
    capture(["tcpdump", "-i", "lo", "-s", "96", "-w"], ports, "tcpdump_snap96.pcap")
    capture(["dumpcap", "-q", "-i", "lo", "-w"], ports, "dumpcap.pcapng")
    server.terminate()
    server.wait()

    whole = "tcpdump.pcap"
    run("editcap", "-F", "modlibpcap", whole, "modified.pcap")
    run("editcap", "-F", "nsecpcap", whole, "editcap_ns.pcap")
    run("editcap", "-C", "14", "-T", "rawip", "-F", "pcap", whole, "raw.pcap")
    run("editcap", "-s", "70", whole, "editcap_snap70.pcapng")
    run("editcap", "-a", "1:the first packet", "-a", "5:a comment with \u00e4 and \u4e16", whole, "comments.pcapng")
    run("editcap", whole, "loss.pcapng", "6", "9-10", "21")
    run("editcap", whole, "middle.pcapng", "1-5")
    # Out of order: the parts one behind the other as they are named, not by time.
    run("editcap", "-r", whole, part[0], "1-5")
    run("editcap", "-r", whole, part[1], "8-100")
    run("editcap", "-r", whole, part[2], "6-7")
    run("mergecap", "-a", "-w", "reordered.pcapng", part[0], part[2], part[1])
    run("editcap", "-r", whole, part[1], "9-100")
    run("editcap", "-r", whole, part[2], "6-8")
    run("mergecap", "-a", "-F", "pcap", "-w", "swapped_around.pcap", part[0], part[1], part[2])
    # Every packet twice, over two interfaces of different link types.
    run("mergecap", "-w", "two_interfaces.pcapng", whole, "raw.pcap")
    write_swapped(whole, "big_endian.pcap")
    write_swapped_pcapng(whole, "big_endian.pcapng")
    # Link types that loopback on Linux has not: the same IP packets under another head, through text2pcap.
    is_ipv6 = lambda packet: packet[12:14] == b"\x86\xdd"
    for name, link, change in (
            ("null.pcap", 0, lambda packet: struct.pack("<I", 30 if is_ipv6(packet) else 2) + packet[14:]),
            ("loop.pcap", 108, lambda packet: struct.pack(">I", 24 if is_ipv6(packet) else 2) + packet[14:]),
            ("vlan.pcap", 1, lambda packet: packet[:12] + b"\x88\xa8\x00\x07\x81\x00\x00\x2a" + packet[12:])):
        write_text(whole, text, change)
        run("text2pcap", "-q", "-F", "pcap", "-l", link, text, name)
    # What is not understood, between what is.
    arp = bytes.fromhex("ffffffffffff0200000000010806000108000604000102000000000a0000010000000000000a000002")
    fragment = bytes.fromhex("000000000000000000000000080045000024000120004011000a7f0000017f00000100350035001000000102030405060708")
    write_text(whole, text, lambda packet: arp if packet[23] == 17 else (fragment if is_ipv6(packet) else packet))
    run("text2pcap", "-q", "-F", "pcap", "-l", 1, text, "arp_and_fragments.pcap")
    for name in os.listdir("."):
        os.chmod(name, 0o755 if name == "make.py" else 0o644)


main()

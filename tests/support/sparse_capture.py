"""A capture as a sniffer would write it, as large as wanted and mostly holes: one connection, one way, payload that is all zeros and takes no disk."""

import os
import struct

PAYLOAD = 65_495  # with 40 bytes of headers the largest IPv4 packet
ENDS = (bytes([127, 0, 0, 1]), bytes([127, 0, 0, 2]))


def _headers(from_client, flags, sequence, acknowledgement, size):
    source, target = ENDS if from_client else reversed(ENDS)
    ports = (40_000, 9_000) if from_client else (9_000, 40_000)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + size, 0, 0, 64, 6, 0, source, target) + \
        struct.pack(">HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, acknowledgement & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0)


def _block_head(time_ns, packet_size):
    length = 28 + packet_size + (-packet_size % 4) + 4
    return struct.pack("<IIIIIII", 6, length, 0, time_ns >> 32, time_ns & 0xFFFFFFFF, packet_size, packet_size), struct.pack("<I", length)


def write(path, payload_bytes, packet_payload=PAYLOAD):
    """Returns the exact payload, a little more than asked for."""
    packet = 40 + packet_payload
    block = 28 + packet + (-packet % 4) + 4
    with open(path, "xb", buffering=0) as file:
        file.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
        # raw IP, nanoseconds (if_tsresol 9)
        file.write(struct.pack("<IIHHIHHB3xHHI", 1, 32, 101, 0, 0, 9, 1, 9, 0, 0, 32))
        time_ns = 1_700_000_000_000_000_000
        for number, (is_client, flags, sequence, acknowledgement) in enumerate(((True, 2, 999, 0), (False, 18, 4999, 1000), (True, 16, 1000, 5000))):
            head, tail = _block_head(time_ns + number, 40)
            file.write(head + _headers(is_client, flags, sequence, acknowledgement, 0) + tail)
        descriptor, offset = file.fileno(), file.tell()
        count = -(-payload_bytes // packet_payload)
        _, tail = _block_head(0, packet)
        previous_tail = b""
        for number in range(count):
            head, _ = _block_head(time_ns + (number + 1) * 1000, packet)
            # The block before ends where this one begins: one write, one page.
            os.pwrite(descriptor, previous_tail + head + _headers(True, 16, 1000 + number * packet_payload, 5000, packet_payload), offset - len(previous_tail))
            previous_tail = tail
            offset += block
        os.pwrite(descriptor, tail, offset - 4)
    return count * packet_payload

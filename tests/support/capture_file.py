"""Reads a capture of ours on its own terms: pcapng, IP and TCP, nothing else.

It shares no code with the program and does not look at its local-use options: what it finds is what any reader of a
capture finds. A stream is one life of an address pair, from a SYN on.
"""

import mmap
import os
import socket
import struct
import zlib

ENHANCED_PACKET = 6
INTERFACE = 1
SECTION = 0x0A0D0D0A
SECOND_SIDE = 0x80574C01  # one of our local-use blocks: the second side of a connection that is ours on both ends

FIN, SYN, RST, ACK = 1, 2, 4, 16


class Side:
    """One direction of a stream."""

    def __init__(self):
        self.size = 0
        self.crc = 0
        self.next_sequence = None
        self.packets = 0
        self.has_fin = False
        self.has_rst = False
        self.places = []  # (path, offset in the file, size) of each payload


class Stream:
    """`opener` sent the SYN. `side(address)` is what that address sent."""

    def __init__(self, opener, other, first_time):
        self.opener = opener
        self.other = other
        self.first_time = first_time
        self.sides = {opener: Side(), other: Side()}

    def side(self, address):
        return self.sides[address]

    def __repr__(self):
        a, b = self.sides[self.opener], self.sides[self.other]
        return f"{self.opener} -> {self.other}: {a.size} and {b.size} bytes"


class Capture:
    """All streams of a file, in the order of their opening. `troubles` are in words: a gap, a repeat, a wrong length.

    Of several files that are one capture (a ring, or after an error): all of them, the oldest first. `is_continued`: some before them are not there, so
    connections may begin in the middle; those are left out.
    """

    def __init__(self, path, *later, keep_places=False, is_continued=False):
        self.streams = []
        self.troubles = []
        self.is_cut = False      # one ends within a block
        self.blocks = {}         # how many of each type
        self.packets = 0
        self.second_side_bytes = 0
        self.keep_places = keep_places
        self.is_continued = is_continued
        self._current = {}       # (address, address), sorted -> Stream
        for each in (path, *later):
            self._path = each
            with open(each, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size:
                    with mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) as data:
                        self._read(memoryview(data), size)

    def find(self, opener, other):
        """The streams between two addresses ("127.0.0.1:80"), opened by the first."""
        return [stream for stream in self.streams if stream.opener == opener and stream.other == other]

    @property
    def payload(self):
        return sum(side.size for stream in self.streams for side in stream.sides.values())

    def _read(self, data, size):
        unpack_head = struct.Struct("<II").unpack_from
        offset = 0
        try:
            while offset < size:
                if size - offset < 12:
                    self.is_cut = True
                    return
                kind, length = unpack_head(data, offset)
                if length < 12 or length % 4:
                    self.troubles.append(f"block at {offset}: length {length}")
                    return
                if length > size - offset:
                    self.is_cut = True
                    return
                if struct.unpack_from("<I", data, offset + length - 4)[0] != length:
                    self.troubles.append(f"block at {offset}: the two lengths differ")
                    return
                self.blocks[kind] = self.blocks.get(kind, 0) + 1
                if kind == ENHANCED_PACKET:
                    self._packet(data, offset)
                elif kind == SECOND_SIDE:
                    self.second_side_bytes += self._payload_of(data, offset)[1]
                elif offset == 0 and (kind != SECTION or struct.unpack_from("<I", data, 8)[0] != 0x1A2B3C4D):
                    self.troubles.append("does not begin with a section header of this machine's byte order")
                    return
                offset += length
        finally:
            data.release()

    def _payload_of(self, data, offset):
        """(ports and addresses, payload size, payload offset, tcp offset) of a packet block."""
        captured, original = struct.unpack_from("<II", data, offset + 20)
        if captured != original:
            self.troubles.append(f"packet at {offset}: {captured} of {original} bytes captured")
        ip = offset + 28
        version = data[ip] >> 4
        if version == 4:
            header = (data[ip] & 15) * 4
            total = struct.unpack_from(">H", data, ip + 2)[0]
            source = socket.inet_ntop(socket.AF_INET, bytes(data[ip + 12:ip + 16]))
            target = socket.inet_ntop(socket.AF_INET, bytes(data[ip + 16:ip + 20]))
        else:
            header = 40
            total = 40 + struct.unpack_from(">H", data, ip + 4)[0]
            source = "[" + socket.inet_ntop(socket.AF_INET6, bytes(data[ip + 8:ip + 24])) + "]"
            target = "[" + socket.inet_ntop(socket.AF_INET6, bytes(data[ip + 24:ip + 40])) + "]"
        if total != captured:
            self.troubles.append(f"packet at {offset}: IP says {total} bytes, the block {captured}")
        tcp = ip + header
        source_port, target_port = struct.unpack_from(">HH", data, tcp)
        payload = tcp + (data[tcp + 12] >> 4) * 4
        return (f"{source}:{source_port}", f"{target}:{target_port}"), ip + captured - payload, payload, tcp

    def _packet(self, data, offset):
        self.packets += 1
        (source, target), size, payload, tcp = self._payload_of(data, offset)
        sequence = struct.unpack_from(">I", data, tcp + 4)[0]
        flags = data[tcp + 13]
        pair = (source, target) if source < target else (target, source)
        if flags & SYN and not flags & ACK:
            high, low = struct.unpack_from("<II", data, offset + 12)
            stream = Stream(source, target, (high << 32) | low)
            self._current[pair] = stream
            self.streams.append(stream)
        stream = self._current.get(pair)
        if stream is None:
            if self.is_continued:
                return
            self.troubles.append(f"packet at {offset}: {source} to {target} before any SYN")
            return
        side = stream.sides[source]
        side.packets += 1
        if side.next_sequence is not None and sequence != side.next_sequence and not flags & RST:
            self.troubles.append(f"packet at {offset}: {source} to {target}: sequence {sequence}, expected {side.next_sequence}")
        side.next_sequence = (sequence + size + bool(flags & SYN) + bool(flags & FIN)) & 0xFFFFFFFF
        side.has_fin |= bool(flags & FIN)
        side.has_rst |= bool(flags & RST)
        if size:
            side.size += size
            side.crc = zlib.crc32(data[payload:payload + size], side.crc)
            if self.keep_places:
                side.places.append((self._path, payload, size))


def payload_bytes(side):
    """What a side of a Capture(path, keep_places=True) sent."""
    pieces, path, file = [], None, None
    try:
        for place, offset, size in side.places:
            if place != path:
                if file:
                    file.close()
                path, file = place, open(place, "rb")
            pieces.append(os.pread(file.fileno(), size, offset))
    finally:
        if file:
            file.close()
    return b"".join(pieces)


def lives(outcomes, opened, capture, was_opened_by_us=False):
    """evil_peer's connections beside what the program and its capture say of each: (outcome, opened line, stream).

    Address pairs come back during a long run, so the k-th life of a pair goes with the k-th everywhere.
    """
    by_pair_opened, by_pair_stream, result = {}, {}, []
    for line in opened:
        by_pair_opened.setdefault((line["local"], line["peer"]), []).append(line)
    for stream in capture.streams:
        pair = (stream.opener, stream.other) if was_opened_by_us else (stream.other, stream.opener)
        by_pair_stream.setdefault(pair, []).append(stream)
    for outcome in outcomes:
        pair = (outcome["peer"], outcome["local"])
        for name, found in (("opened line", by_pair_opened), ("stream in the capture", by_pair_stream)):
            if not found.get(pair):
                raise AssertionError(f"no {name} for {pair[1]} to {pair[0]}: {outcome}")
        result.append((outcome, by_pair_opened[pair].pop(0), by_pair_stream[pair].pop(0)))
    return result

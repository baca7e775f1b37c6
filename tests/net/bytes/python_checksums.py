#!/usr/bin/env python3
"""What python's own libraries say, for checksum_test: lines "NAME HEX" on standard input, a line with the value in hex for each."""

import binascii
import sys
import zlib

KINDS = {
    "sum-8": lambda data: sum(data) & 0xFF,
    "CRC-16/XMODEM": lambda data: binascii.crc_hqx(data, 0),
    "CRC-16/CCITT-FALSE": lambda data: binascii.crc_hqx(data, 0xFFFF),
    "CRC-32": binascii.crc32,
    "Adler-32": zlib.adler32,
}

for line in sys.stdin:
    name, _, data = line.rstrip("\n").partition(" ")
    print(f"{KINDS[name](bytes.fromhex(data)):x}")

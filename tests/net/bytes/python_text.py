#!/usr/bin/env python3
"""What python's decoders say, for text_encoding_test: python_text.py NAME CODEC [BYTES TO LEAVE OUT, in hex]

Two kinds of lines: "code HEX CODEPOINT" for each code that is one character, and "text HEX CODEPOINT,CODEPOINT,..." for random bytes, where an invalid byte NN
is the code point dcNN.
"""

import codecs
import random
import sys


def decoded(data, codec):
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return text if len(text) == 1 else None


def codes(name):
    yield from (bytes([a]) for a in range(256))
    if name == "UTF-8":
        points = list(range(0x80, 0xD800)) + list(range(0xE000, 0x11000)) + list(range(0x11000, 0x110000, 61))
        yield from (chr(point).encode() for point in points + [0x10FFFF])
    elif name.startswith("UTF-16"):
        codec = "utf-16-le" if name.endswith("LE") else "utf-16-be"
        points = list(range(0xD800)) + list(range(0xE000, 0x11000)) + list(range(0x11000, 0x110000, 61))
        yield from (chr(point).encode(codec) for point in points + [0x10FFFF])
    elif not name.startswith(("Windows", "Latin")):
        yield from (bytes([a, b]) for a in range(0x80, 0x100) for b in range(256))
        if name == "GB18030":
            for code in list(range(0, 39420)) + list(range(189000, 189000 + 0x100000, 61)):
                a, b, c = code // 12600, code // 1260 % 10, code // 10 % 126
                yield bytes([0x81 + a, 0x30 + b, 0x81 + c, 0x30 + code % 10])


def mark(error):
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start:error.end]), error.end


def main():
    name, codec = sys.argv[1:3]
    left_out = bytes.fromhex(sys.argv[3]) if len(sys.argv) > 3 else b""
    for code in codes(name):
        text = decoded(code, codec)
        if text is not None and not any(byte in left_out for byte in code):
            print("code", code.hex(), f"{ord(text):x}")
    codecs.register_error("mark", mark)
    randomness = random.Random(1)
    kinds = [bytes(byte for byte in kind if byte not in left_out)
             for kind in (range(256), range(0x20, 0x7F), range(0x81, 0xFF), range(0xD8, 0xE0), range(0xE0, 0xF5))]
    for _ in range(500):
        data = b"".join(bytes([randomness.choice(randomness.choice(kinds))]) for _ in range(randomness.randrange(1, 40)))
        print("text", data.hex(), ",".join(f"{ord(c):x}" for c in data.decode(codec, "mark")))


main()

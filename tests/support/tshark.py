"""Wireshark's opinion of a capture."""

import os
import shutil
import subprocess

TSHARK = shutil.which("tshark")


def run(*arguments, deadline=60, **options):
    """tshark's standard output. It must succeed; a capture that is cut short within a packet is an exit status 2 of its own."""
    # Its own settings folder could hold filters and profiles.
    environment = dict(os.environ, HOME="/nonexistent", XDG_CONFIG_HOME="/nonexistent", LC_ALL="C.UTF-8")
    done = subprocess.run([TSHARK, "-n", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          timeout=deadline, check=False, **options)
    errors = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        raise AssertionError(f"tshark {arguments}: exit status {done.returncode}: {errors[-2000:]}")
    return done.stdout


def is_readable(path):
    """How tshark ends over a file: "whole", "cut short" or its complaint."""
    done = subprocess.run([TSHARK, "-n", "-r", path, "-T", "fields", "-e", "frame.number"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False, timeout=60)
    errors = done.stderr.decode(errors="replace")
    if done.returncode == 0:
        return "whole"
    return "cut short" if "cut short" in errors else errors


def analysis(path, but=""):
    """What Wireshark's TCP analysis holds against the capture: one line a packet, with the reason; empty: nothing.

    `but`: a display filter for what is expected.
    """
    wanted = "tcp.analysis.flags" + (f" && !({but})" if but else "")
    text = run("-r", path, "-Y", wanted, "-T", "fields", "-e", "frame.number", "-e", "tcp.stream", "-e", "_ws.expert.message")
    return text.decode().splitlines()


def follow(path, stream=0):
    """The two sides of a stream as Wireshark puts them together: (bytes of the one that opened it, bytes of the other)."""
    return follow_all(path, [stream])[0]


def follow_all(path, streams):
    """The same for several streams, in one run."""
    words = [word for stream in streams for word in ("-z", f"follow,tcp,raw,{stream}")]
    found = {}
    sides = None
    for line in run("-r", path, "-q", *words).split(b"\n"):
        if line.startswith(b"Filter: tcp.stream eq "):
            sides = found[int(line.split()[-1])] = ([], [])
        elif line.startswith(b"\t") or (line and line[:1] in b"0123456789abcdef"):
            sides[line.startswith(b"\t")].append(bytes.fromhex(line.strip().decode()))
    return [tuple(b"".join(side) for side in found[stream]) for stream in streams]

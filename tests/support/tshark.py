"""Wireshark's opinion of a capture."""

import hashlib
import os
import shutil
import subprocess

TSHARK = shutil.which("tshark")

# Payload of tests is random, and a dissector that takes it for its own (by a port, or by a guess) finds fault with it.
AS_DATA = ["-d", "tcp.port==1-65535,data"]


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


def faults(path, but=""):
    """Everything that Wireshark holds against a capture: TCP analysis, malformed packets, warnings of its dissectors (a reset is one to it, and is not
    one to us), whatever it or capinfos says on standard error. One line each; empty: nothing."""
    wanted = "tcp.analysis.flags || _ws.malformed || (_ws.expert.severity >= 6291456 && !tcp.connection.rst)"
    environment = dict(os.environ, HOME="/nonexistent", XDG_CONFIG_HOME="/nonexistent", LC_ALL="C.UTF-8")
    found = []
    # tshark as root says that it should not be; that is not about the file.
    for command in ([TSHARK, "-n", *AS_DATA, "-r", path, "-Y", f"({wanted}) && !({but})" if but else wanted, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"],
                    [shutil.which("capinfos"), "-c", "-M", path]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=600, check=False)
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip() and "Running as user" not in line]
        if done.returncode != 0:
            said.append(f"{command[0]}: exit status {done.returncode}")
        found += said + (done.stdout.decode(errors="replace").splitlines() if command[0] == TSHARK else [])
    return found


def follow_hashes(path, stream=0, deadline=3600):
    """SHA-256 and size of both sides of a stream, for those that are too large to be held."""
    command = [TSHARK, "-n", "-r", path, "-q", "-z", f"follow,tcp,raw,{stream}"]
    hashes, sizes = (hashlib.sha256(), hashlib.sha256()), [0, 0]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        for line in process.stdout:
            if line.startswith(b"\t") or (line and line[:1] in b"0123456789abcdef"):
                data = bytes.fromhex(line.strip().decode())
                hashes[line.startswith(b"\t")].update(data)
                sizes[line.startswith(b"\t")] += len(data)
        if process.wait(deadline) != 0:
            raise AssertionError(f"tshark {command}: exit status {process.returncode}")
    return [(digest.hexdigest(), size) for digest, size in zip(hashes, sizes)]


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

"""The programs that are measured, each started fresh for each round on a port that the system chose, and ended by its own pid.

A side answers: on which port, which processes are its own (for processor time and memory), and, once it has ended, what it has kept.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

BENCH = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(BENCH, "../support"))
import machine  # noqa: E402
import sockets  # noqa: E402

DEADLINE_SECONDS = 60


def wait_for(condition, what):
    limit = time.monotonic() + DEADLINE_SECONDS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise RuntimeError(f"not within {DEADLINE_SECONDS} s: {what}")
        time.sleep(0.005)  # allowed sleep: nobody tells


class Kept:
    """What a program has kept. `wrong`: in another place than it was sent, or not what was sent; None: not looked at."""

    def __init__(self, size=0, wrong=None, repeated=0, is_counted=True):
        self.size = size
        self.wrong = wrong
        self.repeated = repeated
        self.is_counted = is_counted


class Side:
    """One program under one load. `path` is the file it may keep bytes in."""

    keeps = None  # how bench_check reads `path`: raw, dump, capture; "size": only how long it is; None: keeps nothing

    def __init__(self, bench, load, path):
        self.bench = bench
        self.load = load
        self.path = path
        self.processes = []
        self.troubles = []

    def start(self, *command, **popen):
        popen.setdefault("stdin", subprocess.DEVNULL)
        popen.setdefault("stdout", subprocess.DEVNULL)
        popen.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(list(map(str, command)), cwd=self.bench.folder,
                                   env=dict(os.environ, XDG_STATE_HOME=self.bench.folder, XDG_CONFIG_HOME=self.bench.folder), **popen)
        self.processes.append(process)
        return process

    def port_of(self, process):
        def find():
            if process.poll() is not None:
                raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
            return sockets.listening(process.pid)

        return int(wait_for(find, f"{process.args[0]} listens")[0].rsplit(":", 1)[1])

    def pids(self):
        return [process.pid for process in self.processes]

    def settle(self):
        """Called once the load has ended, before processor time is read."""
        machine.wait_until_quiet(self.pids())

    def end(self, how=signal.SIGTERM):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(how)
        for process in self.processes:
            try:
                process.wait(DEADLINE_SECONDS)
            except subprocess.TimeoutExpired:
                self.troubles.append(f"{process.args[0]} did not end")
                process.kill()
                process.wait()

    def kept(self):
        if self.keeps is None:
            return Kept(is_counted=False)
        if self.keeps == "size":
            return Kept(os.path.getsize(self.path))
        words = [self.keeps, self.path] + ([str(self.port)] if self.keeps == "capture" else [])
        done = subprocess.run([self.bench.binary("bench_check"), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            self.troubles.append(done.stderr.decode().strip())
            return Kept()
        size, wrong, repeated = map(int, done.stdout.split()[:3])
        return Kept(size, None if self.keeps == "dump" else wrong, repeated)


# ---- The smallest programs ----------------------------------------------------------------------------------------------------------


class Reference(Side):
    """recv + write(2); for churn libuv's accept + close."""

    def begin(self):
        if self.load.name == "churn":
            command = [self.bench.binary("bench_acceptor")]
        else:
            how = "one" if self.load.connections == 1 else "many"
            command = [self.bench.binary("bench_recorder"), how, self.path]
            self.keeps = "raw" if self.load.connections == 1 else "size"
        self.port = self.port_of(self.start(*command))


class Batched(Side):
    """recv, and one write(2) a turn."""

    keeps = "size"

    def begin(self):
        self.port = self.port_of(self.start(self.bench.binary("bench_recorder"), "batch", self.path))


class Discard(Side):
    """recv, thrown away: the limit."""

    def begin(self):
        self.port = self.port_of(self.start(self.bench.binary("bench_recorder"), "sink" if self.load.connections == 1 else "sinks"))


# ---- Ours ---------------------------------------------------------------------------------------------------------------------------


class Headless(Side):
    keeps = "capture"

    def begin(self):
        self.process = self.start(self.bench.wireloupe, "--headless", "--listen", "0", "-w", self.path, stdout=subprocess.PIPE)
        self.port = self.port_of(self.process)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        lines = self.process.communicate(timeout=DEADLINE_SECONDS)[0].splitlines()
        summary = json.loads(lines[-1])
        for name in ("received", "stored"):
            if summary[name] != self.load.size:
                self.troubles.append(f"{name} by its own count: {summary[name]:,} of {self.load.size:,} bytes")
        if self.process.returncode != 0:
            self.troubles.append(f"wireloupe ended with {self.process.returncode}")


class Live(Side):
    """Ours with its window, drawing all the while."""

    keeps = "capture"

    def begin(self):
        self.window = self.bench.open_window("--listen", "0", "-w", self.path)
        self.port = int(wait_for(lambda: sockets.listening(self.window.pid), "the window listens")[0].rsplit(":", 1)[1])
        self.first_frame = len(self.window.frames.frames())

    def pids(self):
        return [self.window.pid]

    def settle(self):
        pass  # it draws on until the rates have fallen to zero

    def end(self):
        try:
            self.window.wait_for_bytes(self.load.size)
        except AssertionError as problem:
            self.troubles.append(str(problem))
        self.bench.note_frames(self.window.frames.frames()[self.first_frame:])
        self.window.process.send_signal(signal.SIGTERM)
        if self.window.wait_for_end() != 0 or self.window.errors():
            self.troubles.append("the window: " + self.window.errors())
        self.window.end()


class ReferenceBesideWindow(Reference):
    """The reference, while our window draws at its rate beside it (a trickle keeps it busy); the window's time is counted to it."""

    def begin(self):
        self.window = self.bench.open_window("--listen", "0", "-w", self.path + ".window")
        address = wait_for(lambda: sockets.listening(self.window.pid), "the window listens")[0]
        self.trickle = self.start(self.bench.binary("bench_load"), "trickle", address.rsplit(":", 1)[1])
        wait_for(lambda: self.window.frames.bytes_shown() > 4096, "the trickle is shown")
        super().begin()

    def pids(self):
        return [process.pid for process in self.processes if process is not self.trickle] + [self.window.pid]

    def settle(self):
        pass

    def end(self):
        super().end()
        self.window.process.send_signal(signal.SIGTERM)
        self.window.wait_for_end()
        self.window.end()
        os.unlink(self.path + ".window")


# ---- Other people's -----------------------------------------------------------------------------------------------------------------


class SocatFile(Side):
    """socat -u to a file; with many clients a process for each, which append to one file."""

    keeps = "size"

    def begin(self):
        fork = "" if self.load.connections == 1 else ",fork"
        self.keeps = "raw" if self.load.connections == 1 else "size"
        self.port = self.port_of(self.start("socat", "-u", f"TCP-LISTEN:0,bind=127.0.0.1,backlog=128{fork}", f"OPEN:{self.path},creat,append"))


class SocatDump(Side):
    """socat -x: hex on standard error."""

    keeps = "dump"

    def begin(self):
        fork = "" if self.load.connections == 1 else ",fork"
        with open(self.path, "ab") as dump:
            self.port = self.port_of(self.start("socat", "-x", "-u", f"TCP-LISTEN:0,bind=127.0.0.1,backlog=128{fork}", "OPEN:/dev/null", stderr=dump))


class NcatDump(Side):
    """ncat -x: a hex dump in a file."""

    keeps = "dump"

    def begin(self):
        keep_open = [] if self.load.connections == 1 else ["-k", "-m", "200"]
        self.port = self.port_of(self.start("ncat", "-l", "--recv-only", *keep_open, "-x", self.path, "127.0.0.1", "0"))


class Dumpcap(Discard):
    """dumpcap on loopback beside the program that throws away; both counted. It loses when it is slower than the stream."""

    keeps = "capture"

    def begin(self):
        super().begin()
        errors = self.path + ".errors"
        with open(errors, "wb") as file:
            dumpcap = self.start("dumpcap", "-q", "-i", "lo", "-f", f"tcp port {self.port}", "-w", self.path, stderr=file)
        self.dumpcap = dumpcap

        def has_begun():
            with open(errors, encoding="utf-8", errors="replace") as file:
                words = file.read()
            if dumpcap.poll() is not None:
                raise RuntimeError("dumpcap: " + words.strip())
            return "File:" in words

        wait_for(has_begun, "dumpcap captures")
        os.unlink(errors)

    def end(self):
        self.dumpcap.send_signal(signal.SIGINT)  # as Ctrl+C: it writes what it has
        self.dumpcap.wait(DEADLINE_SECONDS)
        super().end()


# ---- To standard output -------------------------------------------------------------------------------------------------------------


class ReferencePiped(Side):
    """recv + write(2) to a pipe that cat(1) reads."""

    def begin(self):
        process = self.start(self.bench.binary("bench_recorder"), "one", "-", stdout=subprocess.PIPE)
        self.reader = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        process.stdout.close()
        self.port = self.port_of(process)

    def end(self):
        super().end()
        self.reader.wait(DEADLINE_SECONDS)


class HeadlessPiped(Side):
    """wireloupe --headless -w - into a pipe that cat(1) reads."""

    def begin(self):
        process = self.start(self.bench.wireloupe, "--headless", "--listen", "0", "-w", "-", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.reader = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        process.stdout.close()
        self.process = process
        self.port = self.port_of(process)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        lines = self.process.stderr.read().splitlines()
        self.process.wait(DEADLINE_SECONDS)
        self.reader.wait(DEADLINE_SECONDS)
        self.process.stderr.close()
        summary = json.loads(lines[-1])
        if summary["received"] != self.load.size:
            self.troubles.append(f"-w -: received {summary['received']:,} of {self.load.size:,} bytes")


def tshark_version():
    return re.search(r"[\d.]+", subprocess.run(["tshark", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()).group(0)

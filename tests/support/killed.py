"""What is left of a run that was killed, held against what its peers sent and saw and against every line that it wrote."""

import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import storage
import tshark
from capture_file import Capture
from prefixes import Prefixes
from wireloupe_process import DEADLINE_SECONDS, ProcessTest, wait_until

TURN_BYTES = 256 * 1024  # what is read of one connection in one turn of the loop, at most
READ = re.compile(rb'"event":"(received|sent)","connection":(\d+),"bytes":(\d+)')


class KilledRun:
    """`server` (with report_path) and `evil`, with that seed, have ended. `consumed`: HeldSockets.consumed(). `paths`: where the capture has
    several files, those. `troubles`: in words; none: all is well."""

    def __init__(self, server, evil, seed, report_path, prefixes, consumed=None, paths=None):
        self.troubles = []
        self.capture = Capture(*(paths or [server.capture]))
        self.answered = 0
        self.unrecorded = []  # of each socket that was held: read of it, and not in the file
        self.streams = {}
        self.expect(not self.capture.troubles, str(self.capture.troubles[:5]))
        for stream in self.capture.streams:
            self.expect(stream.opener not in self.streams, f"{stream.opener} twice")
            self.streams[stream.opener] = stream
        self._check_peers(evil, seed, prefixes)
        server.catch_up()
        self._check_lines(server, report_path)
        for peer, size in (consumed or {}).items():
            recorded = self.streams[peer].side(peer).size if peer in self.streams else 0
            self.unrecorded.append(size - recorded)
            # Below zero would be bytes that nobody had sent.
            self.expect(0 <= size - recorded <= TURN_BYTES, f"{peer}: {size} bytes were read, {recorded} are in the file")

    def expect(self, holds, text):
        if not holds:
            self.troubles.append(text)

    def _check_peers(self, evil, seed, prefixes):
        for index, outcome in enumerate(evil.summary["connections"]):
            peer = outcome["local"]
            self.answered += outcome["received"]
            if peer not in self.streams:
                self.expect(outcome["received"] == 0, f"answered, and not in the file: {outcome}")
                continue
            theirs, ours = self.streams[peer].side(peer), self.streams[peer].side(outcome["peer"])
            self.expect(theirs.size <= outcome["sent"], f"more than was sent: {theirs.size}, {outcome}")
            self.expect(theirs.crc == prefixes.crc(seed, index, theirs.size), f"not what was sent: {outcome}")
            self.expect(outcome["received"] <= theirs.size, f"answered, not recorded: {theirs.size}, {outcome}")
            self.expect(ours.size <= theirs.size, f"echoed before it was recorded: {ours.size}, {theirs.size}, {outcome}")
            self.expect(ours.crc == prefixes.crc(seed, index, ours.size), f"not what was sent back: {outcome}")

    def _check_lines(self, server, report_path):
        shown = {}
        with open(report_path, "rb") as file:
            for kind, connection, size in READ.findall(file.read()):
                key = kind.decode(), int(connection)
                shown[key] = shown.get(key, 0) + int(size)
        of_connection = {}
        for line in server.of("opened"):
            stream = self.streams.get(line["peer"])
            self.expect(stream is not None, f"reported, and not in the file: {line}")
            if stream is None:
                continue
            of_connection[line["connection"]] = stream
            for kind, side in (("received", line["peer"]), ("sent", line["local"])):
                size = shown.get((kind, line["connection"]), 0)
                self.expect(size <= stream.side(side).size, f"{kind}: {size} shown, in the file {stream}")
        for line in server.of("closed"):
            stream = of_connection[line["connection"]]
            sizes = stream.side(stream.opener).size, stream.side(stream.other).size
            self.expect(sizes == (line["received"], line["sent"]), f"{line}, in the file {stream}")
            self.expect(any(side.has_fin or side.has_rst for side in stream.sides.values()), f"{line}, and no end in the file")


def remove(run, report_path):
    """The files of a run that was well, and its descriptors: a long test has a thousand of them."""
    os.unlink(run.capture)
    os.unlink(report_path)
    run.kill()


class KillAtTest(ProcessTest):
    """Kills that strace makes at a system call."""

    def setUp(self):
        super().setUp()
        self.prefixes = self.enterContext(Prefixes())

    def kill_at(self, call, at, *steps, disk=None, stops=False):
        """The run, once it was killed at that call. `stops`: the call belongs to the end of a run."""
        name = f"{call}-{at}"
        report_path = self.path("report-" + name)
        path = disk.inside(name + ".pcapng") if disk else self.path(name + ".pcapng")
        server = self.wireloupe("--listen", "0", "--echo", "--verbose", "-w", path, report_path=report_path,
                                environment=storage.free_as(1000) if disk else {},
                                before=[*(disk.before if disk else []), *storage.inject(self.path("strace"), path, f"{call}:signal=SIGKILL:when={at}")])

        def is_up_or_gone():
            is_gone = server.process.poll() is not None
            server.catch_up()
            return is_gone or server.of("listening")

        wait_until(is_up_or_gone, "it listens, or was killed")
        if not server.of("listening"):
            # Killed while it made the file: nothing was told.
            self.assertEqual(server.wait_for_end(), -signal.SIGKILL, server.story())
            return None
        # A sync comes once a second; the others wait for nothing but strace and the machine.
        longer = at if call == "fdatasync" else at / 10
        evil = self.evil("connect", server.of("listening")[0]["local"], *steps, connections=8, seed=at, seconds=50 + int(longer))
        if stops:
            self.assertEqual(evil.wait_for_end(), 0)
            os.kill(self.child(server.pid), signal.SIGTERM)
        self.assertEqual(server.wait_for_end(DEADLINE_SECONDS + longer), -signal.SIGKILL, f"{call} {at} never came")
        evil.wait_for_end()
        if disk:
            server.capture = disk.outside(name + ".pcapng")
        run = KilledRun(server, evil, at, report_path, self.prefixes)
        self.assertEqual(run.troubles, [], f"killed at {name}")
        if at % 10 == 1:
            self.assertEqual(tshark.is_readable(server.capture), "cut short" if run.capture.is_cut else "whole")
        remove(server, report_path)
        evil.kill()
        return run

    def child(self, pid):
        """Of strace: the program."""
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

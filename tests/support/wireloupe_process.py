"""Starts the program under test, evil_peer and other people's tools, reads what they report, and ends them.

Everything waits for an event with a deadline. Everything started is ended by its own pid when the test ends.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WIRELOUPE = os.environ.get("WIRELOUPE", os.path.join(ROOT, "build/release/wireloupe"))
TEST_BINARIES = os.path.join(os.path.dirname(WIRELOUPE), "tests/bin")
EVIL_PEER = os.environ.get("EVIL_PEER", os.path.join(TEST_BINARIES, "evil_peer"))
WRITE_FAULT = os.environ.get("WRITE_FAULT_LIBRARY", os.path.join(TEST_BINARIES, "write_fault.so"))
IS_LONG = bool(os.environ.get("WIRELOUPE_LONG"))

# Long enough for a machine that does five other things; a run that is well never waits for it.
DEADLINE_SECONDS = 30.0


def count(short, full):
    """`full` is RELIABILITY.md's figure (tests/run --long); `short` keeps all rows together within five minutes."""
    return full if IS_LONG else short


def wait_until(condition, what, deadline=DEADLINE_SECONDS):
    """For what tells nobody when it happens (a counter in /proc). Returns the condition's first true value."""
    end = time.monotonic() + deadline
    poll = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        poll.wait(0.01)


def descendants(pid):
    """The processes below a process, the deepest first."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in map(int, file.read().split()):
                    found += descendants(child) + [child]
    except FileNotFoundError:
        pass  # it has ended meanwhile
    return found


class JsonProcess:
    """A program that reports one JSON object a line on a descriptor of its own."""

    def __init__(self, command, name, is_read=True, report="stdout", report_path=None, **popen):
        self.name = name
        self.command = command
        self.events = []
        self.lines_not_json = []
        self._by_name = {}
        self._changed = threading.Condition()
        self._at_end = False
        self._thread = None
        self._errors = tempfile.TemporaryFile()
        streams = {"stdout": self._errors, "stderr": self._errors}
        streams[report] = open(report_path, "wb") if report_path else subprocess.PIPE
        streams.update(popen)
        streams.setdefault("stdin", subprocess.DEVNULL)
        self.process = subprocess.Popen(command, **streams)
        self.pid = self.process.pid
        if report_path:
            streams[report].close()
            self.report = open(report_path, "rb")
            self._rest = b""
        else:
            self.report = getattr(self.process, report)
            if is_read:
                self.start_reading()

    def start_reading(self):
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _take(self, line):
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        with self._changed:
            if isinstance(event, dict) and "event" in event:
                self.events.append(event)
                self._by_name.setdefault(event["event"], []).append(event)
            else:
                self.lines_not_json.append(line)
            self._changed.notify_all()

    def catch_up(self):
        """With a report_path: takes what has been written to it so far."""
        lines = (self._rest + self.report.read()).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._take(line)

    def catch_up_until(self, name, condition=lambda: True, deadline=DEADLINE_SECONDS):
        """With a report_path: until there is an event of that name, and `condition` holds."""
        wait_until(lambda: (self.catch_up(), self.of(name) and condition())[1], f"{self.name}: {name}", deadline)

    def _read(self):
        for line in self.report:
            self._take(line)
        with self._changed:
            self._at_end = True
            self._changed.notify_all()

    def of(self, name, **fields):
        """The events of that name so far, those with these fields."""
        with self._changed:
            found = list(self._by_name.get(name, ()))
        return [event for event in found if all(event.get(key) == value for key, value in fields.items())]

    def wait_for(self, name, number=1, deadline=DEADLINE_SECONDS, **fields):
        """The first event of that name with these fields; with `number`, the list of as many."""
        end = time.monotonic() + deadline
        seen = 0
        found = []
        while True:
            with self._changed:
                named = self._by_name.get(name, ())
                found += [event for event in named[seen:] if all(event.get(key) == value for key, value in fields.items())]
                seen = len(named)
                if len(found) >= number:
                    return found[0] if number == 1 else found[:number]
                if self._at_end or not self._changed.wait(max(0, end - time.monotonic())):
                    raise AssertionError(f"{self.name}: {len(found)} of {number} {name} {fields or ''} "
                                         f"{'until its output ended' if self._at_end else f'within {deadline} s'}\n{self.story()}")

    def wait_for_sum(self, name, field, least, deadline=DEADLINE_SECONDS, **fields):
        """Until `field` of the events of that name adds up to `least`; returns the sum."""
        end = time.monotonic() + deadline
        seen = total = 0
        while True:
            with self._changed:
                named = self._by_name.get(name, ())
                total += sum(event[field] for event in named[seen:] if all(event.get(key) == value for key, value in fields.items()))
                seen = len(named)
                if total >= least:
                    return total
                if self._at_end or not self._changed.wait(max(0, end - time.monotonic())):
                    raise AssertionError(f"{self.name}: {name}.{field} added up to {total} of {least}\n{self.story()}")

    def wait_for_end(self, deadline=DEADLINE_SECONDS):
        """Its exit status, once it has ended and its report was read. Negative: the signal that ended it."""
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name}: still runs after {deadline} s\n{self.story()}") from None
        if self._thread:
            self._thread.join(deadline)
        return self.process.returncode

    def send_line(self):
        """Opens evil_peer's next hold."""
        try:
            os.write(self.process.stdin.fileno(), b"\n")
        except BrokenPipeError:
            pass  # it has ended: all its connections have

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            # strace and shells leave theirs behind, with our pipes in their hands.
            for pid in descendants(self.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not (stream is self.report and self._thread):
                stream.close()
        if self._thread:
            self._thread.join(5)
        self.report.close()
        self._errors.close()

    def errors(self):
        """What it wrote to the stream that is not its report."""
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def story(self, lines=15):
        """For a failure's message: the last events and whatever else it said."""
        with self._changed:
            last = [json.dumps(event)[:400] for event in self.events[-lines:]]
            other = [line.decode(errors="replace").rstrip() for line in self.lines_not_json[-lines:]]
        return "\n".join([f"--- {self.name}: {' '.join(map(str, self.command))[:600]}", *last, *other, self.errors()[-2000:]])

    @property
    def summary(self):
        found = self.of("summary")
        if not found:
            raise AssertionError(f"{self.name}: no summary\n{self.story()}")
        return found[-1]

    # ---- what the kernel knows of it --------------------------------------------------------------

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def status_kib(self, field):
        """VmRSS, VmHWM, RssAnon ..."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise AssertionError(f"/proc/{self.pid}/status has no {field}")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Wireloupe(JsonProcess):
    """`wireloupe --headless ARGUMENTS`. `before`: words put before the command (prlimit, strace, unshare)."""

    def __init__(self, *arguments, before=(), **options):
        super().__init__([*before, WIRELOUPE, "--headless", *map(str, arguments)], "wireloupe", **options)

    def listening(self, number=1):
        """The address of its first server; with `number`, as many addresses."""
        found = self.wait_for("listening", number)
        return found["local"] if number == 1 else [event["local"] for event in found]

    def stop(self, how=signal.SIGTERM, deadline=DEADLINE_SECONDS):
        """Its exit status after a signal; its summary is there then."""
        if self.process.poll() is None:
            self.signal(how)
        return self.wait_for_end(deadline)


class ProcessTest(unittest.TestCase):
    """A folder of its own, and no process left behind."""

    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wireloupe-test-")
        self.captures = 0
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = dict(os.environ, XDG_STATE_HOME=os.path.join(self.folder, "state"),
                                XDG_CONFIG_HOME=os.path.join(self.folder, "config"), LC_ALL="C.UTF-8")

    def path(self, name):
        return os.path.join(self.folder, name)

    def wireloupe(self, *arguments, **options):
        """Runs the program, with -w unless that is among the arguments; its file is then `.capture`."""
        arguments = list(map(str, arguments))
        capture = None
        if "-w" in arguments:
            capture = arguments[arguments.index("-w") + 1]
        elif not options.pop("is_default_capture", False):
            self.captures += 1
            capture = self.path(f"capture-{self.captures}.pcapng")
            arguments += ["-w", capture]
        environment = dict(self.environment, **options.pop("environment", {}))
        process = Wireloupe(*arguments, env=environment, **options)
        process.capture = capture
        self.addCleanup(process.kill)
        return process

    def evil(self, what, address, *steps, **options):
        """evil_peer: `what` is connect, listen, storm or ping; options as its own, without dashes."""
        words = [EVIL_PEER, what, address]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        process = JsonProcess(words + list(steps), "evil_peer", stdin=subprocess.PIPE)
        self.addCleanup(process.kill)
        return process

    def tool(self, *command, **options):
        """Somebody else's program."""
        process = subprocess.Popen(list(map(str, command)), **options)

        def end():
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

        self.addCleanup(end)
        return process

    def run_tool(self, *command, deadline=DEADLINE_SECONDS, **options):
        """The standard output of a program that succeeds."""
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=deadline,
                              check=False, **options)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout

    def skip_unless(self, is_possible, reason):
        if not is_possible:
            self.skipTest(reason)

    # ---- the oracles --------------------------------------------------------------------------------

    def assert_nothing_lost(self, process):
        """The three counts of the summary agree."""
        summary = process.summary
        self.assertEqual(summary["stored"], summary["received"] + summary["sent"], process.story())

    def assert_ends_well(self, process, status=0):
        self.assertEqual(process.stop(), status, process.story())
        self.assert_nothing_lost(process)


def ended_connections(evil):
    """evil_peer's connections after its end, as a list."""
    return evil.summary["connections"]


def main():
    """unittest's main, with exit status 77 (ctest: skipped) if nothing ran."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    sys.exit(77 if len(result.skipped) == result.testsRun else 0)

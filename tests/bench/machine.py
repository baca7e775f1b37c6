"""What is measured on, and what processes use of it."""

import os
import platform
import re
import subprocess
import threading
import time

_TICKS = os.sysconf("SC_CLK_TCK")


def describe(folder):
    """One line: who measured."""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) / (1 << 20)
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], stdout=subprocess.PIPE, check=False).stdout.decode().strip()
    return (f"{os.cpu_count()} cores of {model.group(1) if model else platform.machine()}, Linux {platform.release()}, "
            f"{memory:.0f} GiB of memory, captures on {kind}")


def _read(path):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def tree(pid):
    """A process and all below it."""
    found = [pid]
    for child in " ".join(_read(f"/proc/{pid}/task/{task}/children") for task in _tasks(pid)).split():
        found += tree(int(child))
    return found


def _tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return []


def cpu_seconds(pids):
    """Of the threads that live, to the nanosecond; of children that have ended and were waited for, to 10 ms."""
    total = 0.0
    for pid in {below for root in pids for below in tree(root)}:
        for task in _tasks(pid):
            run = _read(f"/proc/{pid}/task/{task}/schedstat").split()
            total += int(run[0]) / 1e9 if run else 0
        stat = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        if stat:
            total += (int(stat[13]) + int(stat[14])) / _TICKS
    return total


def resident_mib(pids):
    """Of the processes and all below them; a page that a parent shares with its children is counted in each."""
    total = 0
    for pid in {below for root in pids for below in tree(root)}:
        found = re.search(r"VmRSS:\s+(\d+)", _read(f"/proc/{pid}/status"))
        total += int(found.group(1)) if found else 0
    return total / 1024


class PeakResident:
    """The most that was resident, looked at every 100 ms while it runs."""

    def __init__(self, pids):
        self.pids = pids
        self.most = 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._is_over.wait(0.1):
            self.look()

    def look(self):
        self.most = max(self.most, resident_mib(self.pids))

    def end(self):
        self._is_over.set()
        self._thread.join()
        self.look()
        return self.most


def wait_until_quiet(pids, limit_seconds=20):
    """Until they use no processor time for 60 ms: what was measured has nothing left to do."""
    limit = time.monotonic() + limit_seconds
    last, since = cpu_seconds(pids), time.monotonic()
    while time.monotonic() < limit:
        time.sleep(0.02)  # allowed sleep: the span over which nothing may happen
        now = cpu_seconds(pids)
        if now - last > 0.001:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= 0.06:
            return True
    return False


class Awake:
    """Keeps every core from sleeping (bench_load awake), so that neither side is measured by how late the host gives it back."""

    def __init__(self, load):
        self.processes = [subprocess.Popen([load, "awake", str(core)]) for core in sorted(os.sched_getaffinity(0))]

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()

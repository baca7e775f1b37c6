"""Figures of our program alone, and of opening a capture beside tshark: DESIGN.md, "Figures to reach"."""

import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import time

import display
import sockets
from bench import print_table, verdict
from machine import cpu_seconds, resident_mib
from programs import DEADLINE_SECONDS, tshark_version, wait_for

MIB = 1 << 20
GIB = 1 << 30


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def port_of(window):
    return int(wait_for(lambda: sockets.listening(window.pid), "the window listens")[0].rsplit(":", 1)[1])


def close(bench, window, with_a_click=False):
    if with_a_click:
        window.ask_to_close()
    else:
        window.process.send_signal(signal.SIGTERM)
    if window.wait_for_end() != 0 or window.errors():
        bench.trouble("the window: " + window.errors())
    window.end()


# ---- Idle -----------------------------------------------------------------------------------------------------------------------------


def idle(bench):
    seconds = 3 if bench.options.quick else 10

    def used(pid):
        before = cpu_seconds([pid])
        time.sleep(seconds)  # allowed sleep: the time over which nothing happens
        return (cpu_seconds([pid]) - before) / seconds * 100

    process = subprocess.Popen([bench.wireloupe, "--headless", "--listen", "0", "-w", os.path.join(bench.folder, "idle")],
                               stdout=subprocess.DEVNULL, env=dict(os.environ, XDG_STATE_HOME=bench.folder))
    wait_for(lambda: sockets.listening(process.pid), "it listens")
    headless = used(process.pid)
    process.send_signal(signal.SIGTERM)
    process.wait(DEADLINE_SECONDS)
    rows = [["no input, no traffic, headless: of a core", f"{headless:.3f} %", "", verdict(headless, 0.5, False)]]
    if bench.has_display():
        window = bench.open_window("--listen", "0", "-w", os.path.join(bench.folder, "idle.window"))
        with socket.create_connection(("127.0.0.1", port_of(window))) as peer:
            peer.sendall(b"then silence")
            window.wait_for_bytes(12)
            window.settle(2)
            frames = len(window.frames.frames())
            in_window = used(window.pid)
            frames = len(window.frames.frames()) - frames
        close(bench, window)
        rows.append(["no input, no traffic, with its window: of a core", f"{in_window:.3f} %, {frames} frames", "", verdict(in_window, 0.5, False)])
    return rows


# ---- Start and latency --------------------------------------------------------------------------------------------------------------


def start(bench):
    times = []
    for _ in range(3 if bench.options.quick else 7):
        window = bench.open_window("--listen", "0", "-w", os.path.join(bench.folder, "start"))
        began, _, swapped = window.frames.frames()[0][:3]
        times.append((began + swapped - window.frames.started_ns()) * 1e-6)
        close(bench, window)
        os.unlink(os.path.join(bench.folder, "start"))
    median = statistics.median(times)
    return [["start to the first frame, software GL", f"{median:.0f} ms ({min(times):.0f}–{max(times):.0f})", "", verdict(median, 300, False)]]


def latency(bench):
    """Single messages at odd moments, to the end of the frame that shows each."""
    window = bench.open_window("--listen", "0", "-w", os.path.join(bench.folder, "latency"))
    sent = []
    with socket.create_connection(("127.0.0.1", port_of(window))) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(100 if bench.options.quick else 400):
            time.sleep(random.uniform(0.005, 0.045))  # allowed sleep: so that messages fall anywhere between two frames
            sent.append(time.monotonic_ns())
            peer.sendall(b"now")
        window.wait_for_bytes(3 * len(sent))
        window.settle()
    frames = window.frames.frames()
    close(bench, window)
    delays, at = [], 0
    for number, moment in enumerate(sent):
        while frames[at][3] < 3 * (number + 1):
            at += 1
        delays.append((frames[at][0] + frames[at][2] - moment) * 1e-6)
    p99 = percentile(delays, 0.99)
    return [["first byte on the wire to the end of the frame that shows it, software GL",
             f"p50 {percentile(delays, 0.5):.1f} ms, p99 {p99:.1f} ms", "", verdict(p99, 25, False)]]


# ---- Frames under load --------------------------------------------------------------------------------------------------------------


def frames(bench):
    """What draining and building a frame costs with 10,000 clients and more than 1 GiB captured, while a stream comes in at full rate."""
    clients = 2_000 if bench.options.quick else 10_000
    path = os.path.join(bench.folder, "frames")
    window = bench.open_window("--listen", "0", "-w", path)
    port = port_of(window)
    held = subprocess.Popen([bench.binary("bench_load"), "hold", str(port), str(clients)], stdout=subprocess.PIPE)
    held.stdout.readline()
    window.wait_for_bytes(clients * 100)
    first = len(window.frames.frames())
    bench.send(["streams", 1, 2 * GIB], port)
    window.wait_for_bytes(clients * 100 + 2 * GIB)
    drawn = [frame for frame in window.frames.lines()[1:] if frame[0] == "frame"][first:]
    held.kill()
    held.wait()
    held.stdout.close()
    close(bench, window)
    os.unlink(path)

    def costs(least, most):
        return [int(frame[5]) * 1e-6 for frame in drawn if least <= int(frame[4]) < most]

    early, late = costs(0, GIB // 4), costs(GIB, 8 * GIB)
    p99 = percentile(late, 0.99)
    words = f"p50 {statistics.median(late):.1f} ms, p99 {p99:.1f} ms"
    if early:
        words += f"; {statistics.median(late) / statistics.median(early):.2f} times that before 0.25 GiB"
    return [[f"CPU to drain and build a frame, {clients:,} clients, over 1 GiB captured, a stream at full rate", words, "", verdict(p99, 4, False)]]


# ---- Memory -------------------------------------------------------------------------------------------------------------------------


class Hands:
    """Scrolls the bytes of a window, at places that the told program has told."""

    def __init__(self, bench, window, places):
        self.display = bench.display
        self.window = window
        self.bytes, self.bar = places

    def do(self, *words):
        self.display.run("xdotool", *map(str, words))

    def focus(self):
        x, y, width, height = self.bytes
        self.do("mousemove", x + width // 2, y + height // 2, "click", "1")
        self.window.settle()

    def keys(self, key, times):
        self.do("key", "--repeat", times, "--delay", "30", key)

    def drag_from_top_to_end(self, steps):
        x, y, width, height = self.bar
        middle = x + width // 2
        self.do("mousemove", middle, y + 4, "mousedown", "1")
        for step in range(steps + 1):
            self.do("mousemove", middle, y + 4 + (height - 8) * step // steps)
            yield step / steps
        self.do("mouseup", "1")


def places_of_bytes(bench):
    """((x, y, width, height) of the bytes, the same of their scroll bar), told by a program of the same sources."""
    window = bench.open_window("--listen", "0", "-w", os.path.join(bench.folder, "told"), binary=os.path.join(bench.options.build, "tests/bin/wireloupe_told"))
    with socket.create_connection(("127.0.0.1", port_of(window))) as peer:
        peer.sendall(b"something to scroll, " * 1000)
        window.wait_for_bytes(21_000)
        window.settle()
        found = []
        for label in ("##Bytes", "##Bytes scrollbar"):
            x, y, width, height, _ = wait_for(lambda label=label: window.items(label), f"the item {label}")[0]
            found.append((x, y, width, height))
    close(bench, window)
    os.unlink(os.path.join(bench.folder, "told"))
    return found


def memory(bench):
    """A window that has captured much, scrolled through from the first byte to the last."""
    gib = bench.options.memory_gib
    if shutil.disk_usage(bench.folder).free < (gib + 2) * GIB:
        bench.notes.append(f"No room in {bench.folder} for a capture of {gib:g} GiB: its memory was not measured.")
        return []
    places = places_of_bytes(bench)
    path = os.path.join(bench.folder, "memory")
    window = bench.open_window("--listen", "0", "-w", path)
    port = port_of(window)
    size = int(gib * GIB)
    bare = resident_mib([window.pid])
    seconds = bench.send(["streams", 1, size], port)
    window.wait_for_bytes(size)
    window.settle(1)
    captured = resident_mib([window.pid])
    bench.tell(f"{gib:g} GiB captured in {seconds:.0f} s")
    hands = Hands(bench, window, places)
    most = captured
    first = len(window.frames.frames())

    def look():
        nonlocal most
        most = max(most, resident_mib([window.pid]))

    hands.focus()
    for key, times in (("Home", 1), ("Next", 40), ("End", 1), ("Prior", 40)):
        hands.keys(key, times)
        look()
    top = None
    for part in hands.drag_from_top_to_end(200 if not bench.options.quick else 40):
        look()
        if part == 0:
            window.wait_for_frames(5)  # while a button is held it draws in every slot
            top = bench.display.pixels()[2]
    window.settle()
    look()
    if bench.display.pixels()[2] == top:
        bench.trouble("scrolling from the first byte to the last changed nothing on the screen")
    drawn = len(window.frames.frames()) - first
    close(bench, window)
    counted = subprocess.run([bench.binary("bench_check"), "capture", path, str(port)], stdout=subprocess.PIPE, check=True).stdout.split()
    kept, wrong, repeated, _, reads = map(int, counted)
    os.unlink(path)
    if kept != size or wrong or repeated:
        bench.trouble(f"a capture of {size} bytes holds {kept}, {wrong} wrong, {repeated} twice")
    reach = 200 + 32 * reads / MIB
    return [[f"resident with {gib:g} GiB captured ({reads:,} reads), scrolling through all of it in {drawn} frames",
             f"{most:.0f} MiB (after the start {bare:.0f}, captured {captured:.0f})", "", verdict(most, round(reach), False)]]


# ---- Opening ------------------------------------------------------------------------------------------------------------------------


def opening(bench):
    """A capture of 1 GiB in a million reads: until all of it is in the window, beside tshark -r."""
    reads, size = (100_000, 1024) if bench.options.quick else (1_048_576, 1024)
    path = os.path.join(bench.folder, "opening.pcapng")
    subprocess.run([bench.binary("bench_capture"), path, str(reads), str(size)], check=True)

    def ours():
        window = bench.open_window(path)
        window.wait_for_bytes(reads * size)
        lines = window.frames.lines()
        all_shown = next(line for line in lines[1:] if int(line[4]) >= reads * size)
        seconds = (int(all_shown[1]) + int(all_shown[3]) - window.frames.started_ns()) * 1e-9
        with open(f"/proc/{window.pid}/status", encoding="ascii") as file:
            resident = int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024
        close(bench, window, with_a_click=True)  # without a network thread nobody waits for signals
        return seconds, resident

    def theirs():
        # As data: a dissector that takes the pattern for its own protocol waits for the rest of a message for ever, and that is no time of reading.
        began = time.monotonic()
        process = subprocess.Popen(["tshark", "-d", "tcp.port==9000,data", "-r", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        usage = os.wait4(process.pid, 0)[2]
        process.returncode = 0
        return time.monotonic() - began, usage.ru_maxrss / 1024

    tshark = []
    mine = []
    for number in range(1 if bench.options.quick else 3):
        for side, results in ((ours, mine), (theirs, tshark))[::1 if number % 2 == 0 else -1]:
            results.append(side())
        bench.tell(f"opening: {number + 1}")
    os.unlink(path)
    ratio = statistics.median(a[0] / b[0] for a, b in zip(mine, tshark))

    def words(results):
        return f"{statistics.median(one[0] for one in results):.2f} s, {statistics.median(one[1] for one in results):.0f} MiB"

    return [[f"opening a capture of {reads * size / GIB:.2g} GiB, {reads:,} reads: until all is shown; most memory", words(mine),
             f"`tshark -r` {tshark_version()}: {words(tshark)}", f"{ratio:.3f} of its time, " + verdict(ratio, 0.1, False)]]


# ---- Searching ----------------------------------------------------------------------------------------------------------------------


def search(bench):
    """A text that is nowhere, over 1 GiB: the window's search through a capture, beside grep (and rg) over the same bytes in a plain file."""
    rows = []
    needle = "wireloupe"
    for reads, size in ((1_790, 60_000), (104_858, 1024)) if bench.options.quick else ((17_896, 60_000), (1_048_576, 1024)):
        capture, raw = (os.path.join(bench.folder, name) for name in ("search.pcapng", "search.raw"))
        subprocess.run([bench.binary("bench_capture"), capture, str(reads), str(size)], check=True)
        subprocess.run([bench.binary("bench_search"), "raw", capture, raw], check=True)

        def ours():
            told = subprocess.run([bench.binary("bench_search"), "find", capture, needle, "1"], stdout=subprocess.PIPE, check=True).stdout.split()
            if int(told[1]) != 0:
                raise AssertionError(f"found {told[1]} where there is nothing")
            return float(told[0])

        def timed(*words):
            began = time.monotonic()
            subprocess.run([*words, needle, raw], stdout=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C"))
            return time.monotonic() - began

        tools = {"grep": ("grep", "-c", "-a", "-F")}
        if shutil.which("rg"):
            tools["rg"] = ("rg", "-c", "-a", "-F")
        mine, theirs = [], {name: [] for name in tools}
        ours()  # once for the page cache, as the file beside it has just been written
        for number in range(bench.options.rounds):
            sides = [(ours, mine)] + [(lambda words=words: timed(*words), theirs[name]) for name, words in tools.items()]
            for side, results in sides[::1 if number % 2 == 0 else -1]:
                results.append(side())
        os.unlink(capture)
        os.unlink(raw)
        ratio = statistics.median(a / b for a, b in zip(mine, theirs["grep"]))
        beside = "; ".join(f"`{' '.join(tools[name])}` {statistics.median(results):.2f} s" for name, results in theirs.items())
        rows.append([f"literal search over {reads * size / GIB:.2g} GiB in {reads:,} reads", f"{statistics.median(mine):.2f} s", beside,
                     f"{ratio:.2f} of grep's time, " + verdict(ratio, 1.0, False)])
    return rows


# ---- Sending by itself ----------------------------------------------------------------------------------------------------------------


def repeats(bench):
    seconds, count, hz = (10 if bench.options.quick else 60), 100, 1000
    capture = os.path.join(bench.folder, "repeats.pcapng")
    done = subprocess.run([bench.binary("bench_sender"), "repeats", capture, str(count), str(hz), str(seconds)], stdout=subprocess.PIPE, check=True)
    os.remove(capture)
    least, most, skipped, late, worst = (float(word) for word in done.stdout.split())
    off = max(abs(least - hz), abs(most - hz)) / hz * 100
    return [[f"{count} repeats at {hz:,} a second for {seconds} s: the one that is furthest off", f"{off:.3f} %",
             f"{int(skipped):,} of {count * hz * seconds:,} skipped; in the last second {late:.0f} us late on average, {worst / 1000:.1f} ms at worst",
             verdict(off, 1.0, False)]]


def file(bench):
    size = int((0.5 if bench.options.quick else 4) * GIB)
    path = os.path.join(bench.folder, "file")
    with open(path, "wb") as out:
        block = random.Random(5).randbytes(MIB)
        for _ in range(size // MIB):
            out.write(block)
    capture = os.path.join(bench.folder, "file.pcapng")
    receiver = subprocess.Popen([bench.binary("bench_sender"), "receive", str(2 * bench.options.rounds)], stdout=subprocess.PIPE)
    port = int(receiver.stdout.readline())
    resident, rates, beside, ratios = 0, [], [], []

    def ours():
        nonlocal resident
        done = subprocess.run([bench.binary("bench_sender"), "file", capture, path, str(port)], stdout=subprocess.PIPE, check=True)
        took, sent, peak = done.stdout.split()
        if int(sent) != size:
            bench.trouble(f"file: {int(sent)} of {size} bytes were sent")
        resident = max(resident, int(peak) / 1024)
        os.remove(capture)
        rates.append(size / float(took))

    def theirs():
        began = time.monotonic()
        subprocess.run(["socat", "-u", "FILE:" + path, f"TCP:127.0.0.1:{port}"], check=True)
        beside.append(size / (time.monotonic() - began))

    try:
        for turn in range(bench.options.rounds):
            for side in ((ours, theirs) if turn % 2 == 0 else (theirs, ours)):
                side()
            ratios.append(rates[-1] / beside[-1])
    finally:
        receiver.kill()
        receiver.wait(DEADLINE_SECONDS)
        os.remove(path)
    ratio = statistics.median(ratios)
    return [[f"a file of {size / GIB:g} GiB sent and recorded: of the rate of `socat -u FILE TCP`, which records nothing", f"{ratio:.2f}",
             f"{statistics.median(rates) / GIB:.2f} GiB/s; socat {statistics.median(beside) / GIB:.2f} GiB/s", verdict(ratio, 0.8, True)],
            ["resident meanwhile, at most", f"{resident:.0f} MiB", "", verdict(resident, 100, False)]]


FIGURES = {"idle": idle, "start": start, "latency": latency, "frames": frames, "memory": memory, "opening": opening, "search": search, "repeats": repeats,
           "file": file}
NEEDS_DISPLAY = ("start", "latency", "frames", "memory", "opening")


def run(bench, names):
    rows = []
    for name in names:
        if name in NEEDS_DISPLAY and not bench.has_display():
            bench.notes.append(f"No Xvfb or xdotool: {name} was not measured.")
            continue
        try:
            rows += FIGURES[name](bench)
        except (AssertionError, RuntimeError, OSError, subprocess.CalledProcessError) as problem:
            bench.trouble(f"{name}: {problem}")
        bench.tell(name)
    if rows:
        print_table(["Figure", "wireloupe", "beside it", "to reach"], rows)

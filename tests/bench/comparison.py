"""The program beside the smallest programs that do the same, and beside other people's, under four loads; and through a pipe."""

import os
import shutil
import statistics
from collections import namedtuple

import programs
from bench import number, print_table, verdict
from machine import PeakResident, cpu_seconds

GIB = 1 << 30
NAMES = ("stream", "streams", "messages", "churn", "pipe")
MESSAGE_BYTES = 64
MESSAGE_CLIENTS = 100

# What bench_load is told (`words`), the bytes it sends (`size`), and how many units of what is counted (`amount`).
Load = namedtuple("Load", "name connections words size amount")

# A row: what it is called, which program, by what part of the load (the slow ones would take minutes), beside which row (None: the reference), and the
# figures to reach, as ratios of rate and of processor time.
Row = namedtuple("Row", "title side part beside rate_reach cpu_reach", defaults=(1.0, None, None, None))

REFERENCE = "recv + write(2), the reference"
BESIDE_WINDOW = "the reference beside a drawing window"


def streams(name, count, gib):
    each = int(gib * GIB / count) // 4096 * 4096
    return Load(name, count, ["streams", count, each * count], each * count, each * count / GIB)


def messages(name, total):
    each = max(int(total / MESSAGE_CLIENTS), 1)
    count = each * MESSAGE_CLIENTS
    return Load(name, MESSAGE_CLIENTS, ["messages", MESSAGE_CLIENTS, each, MESSAGE_BYTES], count * MESSAGE_BYTES, count / 1e6)


def connects(name, total):
    return Load(name, 2, ["connects", int(total)], 0, int(total) / 1000)


def table_of(name, gib, is_quick):
    """(title, unit, load of a part, rows)."""
    P = programs
    others = {
        "stream": (0.5, 1 / 64, 1 / 512, 1.0),
        "streams": (0.5, 1 / 64, 1 / 512, 1.0),
        "messages": (0.5, 1 / 32, 1 / 32, 0.5),
        "churn": (1 / 20, 1 / 20, 1 / 20, 0.5),
        "pipe": (0, 0, 0, 0),
    }[name]
    theirs = [
        Row("`socat -u` to a file", P.SocatFile, others[0]),
        Row("`ncat -x` (hex dump)", P.NcatDump, others[1]),
        Row("`socat -x` (hex dump)", P.SocatDump, others[2]),
        Row("dumpcap on loopback, beside a discard server", P.Dumpcap, others[3]),
    ]
    ours = [
        Row("**wireloupe --headless**", P.Headless, 1.0, None, 0.8 if name == "churn" else 0.95, 1.1 if name == "stream" else None),
        Row(BESIDE_WINDOW, P.ReferenceBesideWindow),
        Row("**wireloupe, its window drawing**", P.Live, 1.0, BESIDE_WINDOW, 0.95 if name == "stream" else None, 1.1 if name == "stream" else None),
    ]
    limit = Row("recv, thrown away (the limit)", P.Discard)
    factor = 0.25 if is_quick else 1
    if name == "stream":
        return "One stream", "GiB", lambda part: streams(name, 1, gib * part), [Row(REFERENCE, P.Reference), limit, *ours, *theirs]
    if name == "streams":
        return "100 streams", "GiB", lambda part: streams(name, 100, gib * part), [Row(REFERENCE, P.Reference), limit, *ours, *theirs]
    if name == "messages":
        rows = [Row(REFERENCE, P.Reference), Row("recv, one write(2) a turn", P.Batched), limit, *ours, *theirs]
        return "64-byte messages from 100 clients", "M", lambda part: messages(name, 2e6 * factor * part), rows
    if name == "churn":
        rows = [Row("libuv, accept + close, the reference", P.Reference), *ours, *theirs]
        return "Connections opened and closed", "k", lambda part: connects(name, 20_000 * factor * part), rows
    rows = [Row("recv + write(2) to a pipe, the reference", P.ReferencePiped), Row("**wireloupe --headless -w -**", P.HeadlessPiped)]
    return "One stream, to `cat` through a pipe", "GiB", lambda part: streams(name, 1, gib * part), rows


Measured = namedtuple("Measured", "rate cpu resident lost wrong")


def measure(bench, side_class, load):
    path = os.path.join(bench.folder, "kept")
    side = side_class(bench, load, path)
    try:
        side.begin()
        cpu = cpu_seconds(side.pids())
        peak = PeakResident(side.pids())
        seconds = bench.send(load.words, side.port)
        side.settle()
        cpu = cpu_seconds(side.pids()) - cpu
        resident = peak.end()
        side.end()
        kept = side.kept()
    finally:
        for process in side.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        if os.path.exists(path):
            os.unlink(path)
    lost = None
    if load.size and kept.is_counted:
        lost = (load.size - (kept.size - kept.repeated), load.size)
    for words in side.troubles:
        bench.trouble(f"{side_class.__name__}, {load.name}: {words}")
    if isinstance(side, (programs.Headless, programs.Live)) and (kept.wrong or kept.repeated or (lost and lost[0])):
        bench.trouble(f"{side_class.__name__}, {load.name}: {lost[0]} bytes lost, {kept.wrong} wrong, {kept.repeated} twice, of {load.size}")
    return Measured(load.amount / seconds, cpu / load.amount, resident, lost, kept.wrong)


def lost_words(results):
    counted = [result.lost for result in results if result.lost is not None]
    if not counted:
        return "–"
    lost, sent = sum(one[0] for one in counted), sum(one[1] for one in counted)
    wrong = sum(result.wrong or 0 for result in results)
    words = f"{lost / sent:.0%}" if lost > sent * 0.005 else f"{lost:,}"
    return words + (f", {wrong:,} wrong" if wrong else "")


def is_there(row):
    needs = {programs.SocatFile: "socat", programs.SocatDump: "socat", programs.NcatDump: "ncat", programs.Dumpcap: "dumpcap"}
    return row.side not in needs or shutil.which(needs[row.side])


def compare(bench, name):
    title, unit, load_of, rows = table_of(name, bench.options.gib, bench.options.quick)
    has_display = bench.has_display()
    windows = (programs.Live, programs.ReferenceBesideWindow)
    rows = [row for row in rows if is_there(row) and (has_display or row.side not in windows)]
    results = {row.title: [] for row in rows}
    bench.keep_awake(True)
    for row in [row for row in rows if row.side in (programs.Reference, programs.Headless)]:
        measure(bench, row.side, load_of(row.part))  # warms the machine up
    for turn in range(bench.options.rounds):
        first = turn * 2 % len(rows)
        order = rows[first:] + rows[:first]
        for row in order if turn % 2 == 0 else reversed(order):
            try:
                results[row.title].append(measure(bench, row.side, load_of(row.part)))
            except (RuntimeError, AssertionError, OSError) as problem:
                bench.trouble(f"{row.title}, {title}: {problem}")
                results[row.title].append(None)
        bench.tell(f"{title}: round {turn + 1} of {bench.options.rounds}")
    bench.keep_awake(False)
    print_rows(title, unit, rows, results)


def print_rows(title, unit, rows, results):
    def ratio(row, field):
        """Words for the ratios to the row it stands beside."""
        beside = row.beside or rows[0].title
        pairs = [(a, b) for a, b in zip(results[row.title], results[beside]) if a and b]
        if row.title == beside or not pairs:
            return ""
        ratios = [getattr(a, field) / max(getattr(b, field), 1e-9) for a, b in pairs]
        median = statistics.median(ratios)
        reach = row.rate_reach if field == "rate" else row.cpu_reach
        words = f"{number(median)} ({number(min(ratios))}–{number(max(ratios))})"
        return words + (", " + verdict(median, reach, field == "rate") if reach else "")

    lines = []
    for row in rows:
        found = [result for result in results[row.title] if result]
        if not found:
            continue

        def median_of(field, found=found):
            return statistics.median(getattr(result, field) for result in found)

        lines.append([row.title, number(median_of("rate")), ratio(row, "rate"), lost_words(found), number(median_of("cpu")),
                      ratio(row, "cpu"), f"{median_of('resident'):.0f}"])
    per = {"GiB": "GiB/s", "M": "M/s", "k": "1,000/s"}[unit]
    cpu = {"GiB": "CPU s a GiB", "M": "CPU s a million", "k": "CPU s a 1,000"}[unit]
    print_table([title, per, "ratio of rates", "bytes lost", cpu, "ratio of CPU", "MiB resident"], lines)


def run(bench, names):
    for name in names:
        compare(bench, name)
    if names and "streams" in names:
        bench.notes.append("What is lost is counted from the files: of captures and single raw files every byte is compared with what was sent. "
                           "A raw file of many connections holds them jumbled: only its length is looked at.")

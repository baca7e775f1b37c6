"""What every measurement needs: where the programs are, a display, what went wrong, and how a table is printed."""

import os
import shutil
import statistics
import subprocess
import sys
import time

import display
import machine


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.wireloupe = display.WIRELOUPE
        self.troubles = []
        self.notes = []
        self.frame_rates = []
        self.began = time.monotonic()
        self._display = None
        self._awake = None

    def binary(self, name):
        return os.path.join(self.options.build, "tests/bin", name)

    def begin(self):
        print(f"Measured on {machine.describe(self.folder)}; load before {os.getloadavg()[0]:.1f}. "
              f"{self.options.rounds} rounds, {self.options.gib:g} GiB a stream, cores {'left alone' if self.options.no_awake else 'kept awake'}.", flush=True)

    def keep_awake(self, is_wanted):
        if is_wanted and self._awake is None and not self.options.no_awake:
            self._awake = machine.Awake(self.binary("bench_load"))
        elif not is_wanted and self._awake is not None:
            self._awake.end()
            self._awake = None

    def end(self):
        self.keep_awake(False)
        if self._display is not None:
            self._display.end()

    def tell(self, words):
        print(f"[{time.monotonic() - self.began:4.0f} s] {words}", file=sys.stderr, flush=True)

    def trouble(self, words):
        self.troubles.append(words)
        self.tell("TROUBLE " + words)

    # ---- windows --------------------------------------------------------------------------------------------------------------------

    def has_display(self):
        return bool(shutil.which("Xvfb") and shutil.which("xdotool"))

    @property
    def display(self):
        if self._display is None:
            folder = os.path.join(self.folder, "display")
            os.mkdir(folder)
            self._display = display.Display(folder)
        return self._display

    def open_window(self, *arguments, binary=None):
        environment = dict(os.environ, XDG_STATE_HOME=self.folder, XDG_CONFIG_HOME=self.folder)
        window = display.Window(self.display, environment, self.folder, list(map(str, arguments)), binary=binary or self.wireloupe)
        window.wait_until_drawn()
        return window

    def note_frames(self, frames):
        """Of a window under load: how often it drew."""
        if len(frames) > 1:
            self.frame_rates.append((len(frames) - 1) / ((frames[-1][0] - frames[0][0]) * 1e-9))

    # ---- loads ----------------------------------------------------------------------------------------------------------------------

    def send(self, words, port):
        """Seconds that bench_load took."""
        done = subprocess.run([self.binary("bench_load"), words[0], str(port), *map(str, words[1:])], stdout=subprocess.PIPE, check=True)
        return float(done.stdout.split()[0])

    # ---- words ----------------------------------------------------------------------------------------------------------------------

    def print_end(self):
        if self.frame_rates:
            self.notes.append(f"The window drew {statistics.median(self.frame_rates):.0f} frames a second meanwhile (median of its runs).")
        for note in self.notes:
            print("\n" + note)
        print(f"\nTook {(time.monotonic() - self.began) / 60:.1f} minutes; load after {os.getloadavg()[0]:.1f}.")
        for words in self.troubles:
            print("\nTROUBLE: " + words)


def number(value):
    """Three digits that count, and no exponent: 0.00123, 1.23, 123, 1,230."""
    if value == 0:
        return "0"
    return f"{float(f'{value:.3g}'):,.10g}"


def print_table(heads, rows):
    """Markdown; all columns but the first to the right."""
    print("\n| " + " | ".join(heads) + " |")
    print("|---|" + "--:|" * (len(heads) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def verdict(value, reach, is_at_least):
    """"reach >= 0.95: ok"."""
    if reach is None:
        return ""
    is_reached = value >= reach if is_at_least else value <= reach
    return f"{'≥' if is_at_least else '≤'} {reach:g} {'ok' if is_reached else 'MISSED'}"

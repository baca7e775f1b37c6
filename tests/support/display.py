"""A virtual display of a test's own, the real program's window on it, a mouse and a keyboard, and pictures.

The display is started with -displayfd (it picks its own number) and ended by its pid. There is no window manager: the window is at 0,0.
"""

import ctypes
import os
import shutil
import struct
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from wireloupe_process import DEADLINE_SECONDS, ROOT, TEST_BINARIES, WIRELOUPE, ProcessTest, wait_until  # noqa: E402

# The program from the same sources that tells where its items are (tests/window/item_places.cpp).
TOLD = os.path.join(TEST_BINARIES, "wireloupe_told")
PICTURES = os.path.join(ROOT, "build/window-tests")


class Display:
    """An X server of our own."""

    def __init__(self, folder, size="1280x800", scale=1):
        self.folder = folder
        self.width, self.height = map(int, size.split("x"))
        reading, writing = os.pipe()
        with open(os.path.join(folder, "xvfb.log"), "wb") as log:
            self.process = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writing), "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset", "-fbdir", folder],
                pass_fds=[writing], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise AssertionError("Xvfb did not start: see xvfb.log in " + folder)
        self.name = ":" + number
        if scale != 1:
            # What a desktop sets for a display of that density, and GLFW reads.
            self.run("xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", f"Xft.dpi:\t{96 * scale}\n")

    def environment(self, base):
        kept = {key: value for key, value in base.items() if key not in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE")}
        return dict(kept, DISPLAY=self.name, LIBGL_ALWAYS_SOFTWARE="1")

    def run(self, *command):
        done = subprocess.run(command, env=dict(os.environ, DISPLAY=self.name), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=DEADLINE_SECONDS, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace").strip()

    def end(self, kill=False):
        if self.process.poll() is None:
            if kill:
                self.process.kill()
            else:
                self.process.terminate()
            self.process.wait()

    # ---- pictures: Xvfb keeps its screen as an XWD file -------------------------------------------------

    def pixels(self):
        """(width, height, rows of RGB bytes) of the whole screen."""
        with open(os.path.join(self.folder, "Xvfb_screen0"), "rb") as file:
            data = file.read()
        header = struct.unpack(">25I", data[:100])
        header_size, width, height, stride, colours = header[0], header[4], header[5], header[12], header[19]
        begin = header_size + colours * 12
        rows = []
        for y in range(height):
            row = data[begin + y * stride:begin + y * stride + width * 4]
            rgb = bytearray(width * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]  # stored as blue, green, red, unused
            rows.append(bytes(rgb))
        return width, height, rows

    def picture(self, name):
        """Keeps the screen as build/window-tests/NAME.png."""
        os.makedirs(PICTURES, exist_ok=True)
        width, height, rows = self.pixels()

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        path = os.path.join(PICTURES, name + ".png")
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                       chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 6)) + chunk(b"IEND", b""))
        return path


class Frames:
    """WIRELOUPE_FRAME_LOG, read so far (app/README.md)."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        try:
            with open(self.path, encoding="ascii") as file:
                return [line.split() for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def started_ns(self):
        return int(self.lines()[0][1])

    def frames(self):
        """(began_ns, built_ns, swapped_ns, bytes_shown) of each frame drawn."""
        return [tuple(map(int, line[1:5])) for line in self.lines() if line[0] == "frame"]

    def bytes_shown(self):
        """Of the last turn, drawn or not."""
        lines = self.lines()
        return int(lines[-1][4]) if len(lines) > 1 else 0


class Window:
    """The program with its window, and hands for it."""

    def __init__(self, display, environment, folder, arguments, binary=WIRELOUPE, replay=None, before=(), stdin=subprocess.DEVNULL):
        self.display = display
        self.is_told = binary == TOLD
        self.is_busy = False  # it draws all the time: settle() waits for a few frames, not for none
        self.positions = []  # where the told program was clicked, for the replay
        self._replay = list(replay or [])
        self._places = os.path.join(folder, f"places-{time.monotonic_ns()}")
        self.frames = Frames(os.path.join(folder, f"frames-{time.monotonic_ns()}"))
        self._errors = open(os.path.join(folder, f"errors-{time.monotonic_ns()}"), "w+b")
        self.began = time.monotonic()
        self.process = subprocess.Popen([*before, binary, *arguments], stdin=stdin, stdout=self._errors, stderr=self._errors,
                                        env=dict(display.environment(environment), WIRELOUPE_FRAME_LOG=self.frames.path,
                                                 WIRELOUPE_ITEM_PLACES=self._places), cwd=folder)
        self.pid = self.process.pid

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._errors.close()

    def errors(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def wait_for_end(self, deadline=DEADLINE_SECONDS):
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the window is still there after {deadline} s") from None

    # ---- what is to be seen ------------------------------------------------------------------------------

    def wait_until_drawn(self):
        wait_until(lambda: self.frames.frames() or self.process.poll() is not None, "a first frame")
        if self.process.poll() is not None:
            raise AssertionError("it ended: " + self.errors())
        self.id = wait_until(lambda: self._find(), "the window on the display")
        # What a window manager would do.
        self.display.run("xdotool", "windowfocus", "--sync", self.id)
        self.settle()

    def _find(self):
        try:
            return self.display.run("xdotool", "search", "--onlyvisible", "--class", "^wireloupe$").split("\n")[0]
        except AssertionError:
            return None

    def settle(self, quiet_seconds=0.12):
        """Until no frame was drawn for a while: nothing more comes of what was done. Where traffic draws without an end: a few frames, or a still window
        all the same (what was done may have put something still in sight)."""
        before = len(self.frames.frames())
        if self.is_busy:
            quiet_seconds = max(quiet_seconds, 0.5)
        state = {"count": -1, "since": 0.0, "quiet": quiet_seconds}

        def is_quiet():
            frames = self.frames.frames()
            if self.is_busy and len(frames) >= before + 6:
                return True
            if len(frames) != state["count"]:
                # A frame is in the log once it is drawn: the next one may be under way for as long as the last one took.
                took = frames[-1][2] * 1e-9 if frames else 0
                state.update(count=len(frames), since=time.monotonic(), quiet=max(quiet_seconds, 2.5 * took))
            return time.monotonic() - state["since"] > state["quiet"]

        wait_until(is_quiet, "an idle window")

    def title(self):
        return self.display.run("xprop", "-id", self.id, "_NET_WM_NAME").split(" = ", 1)[1].strip('"')

    def wait_for_title(self, words):
        wait_until(lambda: words in self.title(), f"{words!r} in the title {self.title()!r}")

    def wait_for_bytes(self, count):
        wait_until(lambda: self.frames.bytes_shown() >= count, f"{count} bytes shown, not {self.frames.bytes_shown()}")

    def items(self, label):
        """(x, y, width, height, is_disabled) of the items with that label now; the told program only."""
        with open(self._places, encoding="utf-8") as file:
            found = []
            for line in file:
                place, name = line.rstrip("\n").split("\t", 1)
                if name == label:
                    x, y, width, height, is_disabled, _ = place.split(" ", 5)
                    found.append((int(x), int(y), int(width), int(height), is_disabled == "1"))
            return found

    def place(self, label, number=0):
        """The middle of an item, once it is there and enabled: from the told program, or as it was in its run."""
        if not self.is_told:
            return self._replay.pop(0)

        def find():
            items = self.items(label)
            return len(items) > number and not items[number][4] and items[number]

        x, y, width, height, _ = wait_until(find, f"item {label!r} number {number}, enabled")
        # Not the middle of what is wider than the window.
        self.positions.append((x + min(width, 400) // 2, y + height // 2))
        return self.positions[-1]

    # ---- hands ---------------------------------------------------------------------------------------------

    def click(self, label, number=0, times=1):
        self.settle()
        x, y = self.place(label, number)
        self.display.run("xdotool", "mousemove", str(x), str(y))
        self.settle()
        self.display.run("xdotool", "click", "--repeat", str(times), "--delay", "60", "1")
        self.settle()

    def key(self, *keys):
        for key in keys:
            *held, last = key.split("+")
            # A modifier that is pressed and released within one frame is lost on Dear ImGui: no hand is as quick, software GL is as slow.
            for modifier in held:
                self.display.run("xdotool", "keydown", modifier)
                self.wait_for_frames(3)
            self.display.run("xdotool", "key", last)
            if held:
                self.wait_for_frames(3)
            for modifier in held:
                self.display.run("xdotool", "keyup", modifier)
            self.settle()

    def wheel(self, steps):
        """Over what the mouse is on; negative: down."""
        for _ in range(abs(steps)):
            self.display.run("xdotool", "click", "4" if steps > 0 else "5")
            self.settle()

    def wait_for_frames(self, number):
        """While a key is held, or traffic runs, every slot is drawn."""
        before = len(self.frames.frames())
        wait_until(lambda: len(self.frames.frames()) >= before + number, f"{number} frames more")

    def type(self, text):
        self.display.run("xdotool", "type", "--delay", "25", "--", text)
        self.settle()

    def fill(self, label, text, number=0):
        self.click(label, number)
        self.key("ctrl+a")
        self.type(text)

    def ask_to_close(self):
        """WM_DELETE_WINDOW, as a click on a title bar's cross sends it."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        x11.XCloseDisplay.argtypes = [ctypes.c_void_p]

        class ClientMessage(ctypes.Structure):
            _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
                        ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong), ("format", ctypes.c_int),
                        ("data", ctypes.c_long * 5), ("padding", ctypes.c_long * 24)]

        display = x11.XOpenDisplay(self.display.name.encode())
        message = ClientMessage(type=33, window=int(self.id), format=32,
                                message_type=x11.XInternAtom(display, b"WM_PROTOCOLS", 0))
        message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
        x11.XSendEvent(display, int(self.id), 0, 0, ctypes.byref(message))
        x11.XCloseDisplay(display)

    def cover_and_uncover(self):
        """Another window lies over it for a moment: what was seen of it has gone, and it is told so."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XDefaultRootWindow.argtypes = x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
        x11.XDefaultRootWindow.restype = x11.XCreateSimpleWindow.restype = ctypes.c_ulong
        x11.XCreateSimpleWindow.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint,
                                            ctypes.c_ulong, ctypes.c_ulong]
        x11.XMapRaised.argtypes = x11.XDestroyWindow.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        display = x11.XOpenDisplay(self.display.name.encode())
        pink = 0xFF00FF
        cover = x11.XCreateSimpleWindow(display, x11.XDefaultRootWindow(display), 0, 0, self.display.width, self.display.height, 0, pink, pink)
        x11.XMapRaised(display, cover)
        x11.XSync(display, 0)
        x11.XDestroyWindow(display, cover)
        x11.XCloseDisplay(display)

    def cpu_seconds(self):
        """Of all threads, exact."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total * 1e-9


class WindowTest(ProcessTest):
    """A display for the test, and windows on it."""

    size = "1280x800"
    scale = 1

    def setUp(self):
        super().setUp()
        if not shutil.which("Xvfb") or not shutil.which("xdotool"):
            self.skipTest("Xvfb or xdotool is not installed: third_party/setup --tests")
        self.display = self.new_display(self.size, self.scale)

    def new_display(self, size="1280x800", scale=1):
        folder = os.path.join(self.folder, f"display-{len(os.listdir(self.folder))}")
        os.mkdir(folder)
        display = Display(folder, size, scale)
        self.addCleanup(display.end)
        return display

    def window(self, *arguments, display=None, is_drawn=True, **options):
        window = Window(display or self.display, self.environment, self.folder, list(map(str, arguments)), **options)
        self.addCleanup(window.end)
        if is_drawn:
            window.wait_until_drawn()
        return window

    def told_then_real(self, use, *arguments, **options):
        """`use(window)` with the program that tells its places, then, at the same places, with the real one."""
        told = self.window(*arguments, binary=TOLD, **options)
        self.use(use, told)
        if told.process.poll() is None:
            told.end()
        self.use(use, self.window(*arguments, replay=told.positions, **options))

    def use(self, use, window):
        """`use(window)`; what the screen looked like when it failed is kept."""
        try:
            use(window)
        except BaseException:
            window.display.picture("failed_" + self.id().rsplit(".", 1)[1] + ("_told" if window.is_told else "_real"))
            raise

#!/usr/bin/env python3
"""The house's map as a test: who may include what, which folders there are, what no file may do.

check_layers.py [ROOT] prints one line for each breach and exits 1 if there was one.

The link graph cannot hold these rules: on Debian <uv.h> or <imgui.h> is found from every target. What a
room may include is the table below; a header that the table does not know is a breach too, so that
a new dependency is a line here and not an accident.
"""

import os
import re
import subprocess
import sys

# ---- the map -------------------------------------------------------------------------------------

# Names of libraries, by the headers they are included as.
LIBRARIES = {
    "threads": "thread mutex shared_mutex condition_variable future semaphore barrier latch stop_token pthread.h "
               "semaphore.h",
    "clocks": "chrono ctime time.h sys/time.h sys/timerfd.h",
    "calendar": "ctime time.h",
    "file streams": "fstream filesystem",
    "POSIX files": "fcntl.h unistd.h dirent.h sys/file.h sys/stat.h sys/statfs.h sys/statvfs.h sys/types.h "
                   "sys/uio.h linux/falloc.h sys/vfs.h linux/fs.h sys/ioctl.h",
    "POSIX sockets": "sys/socket.h sys/un.h sys/ioctl.h netdb.h ifaddrs.h net/if.h netinet/* arpa/inet.h "
                     "linux/sockios.h linux/tcp.h linux/sock_diag.h linux/net_tstamp.h linux/errqueue.h",
    "POSIX events": "poll.h sys/eventfd.h sys/signalfd.h",
    "address text": "arpa/inet.h netinet/in.h sys/socket.h net/if.h",
    "resolver codes": "netdb.h",
    "byte order": "endian.h byteswap.h",
    "POSIX limits": "sys/resource.h",
    "signal numbers": "csignal",
    "POSIX process": "signal.h csignal sys/prctl.h sys/wait.h pwd.h",
    "iconv": "iconv.h",
    "queue": "readerwriterqueue/*",
    "Vectorscan": "hs.h hs/*",
    "PCRE2": "pcre2.h",
    "libuv": "uv.h uv/*",
    "JSON": "nlohmann/*",
    "command line": "CLI/*",
    "Dear ImGui": "imgui.h imgui_internal.h imgui_stdlib.h misc/freetype/imgui_freetype.h",
    "Dear ImGui backends": "imgui_impl_glfw.h imgui_impl_opengl3.h",
    "GLFW": "GLFW/*",
    "OpenGL": "GL/*",
    "stb": "stb/*",
    "dynamic loading": "dlfcn.h",
    "fontconfig": "fontconfig/*",
    "FreeType": "ft2build.h freetype/*",
    "translation": "libintl.h locale.h clocale",
}

# The standard library less what stands above; any room may include it.
STANDARD = set("""
    algorithm any array atomic bit bitset cassert cctype cerrno cfenv cfloat charconv cinttypes climits cmath codecvt
    compare complex concepts coroutine csetjmp cstdarg cstddef cstdint cstdio cstdlib cstring cuchar cwchar
    cwctype deque exception execution format forward_list functional initializer_list iomanip ios iosfwd iostream istream
    iterator limits list locale map memory memory_resource new numbers numeric optional ostream queue random ranges ratio
    regex scoped_allocator set source_location span sstream stack stdexcept streambuf string string_view strstream
    syncstream system_error tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant
    vector version errno.h limits.h stdint.h stddef.h stdlib.h string.h stdio.h
""".split())


class Room:
    """What a folder's files may include: rooms of ours (its own always), and libraries."""

    def __init__(self, rooms="", libraries=(), never_headers=()):
        self.rooms = rooms.split()
        self.libraries = set(libraries)
        self.never_headers = set(never_headers)


NET = "net/bytes net/channel net/capture"

ROOMS = {
    "net/bytes": Room("", ["iconv", "address text", "byte order"]),
    # Resolver codes: a Failure names EAI_* as it names errno.
    "net/channel": Room("net/bytes", ["queue", "resolver codes"]),
    # Threads: the file table is read from any thread, and fdatasync has one of its own.
    # POSIX events: a capture on standard output waits a moment for a slow reader.
    "net/capture": Room("net/bytes net/channel",
                        ["POSIX files", "POSIX events", "Vectorscan", "byte order", "threads", "clocks"]),
    "net/service": Room(NET, ["libuv", "PCRE2", "POSIX sockets", "POSIX files", "POSIX limits", "POSIX events",
                              "signal numbers", "byte order", "threads", "clocks"]),
    # Signal numbers: for their names in the log.
    "app/session": Room(NET, ["JSON", "signal numbers"], ["net/capture/pcapng_writer.h"]),
    # POSIX events: standard input is waited for together with a cancel.
    "app/jobs": Room(NET + " app/session", ["POSIX files", "POSIX events", "threads", "clocks", "JSON"]),
    # Of the channel only what has a name in a fact; the queues are the session's. Calendar: a time becomes text.
    "app/ui": Room(NET + " app/session", ["Dear ImGui", "fontconfig", "FreeType", "translation", "calendar"],
                   ["net/channel/bounded_queue.h", "net/channel/link.h", "net/channel/wake_gate.h",
                    "net/capture/pcapng_writer.h"]),
}

# Files of app/ itself wire the rooms. A library has one file that knows it.
APP_ROOMS = NET + " net/service app/session app/jobs app/ui"
APP_LIBRARIES = {"POSIX files", "POSIX limits", "POSIX process", "POSIX events", "clocks", "threads", "translation"}
APP_FILES = {  # by the first word or words of the file's name
    "command_line": {"command line"},
    # Dynamic loading: Xlib's last word is asked for only where GLFW has brought Xlib.
    "window": {"GLFW", "OpenGL", "Dear ImGui", "Dear ImGui backends", "stb", "dynamic loading"},
    # Xlib again: the clipboard of others, asked for with a time limit.
    "clipboard": {"dynamic loading"},
    "headless": {"JSON"},
}

TEST_FOLDERS = "net session jobs ui command_line window peers faults bench fuzz layers support data".split()
TEST_SUBFOLDERS = ["tests/" + room for room in ROOMS if room.startswith("net/")]  # tests/net/capture, for net/capture
TEST_FOLDERS_NEEDED = "net session ui command_line window peers layers support".split()
READMES = list(ROOMS) + ["app", "third_party", "tests"]

# ---- reading ---------------------------------------------------------------------------------------

SOURCE = (".h", ".cpp")


def files_below(root, folder):
    """Paths from the root of the files that belong to the project, sorted."""
    found = []
    for directory, folders, names in os.walk(os.path.join(root, folder)):
        folders[:] = sorted(name for name in folders if name != "__pycache__" and not name.startswith("."))
        found += [os.path.relpath(os.path.join(directory, name), root) for name in sorted(names)]
    return found


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text):
    """The text with comments blanked, lines and columns kept; strings stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

    def blank(match):
        piece = match.group(0)
        return piece if piece[0] in "\"'" else re.sub(r"[^\n]", " ", piece)

    return pattern.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def libraries_of(header):
    """The names under which a system header is known; a header may have several."""
    found = set()
    for library, headers in LIBRARIES.items():
        for pattern in headers.split():
            if header == pattern or (pattern.endswith("/*") and header.startswith(pattern[:-1])):
                found.add(library)
    return found


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


# ---- the rules -------------------------------------------------------------------------------------


def rule_for(path):
    """(rooms, libraries, headers never) for a file under net/ or app/, or None if it is in no room."""
    room = room_of(path)
    if room in ROOMS:
        rule = ROOMS[room]
        return [room] + rule.rooms, rule.libraries, rule.never_headers
    if room == "app":
        stem = os.path.basename(path).split(".")[0]
        own = [libraries for name, libraries in APP_FILES.items() if stem == name or stem.startswith(name + "_")]
        return ["app"] + APP_ROOMS.split(), APP_LIBRARIES.union(*own), set()
    return None


def check_includes(root):
    for path in files_below(root, "net") + files_below(root, "app"):
        if not path.endswith(SOURCE):
            continue
        rule = rule_for(path)
        if rule is None:
            continue  # check_map names it
        rooms, libraries, never_headers = rule
        code = without_comments(read(root, path))
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>|([^\n]*))', code, re.MULTILINE):
            ours, system, other = match.groups()
            where = f"{path}:{line_of(code, match.start())}"
            if other is not None:
                yield f"{where}: #include {other.strip()}: a computed include cannot be checked; name the header"
            elif ours is not None:
                if not os.path.isfile(os.path.join(root, ours)) or ".." in ours.split("/"):
                    yield f'{where}: "{ours}": not a path from the root (write "net/capture/index.h")'
                elif room_of(ours) not in rooms:
                    yield f'{where}: "{ours}": {room_of(path)} may not know {room_of(ours)} (it may know {", ".join(rooms)})'
                elif ours in never_headers:
                    yield f'{where}: "{ours}": not for {room_of(path)}; see the table in {THIS}'
            elif system not in STANDARD:
                names = libraries_of(system)
                if not names:
                    yield f"{where}: <{system}>: unknown to the table in {THIS}; say there which library it is and who may use it"
                elif not names & libraries:
                    yield f"{where}: <{system}>: {room_of(path)} may not use {' / '.join(sorted(names))}"


def check_test_includes(root):
    for path in files_below(root, "tests"):
        if not path.endswith(SOURCE):
            continue
        code = without_comments(read(root, path))
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]*)"', code, re.MULTILINE):
            if not os.path.isfile(os.path.join(root, match.group(1))) or ".." in match.group(1).split("/"):
                yield (f'{path}:{line_of(code, match.start())}: "{match.group(1)}": not a path from the root '
                       '(write "tests/support/evil_peer.h")')


def check_map(root):
    """Every folder is on the map, and every room on the map exists."""
    for top in ("net", "app", "tests"):
        for path in files_below(root, top):
            parts = path.split("/")
            if len(parts) == 2 and top != "net":
                continue  # a file of app/ or tests/ itself
            room = "/".join(parts[:2])
            known = room in ROOMS if top != "tests" else parts[1] in TEST_FOLDERS
            if not known:
                yield f"{path}: {room} is not on the map; add it to the table in {THIS}, or move the file into a room"
            elif len(parts) > 3 and parts[1] != "data" and "/".join(parts[:3]) not in TEST_SUBFOLDERS:
                yield f"{path}: a room has no rooms within; {'/'.join(parts[:3])} is not on the map"
    for room in list(ROOMS) + ["tests/" + name for name in TEST_FOLDERS_NEEDED]:
        if not os.path.isfile(os.path.join(root, room, "CMakeLists.txt")):
            yield f"{room}: on the map, but {room}/CMakeLists.txt does not exist"
    for room in READMES:
        if not os.path.isfile(os.path.join(root, room, "README.md")):
            yield f"{room}: has no README.md (its question, its thread, its rule, its error contract)"


# printf-like functions of Dear ImGui, with the place of their format among the arguments.
FORMAT_ARGUMENT = {
    "Text": 0, "TextDisabled": 0, "TextWrapped": 0, "BulletText": 0, "SetTooltip": 0, "SetItemTooltip": 0, "LogText": 0,
    "DebugLog": 0, "TextColored": 1, "LabelText": 1, "TreeNode": 1, "TreeNodeEx": 2,
    "TextV": 0, "TextDisabledV": 0, "TextWrappedV": 0, "BulletTextV": 0, "SetTooltipV": 0, "SetItemTooltipV": 0,
    "TextColoredV": 1, "LabelTextV": 1, "TreeNodeV": 1, "TreeNodeExV": 2,
}
LITERAL = re.compile(r'^(?:_\(\s*)?(?:u8)?"')


def arguments_from(code, offset):
    """The arguments of the call whose '(' is before offset, as texts."""
    arguments, start, depth, i = [], offset, 0, offset
    while i < len(code):
        character = code[i]
        if character in "\"'":
            end = i + 1
            while end < len(code) and code[end] != character:
                end += 2 if code[end] == "\\" else 1
            i = end
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return arguments + [code[start:i].strip()]
            depth -= 1
        elif character == "," and depth == 0:
            arguments.append(code[start:i].strip())
            start = i + 1
        i += 1
    return arguments


def check_formats(root):
    """Bytes from outside must never be a format: where one is taken, it is a literal (or its translation)."""
    call = re.compile(r"\bImGui::(" + "|".join(FORMAT_ARGUMENT) + r")\s*\(")
    for path in files_below(root, "app"):
        if not path.endswith(SOURCE):
            continue
        code = without_comments(read(root, path))
        for match in call.finditer(code):
            arguments = arguments_from(code, match.end())
            place = FORMAT_ARGUMENT[match.group(1)]
            if place < len(arguments) and not LITERAL.match(arguments[place]):
                yield (f"{path}:{line_of(code, match.start())}: ImGui::{match.group(1)}: its format is not a literal; "
                       "use TextUnformatted(begin, end) or \"%s\"")


def check_frame_side(root):
    """The frame writes no file and holds no clock, whatever header it got the means from."""
    words = re.compile(r"(?<!<)\b(fopen|freopen|fdopen|ofstream|fstream|tmpfile|mkstemp|fwrite)\b")
    clocks = re.compile(r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday|std::time)\b")
    for room, pattern, what in (("app/ui", words, "writes files"), ("app/session", words, "writes files"),
                                ("app/session", clocks, "reads clocks; time is passed in"),
                                ("app/ui", clocks, "reads clocks; time is passed in")):
        for path in files_below(root, room):
            if not path.endswith(SOURCE):
                continue
            code = without_comments(read(root, path))
            for match in pattern.finditer(code):
                yield f"{path}:{line_of(code, match.start())}: {match.group(1)}: {room} never {what}"


# With an argument: a sleep() without one waits for something of ours.
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(\s*[^)\s]|^\s*sleep\s+[\d.$]", re.MULTILINE)
SLEEP_ALLOWED = re.compile(r"(?://|#).*\ballowed sleep: \S")


def check_sleeps(root):
    """A test waits for an event with a deadline. A sleep that is no synchronisation says so and why."""
    for path in files_below(root, "tests"):
        if path.startswith(("tests/layers/", "tests/data/")) or path.endswith((".md", ".txt")):
            continue
        text = read(root, path)
        lines = text.split("\n")
        code = without_comments(text) if path.endswith(SOURCE) else re.sub(r"(^|\s)#[^\n]*", r"\1", text)
        for match in SLEEP.finditer(code):
            number = line_of(code, match.start() + len(match.group(0)) - len(match.group(0).lstrip()))
            if not any(SLEEP_ALLOWED.search(line) for line in lines[max(0, number - 2):number]):
                yield (f"{path}:{number}: a sleep: wait for the event with a deadline, or say in a comment on this line or the one "
                       "before what it is for: \"allowed sleep: REASON\"")


def check_own_place(root):
    """No tracked file names the place of this checkout."""
    place = os.path.realpath(root)
    if place.count("/") < 2 or not os.path.exists(os.path.join(root, ".git")):
        return
    found = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "grep", "-nF", "-e", place + "/", "--", "."],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    for line in found.stdout.splitlines():
        yield f"{line.split(':', 2)[0]}:{line.split(':', 2)[1]}: names {place}, which is only this machine's"


CHECKS = (check_includes, check_test_includes, check_map, check_formats, check_frame_side, check_sleeps, check_own_place)
THIS = "tests/layers/check_layers.py"


def breaches(root, checks=CHECKS):
    return [breach for check in checks for breach in check(root)]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    found = breaches(root)
    for breach in found:
        print(breach)
    sources = [path for top in ("net", "app") for path in files_below(root, top) if path.endswith(SOURCE)]
    print(f"{len(sources)} files of net/ and app/ read, {len(found)} breaches")
    return 1 if found or not sources else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Has the clipboard of the display: clipboard_owner.py hang | answer TEXT. Says "ready" once it has it; "hang" then never answers, as a stopped program does not."""

import ctypes
import sys
import time

X = ctypes.CDLL("libX11.so.6")
for name in ("XOpenDisplay", "XDefaultRootWindow", "XCreateSimpleWindow", "XInternAtom", "XGetSelectionOwner"):
    getattr(X, name).restype = ctypes.c_void_p if name == "XOpenDisplay" else ctypes.c_ulong
ULONG = ctypes.c_ulong
SELECTION_REQUEST, SELECTION_NOTIFY = 30, 31


class Request(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ULONG), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p), ("owner", ULONG),
                ("requestor", ULONG), ("selection", ULONG), ("target", ULONG), ("property", ULONG), ("time", ULONG)]


class Answer(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ULONG), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p), ("requestor", ULONG),
                ("selection", ULONG), ("target", ULONG), ("property", ULONG), ("time", ULONG), ("padding", ctypes.c_long * 24)]


class Event(ctypes.Union):
    _fields_ = [("type", ctypes.c_int), ("request", Request), ("padding", ctypes.c_long * 24)]


def main():
    display = ctypes.c_void_p(X.XOpenDisplay(None))
    root = ULONG(X.XDefaultRootWindow(display))
    window = ULONG(X.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, ULONG(0), ULONG(0)))
    clipboard = ULONG(X.XInternAtom(display, b"CLIPBOARD", 0))
    utf8 = ULONG(X.XInternAtom(display, b"UTF8_STRING", 0))
    X.XSetSelectionOwner(display, clipboard, window, ULONG(0))
    X.XSync(display, 0)
    print("ready", flush=True)
    if sys.argv[1] == "hang":
        time.sleep(600)  # allowed sleep: it is ended by the test
    text = sys.argv[2].encode().decode("unicode_escape").encode("latin-1") if len(sys.argv) > 2 else b""
    while True:
        event = Event()
        X.XNextEvent(display, ctypes.byref(event))
        if event.type != SELECTION_REQUEST:
            continue
        asked = event.request
        X.XChangeProperty(display, ULONG(asked.requestor), ULONG(asked.property), utf8, 8, 0, text, len(text))
        answer = Answer(type=SELECTION_NOTIFY, requestor=asked.requestor, selection=asked.selection, target=asked.target,
                        property=asked.property, time=asked.time)
        X.XSendEvent(display, ULONG(asked.requestor), 0, ctypes.c_long(0), ctypes.byref(answer))
        X.XFlush(display)


if __name__ == "__main__":
    main()

"""Every file that a run ever had in a folder, also those that it deletes: each gets a second name as soon as it is seen."""

import os
import threading


class Archive:
    """`folder` is watched until stop(). A file that comes and goes between two looks (a few milliseconds) would be missed: number() says so, as the
    names of a ring are numbered."""

    def __init__(self, folder, kept_in):
        self.folder = folder
        self.kept_in = kept_in
        self.names = []  # in the order in which they came
        os.mkdir(kept_in)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _look(self):
        fresh = [name for name in os.listdir(self.folder) if name.endswith(".pcapng") and name not in self.names]
        for name in sorted(fresh):
            try:
                os.link(os.path.join(self.folder, name), os.path.join(self.kept_in, name))
                self.names.append(name)
            except FileNotFoundError:
                pass

    def _watch(self):
        while not self._stop.wait(0.001):
            self._look()

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._look()

    def paths(self):
        return [os.path.join(self.kept_in, name) for name in self.names]

    def kept(self):
        """What the run has left of them, the oldest first."""
        left = set(os.listdir(self.folder))
        return [name for name in self.names if name in left]

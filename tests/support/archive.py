"""Every file that a run ever had in a folder, also those that it deletes: storage_shim.cpp gives each a second name before it goes."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from storage import SHIM


class Archive:
    """Files are in the order of their names, as a ring's are numbered. Start the program with `environment`."""

    def __init__(self, folder, deleted):
        self.folder = folder
        self.deleted = deleted
        os.mkdir(deleted)
        self.environment = {"LD_PRELOAD": SHIM, "STORAGE_KEEP": deleted}

    def _in(self, folder):
        return sorted(name for name in os.listdir(folder) if name.endswith(".pcapng"))

    @property
    def names(self):
        return sorted({*self._in(self.folder), *self._in(self.deleted)})

    def paths(self):
        kept = set(self.kept())
        return [os.path.join(self.folder if name in kept else self.deleted, name) for name in self.names]

    def kept(self):
        """What the run has left of them."""
        return self._in(self.folder)

"""What a snapshot keeps of a database's data."""

from __future__ import annotations

import shutil
import weakref
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DatabaseNames:
    """Who is the master user, and what the database is called."""

    master_username: str
    database: str


class SnapshotData:
    """A data directory that nobody writes to. Snapshots, copies of them and exports refer to one; it is removed with
    the last of them."""

    def __init__(self, directory: Path, names: DatabaseNames) -> None:
        self.directory = directory
        self.names = names
        self._removal = weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        # What is left at the end goes with the working directory.
        self._removal.atexit = False

    def __deepcopy__(self, memo: object) -> SnapshotData:
        return self

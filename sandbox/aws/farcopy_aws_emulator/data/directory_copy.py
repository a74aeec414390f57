"""Copies data directories of PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .installation import Owner

#: Files of a running server that are no data, and folders whose content it makes anew.
#: Source: PostgreSQL manual, "Backing Up the Data Directory" (Continuous Archiving and PITR).
_NOT_DATA = frozenset({"postmaster.pid", "postmaster.opts"})
_EMPTIED = frozenset(
    {"pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"}
)


def copy_directory(source: Path, target: Path, owner: Owner | None, wal: Callable[[str], bool] | None = None) -> None:
    """Copies a data directory; files that go away meanwhile are left out, as a backup of a running server may.

    `wal` says which files of pg_wal to take, all of them unless given.
    """
    _make(target, owner)
    with os.scandir(source) as entries:
        for entry in entries:
            place = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _EMPTIED:
                    _make(place, owner)
                elif entry.name == "pg_wal":
                    copy_wal(Path(entry.path), place, owner, wal or (lambda name: True))
                else:
                    _copy(Path(entry.path), place, owner)
            elif entry.name not in _NOT_DATA:
                _copy_file(entry.path, place, owner)


def copy_wal(source: Path, target: Path, owner: Owner | None, wanted: Callable[[str], bool]) -> None:
    """Copies those files of pg_wal that are wanted; its folders are only made."""
    _make(target, owner)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _make(target / entry.name, owner)
            elif wanted(entry.name):
                _copy_file(entry.path, target / entry.name, owner)


def write_file(place: Path, content: bytes, owner: Owner | None) -> None:
    place.write_bytes(content)
    _give(place, 0o600, owner)


def _copy(source: Path, target: Path, owner: Owner | None) -> None:
    _make(target, owner)
    with suppress(FileNotFoundError), os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _copy(Path(entry.path), target / entry.name, owner)
            else:
                _copy_file(entry.path, target / entry.name, owner)


def _copy_file(source: str, target: Path, owner: Owner | None) -> None:
    with suppress(FileNotFoundError):
        shutil.copyfile(source, target)
        _give(target, 0o600, owner)


def _make(place: Path, owner: Owner | None) -> None:
    place.mkdir(exist_ok=True)
    _give(place, 0o700, owner)


def _give(place: Path, mode: int, owner: Owner | None) -> None:
    place.chmod(mode)
    if owner:
        os.chown(place, owner.uid, owner.gid)

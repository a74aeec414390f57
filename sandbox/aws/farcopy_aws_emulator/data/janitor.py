"""Cleans up behind the emulator, however it ends: a process of its own that outlives it by a moment.

Started with a working directory as its only argument. When its standard input ends, it stops every PostgreSQL server
that runs in that directory, and removes the directory. Runs as a script, without anything but the standard library.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 10.0


def clean_up(directory: Path) -> None:
    running = _servers(directory)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for pid in running:
            _send(pid, number)
        ends_at = time.monotonic() + PATIENCE_SECONDS / 2
        while running and time.monotonic() < ends_at:
            running = [pid for pid in running if _send(pid, 0) and not _is_zombie(pid)]
            time.sleep(0.02)
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while directory.exists() and time.monotonic() < ends_at:
        # Children of a killed server may still write for a moment.
        shutil.rmtree(directory, ignore_errors=True)
        time.sleep(0.02)


def _servers(directory: Path) -> list[int]:
    found = []
    for file in directory.glob("databases/*/postmaster.pid"):
        try:
            pid = int(file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            continue
        if _works_in(pid, file.parent):
            found.append(pid)
    return found


def _works_in(pid: int, directory: Path) -> bool:
    """Whether the process is the server of that directory, not another one that has its number by now."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == directory.resolve()
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except OSError:
        return False


def _send(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except OSError:
        return False
    return True


def _is_zombie(pid: int) -> bool:
    """Whether it has ended unnoticed: the emulator, whose child it is, may be waiting for this very process."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


if __name__ == "__main__":
    while os.read(0, 4096):
        pass
    clean_up(Path(sys.argv[1]))

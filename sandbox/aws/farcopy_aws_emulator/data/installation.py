"""Where PostgreSQL is installed, and as whom it runs."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: Names the directory with `initdb` and `postgres`.
BIN_VARIABLE = "FARCOPY_EMULATOR_POSTGRES_BIN"

#: pg_backup_start, by which a running server is copied, is called so since 15.
_OLDEST = 15


class NoPostgres(ValueError):
    """PostgreSQL cannot be run here; the message says what is missing."""


@dataclass(frozen=True)
class Owner:
    """The user PostgreSQL runs as. It refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Installation:
    bin: Path
    major: int
    #: None: whoever runs the emulator.
    owner: Owner | None

    def run(self, program: str, *arguments: str) -> None:
        """Runs a program of PostgreSQL to its end. Raises NoPostgres with what it said."""
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment(),
            user=self.owner.uid if self.owner else None,
            group=self.owner.gid if self.owner else None,
            extra_groups=[] if self.owner else None,
        )
        if done.returncode != 0:
            raise NoPostgres(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")


def environment() -> dict[str, str]:
    """What PostgreSQL's programs get of the environment: nothing that would configure them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def find_installation(directory: Path) -> Installation:
    """The installation that the environment names; `directory` takes a copy if the unprivileged user cannot reach it.

    Raises NoPostgres.
    """
    named = os.environ.get(BIN_VARIABLE)
    if not named:
        raise NoPostgres(f"set {BIN_VARIABLE} to the directory with PostgreSQL's initdb and postgres")
    binaries = Path(named).resolve()
    owner = _unprivileged() if os.geteuid() == 0 else None
    if not (binaries / "initdb").exists() or not (binaries / "postgres").exists():
        raise NoPostgres(f"{BIN_VARIABLE}: there is no initdb or no postgres in {binaries}")
    if owner and not _can_reach(binaries, owner):
        shutil.copytree(binaries.parent, directory / "postgres", symlinks=True)
        binaries = directory / "postgres" / binaries.name
    said = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, env=environment())
    version = re.search(r"PostgreSQL\) (\d+)", said.stdout)
    if not version:
        raise NoPostgres(f"{binaries / 'postgres'} does not run: {said.stderr.strip()}")
    major = int(version[1])
    if major < _OLDEST:
        raise NoPostgres(f"PostgreSQL {_OLDEST} or newer is needed, {binaries} has {major}")
    return Installation(binaries, major, owner)


def _unprivileged() -> Owner:
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid)


def _can_reach(binaries: Path, owner: Owner) -> bool:
    """Whether everybody may go through all directories above."""
    return all(
        folder.stat().st_mode & 0o001 or folder.stat().st_uid == owner.uid for folder in (binaries, *binaries.parents)
    )

"""The directory everything of PostgreSQL is kept in, removed together with the servers when the emulator ends."""

from __future__ import annotations

import atexit
import itertools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path

from . import janitor
from .directory_copy import copy_directory
from .installation import Installation, find_installation

#: The superuser, as in RDS; nobody but the emulator has the password.
SUPERUSER = "rdsadmin"

_FOLDERS = ("databases", "snapshots", "exports")


class Workspace:
    """Made when something first needs it."""

    def __init__(self) -> None:
        self._janitor: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self.superuser_password = secrets.token_urlsafe(24)

    @cached_property
    def directory(self) -> Path:
        directory = Path(tempfile.mkdtemp(prefix=f"farcopy-aws-emulator-{os.getpid()}-"))
        # The user PostgreSQL runs as has to get to its data; names in here are not secret.
        directory.chmod(0o711)
        for folder in (*_FOLDERS, "logs"):
            (directory / folder).mkdir(mode=0o711)
        self._janitor = subprocess.Popen(
            [sys.executable, "-I", "-S", janitor.__file__, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self._close)
        return directory

    @cached_property
    def installation(self) -> Installation:
        """Raises NoPostgres."""
        return find_installation(self.directory)

    def new_directory(self, folder: str) -> Path:
        """A name that nothing has yet; nothing is made."""
        return self.directory / folder / str(next(self._numbers))

    def new_log(self, directory: Path) -> Path:
        return self.directory / "logs" / f"{directory.name}.log"

    def new_cluster(self, directory: Path) -> None:
        """Makes an empty data directory. initdb takes a second, so it is done once and copied from then on."""
        copy_directory(self._template, directory, self.installation.owner)

    def clear(self) -> None:
        """Removes all data; what still runs on it has been stopped before."""
        if "directory" in vars(self):
            for folder in _FOLDERS:
                for place in (self.directory / folder).iterdir():
                    shutil.rmtree(place, ignore_errors=True)

    @cached_property
    def _template(self) -> Path:
        installation = self.installation
        # initdb makes its directory itself, so it needs one above that is its own.
        home = self.directory / "template"
        home.mkdir(mode=0o700)
        password = home / "password"
        password.write_text(self.superuser_password)
        if installation.owner:
            for place in (home, password):
                shutil.chown(place, installation.owner.uid, installation.owner.gid)
        arguments = ["--pgdata", str(home / "data"), "--username", SUPERUSER, "--pwfile", str(password)]
        arguments += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--wal-segsize", "4", "--no-sync"]
        # RDS has them on; a corrupted page is an error then, not another value.
        arguments += ["--data-checksums"]
        if installation.major >= 17:
            # Sorts the same on every operating system.
            arguments += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        else:
            arguments += ["--locale", "C.UTF-8"]
        installation.run("initdb", *arguments)
        password.unlink()
        return home / "data"

    def _close(self) -> None:
        assert self._janitor is not None and self._janitor.stdin is not None
        self._janitor.stdin.close()
        self._janitor.wait(timeout=60)

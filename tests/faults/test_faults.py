"""The fault table of the event core on real engines: whatever dies, each effect happens once and nothing is lost.

Without the ledger the same load does double its effects: the control shows that the check can fail.
"""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import redis

from tests.faults.engineroom import EngineRoom, crowding, wait_for
from tests.faults.reactions import TABLE

WORKERS = ("worker-1", "worker-2")
EVERYBODY = ("relay", *WORKERS)


class Faults(EngineRoom):
    """Two workers and a relay that know the misbehaving reactions."""

    calls: Path

    def begin(self) -> None:
        """Tables, and somebody to work."""
        self.calls = self.folder / "calls"
        self.env |= {"CITEVENTS_FAULTS_CALLS": str(self.calls)}
        self.run("tests.faults.tables")
        self.sql(TABLE)
        self.sql("INSERT INTO organization (name, mail, sample) VALUES ('Faults', '', true)")
        self.staff()

    def staff(self, *wanted: str) -> None:
        """A relay and two workers (or those of them that are wanted), in the environment of now."""
        for name in wanted or EVERYBODY:
            if name in self.children:
                self.stop(name)
            role = ("relay",) if name == "relay" else ("worker", "waiting", "--threads", "4")
            self.start(name, "tests.faults.reactions", *role)

    @contextmanager
    def under(self, *wanted: str, **env: str) -> Iterator[None]:
        """These work in another environment for a while."""
        self.env |= env
        self.staff(*wanted)
        try:
            yield
        finally:
            for name in env:
                del self.env[name]
            self.staff(*wanted)

    def fresh(self) -> None:
        """Nothing has happened yet, whatever the test before left; and everybody works."""
        try:
            self.queue().ping()
        except redis.ConnectionError:
            self.valkey.start()
        for name in set(self.children) - set(EVERYBODY):
            self.stop(name)
        self.revive()
        for name in EVERYBODY:
            if name in self.children:
                self.signal(name, signal.SIGCONT)
            else:
                self.staff(name)
        self.sql("TRUNCATE event, fault_effect CASCADE")
        self.queue().flushall()
        for path in self.folder.glob("calls*"):
            path.unlink()
        self.calls.touch()
        self.emit(0)
        wait_for(lambda: self.effects() == Counter({0: 1}))

    def emit(self, *numbers: int, how: str = "well") -> None:
        for n in numbers:
            payload = json.dumps({"n": n, "how": how})
            self.sql(
                "INSERT INTO event (organization_id, name, payload) SELECT id, 'fault.happened', %s FROM organization",
                payload,
            )

    def emit_many(self, first: int, count: int, how: str = "slow") -> None:
        self.sql(
            """INSERT INTO event (organization_id, name, payload)
               SELECT o.id, 'fault.happened', jsonb_build_object('n', i, 'how', %s::text)
               FROM organization o, generate_series(%s::int, %s::int) i""",
            how,
            first,
            first + count - 1,
        )

    def effects(self) -> Counter[int]:
        return Counter(n for (n,) in self.sql("SELECT n FROM fault_effect"))

    def outside(self) -> Counter[str]:
        return Counter(self.calls.read_text().splitlines())

    def open_rows(self) -> int:
        """Of ours: what the product's own clock emits waits for workers that are not here."""
        unrouted = self.sql("SELECT count(*) FROM event WHERE name = 'fault.happened' AND routed_at IS NULL")
        waiting = self.sql(
            "SELECT count(*) FROM delivery WHERE handler = 'fault.work' AND send_at IS NOT NULL"
        )
        return int(unrouted[0][0] + waiting[0][0])

    def settled(self) -> float:
        """Wait for rest; how long it took, in seconds."""

        def quiet() -> bool:
            self.revive()
            with suppress(psycopg.OperationalError):  # the database is on its way back
                return self.open_rows() == 0
            return False

        took = wait_for(quiet)
        print(f"at rest after {took:.1f} s")
        return took


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """One for all of these tests: to start takes most of the time."""
    with Faults(tmp_path_factory.mktemp("faults")) as made:
        made.begin()
        yield made


@pytest.fixture
def faults(room: Faults) -> Faults:
    room.fresh()
    return room


def once(numbers: range) -> Counter[int]:
    return Counter({0: 1}) + Counter(dict.fromkeys(numbers, 1))


def test_a_killed_worker_loses_and_doubles_nothing(faults: Faults) -> None:
    faults.emit_many(1, 300)
    wait_for(lambda: len(faults.effects()) > 20)
    faults.kill("worker-1")
    took = faults.settled()
    assert faults.effects() == once(range(1, 301))
    assert took < 20 * crowding(), "a lost worker is noticed in seconds, not in a minute"
    assert max(faults.outside().values()) <= 2, "an outside call repeats at most once, with the same key"


def test_a_flushed_queue_loses_nothing(faults: Faults) -> None:
    faults.emit_many(1, 300)
    wait_for(lambda: len(faults.effects()) > 20)
    faults.queue().flushall()
    faults.settled()
    assert faults.effects() == once(range(1, 301))
    assert set(faults.outside().values()) == {1}


def test_both_workers_killed(faults: Faults) -> None:
    faults.emit_many(1, 200)
    wait_for(lambda: len(faults.effects()) > 10)
    faults.kill("worker-1")
    faults.kill("worker-2")
    faults.settled()
    assert faults.effects() == once(range(1, 201))


@pytest.mark.parametrize("how", ["die_before", "die_after"])
def test_a_worker_that_dies_around_the_outside_call(faults: Faults, how: str) -> None:
    faults.emit(1, how=how)
    faults.emit_many(2, 20)
    faults.settled()
    assert faults.effects() == once(range(1, 22))
    mine = [count for line, count in faults.outside().items() if line.startswith("1 ")]
    assert mine == ([1] if how == "die_before" else [2])


def test_a_killed_relay(faults: Faults) -> None:
    for turn in range(3):
        faults.emit_many(1 + turn * 100, 100)
        time.sleep(0.05 * turn)
        faults.kill("relay")
        time.sleep(0.2)
        faults.again("relay")
    faults.settled()
    assert faults.effects() == once(range(1, 301))
    assert set(faults.outside().values()) == {1}


def test_a_relay_that_dies_between_sending_and_marking(faults: Faults) -> None:
    with faults.under("relay", CITEVENTS_FAULTS_RELAY_DIES="30"):
        faults.emit_many(1, 50)
        faults.settled()
        assert faults.calls.with_name("calls.relay").exists(), "it did not die"
        assert faults.effects() == once(range(1, 51))
        assert set(faults.outside().values()) == {1}


def test_each_message_sent_three_times(faults: Faults) -> None:
    with faults.under("relay", CITEVENTS_FAULTS_COPIES="3"):
        faults.emit_many(1, 300)
        faults.settled()
        assert faults.effects() == once(range(1, 301))
        assert set(faults.outside().values()) == {1}


def test_two_relays_send_nothing_twice(faults: Faults) -> None:
    faults.start("relay-2", "tests.faults.reactions", "relay")
    faults.emit_many(1, 1500, how="well")
    faults.settled()
    assert faults.effects() == once(range(1, 1501))
    assert set(faults.outside().values()) == {1}


def test_the_queue_killed_and_away(faults: Faults) -> None:
    faults.emit_many(1, 200)
    wait_for(lambda: len(faults.effects()) > 10)
    faults.kill_valkey()
    faults.settled()
    assert faults.effects() == once(range(1, 201))


def test_while_the_queue_is_away_facts_are_taken_all_the_same(faults: Faults) -> None:
    faults.valkey.stop()
    began = time.monotonic()
    for n in range(1, 21):
        faults.emit(n)
        time.sleep(0.1)
    assert time.monotonic() - began < 10 * crowding(), "emitting waits for nobody"
    time.sleep(8)
    assert faults.effects() == once(range(0))
    faults.valkey.start()
    assert faults.settled() < 30 * crowding()
    assert faults.effects() == once(range(1, 21))
    assert set(faults.outside().values()) == {1}


def test_every_backend_terminated(faults: Faults) -> None:
    faults.emit_many(1, 200)
    wait_for(lambda: len(faults.effects()) > 10)
    faults.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'citevents' AND pid <> pg_backend_pid()"
    )
    faults.settled()
    assert faults.effects() == once(range(1, 201))
    assert max(faults.outside().values()) <= 2


def test_the_database_killed(faults: Faults) -> None:
    for turn in range(3):
        faults.emit_many(1 + 150 * turn, 150)
        time.sleep(0.3)
        faults.kill_postgres()
    faults.settled()
    assert faults.effects() == once(range(1, 451))
    assert max(faults.outside().values()) <= 2


def test_a_stopped_worker_wakes_up_harmless(faults: Faults) -> None:
    faults.emit_many(1, 100)
    wait_for(lambda: len(faults.effects()) > 5)
    faults.signal("worker-1", signal.SIGSTOP)
    time.sleep(9)
    faults.signal("worker-1", signal.SIGCONT)
    faults.settled()
    assert faults.effects() == once(range(1, 101))
    assert set(faults.outside().values()) == {1}


def test_workers_told_to_stop_finish_what_they_hold(faults: Faults) -> None:
    faults.emit_many(1, 200)
    wait_for(lambda: len(faults.effects()) > 10)
    for name in WORKERS:
        faults.signal(name, signal.SIGTERM)
    for name in WORKERS:
        wait_for(lambda name=name: faults.died(name))
    faults.settled()
    assert faults.effects() == once(range(1, 201))
    assert set(faults.outside().values()) == {1}
    assert faults.sql("SELECT DISTINCT attempts FROM delivery WHERE handler = 'fault.work'") == [(1,)]


def test_what_nobody_knows_how_to_do_waits_until_somebody_does(faults: Faults) -> None:
    for name in WORKERS:
        faults.stop(name)
    faults.emit(*range(1, 6))
    wait_for(lambda: faults.sql("SELECT count(*) FROM delivery WHERE send_at > now()")[0][0] >= 5)
    with faults.under(CITEVENTS_FAULTS_FORGOTTEN="1"):
        time.sleep(5)
        assert faults.effects() == once(range(0))
        assert faults.sql("SELECT count(*) FROM delivery WHERE dead_at IS NOT NULL") == [(0,)]
        faults.queue().flushall()  # what Dramatiq put aside as unknown is no memory of ours
    faults.settled()
    assert faults.effects() == once(range(1, 6))


def test_a_poison_message_is_buried_and_its_neighbours_live(faults: Faults) -> None:
    faults.emit(1, how="poison")
    faults.emit_many(2, 60)
    # Five deaths with back-offs of 2, 10, 60 and 300 s: let the waiting pass quicker, and part what was in one process, as the
    # product's own back-off does (`failures.backoff`): who is always due with a poison would die with it each time.
    for _ in range(5):
        wait_for(lambda: faults.revive() or not faults.open_rows())
        time.sleep(2.5)
        faults.sql(
            """UPDATE delivery SET send_at = now() + random() * interval '6 s'
               WHERE send_at > now() + interval '7 s' AND attempts > 0"""
        )
    faults.settled()
    assert faults.effects() == once(range(2, 62))
    assert faults.sql("SELECT attempts, error FROM delivery WHERE dead_at IS NOT NULL") == [
        (5, "every attempt killed its worker")
    ]


def test_an_attempt_that_raises_leaves_nothing_and_keeps_its_error(faults: Faults) -> None:
    faults.emit(1, how="raise")
    for _ in range(5):
        time.sleep(1.2)
        faults.sql("UPDATE delivery SET send_at = now() WHERE send_at > now() + interval '1 s'")
    faults.settled()
    assert faults.effects() == once(range(0))
    [(attempts, error)] = faults.sql("SELECT attempts, error FROM delivery WHERE dead_at IS NOT NULL")
    assert attempts == 5
    assert error.startswith("ValueError at ")


@pytest.mark.parametrize("how", ["hang", "hang_in_c"])
def test_an_attempt_that_hangs_is_ended(faults: Faults, how: str) -> None:
    """In Python by the time limit, in C by the watchdog, who leaves the process."""
    with faults.under(*WORKERS, CITEVENTS_FAULTS_LIMIT_MS="3000"):
        faults.emit(1, how=how)
        faults.settled()
        assert faults.effects() == once(range(1, 2))


def test_a_late_commit_is_not_overtaken_for_good(faults: Faults) -> None:
    with psycopg.connect(faults.env["DATABASE_URL"].replace("+psycopg", "")) as late:
        late.execute(
            """INSERT INTO event (organization_id, name, payload)
               SELECT id, 'fault.happened', '{"n": 1}' FROM organization"""
        )
        faults.emit(2)
        wait_for(lambda: 2 in faults.effects())
        late.commit()
    faults.settled()
    assert faults.effects() == once(range(1, 3))


def test_control_a_worker_without_the_ledger_doubles(faults: Faults) -> None:
    """The check can fail: the same reaction, called for each message as a naive worker would, doubles its effects."""
    faults.emit_many(1, 50, how="well")
    faults.settled()
    faults.run("tests.faults.reactions", "naive", "50")
    assert faults.effects() != once(range(1, 51))
    assert sum(faults.effects().values()) == 101

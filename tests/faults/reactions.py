"""Reactions that misbehave on command, for worker processes that are to be broken on purpose.

`python -m tests.faults.reactions worker|relay` runs the real entry points with these reactions on top of the product's.
The outside call is a line appended to the file CITEVENTS_FAULTS_CALLS; the database effect is a row of `fault_effect`.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.events import event
from workers.handles import Handler, handles

TABLE = "CREATE TABLE IF NOT EXISTS fault_effect (n int NOT NULL, key text NOT NULL)"


@event("fault.happened")
class Happened:
    """Something that a reaction carries out well, or badly."""

    n: int
    how: str = "well"


def outside(n: int, key: str) -> int:
    """A call that cannot be undone; which call of this key it was (from 1)."""
    path = Path(os.environ["CITEVENTS_FAULTS_CALLS"])
    with path.open("a") as calls:
        calls.write(f"{n} {key}\n")
    return sum(line.strip() == f"{n} {key}" for line in path.read_text().splitlines())


def work(fact: Happened, key: str) -> None:
    """Calls outside, then writes."""
    if fact.how == "poison":
        os._exit(9)
    if fact.how == "raise":
        session().execute(sa.text("INSERT INTO fault_effect VALUES (-1, :key)"), {"key": key})
        raise ValueError("always")
    if fact.how == "die_before" and not Path(os.environ["CITEVENTS_FAULTS_CALLS"] + f".{fact.n}").exists():
        Path(os.environ["CITEVENTS_FAULTS_CALLS"] + f".{fact.n}").touch()
        os._exit(9)
    times = outside(fact.n, key)
    if fact.how == "die_after" and times == 1:
        os._exit(9)
    if fact.how == "hang" and times == 1:
        while True:
            time.sleep(0.1)
    if fact.how == "hang_in_c" and times == 1:
        ctypes.CDLL(None).sleep(600)
    if fact.how == "slow":
        time.sleep(0.02)
    session().execute(sa.text("INSERT INTO fault_effect VALUES (:n, :key)"), {"n": fact.n, "key": key})


if "CITEVENTS_FAULTS_FORGOTTEN" not in os.environ:  # a version that does not know the reaction any more
    handles(Happened, name="fault.work")(work)


def misbehaving_relay() -> None:
    """Sends each message so many times, or dies after so many sent, before they are marked."""
    from workers import relay

    carry, sent = relay.Relay.carry, itertools.count(1)
    copies = int(os.environ.get("CITEVENTS_FAULTS_COPIES", "1"))
    dies_at = int(os.environ.get("CITEVENTS_FAULTS_RELAY_DIES", "0"))
    once = Path(os.environ["CITEVENTS_FAULTS_CALLS"] + ".relay")

    def carrying(self: relay.Relay, handler: Handler, delivery_id: int, n: int) -> None:
        for _ in range(copies):
            carry(self, handler, delivery_id, n)
        if next(sent) == dies_at and not once.exists():
            once.touch()
            os._exit(9)

    relay.Relay.carry = carrying  # type: ignore[method-assign]


def naively(count: int) -> None:
    """The same work as a worker without a ledger would do it: for each message, whatever was done before."""
    from citevents import create_app
    from citevents.core.db import as_organization, transaction

    with create_app().app_context():
        for n in range(1, count + 1):
            with as_organization(1), transaction():
                work(Happened(n=n), "naive")


def main() -> None:
    """Run a real entry point that also knows these reactions; or, with `naive N`, the work without any."""
    role = sys.argv.pop(1)
    if role == "naive":
        naively(int(sys.argv[1]))
        return
    if limit := os.environ.get("CITEVENTS_FAULTS_LIMIT_MS"):
        from workers import broker

        broker.LIMITS["waiting"] = int(limit)
    if role == "worker":
        from workers import process

        process.main()
    else:
        from workers import relay

        misbehaving_relay()
        relay.main()


if __name__ == "__main__":
    main()

"""How quick the event core is: commit to handled when idle, reactions per second and CPU per reaction under a backlog.

    .venv/bin/python -m benchmarks.events [--count 2000] [--old 1000000]

Real engines, one relay, one worker process of 8 threads; a reaction is claim + stamp + one INSERT + commit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.events import event
from tests.faults.engineroom import EngineRoom, wait_for
from workers.handles import handles


@event("bench.happened")
class Happened:
    """One unit of the benchmark."""

    n: int


@handles(Happened, name="bench.insert")
def insert(fact: Happened, key: str) -> None:
    """One INSERT."""
    session().execute(sa.text("INSERT INTO bench_effect VALUES (:n, clock_timestamp())"), {"n": fact.n})


EMIT = """INSERT INTO event (organization_id, name, payload)
          SELECT o.id, 'bench.happened', jsonb_build_object('n', i)
          FROM organization o, generate_series(%s::int, %s::int) i"""
OLD = """WITH made AS (
           INSERT INTO event (organization_id, name, payload, recorded_at, routed_at)
           SELECT o.id, 'bench.happened', jsonb_build_object('n', -i), now() - interval '1 day', now()
           FROM organization o, generate_series(1, %s::int) i RETURNING id)
         INSERT INTO delivery (event_id, handler, send_at, attempts, handled_at)
         SELECT id, 'bench.insert', NULL, 1, now() FROM made"""
ROUTED = """SELECT extract(epoch FROM e.routed_at - e.recorded_at) * 1000 FROM event e
            WHERE e.name = 'bench.happened' AND (e.payload->>'n')::int BETWEEN %s AND %s"""
LATENCY = """SELECT extract(epoch FROM b.at - e.recorded_at) * 1000 FROM bench_effect b
             JOIN event e ON (e.payload->>'n')::int = b.n WHERE e.recorded_at > now() - interval '1 hour' AND b.n >= %s"""


def cpu(room: EngineRoom) -> dict[str, float]:
    """CPU seconds so far of each part, children included."""
    pids = {name: child.pid for name, (_, child) in room.children.items()}
    pids |= {"postgres": room.postgres.pid, "valkey": room.valkey.pid}
    used = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        total = 0.0
        for each in [process, *process.children(recursive=True)]:
            try:
                times = each.cpu_times()
                total += times.user + times.system
            except psutil.NoSuchProcess:
                continue
        used[name] = total
    return used


def resting(room: EngineRoom, seconds: float = 20.0) -> None:
    """What each part uses while nothing happens, in CPU seconds per hour."""
    before = cpu(room)
    time.sleep(seconds)
    used = {name: 3600 / seconds * (now - before[name]) for name, now in cpu(room).items()}
    parts = "  ".join(f"{name} {each:.0f}" for name, each in used.items())
    print(f"{'idle':>18}: CPU seconds per hour {sum(used.values()):.0f} ({parts})", flush=True)


def measure(room: EngineRoom, first: int, count: int, label: str) -> None:
    """Idle latency of 60 single events, then a backlog of `count`."""
    for n in range(first, first + 60):
        room.sql(EMIT, n, n)
        time.sleep(0.15)
    done = "SELECT count(*) FROM bench_effect WHERE n >= %s"
    wait_for(lambda: room.sql(done, first)[0][0] == 60, 30)
    idle = sorted(float(ms) for (ms,) in room.sql(LATENCY, first))
    routed = statistics.median(float(ms) for (ms,) in room.sql(ROUTED, first, first + 59))
    before, began = cpu(room), time.monotonic()
    room.sql(EMIT, first + 60, first + 59 + count)
    wait_for(lambda: room.sql(done, first)[0][0] == 60 + count, 300, every=0.1)
    seconds = time.monotonic() - began
    after = cpu(room)
    per = {name: 1000 * (after[name] - before.get(name, 0.0)) / count for name in after}
    parts = "  ".join(f"{name} {ms:.2f}" for name, ms in per.items())
    print(
        f"{label:>18}: idle commit->handled p50 {statistics.median(idle):.0f} ms, p95 {idle[int(len(idle) * 0.95)]:.0f} ms (to its deliveries {routed:.0f} ms); "
        f"backlog {count / seconds:.0f} reactions/s; CPU ms per reaction {sum(per.values()):.2f} ({parts})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--old", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citevents-bench-") as folder, EngineRoom(Path(folder)) as room:
        room.run("tests.faults.tables")
        room.sql("CREATE TABLE bench_effect (n int, at timestamptz)")
        room.sql("INSERT INTO organization (name, mail, sample) VALUES ('Benchmark', '', true)")
        room.start("relay", "benchmarks.events", "relay")
        room.start("worker", "benchmarks.events", "worker")
        room.sql(EMIT, 0, 0)
        wait_for(lambda: room.sql("SELECT 1 FROM bench_effect"), 30)
        resting(room)
        for turn in range(3):
            measure(room, 1 + turn * 1_000_000, arguments.count, "no old deliveries")
        for _ in range(arguments.old // 250_000):
            room.sql(OLD, 250_000)
        room.sql("VACUUM ANALYZE event")
        room.sql("VACUUM ANALYZE delivery")
        room.sql("CHECKPOINT")  # what is old was written long ago
        for turn in range(3, 6):
            measure(room, 1 + turn * 1_000_000, arguments.count, f"{arguments.old:,} old")


if __name__ == "__main__":
    if sys.argv[1:] == ["relay"]:
        from workers import relay

        sys.argv = sys.argv[:1]
        relay.main()
    elif sys.argv[1:] == ["worker"]:
        from workers import process

        sys.argv = [*sys.argv[:1], "money", "waiting"]
        process.main()
    else:
        main()

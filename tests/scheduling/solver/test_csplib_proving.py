"""The search that proves: cheap proofs first, nothing after the proof, no patience with what teaches nothing."""

import subprocess
import sys
import time

import pytest

from citevents.scheduling.solver.csplib import score
from citevents.scheduling.solver.csplib.bounds import alike_rooms, relax
from citevents.scheduling.solver.csplib.landscape import ConferenceLandscape
from citevents.scheduling.solver.csplib.proving import prove_and_anneal
from citevents.scheduling.solver.portfolio import Bound, Found, Line

from .conferences import conference_of
from .reference import random_conference

HOURS = 36_000.0


def heard(conference, cpu_seconds):
    """What the search reports that has hours, but is asked to stop after so much work; how much work it did."""
    reports, begun = [], time.process_time()
    line = Line(time.monotonic() + HOURS, reports.append, lambda: time.process_time() - begun > cpu_seconds)
    prove_and_anneal(conference, line, seed=1, proving=0.85)
    return reports, time.process_time() - begun


def tiny(seed):
    return conference_of(random_conference(seed, submissions=4, tracks=2, sessions=2, rooms=2))


@pytest.mark.parametrize("seed", [0, 4, 6, 7, 8])
def test_what_is_proven_at_once_does_not_wait_for_an_anneal(seed):
    conference = tiny(seed)
    ConferenceLandscape(conference, 1).scatter(1)  # compiled before it is timed
    reports, worked = heard(conference, 60)
    best = min(report.objective for report in reports if isinstance(report, Found))
    assert max(report.value for report in reports if isinstance(report, Bound)) == best
    assert worked < 20


@pytest.mark.parametrize("seed", range(12))
def test_reports_are_agendas_that_cost_what_is_said_and_bounds_below_them(seed):
    conference = tiny(seed)
    reports, _ = heard(conference, 1)
    found = [report for report in reports if isinstance(report, Found)]
    for report in found:
        scored = score(conference, report.answer)
        assert (scored.objective, scored.violations) == (report.objective, ())
    best = min((report.objective for report in found), default=None)
    assert best is None or all(report.value <= best for report in reports if isinstance(report, Bound))


def test_a_relaxation_that_teaches_nothing_is_left():
    c = random_conference(3, submissions=60, tracks=9, sessions=6, rooms=5)
    conference = conference_of(c)
    begun, news = time.process_time(), []

    def deaf(_):
        news.append(time.process_time())
        return False

    relaxed = relax(
        conference,
        None,
        None,
        groups=alike_rooms(conference),
        seconds=120,
        patience=1.0,
        seed=1,
        report=deaf,
        on_sketch=deaf,
    )
    assert not relaxed.solved
    assert time.process_time() - begun < 60


def test_a_search_loads_neither_web_nor_database():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, citevents.scheduling.solver.csplib.proving, citevents.scheduling.solver.searcher\n"
            "print(*(name for name in ('flask', 'sqlalchemy', 'alembic', 'babel') if name in sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split() == []

"""Conferences that were not at hand: of every shape, read from workbooks, searched, bounded, counted by the reference."""

import json
import random

import pytest

from citevents.scheduling.solver.csplib import read_conference, score, write_solution
from citevents.scheduling.solver.csplib.bounds import track_floors
from citevents.scheduling.solver.csplib.search import anneal_on
from citevents.scheduling.solver.portfolio import Line

from .conferences import places
from .generated import SHAPES, generated
from .reference import counts, random_solution, valid


@pytest.fixture(params=[(shape, seed) for shape in SHAPES for seed in (1, 2)], ids=str)
def pair(request, tmp_path):
    """The plain values, and the conference as read from its workbook."""
    shape, seed = request.param
    c, book = generated(seed, **SHAPES[shape])
    book.save(tmp_path / "conference.xlsx")
    return c, read_conference(tmp_path / "conference.xlsx")


def test_a_workbook_means_what_the_reference_counts(pair):
    c, conference = pair
    draw = random.Random(1)
    for _ in range(30):
        solution = random_solution(c, draw)
        owners = {}
        for i, (s, r, _) in enumerate(solution):
            owners.setdefault((s, r), set()).add(c["track"][i])
        if all(len(tracks) == 1 for tracks in owners.values()):
            assert score(conference, places(solution)).counts == counts(c, solution)


def test_the_search_ends_with_a_valid_agenda_that_costs_what_the_reference_says(pair):
    c, conference = pair
    found = []
    # Told apart by moves, so that a crowded machine finds what a free one finds.
    line = Line(1e18, found.append, lambda: False, clock=lambda: 0.0)
    anneal_on(conference, line, seed=1, moves=200_000)
    assert found, "no valid agenda, although one was planted"
    best = found[-1]
    rows = json.loads(write_solution(conference, best.answer))["assignments"]
    solution = [
        (int(row["session"][1:]), int(row["room"][1:]), row["slot"])
        for row in sorted(rows, key=lambda row: int(row["submission"][1:]))
    ]
    assert valid(c, solution)
    total = sum(c["weights"][term] * number for term, number in counts(c, solution).items())
    assert total == best.objective
    assert sum(track_floors(conference, seconds=60)) <= best.objective

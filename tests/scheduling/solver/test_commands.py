"""The commands as a person runs them: what they print, what they write, how they exit."""

import json
import os
import signal
import subprocess
import sys
import time

import openpyxl
import pytest
from click.testing import CliRunner

from citevents.scheduling import running
from citevents.scheduling.commands import cli
from tests.patience import eventually

from .test_reading import PROBLEM
from .workbooks import workbook


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        # Each command counts from its own beginning, as it would in a process of its own.
        monkeypatch.setattr(running, "STARTED", time.monotonic())
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def instance(tmp_path):
    workbook().save(tmp_path / "conference.xlsx")
    return tmp_path / "conference.xlsx"


def write(path, document):
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_workbook_is_solved_proven_and_scored(run, instance, tmp_path):
    out = tmp_path / "solution.json"
    solved = run("csplib", instance, "--seconds", 300, "--workers", 2, "--seed", 1, "--out", out)
    assert solved.exit_code == 0, solved.output
    assert "proven yes" in solved.output
    assert [line.split()[0] for line in solved.output.splitlines()][-3:] == ["bound", "proven", "seconds"]
    assert {tuple(sorted(row)) for row in json.loads(out.read_text())["assignments"]} == {
        ("room", "session", "slot", "submission")
    }
    scored = run("csplib-score", instance, out)
    assert scored.exit_code == 0
    assert scored.output.splitlines()[-1] == "valid"
    assert scored.output.splitlines()[0] == next(
        line for line in solved.output.splitlines() if line.startswith("objective")
    )
    assert [path.name for path in tmp_path.iterdir()] == ["conference.xlsx", "solution.json"] or sorted(
        path.name for path in tmp_path.iterdir()
    ) == ["conference.xlsx", "solution.json"]


def test_each_violation_of_a_solution_is_named(run, instance, tmp_path):
    rows = [
        ("a1", "Mon1", "Hall", 1),
        ("a2", "Mon1", "Hall", 3),
        ("b1", "Mon1", "Hall", 1),
        ("b1", "Mon2", "Hall", 1),
    ]
    keys = ("submission", "session", "room", "slot")
    solution = write(
        tmp_path / "s.json", {"assignments": [dict(zip(keys, row, strict=True)) for row in rows]}
    )
    scored = run("csplib-score", instance, solution)
    assert scored.exit_code == 1
    assert scored.output.splitlines() == [
        "violated: b1 is placed more than once",
        "violated: b2 is not placed",
        "invalid",
    ]
    rows[3] = ("b2", "Mon2", "Hall", 1)
    write(solution, {"assignments": [dict(zip(keys, row, strict=True)) for row in rows]})
    scored = run("csplib-score", instance, solution)
    assert scored.exit_code == 1
    assert [line for line in scored.output.splitlines() if line.startswith("violated")] == [
        "violated: Mon1, Hall has submissions of several tracks: Care, Law",
        "violated: a2 needs time slots 3 to 4 of Mon1, which has 3",
        "violated: Mon1, Hall, time slot 1 is used by a1 and b1",
    ]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"submission": "zz", "session": "Mon1", "room": "Hall", "slot": 1}, "$.assignments[0].submission"),
        ({"submission": "a1", "session": "Tue", "room": "Hall", "slot": 1}, "$.assignments[0].session"),
        ({"submission": "a1", "session": "Mon1", "room": "Hall", "slot": "x"}, "$.assignments[0].slot"),
        (7, "$.assignments[0]"),
    ],
)
def test_a_solution_of_something_else_is_bad_input(run, instance, tmp_path, row, where):
    scored = run("csplib-score", instance, write(tmp_path / "s.json", {"assignments": [row]}))
    assert scored.exit_code == 2
    assert scored.output.startswith(f"{where}: ")
    assert len(scored.output.splitlines()) == 1


def test_bad_input_exits_2_with_one_sentence_and_writes_nothing(run, tmp_path):
    book = workbook()
    book["submissions"]["B2"] = "Lew"
    book.save(tmp_path / "bad.xlsx")
    out = tmp_path / "solution.json"
    solved = run("csplib", tmp_path / "bad.xlsx", "--seconds", 5, "--out", out)
    assert solved.exit_code == 2
    assert solved.output == (
        "sheet “submissions”, row 2, column B: the track “Lew” is not in the sheet “tracks”; "
        "add it there or correct it\n"
    )
    bad = write(tmp_path / "bad.json", {**PROBLEM, "zone": "Mars"})
    for command in (
        ("solve", bad, "--out", out),
        ("explain", bad),
        ("repair", bad, "--lost-room", "x", "--out", out),
    ):
        assert run(*command).exit_code == 2
    assert not out.exists()


def test_a_problem_is_solved_scored_re_solved_and_repaired(run, tmp_path):
    problem = write(tmp_path / "problem.json", PROBLEM)
    agenda, later = tmp_path / "agenda.json", tmp_path / "later.json"
    solved = run("solve", problem, "--seconds", 15, "--workers", 1, "--out", agenda)
    assert solved.exit_code == 0, solved.output
    assert "blocked 0" in solved.output
    assert len(json.loads(agenda.read_text())["assignments"]) == 3
    scored = run("score", problem, agenda, "--json")
    assert scored.exit_code == 0
    assert json.loads(scored.output)["cost"] == json.loads(agenda.read_text())["cost"]
    part = run(
        "solve", problem, "--agenda", agenda, "--only-rooms", "--seconds", 5, "--workers", 1, "--out", later
    )
    assert part.exit_code == 0
    slots = [
        {row["session"]: row["slot"] for row in json.loads(p.read_text())["assignments"]}
        for p in (agenda, later)
    ]
    assert slots[0] == slots[1]
    compared = run("score", problem, agenda, "--compare", later)
    assert "cost " in compared.output
    repaired = run(
        "repair", problem, "--agenda", agenda, "--lost-room", "attic", "--seconds", 10, "--out", later
    )
    assert repaired.exit_code == 0, repaired.output
    assert "attic" not in {row["room"] for row in json.loads(later.read_text())["assignments"]}
    gone = run("repair", problem, "--agenda", agenda, "--lost-room", "cellar", "--out", later)
    assert gone.exit_code == 2


def test_a_contradiction_is_explained(run, tmp_path):
    feasible = write(tmp_path / "problem.json", PROBLEM)
    assert run("explain", feasible).output == "feasible\n"
    document = json.loads(json.dumps(PROBLEM))
    document["sessions"][1]["pinned"] = {"slot": "fri-1"}
    explained = run("explain", write(tmp_path / "bad.json", document))
    assert explained.exit_code == 1
    assert "infeasible" in explained.output
    assert "pinned: panel; unpin panel (that alone is enough)" in explained.output


def test_a_killed_solve_leaves_its_best_whole_and_no_process(tmp_path):
    document = json.loads(json.dumps(PROBLEM))
    document["sessions"] = [{"id": f"s{k}", "minutes": 60, "track": f"t{k % 3}"} for k in range(6)]
    for key in ("apart", "wishes", "roles", "published"):
        document.pop(key)
    problem, out = write(tmp_path / "problem.json", document), tmp_path / "agenda.json"
    code = "from citevents.scheduling.commands import cli; cli()"
    search = subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            "solve",
            str(problem),
            "--seconds",
            "600",
            "--workers",
            "1",
            "--out",
            str(out),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
    )
    assert eventually(out.exists)
    children = children_of(search.pid)
    search.send_signal(signal.SIGKILL)
    search.wait()
    assert len(json.loads(out.read_text())["assignments"]) == 6
    assert eventually(lambda: not any(alive(pid) for pid in children))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_search_with_a_report_of_the_best(instance, tmp_path, number):
    book = openpyxl.load_workbook(instance)
    book["parameters"]["E2"] = 7  # what no search can bring to nothing, nor prove at once
    book.save(instance)
    out = tmp_path / "solution.json"
    code = "from citevents.scheduling.commands import cli; cli()"
    search = subprocess.Popen(
        [sys.executable, "-c", code, "csplib", str(instance), "--seconds", "600", "--out", str(out)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert search.stdout
    first = search.stdout.readline()
    search.send_signal(number)
    rest = search.stdout.read()
    assert search.wait() == 0
    assert "best" in first
    assert rest.splitlines()[-1].startswith("seconds")
    assert len(json.loads(out.read_text())["assignments"]) == 4


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:  # noqa: PTH123
        return [int(child) for child in children.read().split()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kind", ["conference", "problem"])
def test_plain_python_walks_the_same_way_as_the_accelerator(kind):
    code = (
        "from citevents.scheduling.solver.warming import tiny_problem\n"
        "from tests.scheduling.solver.conferences import conference_of\n"
        "from tests.scheduling.solver.problems import random_problem\n"
        "from tests.scheduling.solver.reference import random_conference\n"
        "from citevents.scheduling.solver.csplib.landscape import ConferenceLandscape\n"
        "from citevents.scheduling.solver.drafting import PlacesLandscape\n"
        f"landscape = {'ConferenceLandscape(conference_of(random_conference(4)), 5)' if kind == 'conference' else 'PlacesLandscape(random_problem(4), 5)'}\n"
        "landscape.scatter(5)\n"
        "for t in (50.0, 2.0, 0.3): landscape.walk(800, t, 10)\n"
        "print(landscape.best, landscape.answer(), landscape.dice[0])\n"
    )
    outputs = []
    for plain in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "CITEVENTS_PLAIN_PYTHON": plain, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]

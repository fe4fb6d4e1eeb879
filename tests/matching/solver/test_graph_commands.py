"""Bare graphs on files: answers, proofs that can fail, and input that is no graph."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from citevents.matching.solver.schemas import GRAPH_RESULT
from tests.matching.solver.command_line import read, run

EDGES = "a,b,weight\na,b,10\nb,c,11\nc,d,10\nd,e,7\ne,c,6\nf,g,1\n"


@pytest.fixture
def edges(tmp_path: Path) -> Path:
    path = tmp_path / "edges.csv"
    path.write_text(EDGES)
    return path


@pytest.mark.parametrize(("objective", "people", "value"), [("score", 6, 21), ("coverage", 6, 21)])
def test_a_graph_is_solved_and_verified(edges: Path, objective: str, people: int, value: int) -> None:
    out = edges.with_name("out.json")
    assert run("graph", edges, "--objective", objective, "--out", out).exit_code == 0
    found = read(out)
    Draft202012Validator(GRAPH_RESULT).validate(found)
    assert (found["people"], found["value"], found["bound"], found["proven"]) == (people, value, value, True)
    assert run("verify", edges, out).exit_code == 0


CORRUPTIONS = {
    "a price too low": lambda r: r["certificate"]["nodes"].update(a=0, b=0),
    "a price too high": lambda r: r["certificate"]["nodes"].update(a=r["certificate"]["nodes"]["a"] + 2),
    "a negative price": lambda r: r["certificate"]["nodes"].update(a=-1),
    "a price that is no whole number": lambda r: r["certificate"]["nodes"].update(a=1.5),
    "a price that is true": lambda r: r["certificate"]["nodes"].update(a=True),
    "an unknown node": lambda r: r["certificate"]["nodes"].update(zz=0),
    "an even set": lambda r: r["certificate"]["odd_sets"].append({"nodes": ["a", "b"], "price": 2}),
    "a set with a node twice": lambda r: r["certificate"]["odd_sets"].append(
        {"nodes": ["a", "a", "b"], "price": 0}
    ),
    "a set of negative price": lambda r: r["certificate"]["odd_sets"].append(
        {"nodes": ["a", "b", "c"], "price": -2}
    ),
    "a set that holds a list": lambda r: r["certificate"]["odd_sets"].append(
        {"nodes": ["a", "b", ["c"]], "price": 0}
    ),
    "a value that is no whole number": lambda r: r.update(value=float(r["value"])),
    "a pair missing": lambda r: r["groups"].pop(),
    "a pair twice": lambda r: r["groups"].append(r["groups"][0]),
    "a pair without an edge": lambda r: r["groups"].append(["f", "a"]),
    "a group of three": lambda r: r["groups"].append(["e", "f", "g"]),
    "a wrong value": lambda r: r.update(value=r["value"] + 1),
    "a wrong bound": lambda r: r.update(bound=r["bound"] + 1),
    "a wrong count": lambda r: r.update(people=r["people"] + 2),
    "no certificate": lambda r: r.pop("certificate"),
    "unproven": lambda r: r.update(proven=False),
    "another reward": lambda r: r["certificate"].update(reward=r["certificate"]["reward"] + 1),
    "an unknown objective": lambda r: r.update(objective="luck"),
}


@pytest.mark.parametrize("objective", ["score", "coverage"])
@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_the_checker_rejects_corrupted_results(edges: Path, corruption: str, objective: str) -> None:
    out = edges.with_name("out.json")
    run("graph", edges, "--objective", objective, "--out", out)
    found = read(out)
    CORRUPTIONS[corruption](found)
    out.write_text(json.dumps(found))
    done = run("verify", edges, out)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)


def test_a_worse_matching_with_the_best_certificate_is_rejected(edges: Path) -> None:
    out = edges.with_name("out.json")
    run("graph", edges, "--objective", "score", "--out", out)
    found = read(out)
    found["groups"] = [["b", "c"], ["d", "e"], ["f", "g"]]
    found.update(value=19, bound=19, people=6)
    out.write_text(json.dumps(found))
    assert run("verify", edges, out).exit_code == 1


def test_a_small_reward_needs_a_barrier_that_holds(tmp_path: Path) -> None:
    """A star: 1 pair of 4 nodes; the hub alone is the barrier."""
    path, out = tmp_path / "e.csv", tmp_path / "r.json"
    path.write_text("a,b,weight\nhub,x,5\nhub,y,5\nhub,z,5\n")
    result = {
        "objective": "coverage",
        "groups": [["hub", "x"]],
        "people": 2,
        "value": 5,
        "bound": 5,
        "proven": True,
        "seconds": 0,
        "certificate": {"reward": 1, "nodes": {"hub": 12, "x": 0, "y": 0, "z": 0}, "odd_sets": []},
        "cardinality": {"barrier": ["hub"]},
    }
    out.write_text(json.dumps(result))
    assert run("verify", path, out).exit_code == 0
    for barrier in ([], ["x"], ["nobody"], ["hub", "hub"], [["hub"]], "hub"):
        out.write_text(json.dumps({**result, "cardinality": {"barrier": barrier}}))
        done = run("verify", path, out)
        assert (done.exit_code, done.exception.__class__) == (1, SystemExit)


def test_cycles_of_three_serve_whom_pairs_cannot(tmp_path: Path) -> None:
    path, out = tmp_path / "arcs.csv", tmp_path / "out.json"
    path.write_text("a,b,weight\na,b,3\nb,c,3\nc,a,3\nb,a,8\nd,e,1\ne,d,1\n")
    expected = {
        ("score", 2): (4, 13),
        ("coverage", 2): (4, 13),
        ("score", 3): (4, 13),
        ("coverage", 3): (5, 11),
    }
    for (objective, longest), answer in expected.items():
        done = run("graph", path, "--objective", objective, "--cycles", longest, "--out", out)
        assert done.exit_code == 0
        found = read(out)
        assert (found["people"], found["value"], found["proven"]) == (*answer, True)
        assert run("verify", path, out).exit_code == 0
        if objective == "coverage":
            for bound in (found["people"] - 1, found["people"] + 1, None):
                out.write_text(json.dumps({**found, "people_bound": bound}))
                assert run("verify", path, out).exit_code == 1
        found["groups"].pop()
        out.write_text(json.dumps(found))
        assert run("verify", path, out).exit_code == 1


def test_a_cycle_answer_that_is_not_the_best_is_found_out(tmp_path: Path) -> None:
    path, out = tmp_path / "arcs.csv", tmp_path / "out.json"
    path.write_text("a,b,weight\na,b,3\nb,c,3\nc,a,3\nb,a,8\nd,e,1\ne,d,1\n")
    worse = {
        "objective": "coverage",
        "longest_cycle": 3,
        "groups": [["a", "b"], ["d", "e"]],
        "people": 4,
        "value": 13,
        "bound": 13,
        "proven": True,
    }
    out.write_text(json.dumps(worse))
    assert run("verify", path, out).exit_code == 1


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1"),
        ("x,y,z\n", "line 1"),
        ("a,b,weight\na,a,3\n", "line 2"),
        ("a,b,weight\na,b,3\nb,a,4\n", "line 3"),
        ("a,b,weight\na,b,0\n", "line 2"),
        ("a,b,weight\na,b,-1\n", "line 2"),
        ("a,b,weight\na,b,2.5\n", "line 2"),
        ("a,b,weight\na,b,1000000000001\n", "line 2"),
        ("a,b,weight\na,b," + "9" * 5000, "is not between"),
        ("a,b,weight\na,b,1_000\n", "not a whole number"),
        ("a,b,weight\na,b,\u0661\u0662\n", "not a whole number"),
        ("a,b,weight\na,b\n", "line 2"),
        ("a,b,weight\n,b,1\n", "line 2"),
        ("a,b,weight\n\xff", "line 2"),
    ],
)
def test_edges_that_are_no_graph_are_refused_with_the_line(tmp_path: Path, text: str, where: str) -> None:
    path, out = tmp_path / "edges.csv", tmp_path / "out.json"
    path.write_text(text)
    done = run("graph", path, "--objective", "score", "--out", out)
    assert (done.exit_code, where in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == [path]


def test_no_edges_and_the_heaviest_edges_are_answered(tmp_path: Path) -> None:
    path, out = tmp_path / "edges.csv", tmp_path / "out.json"
    path.write_text("a,b,weight\n")
    for objective in ("score", "coverage"):
        assert run("graph", path, "--objective", objective, "--out", out).exit_code == 0
        assert read(out)["people"] == 0
        assert run("verify", path, out).exit_code == 0
    path.write_text("a,b,weight\na,b,1000000000000\nb,c,999999999999\n")
    for objective in ("score", "coverage"):
        run("graph", path, "--objective", objective, "--out", out)
        assert read(out)["value"] == 10**12
        assert run("verify", path, out).exit_code == 0


def test_a_missing_file_and_a_missing_directory_are_refused(tmp_path: Path, edges: Path) -> None:
    assert run("graph", tmp_path / "none.csv", "--objective", "score", "--out", tmp_path / "o").exit_code == 2
    assert run("graph", edges, "--objective", "score", "--out", tmp_path / "none" / "o").exit_code == 2
    assert run("solve", tmp_path / "none.json", "--out", tmp_path / "o").exit_code == 2
    assert run("verify", edges, tmp_path / "none.json").exit_code == 2


@pytest.mark.parametrize("bad", [b"{", b"\xff", b"[" * 100_000, b"[]"])
def test_the_checker_names_the_file_that_it_cannot_read(edges: Path, bad: bytes) -> None:
    out = edges.with_name("out.json")
    out.write_bytes(bad)
    done = run("verify", edges, out)
    assert (done.exit_code, done.output.split(":")[0], done.exception.__class__) == (2, str(out), SystemExit)
    out.write_text("{}")
    edges.write_bytes(b"a,b,weight\na,b," + bad)
    done = run("verify", edges, out)
    assert (done.exit_code, done.output.split(":")[0], done.exception.__class__) == (
        2,
        str(edges),
        SystemExit,
    )


def test_what_is_no_file_is_written_to_and_never_replaced(tmp_path: Path, edges: Path) -> None:
    """`--out /dev/stdout` as root would else put a file in place of the device."""
    pipe, link, file = (tmp_path / name for name in ("pipe", "link", "file.json"))
    os.mkfifo(pipe)
    link.symlink_to(file)
    file.write_text("what was here before")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("graph", edges, "--objective", "score", "--out", pipe).exit_code == 0
        assert json.loads(os.read(reader, 100_000))["value"] == 21
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert run("graph", edges, "--objective", "score", "--out", link).exit_code == 0
    assert (link.is_symlink(), read(file)["value"]) == (True, 21)


@pytest.mark.parametrize("seconds", ["-1", "nan", "soon"])
def test_a_time_that_is_none_is_refused(edges: Path, seconds: str) -> None:
    out = edges.with_name("out.json")
    done = run("graph", edges, "--objective", "score", "--seconds", seconds, "--out", out)
    assert (done.exit_code, "--seconds" in done.output, out.exists()) == (2, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa,b,weight\r\na,b,3\r\nb,c,4\r\n",
        "a,b,weight\n\n a , b , 3 \nb,c,4\n",
        'a,b,weight\n"a, with a comma",b,3\nb,' + "c" * 10_000 + ",4\n",
        "a,b,weight\na,b,3\nb,\u0645\u0631\u0643\u0632,4",
    ],
)
def test_unusual_files_that_are_a_graph_are_read(tmp_path: Path, text: str) -> None:
    path, out = tmp_path / "edges.csv", tmp_path / "out.json"
    path.write_bytes(text.encode())
    for objective in ("score", "coverage"):
        assert run("graph", path, "--objective", objective, "--out", out).exit_code == 0
        Draft202012Validator(GRAPH_RESULT).validate(read(out))
        assert (read(out)["people"], read(out)["value"]) == (2, 4)
        assert run("verify", path, out).exit_code == 0


def test_out_of_time_the_best_so_far_is_written_and_not_called_proven(tmp_path: Path) -> None:
    path, out = tmp_path / "edges.csv", tmp_path / "out.json"
    rows = [f"n{a},n{b},{1 + (a * b) % 97}" for a in range(40) for b in range(40) if a != b]
    path.write_text("\n".join(["a,b,weight", *rows]))
    assert (
        run("graph", path, "--objective", "coverage", "--cycles", 3, "--seconds", 0, "--out", out).exit_code
        == 0
    )
    found = read(out)
    Draft202012Validator(GRAPH_RESULT).validate(found)
    assert found["proven"] is False
    assert 0 < found["people"] <= found["people_bound"] == 40
    assert found["value"] <= found["bound"]
    assert run("verify", path, out).exit_code == 1

"""Rounds and meet-ups on files: answers, and input that does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from citevents.matching.solver import Agreed, Shape, solve
from citevents.matching.solver.documents import document_of
from citevents.matching.solver.pool import compile_pool
from citevents.matching.solver.populations import population
from citevents.matching.solver.schemas import FILES, POPULATION, RESULT
from citevents.matching.solver.scoring import pair_weights
from tests.matching.solver.command_line import read, run


def test_a_round_from_population_to_rematch(tmp_path: Path) -> None:
    people, result, again = (tmp_path / name for name in ("people.json", "result.json", "again.json"))
    assert run("population", "--programs", 60, "--seed", 1, "--out", people).exit_code == 0
    first = people.read_bytes()
    run("population", "--programs", 60, "--seed", 1, "--out", people)
    assert people.read_bytes() == first
    Draft202012Validator(POPULATION).validate(read(people))
    assert run("solve", people, "--out", result).exit_code == 0
    found = read(result)
    Draft202012Validator(RESULT).validate(found)
    a, b = found["matches"][0]["programs"][:2]
    told = json.loads(run("explain", people, result, a, b).output)
    assert told["kind"] == "matched"
    other = found["matches"][1]["programs"][0]
    assert json.loads(run("explain", people, result, a, other).output)["kind"] in ("possible", "impossible")
    assert run("explain", people, result, a, a).exit_code == 2
    assert run("explain", people, result, a, "nobody").exit_code == 2
    assert run("explain", people, result, a, b, "--viewer", other).exit_code == 2
    done = run("rematch", people, result, "--declined", f"{a},{b}", "--out", again)
    assert done.exit_code == 0
    after = read(again)
    together = [m["programs"] for m in (*after["kept"], *after["result"]["matches"])]
    assert [m for m in together if {a, b} <= set(m)] == []
    assert run("rematch", people, result, "--declined", a, "--out", again).exit_code == 2
    for wrong in (
        ("--accepted", f"{a},{other}"),
        ("--accepted", f"{a},nobody"),
        ("--declined", f"{a},nobody"),
    ):
        refused = run("rematch", people, result, *wrong, "--out", tmp_path / "never.json")
        assert refused.exit_code == 2 and wrong[1] in refused.output
    assert not (tmp_path / "never.json").exists()
    # What a re-match wrote can be explained and re-matched like any result.
    c, d = together[0][:2]
    assert json.loads(run("explain", people, again, c, d).output)["kind"] == "matched"
    twice = ("--declined", f"{a},{b}", "--declined", f"{c},{d}", "--out", tmp_path / "twice.json")
    assert run("rematch", people, again, *twice).exit_code == 0
    after = read(tmp_path / "twice.json")
    gone = ({a, b}, {c, d})
    together = [m["programs"] for m in (*after["kept"], *after["result"]["matches"])]
    assert together and not any(pair <= set(m) for m in together for pair in gone)


def test_meetups_from_a_file(tmp_path: Path) -> None:
    asked, out = tmp_path / "gathering.json", tmp_path / "plan.json"
    person = {"free": ["mon"], "seeks": ["x"], "offers": ["x"]}
    asked.write_text(
        json.dumps({"people": [{"id": "a", **person}, {"id": "b", **person}], "slots": ["mon"], "tables": 1})
    )
    assert run("meetups", asked, "--out", out).exit_code == 0
    assert read(out)["meetings"] == [{"people": ["a", "b"], "slot": "mon", "table": 1, "score": 2000}]


def test_what_people_asked_and_cannot_have_is_named(tmp_path: Path) -> None:
    asked, out = tmp_path / "gathering.json", tmp_path / "plan.json"
    a = {"id": "a", "free": ["mon", "sun"], "must_meet": ["a", "b", "zoe"], "no_thanks": ["b", "max"]}
    asked.write_text(json.dumps({"people": [a, {"id": "b", "free": ["mon"]}], "slots": ["mon"], "tables": 1}))
    done = run("meetups", asked, "--out", out)
    assert done.exit_code == 0
    named = [(p["person"], p["code"], p["about"]) for p in read(out)["problems"]]
    assert named == [
        ("a", "must_meet_and_no_thanks", "b"),
        ("a", "oneself", "a"),
        ("a", "unknown_person", "max"),
        ("a", "unknown_person", "zoe"),
        ("a", "unknown_slot", "sun"),
    ]
    assert all(f"a: {code} {about}" in done.output for _, code, about in named)
    assert "must-meet not possible: a, b" in done.output


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"tables": -1}, "$.tables"),
        ({"tables": 1.5}, "$.tables"),
        ({"at_most": -1}, "$.at_most"),
        ({"rooms": 3}, "$:"),
        ({"people": [{"id": "a"}]}, "$.people[0]"),
        ({"people": [{"id": "a", "free": []}, {"id": "a", "free": []}]}, "$.people[1].id"),
    ],
)
def test_a_gathering_that_does_not_fit_is_refused_with_path_and_reason(
    tmp_path: Path, change: dict[str, object], path: str
) -> None:
    asked = tmp_path / "gathering.json"
    asked.write_text(json.dumps({"people": [], "slots": ["mon"], "tables": 1} | change))
    done = run("meetups", asked, "--out", tmp_path / "plan.json")
    assert (done.exit_code, path in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == [asked]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("[]", "$:"),
        ("{}", "$:"),
        ("{", "is not JSON"),
        ('{"programs": [{"id": "\\ud800", "country": "FI"}], "requests": []}', "is not JSON"),
        ('{"programs": [], "requests": [], "round": {"minimum": NaN}}', "is not JSON"),
        ('{"programs": [], "requests": [], "round": {"minimum": 1' + 40 * "0" + "}}", "$.round.minimum"),
        ("[" * 100_000, "is not JSON"),
        ('{"programs": [{"id": "a"}], "requests": []}', "$.programs[0]"),
        ('{"programs": [{"id": "a", "country": "fi"}], "requests": []}', "$.programs[0].country"),
        ('{"programs": [], "requests": [{"program": "a", "modes": ["dance"]}]}', "$.requests[0].modes[0]"),
        ('{"programs": [], "requests": [{"program": "a", "places": -1}]}', "$.requests[0].places"),
        ('{"programs": [], "requests": [{"program": "a", "weeks": ["2027-W54"]}]}', "$.requests[0].weeks[0]"),
        ('{"programs": [], "requests": [], "round": {"opens": "2027-W00"}}', "$.round.opens"),
        ('{"programs": [], "requests": [], "round": {"surprise": 1}}', "$.round"),
        (
            '{"programs": [{"id": "a", "country": "FI"}, {"id": "a", "country": "FI"}], "requests": []}',
            "$.programs[1].id",
        ),
        ('{"programs": [], "requests": [{"program": "a"}, {"program": "a"}]}', "$.requests[1].program"),
        ('{"programs": [], "requests": [], "round": {"weights": {"needs": 1}}}', "$.round.weights"),
    ],
)
def test_json_that_does_not_fit_is_refused_with_path_and_reason(
    tmp_path: Path, document: str, path: str
) -> None:
    people, out = tmp_path / "people.json", tmp_path / "out.json"
    people.write_text(document)
    done = run("solve", people, "--out", out)
    assert (done.exit_code, path in done.output, done.exception.__class__) == (2, True, SystemExit)
    assert list(tmp_path.iterdir()) == [people]


def test_the_schemas_in_docs_are_the_ones_in_use() -> None:
    docs = Path(__file__).parents[3] / "docs"
    assert {name: json.loads((docs / f"{name}.schema.json").read_text()) for name in FILES} == FILES


def test_a_forced_pair_is_weighed_in_the_mode_of_the_result(tmp_path: Path) -> None:
    people = population(24, 3)
    path, out = tmp_path / "people.json", tmp_path / "out.json"
    path.write_text(json.dumps(document_of(people)))
    assert run("solve", path, "--mode", "stable", "--out", out).exit_code == 0
    together = {frozenset(m["programs"]) for m in read(out)["matches"]}
    pool = compile_pool(people)
    a, b = next(
        (pool.programs[i].id, pool.programs[j].id)
        for i, j in np.argwhere(np.triu(pair_weights(pool))).tolist()
        if frozenset((pool.programs[i].id, pool.programs[j].id)) not in together
    )
    told = json.loads(run("explain", path, out, a, b, "--forced").output)["difference"]
    forced = Agreed(shape=Shape.MUTUAL, programs=(a, b))
    fixed = replace(people, round=replace(people.round, accepted=(forced,)))
    expected = {t.name: document_of(t.value) for t in solve(fixed, mode="stable").tiers}
    assert {d["name"]: d["forced"] for d in told} == expected
    assert expected != {t.name: document_of(t.value) for t in solve(fixed).tiers}


def test_a_round_is_matched_again_in_the_mode_of_its_result(tmp_path: Path) -> None:
    people, result, again = (tmp_path / f"{name}.json" for name in ("people", "result", "again"))
    run("population", "--programs", 12, "--seed", 1, "--out", people)
    for mode in ("stable", "coverage"):
        assert run("solve", people, "--mode", mode, "--out", result).exit_code == 0
        assert run("rematch", people, result, "--reopen", "--out", again).exit_code == 0
        assert read(again)["result"]["mode"] == mode
    assert run("rematch", people, again, "--mode", "stable", "--out", again).exit_code == 0
    assert read(again)["result"]["mode"] == "stable"

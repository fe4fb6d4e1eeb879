"""Reading problems from JSON: what is meant, and one clear sentence with a path for what cannot be."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from citevents.scheduling.solver import BadProblem, evaluate, problem_from, read_problem
from citevents.scheduling.solver.document import Node
from citevents.scheduling.solver.writing import agenda_document

DOCS = Path(__file__).parents[3] / "docs"
PROBLEM = {
    "zone": "America/Chicago",
    "days": [
        {
            "date": "2027-03-12",
            "slots": [
                {"id": "fri-1", "start": "09:00", "end": "10:30"},
                {"id": "fri-2", "start": "11:00", "end": "12:00"},
            ],
            "breaks": [{"start": "10:30", "end": "11:00"}],
        },
        {"date": "2027-03-15", "slots": [{"id": "mon-1", "start": "09:00", "end": "10:30"}]},
    ],
    "rooms": [
        {"id": "hall", "capacity": 200, "features": ["step-free"]},
        {"id": "attic", "capacity": 20, "closed": ["mon-1"]},
    ],
    "walking": [{"from": "hall", "to": "attic", "minutes": 7}],
    "speakers": [
        {
            "id": "ana",
            "zone": "Europe/Lisbon",
            "available": [{"from": "2027-03-12T14:00", "to": "2027-03-12T20:00"}],
        },
        {"id": "bo"},
    ],
    "sessions": [
        {
            "id": "opening",
            "minutes": 60,
            "kind": "plenary",
            "track": "law",
            "level": "introductory",
            "audience": ["police"],
            "language": "en",
            "speakers": ["ana"],
            "chair": "bo",
            "needs": ["step-free"],
            "pinned": {"slot": "fri-1", "room": "hall"},
            "plenary": True,
            "expected": 150,
        },
        {"id": "panel", "minutes": 60, "after": ["opening"]},
        {"id": "talk", "minutes": 90},
    ],
    "apart": [["panel", "talk"]],
    "wishes": [{"must": ["panel"], "nice": ["talk", "panel"]}],
    "roles": [{"role": "dispatcher", "must": ["panel"], "people": 40}],
    "published": {"assignments": [{"session": "opening", "slot": "fri-1", "room": "hall"}]},
    "rules": [{"name": "seats", "severity": "warn", "weight": 3}, {"name": "walk", "severity": "block"}],
}


def schema(name):
    return json.loads((DOCS / name).read_text(encoding="utf-8"))


def changed(path, value):
    """The problem with one place changed; None deletes it."""
    document = copy.deepcopy(PROBLEM)
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    elif isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return document


def test_a_problem_is_read_as_it_is_meant():
    problem = problem_from(Node(PROBLEM))
    assert [slot.id for slot in problem.slots] == ["fri-1", "fri-2", "mon-1"]
    # The clocks change between the two days: nine in the morning is another hour in UTC.
    assert [slot.start.hour for slot in problem.slots] == [15, 17, 14]
    assert problem.slots[0].minutes == 90
    assert problem.rooms[1].closed == {2}
    assert problem.walking == ((0, 7), (7, 0))
    assert [moment.hour for moment in problem.speakers[0].available[0]] == [14, 20]
    opening = problem.sessions[0]
    assert (opening.speakers, opening.level, opening.pinned_slot, opening.pinned_room) == ({0, 1}, 1, 0, 0)
    assert problem.sessions[1].after == {0}
    assert problem.wishes[0].must == {1}
    assert problem.wishes[0].nice == {2}
    assert problem.published == (problem.published[0], None, None)
    assert problem.rules["walk"].severity == "block"


def test_problem_and_answer_are_as_their_schemas_say():
    jsonschema.validate(PROBLEM, schema("agenda-problem.schema.json"))
    problem = problem_from(Node(PROBLEM))
    answer = agenda_document(problem, problem.published, evaluate(problem, problem.published), 0)
    jsonschema.validate(answer, schema("agenda-answer.schema.json"))


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        (["zone"], None, "$.zone", "the field is missing"),
        (["zone"], "Mars/Olympus", "$.zone", "is no time zone"),
        (["rooms"], [], "$.rooms", "there is no room"),
        (["sessions"], [], "$.sessions", "there is no session"),
        (["days"], [], "$.days", "there is no slot"),
        (["days"], {}, "$.days", "this must be a list"),
        (["colour"], "red", "$.colour", "the field “colour” is unknown"),
        (["days", 0, "date"], "12.3.2027", "$.days[0].date", "write the date as"),
        (["days", 1, "date"], "2027-03-12", "$.days[1].date", "given twice"),
        (["days", 0, "slots", 0, "start"], "9 am", "$.days[0].slots[0].start", "write the time as"),
        (["days", 0, "slots", 0, "end"], "08:00", "$.days[0].slots[0].end", "ends before it starts"),
        (["days", 0, "slots", 0, "end"], "10:45", "$.days[0].slots[0]", "runs into a break"),
        (["days", 0, "slots", 1, "id"], "fri-1", "$.days[0].slots[1].id", "given twice"),
        (["rooms", 0, "capacity"], -1, "$.rooms[0].capacity", "a whole number from 0"),
        (["rooms", 0, "capacity"], "many", "$.rooms[0].capacity", "must be a whole number"),
        (["rooms", 0, "capacity"], True, "$.rooms[0].capacity", "must be a whole number"),
        (["rooms", 0, "capacity"], None, "$.rooms[0].capacity", "the field is missing"),
        (["rooms", 1, "closed", 0], "tue-1", "$.rooms[1].closed[0]", "“tue-1” is not known"),
        (["sessions", 1, "id"], "talk", "$.sessions[2].id", "given twice"),
        (["sessions", 1, "id"], " ", "$.sessions[1].id", "a text that is not blank"),
        (["sessions", 1, "minutes"], 0, "$.sessions[1].minutes", "a whole number from 1"),
        (["sessions", 1, "minutes"], -30, "$.sessions[1].minutes", "a whole number from 1"),
        (["sessions", 1, "minutes"], 91, "$.sessions[1].minutes", "the longest slot has 90"),
        (["sessions", 0, "after"], ["panel"], "$.sessions[1].after", "in a circle: opening, panel"),
        (["sessions", 1, "after"], ["panel"], "$.sessions[1].after", "in a circle: panel"),
        (["sessions", 0, "level"], "hard", "$.sessions[0].level", "a level is introductory"),
        (["sessions", 0, "chair"], "cy", "$.sessions[0].chair", "“cy” is not known"),
        (["sessions", 0, "plenary"], "yes", "$.sessions[0].plenary", "true or false"),
        (["apart", 0], ["panel"], "$.apart[0]", "at least two sessions"),
        (
            ["speakers", 0, "available", 0, "to"],
            "2027-03-12T13:00",
            "$.speakers[0].available[0].to",
            "before it starts",
        ),
        (["rules", 0, "name"], "fun", "$.rules[0].name", "there is no rule “fun”"),
        (["rules", 0, "severity"], "maybe", "$.rules[0].severity", "block, warn or ignore"),
        (["rules", 2], {"name": "seats", "severity": "block"}, "$.rules[2].name", "contradicts itself"),
        (
            ["published", "assignments", 0, "room"],
            "cellar",
            "$.published.assignments[0].room",
            "is not known",
        ),
        (
            ["published", "assignments", 1],
            {"session": "opening", "slot": "fri-2", "room": "hall"},
            "$.published.assignments[1].session",
            "placed twice",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_path(path, value, where, words):
    with pytest.raises(BadProblem) as refused:
        problem_from(Node(changed(path, value)))
    assert refused.value.where == where
    assert words in str(refused.value.reason)


@pytest.mark.parametrize(
    ("date", "start", "end", "words"),
    [
        ("2027-03-14", "02:30", "03:30", "the clocks skip this time"),
        ("2027-11-07", "01:30", "03:30", "the clocks show this time twice"),
        ("2027-03-14", "01:00", "04:00", "the clocks change in America/Chicago during it"),
    ],
)
def test_slots_across_a_change_of_the_clocks_are_refused(date, start, end, words):
    day = {"date": date, "slots": [{"id": "night", "start": start, "end": end}]}
    with pytest.raises(BadProblem, match=words):
        problem_from(Node(changed(["days", 2], day)))


@pytest.mark.parametrize("text", ["{", "[1, 2", '{"zone": NaN}', "", "\x00", "[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path, text):
    path = tmp_path / "problem.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadProblem):
        read_problem(path)


def test_a_million_wishes_are_refused():
    with pytest.raises(BadProblem, match="more than 100000 items"):
        problem_from(Node(changed(["wishes"], [{}] * 100_001)))

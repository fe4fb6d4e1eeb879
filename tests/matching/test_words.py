"""Everything that the solver can say has a sentence, and what pages call things is what the solver calls them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask

from citevents.matching import labels, policy, solver
from citevents.matching.solver.rules import ONLINE, RULES_OF
from citevents.matching.solver.score import WEIGHTS

FOLDER = Path(solver.__file__).parent


def calls(file: str, *names: str) -> list[ast.Call]:
    """Calls of these names in a file of the solver."""
    tree = ast.parse((FOLDER / file).read_text())
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")) in names
    ]


def texts(file: str, *names: str) -> set[str]:
    """Every plain text that stands as a direct argument of these calls."""
    found = set()
    for call in calls(file, *names):
        for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.add(value.value)
            if isinstance(value, ast.IfExp):
                found |= {
                    each.value
                    for each in (value.body, value.orelse)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return found


def test_every_reason_for_a_match_or_none_has_a_sentence() -> None:
    parts = {f"part_{part}" for part in ("stage", "legal", "size", "role", "novelty", "zone")}
    said = texts("reasons.py", "Reason")
    assert {"need_met", "others_first", "nobody_possible_because", "no_needs_named"} <= said
    assert said | parts == set(labels.GETS) | set(labels.UNMATCHED)
    assert set(labels.GIVES) == set(labels.GETS)
    assert parts <= {f"part_{part}" for part in WEIGHTS}


def test_every_rule_has_a_word() -> None:
    rules = {code for of_shape in RULES_OF.values() for code in of_shape}
    assert rules | {"minimum"} == set(labels.RULES)


def test_every_problem_has_a_sentence() -> None:
    named = texts("pool.py", "Problem") | texts("frozen.py", "_problem")
    whys = {f"{why}_{end}" for why in ("accepted", "proposed") for end in ("unusable",)}
    assert named | whys == set(labels.PROBLEMS)


def test_every_change_has_a_sentence() -> None:
    codes = {
        keyword.value.value
        for file in FOLDER.glob("*.py")
        for call in calls(file.name, "Change")
        for keyword in call.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert codes == set(labels.CHANGES)


def test_every_goal_and_stage_has_a_word() -> None:
    stages = texts("tiers.py", "_run") | texts("solving.py", "_report")
    assert stages - {""} <= set(labels.RUN_STAGES)
    assert {"people", "left_out", "equity", "wishes", "score", "blocking"} == set(labels.TIERS)


def test_the_pages_name_what_the_solver_knows() -> None:
    assert set(labels.MODES) == {mode.value for mode in solver.Mode}
    assert set(labels.SHAPES) == set(labels.ARCS) == {shape.value for shape in solver.Shape}
    assert frozenset(shape.value for shape in ONLINE) == policy.ONLINE
    for named, known in (
        (labels.STAGES, solver.STAGES),
        (labels.STRUCTURES, solver.STRUCTURES),
        (labels.LEGAL, solver.LEGAL_SETTINGS),
        (labels.SIZES, solver.SIZES),
        (labels.ROLES, solver.ROLES),
        (labels.ELEMENTS, solver.CORE_ELEMENTS),
    ):
        assert tuple(named) == tuple(known)


@pytest.mark.parametrize("says", [labels.GETS, labels.GIVES])
def test_sentences_are_filled(app: Flask, says: dict[str, tuple[bool, labels.Says]]) -> None:
    arguments = {
        "topic": "receiving_facility",
        "rank": 1,
        "points": 100,
        "mine": "city",
        "theirs": "town",
        "roles": ("police", "family"),
        "country": "FI",
        "minutes_apart": 345,
    }
    with app.test_request_context():
        said = [sentence(arguments) for _fits, sentence in says.values()]
        assert all(said) and not any("%(" in sentence for sentence in said)
        assert "<b>Receiving facility.</b>" in said[0]
        odd = says["need_met"][1]({"topic": "<script>", "rank": 2})
        assert "&lt;script&gt;" in odd


def test_a_village_is_not_said_to_be_near_a_city(app: Flask) -> None:
    """Two steps apart still bring some points, but nothing that a person would call near."""
    with app.test_request_context():
        for theirs, told in (("city", 1), ("town", 1), ("metropolis", 1), ("village", 0)):
            reason = ["part_size", {"points": 16, "mine": "city", "theirs": theirs}]
            assert (len(labels.gets([reason], "mutual")), len(labels.gives([reason], "mutual"))) == (
                told,
                told,
            )


def test_the_web_loads_no_solver() -> None:
    import subprocess
    import sys

    code = "import sys, citevents.matching.views, citevents.matching.personal_data; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""The JSON forms: what the product's validator takes and refuses, beside a second one; and how files are written."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.matching.solver import Unreadable, solve
from citevents.matching.solver.documents import document_of, fit
from citevents.matching.solver.populations import population
from citevents.matching.solver.schemas import POPULATION, RESULT, Schema
from citevents.matching.solver.writing import text_of

WRONG: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, 2.0, "", "x", "FI", "2026-W07", [], [1], {}, {"x": -1})


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a document; of lists the first item."""
    keys = value if isinstance(value, dict) else range(min(1, len(value))) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def takes(document: Any, schema: Schema) -> bool:
    try:
        fit(document, schema)
    except Unreadable:
        return False
    return True


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        (POPULATION, document_of(population(2, 1, modes="all"))),
        (RESULT, document_of(solve(population(4, 1)))),
    ],
    ids=["population", "result"],
)
def test_two_validators_agree_on_every_member_replaced_or_left_out(schema: Schema, document: Any) -> None:
    second = jsonschema.Draft202012Validator(schema)
    document = json.loads(json.dumps(document))
    tried = refused = 0
    for container, key in list(places(document)):
        kept = container[key]
        for wrong in WRONG:
            container[key] = copy.deepcopy(wrong)
            tried += 1
            refused += not takes(document, schema)
            assert takes(document, schema) == second.is_valid(document), (key, wrong)
        if isinstance(container, dict):
            del container[key]
            assert takes(document, schema) == second.is_valid(document), key
        container[key] = kept
    assert takes(document, schema)
    assert tried > refused > 100


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    assert json.loads(text_of(value)) == value


def test_each_thing_that_is_looked_for_has_a_line() -> None:
    matches = [{"programs": ["a", "b"]}, {"programs": ["c", "d"]}]
    assert text_of({"kept": [], "result": {"matches": matches, "people": 4}}) == (
        '{\n "kept": [],\n "result": {\n  "matches": [\n   {"programs": ["a", "b"]},\n'
        '   {"programs": ["c", "d"]}\n  ],\n  "people": 4\n }\n}\n'
    )


def test_the_form_of_a_result_names_all_that_is_written_and_refuses_other_prices() -> None:
    written = document_of(solve(population(12, 3)))
    assert set(written) == set(RESULT["properties"])
    priced = document_of(solve(population(60, 5, skew="convener")))
    assert priced["prices"] is not None
    assert takes(priced, RESULT)
    wrong: tuple[Any, ...] = (
        5,
        [],
        {},
        {**priced["prices"], "own": 3},
        {**priced["prices"], "multipliers": {"people": 0}},
    )
    for prices in wrong:
        with pytest.raises(Unreadable, match="prices"):
            fit({**priced, "prices": prices}, RESULT)

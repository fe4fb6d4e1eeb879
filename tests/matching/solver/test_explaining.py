"""Why, why not, what it would cost and what would change it; and what nobody may find out."""

from dataclasses import replace

import numpy as np
import pytest

from citevents.matching.solver import (
    Agreed,
    Mode,
    Population,
    Program,
    Request,
    Round,
    Shape,
    explain,
    in_the_way,
    solve,
)
from citevents.matching.solver.changing import smallest_change
from citevents.matching.solver.documents import document_of
from citevents.matching.solver.forced_pairs import difference
from citevents.matching.solver.pool import compile_pool
from citevents.matching.solver.populations import population
from citevents.matching.solver.scoring import pair_weights

WEEKS = frozenset({"2027-W40", "2027-W41"})


def _two(a: dict[str, object], b: dict[str, object], **of_a: object) -> Population:
    programs = (
        Program(
            id="A", country="FI", languages={"en": "B2"}, needs=("outreach",), strengths=frozenset({"youth"})
        ),
        Program(
            id="B", country="KE", languages={"en": "C1"}, strengths=frozenset({"outreach"}), needs=("youth",)
        ),
    )
    first = {"program": "A", "weeks": WEEKS, **a}
    second = {"program": "B", "weeks": WEEKS, **b}
    return Population(
        programs=(replace(programs[0], **of_a), programs[1]),  # type: ignore[arg-type]
        requests=(Request(**first), Request(**second)),  # type: ignore[arg-type]
        round=Round(
            regions={"FI": "Europe", "KE": "Africa"}, fares={"Europe>Africa": 900, "Africa>Europe": 900}
        ),
    )


def _agreed(people: Population) -> tuple[Agreed, ...]:
    return tuple(Agreed(shape=m.shape, programs=m.programs) for m in solve(people).matches)


def test_a_match_says_what_each_side_gains() -> None:
    people = _two({}, {})
    found = explain(people, _agreed(people), "A", "B")
    assert found.kind == "matched"
    assert found.match is not None
    assert [(d.gains, d.parts["needs"], d.reasons[0].code) for d in found.match.directions] == [
        ("A", 500, "need_met"),
        ("B", 500, "need_met"),
    ]
    assert found.match.weeks == ("2027-W40", "2027-W41")


@pytest.mark.parametrize(
    ("people", "code", "changes"),
    [
        (
            _two({"weeks": frozenset({"2027-W49"})}, {}),
            "rule_weeks",
            [("A", "free_week", {"week": "2027-W40"})],
        ),
        (_two({"floor": "C2"}, {}), "rule_language", [("A", "lower_floor", {"level": "B2"})]),
        (_two({"budget": 100}, {}), "rule_budget", [("A", "raise_budget", {"amount": 900})]),
        (
            _two({"visas_closed": frozenset({"KE"})}, {}),
            "rule_visa",
            [("A", "open_visa", {"country": "KE"})],
        ),
        (_two({"places": 0}, {}), "rule_capacity", [("A", "offer_place", {})]),
        (
            _two({"largest_delegation": 2}, {}),
            "rule_capacity",
            [("A", "host_more_people", {"people": 3})],
        ),
        (
            _two({"modes": frozenset({Mode.VIRTUAL})}, {}),
            "rule_mode",
            [("A", "accept_mode", {"mode": "mutual"})],
        ),
        (_two({}, {}, previous=frozenset({"B"})), "rule_previous_partner", []),
        (_two({}, {}, country="KE"), "rule_country", []),
        (_two({}, {}, languages={"fi": "C2"}), "rule_language", []),
    ],
)
def test_an_impossible_pair_names_the_rule_and_the_smallest_change(
    people: Population, code: str, changes: list[tuple[str, str, dict[str, object]]]
) -> None:
    assert solve(people).matches == ()
    found = explain(people, (), "A", "B")
    assert (found.kind, [r.code for r in found.reasons]) == ("impossible", [code])
    assert [(c.program, c.code, dict(c.arguments)) for c in found.changes] == changes


def test_the_smallest_change_works_when_made() -> None:
    people = population(40, 2, modes="all")
    ids = [r.program for r in people.requests]
    tried = 0
    for a, b in zip(ids[::2], ids[1::2], strict=False):
        before = explain(people, (), a, b)
        changes = smallest_change(people, a, b) if before.kind == "impossible" else ()
        tried += bool(changes)
        assert len(changes) <= 6
    assert tried > 5


def test_a_must_not_looks_to_the_other_like_any_incompatibility() -> None:
    secret = _two({"must_not": frozenset({"B"})}, {})
    apart = [
        _two({"weeks": frozenset({"2027-W49"})}, {}),
        _two({"modes": frozenset({Mode.CIRCLE})}, {}),
        _two({"budget": 0}, {}),
        _two({}, {}, previous=frozenset({"B"})),
    ]
    told = document_of(explain(secret, (), "B", "A", viewer="B"))
    for people in apart:
        assert document_of(explain(people, (), "B", "A", viewer="B")) == told
    assert "must" not in str(told)
    assert [r.code for r in explain(secret, (), "A", "B", viewer="A").reasons] == ["you_asked_not_to_meet"]
    assert "must" not in str(document_of(explain(secret, (), "A", "B")))
    assert [r.code for r in explain(secret, (), "A", "B", private=True).reasons] == ["rule_must_not"]
    assert explain(secret, (), "A", "B", private=True).changes == ()


def test_the_unmatched_learn_counts_never_names_and_no_rule_of_others() -> None:
    secret = solve(_two({"must_not": frozenset({"B"})}, {}))
    assert secret.matches == ()
    reasons = {u.program: u.reason for u in secret.unmatched}
    assert reasons["B"].code == "nobody_possible"
    assert "A" not in str(reasons["B"])


def _random_rounds(count: int) -> None:
    """In every round some pair excludes the other; it is never matched, and the other cannot tell."""
    rng = np.random.default_rng(7)
    for k in range(count):
        people = population(4 + k % 3, k, modes="all" if k % 2 else "mutual")
        ids = [r.program for r in people.requests]
        a, b = (str(x) for x in rng.choice(ids, 2, replace=False))
        secret = _with(people, a, must_not=frozenset({b}))
        plain = _with(people, a, must_not=frozenset())
        plain = replace(plain, round=replace(plain.round, declined=frozenset({frozenset((a, b))})))
        first, second = solve(secret), solve(plain)
        assert all(not {a, b} <= set(m.programs) for m in first.matches)
        assert _seen(first, b) == _seen(second, b)
        hidden = document_of(explain(secret, _as_agreed(first), b, a, viewer=b))
        assert hidden == document_of(explain(plain, _as_agreed(second), b, a, viewer=b))


def _with(people: Population, program: str, **change: object) -> Population:
    requests = tuple(
        replace(r, **change) if r.program == program else replace(r, must_not=frozenset())  # type: ignore[arg-type]
        for r in people.requests
    )
    return replace(people, requests=requests)


def _as_agreed(result: object) -> tuple[Agreed, ...]:
    return tuple(Agreed(shape=m.shape, programs=m.programs) for m in result.matches)  # type: ignore[attr-defined]


def _seen(result: object, program: str) -> object:
    """What a program is told: its own match, or why it has none."""
    mine = [document_of(m) for m in result.matches if program in m.programs]  # type: ignore[attr-defined]
    return mine, [document_of(u.reason) for u in result.unmatched if u.program == program]  # type: ignore[attr-defined]


def test_exclusions_are_never_matched_nor_inferable() -> None:
    _random_rounds(150)


def test_the_price_never_exceeds_what_a_forced_pair_really_costs() -> None:
    people = population(60, 3)
    people = replace(people, round=replace(people.round, longest_cycle=2))
    result = solve(people)
    pool = compile_pool(people)
    weight = pair_weights(pool)
    ids = [p.id for p in pool.programs]
    together = {frozenset(m.programs) for m in result.matches}
    apart = [
        (ids[i], ids[j])
        for i, j in np.argwhere(np.triu(weight)).tolist()
        if frozenset((ids[i], ids[j])) not in together
    ]
    order = ("people", "left_out", "equity", "wishes", "score")
    for a, b in apart[:: max(1, len(apart) // 12)]:
        found = explain(people, _as_agreed(result), a, b, prices=result.prices)
        assert found.kind == "possible"
        assert found.price is not None
        lost = {
            d.name: d.as_solved - d.forced  # type: ignore[operator]
            for d in difference(people, result.tiers, a, b)
            if d.name in order and d.name != "equity"
        }
        if "equity" not in found.price:
            price = tuple(found.price.get(name, 0) for name in order if name != "equity")
            assert price <= tuple(lost[name] for name in order if name != "equity")


def test_explanations_refuse_what_is_not_there() -> None:
    people = _two({}, {})
    with pytest.raises(KeyError, match="nobody"):
        explain(people, (), "A", "nobody")
    with pytest.raises(ValueError, match="two different"):
        explain(people, (), "A", "A")


def test_shapes_of_a_visit_carry_the_roles() -> None:
    people = _two({"modes": frozenset({Mode.HOST})}, {"modes": frozenset({Mode.GUEST})})
    assert [(m.shape, m.programs) for m in solve(people).matches] == [(Shape.VISIT, ("B", "A"))]


def test_a_must_not_ends_an_agreement_without_being_named() -> None:
    """Neither of the two that named each other, nor the coordinator unasked, reads which rule it was."""
    secret = _two({"must_not": frozenset({"B"}), "pre_matched": "B"}, {"pre_matched": "A"})
    found = {(p.program, p.code, p.arguments["rules"]) for p in solve(secret).problems}
    assert found == {(p, "pre_matched_breaks_rule", ("not_compatible",)) for p in "AB"}
    accepted = (Agreed(shape=Shape.MUTUAL, programs=("A", "B")),)
    secret = _two({"must_not": frozenset({"B"})}, {})
    ended = solve(replace(secret, round=replace(secret.round, accepted=accepted)))
    assert [(p.program, p.code) for p in ended.problems] == [("A", "accepted_unusable")]
    assert "must" not in str(document_of(ended.problems))


def test_the_coordinator_reads_which_rule_is_in_the_way_but_no_private_one() -> None:
    for people, told in (
        (_two({"visas_closed": frozenset({"KE"})}, {}), {"A": "visa", "B": "visa"}),
        (_two({"must_not": frozenset({"B"})}, {}), {}),
    ):
        result = solve(people)
        assert {u.reason.code for u in result.unmatched} == {"nobody_possible"}
        assert {p: r.arguments["rule"] for p, r in in_the_way(people, result).items()} == told


def _three(countries: str, weeks: tuple[str, ...], closed: tuple[str, ...], mode: Mode) -> Population:
    """Programs P0, P1... of the countries F, K and B, with a free week each and the countries they cannot enter."""
    named = {"F": "FI", "K": "KE", "B": "BR"}
    programs = tuple(
        Program(id=f"P{k}", country=named[c], languages={"en": "C1"}) for k, c in enumerate(countries)
    )
    requests = tuple(
        Request(
            program=p.id,
            modes=frozenset({mode}),
            weeks=frozenset(f"2027-W{w}" for w in free.split()),
            visas_closed=frozenset(named[c] for c in shut),
        )
        for p, free, shut in zip(programs, weeks, closed, strict=True)
    )
    return Population(programs=programs, requests=requests)


@pytest.mark.parametrize(
    ("people", "told"),
    [
        # Two that would sit in a circle, and no third.
        (_three("FK", ("40", "40"), ("", ""), Mode.CIRCLE), {"nobody_possible": 2}),
        # Every two share a week, all three none.
        (_three("FKB", ("40 41", "41 42", "42 40"), ("", "", ""), Mode.CIRCLE), {"nobody_possible": 3}),
        # No two can visit each other, but a ring of three holds; the second of Finland is one too many.
        (_three("FKBF", ("40",) * 4, ("B", "F", "K", "B"), Mode.MUTUAL), {"others_first": 1}),
    ],
)
def test_who_is_possible_counts_larger_groups_that_there_are(
    people: Population, told: dict[str, int]
) -> None:
    found = [u.reason for u in solve(people).unmatched]
    assert {code: sum(r.code == code for r in found) for code in {r.code for r in found}} == told
    assert [r.arguments["possible_partners"] for r in found if r.code == "others_first"] in ([], [2])

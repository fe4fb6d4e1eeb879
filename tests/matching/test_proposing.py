"""Who may be proposed to whom, how a proposal stands, who may ask: decisions over plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.matching.models import MatchState
from citevents.matching.policy import Outlook, Stage, may_ask, outlook, stage_of
from citevents.matching.proposing import (
    Facts,
    Found,
    Group,
    Objection,
    Room,
    ahead,
    as_asked,
    between,
    may_propose,
    objection_to,
)

TODAY = date(2027, 9, 8)  # in week 36
ONE_TWO = frozenset({1, 2})


def visit(guest: int, host: int, *weeks: str) -> Found:
    return found("visit", guest, host, weeks=weeks)


def found(shape: str, *programs: int, weeks: tuple[str, ...] = ("2027-W40",)) -> Found:
    return Found(group=Group(shape=shape, programs=programs), weeks=weeks, asked=dict.fromkeys(programs, "a"))


def facts(**changes: object) -> Facts:
    return replace(Facts(asking=dict.fromkeys(range(1, 9), "a")), **changes)


def objection(each: Found, **changes: object) -> Objection | None:
    known = facts(**changes)
    return objection_to(each, known, Room.beside(known.standing, known.places), TODAY)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"asking": {1: "a"}}, Objection.GONE),
        ({"asking": {1: "a", 2: "b"}}, Objection.CHANGED),
        ({"over": frozenset({ONE_TWO})}, Objection.OVER),
        ({"over": frozenset({frozenset({1, 3})})}, None),
        ({"met": frozenset({ONE_TWO})}, Objection.MET),
        ({"avoids": frozenset({(1, 2)})}, Objection.APART),
        ({"avoids": frozenset({(2, 1)})}, Objection.APART),
        ({"avoids": frozenset({(2, 3)})}, None),
        ({"standing": (Group(shape="virtual", programs=(2, 1)),)}, Objection.TOGETHER),
        ({"standing": (Group(shape="virtual", programs=(2, 3)),)}, Objection.TAKEN),
        ({"standing": (Group(shape="visit", programs=(3, 2)),)}, Objection.TAKEN),
        ({"standing": (Group(shape="visit", programs=(3, 2)),), "places": {2: 2}}, None),
        ({"standing": (Group(shape="visit", programs=(2, 3)),), "places": {2: 2}}, Objection.TAKEN),
    ],
)
def test_two_may_be_proposed_unless_something_is_between_them(
    changes: dict[str, object], expected: Objection | None
) -> None:
    assert objection(found("mutual", 1, 2), **changes) is expected


def test_every_pair_of_a_group_counts() -> None:
    ring = found("cycle", 1, 2, 3)
    assert objection(ring) is None
    assert objection(ring, over=frozenset({frozenset({1, 3})})) is Objection.OVER
    assert objection(ring, avoids=frozenset({(3, 2)})) is Objection.APART
    assert (
        objection(found("circle", 1, 2, 3, 4, 5), asking=dict.fromkeys((1, 2, 3, 4), "a")) is Objection.GONE
    )


def test_a_week_that_began_is_not_over_and_one_that_ended_is() -> None:
    assert ahead(["2027-W35", "2027-W36", "2028-W01"], TODAY) == ["2027-W36", "2028-W01"]
    assert objection(visit(1, 2, "2027-W35")) is Objection.PAST
    assert objection(visit(1, 2, "2027-W35", "2027-W36")) is None
    assert objection(found("cycle", 1, 2, 3, weeks=())) is None, (
        "a ring need not have a week that suits all three"
    )


def test_a_host_has_as_many_guests_as_places_and_travels_once() -> None:
    may, fallen = may_propose([visit(1, 4), visit(2, 4), visit(3, 4)], facts(places={4: 2}), TODAY)
    assert [[each.group.programs for each in some] for some in (may, fallen)] == [[(1, 4), (2, 4)], [(3, 4)]]
    may, fallen = may_propose([visit(1, 4), visit(4, 5)], facts(places={4: 2}), TODAY)
    assert (len(may), len(fallen)) == (2, 0), "one who hosts can still be a guest"
    may, fallen = may_propose([visit(4, 5), visit(4, 6)], facts(places={4: 3}), TODAY)
    assert (len(may), len(fallen)) == (1, 1), "a delegation travels once"


def test_what_is_out_is_neither_sent_again_nor_fallen() -> None:
    known = facts(standing=(Group(shape="mutual", programs=(1, 2)),))
    assert may_propose([found("mutual", 1, 2), found("mutual", 3, 4)], known, TODAY) == (
        [found("mutual", 3, 4)],
        [],
    )
    ending = replace(known, ending=frozenset(known.standing))
    assert may_propose([found("mutual", 1, 2)], ending, TODAY) == ([], [found("mutual", 1, 2)])
    ended = facts(over=frozenset({ONE_TWO}))
    assert may_propose([found("mutual", 1, 2)], ended, TODAY) == ([], [found("mutual", 1, 2)])


PAIRS = st.frozensets(st.frozensets(st.integers(1, 5), min_size=2, max_size=2), max_size=4)


@given(PAIRS, PAIRS, st.frozensets(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=4))
def test_nothing_between_two_is_ever_proposed(over, met, avoids) -> None:  # type: ignore[no-untyped-def]
    known = facts(over=over, met=met, avoids=avoids)
    every = [found("virtual", one, two) for one in range(1, 6) for two in range(one + 1, 6)]
    may, fallen = may_propose(every, known, TODAY)
    assert len(may) + len(fallen) == len(every)
    apart = {frozenset(pair) for pair in avoids}
    for each in may:
        (pair,) = each.group.pairs
        assert between(pair, known) is None
        assert pair not in over | met | apart
    matched = [program for each in may for program in each.group.programs]
    assert len(matched) == len(set(matched)), "one partner each"


def test_what_somebody_asks_has_the_same_short_name_until_it_changes() -> None:
    assert as_asked(["mutual"], {"en": "B2", "ar": "C2"}, 3) == as_asked(
        ["mutual"], {"ar": "C2", "en": "B2"}, 3
    )
    different = {
        as_asked(*values) for values in ((["a"], ["b"]), (["a", "b"], []), (["b"], ["a"]), ([], ["a", "b"]))
    }
    assert len(different) == 4


PROPOSED, AGREED, DECLINED, LAPSED = (
    MatchState.PROPOSED,
    MatchState.AGREED,
    MatchState.DECLINED,
    MatchState.LAPSED,
)


@pytest.mark.parametrize(
    ("state", "mine", "how", "stage"),
    [
        (PROPOSED, None, {}, Stage.ASKED),
        (PROPOSED, True, {}, Stage.ACCEPTED),
        (PROPOSED, None, {"late": True}, Stage.MISSED),
        (PROPOSED, True, {"late": True}, Stage.OVER),
        (PROPOSED, None, {"i_agree": False}, Stage.LEFT),
        (PROPOSED, True, {"i_agree": False}, Stage.LEFT),
        (PROPOSED, None, {"they_agree": False}, Stage.OVER),
        (PROPOSED, True, {"they_agree": False}, Stage.OVER),
        (PROPOSED, None, {"they_agree": False, "late": True}, Stage.OVER),
        (DECLINED, None, {}, Stage.OVER),
        (DECLINED, True, {}, Stage.OVER),
        (DECLINED, False, {}, Stage.DECLINED),
        (DECLINED, False, {"left": True}, Stage.LEFT),
        (DECLINED, False, {"i_agree": False}, Stage.DECLINED),  # took the agreement back long after declining
        (DECLINED, None, {"they_agree": False, "late": True}, Stage.OVER),
        (LAPSED, None, {"late": True}, Stage.MISSED),
        (LAPSED, True, {"late": True}, Stage.OVER),
        (LAPSED, None, {"late": True, "they_agree": False}, Stage.MISSED),
        (AGREED, True, {"late": True}, Stage.AGREED),
        (AGREED, True, {"i_agree": False, "they_agree": False}, Stage.AGREED),  # what is agreed stays
        (AGREED, True, {"called_off": True}, Stage.CALLED_OFF),
    ],
)
def test_how_a_proposal_stands_follows_from_my_answer(
    state: MatchState, mine: bool | None, how: dict[str, bool], stage: Stage
) -> None:
    assert stage_of(state, mine, **how) is stage


@given(
    st.sampled_from(MatchState),
    st.sampled_from([None, True, False]),
    st.fixed_dictionaries({name: st.booleans() for name in ("late", "left", "i_agree", "they_agree")}),
)
def test_nobody_who_was_silent_reads_that_they_accepted(
    state: MatchState, mine: bool | None, how: dict[str, bool]
) -> None:
    stage = stage_of(state, mine, **how)
    assert stage is not Stage.ACCEPTED or mine is True
    assert stage not in (Stage.ASKED, Stage.ACCEPTED) or (
        state is PROPOSED and not how["late"] and how["i_agree"] and how["they_agree"]
    )
    assert stage is not Stage.DECLINED or mine is False


ASKED_AT = datetime(2027, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("stages", "sent_at", "expected"),
    [
        ([], None, Outlook.LOOKING),
        ([], ASKED_AT - HOUR, Outlook.LOOKING),  # proposals went out before it asked
        ([], ASKED_AT + HOUR, Outlook.NOBODY),
        ([Stage.DECLINED], ASKED_AT + HOUR, Outlook.AGAIN),
        ([Stage.MISSED, Stage.CALLED_OFF], ASKED_AT + HOUR, Outlook.AGAIN),
        ([Stage.OVER, Stage.ASKED], ASKED_AT + HOUR, Outlook.PROPOSED),
        ([Stage.ACCEPTED, Stage.AGREED], ASKED_AT + HOUR, Outlook.PROPOSED),
        ([Stage.OVER, Stage.AGREED], ASKED_AT + HOUR, Outlook.PARTNER),
    ],
)
def test_how_a_request_stands(stages: list[Stage], sent_at: datetime | None, expected: Outlook) -> None:
    assert outlook(stages, ASKED_AT, sent_at) is expected


@pytest.mark.parametrize(
    ("closed", "in_time", "asked", "placed", "may"),
    [
        (False, True, False, False, True),
        (False, True, True, True, True),
        (False, False, True, False, True),  # who waits can always change
        (False, False, True, True, False),
        (False, False, False, False, False),
        (True, True, True, False, False),
        (True, True, False, False, False),
    ],
)
def test_who_may_ask(closed: bool, in_time: bool, asked: bool, placed: bool, may: bool) -> None:
    assert may_ask(closed=closed, in_time=in_time, asked=asked, placed=placed) is may

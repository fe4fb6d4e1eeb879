"""Decisions about prices, totals, places and refunds hold for any input."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.conferences.models import ConferenceState
from citevents.core.errors import DomainError
from citevents.registration import policy
from citevents.registration.errors import ChooseTicket, NotOnSale
from citevents.registration.models import OrderState, RegistrationState

AT = datetime(2027, 6, 1, 12, tzinfo=UTC)
instants = st.integers(-1000, 1000).map(lambda hours: AT + timedelta(hours=hours))


@dataclass(frozen=True)
class Step:
    amount: int
    until: datetime | None = None
    until_sold: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Sale:
    id: int = 1
    public_id: str = "full"
    name: str = "Full"
    add_on: bool = False
    hidden: bool = False
    tax_basis_points: int = 0
    on_sale_from: datetime | None = None
    on_sale_until: datetime | None = None
    prices: tuple[Step, ...] = (Step(100),)
    quota_ids: tuple[int, ...] = (1,)
    counted: bool = False


@dataclass(frozen=True)
class Opening:
    state: str = ConferenceState.PUBLIC
    ended_at: datetime | None = None
    registration_opens_at: datetime | None = AT - timedelta(days=1)
    registration_closes_at: datetime | None = None
    refund_until: datetime | None = None


steps = st.lists(
    st.builds(
        Step,
        amount=st.integers(0, 10**9),
        until=st.none() | instants,
        until_sold=st.none() | st.integers(0, 50),
    ),
    max_size=6,
)


@given(steps, instants, st.integers(0, 100))
def test_the_price_is_the_first_step_that_still_holds(prices: list[Step], at: datetime, sold: int) -> None:
    holding = [
        step
        for step in prices
        if not (step.until and at >= step.until)
        and not (step.until_sold is not None and sold >= step.until_sold)
    ]
    assert policy.price_now(prices, at, sold) == (holding[0] if holding else None)


@given(steps, instants, instants, st.integers(0, 100))
def test_waiting_never_brings_an_earlier_step_back(
    prices: list[Step], one: datetime, other: datetime, sold: int
) -> None:
    first, last = sorted((one, other))
    before, after = policy.price_now(prices, first, sold), policy.price_now(prices, last, sold)
    if after is not None:
        assert before is not None
        assert prices.index(before) <= prices.index(after)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10_000)), max_size=20))
def test_lines_add_up_to_the_total(amounts: list[tuple[int, int]]) -> None:
    lines = [policy.line(Sale(prices=(Step(net),), tax_basis_points=points), AT) for net, points in amounts]
    net, tax, total = policy.totals(lines)
    assert total == net + tax == sum(line.total for line in lines)
    assert net == sum(net for net, _points in amounts)


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_tax_is_within_half_a_unit(net: int, points: int) -> None:
    assert abs(policy.tax_on(net, points) * 10_000 - net * points) <= 5_000


@pytest.mark.parametrize(
    ("net", "points", "tax"), [(49000, 500, 2450), (10, 500, 1), (9, 500, 0), (0, 500, 0)]
)
def test_halves_are_rounded_up(net: int, points: int, tax: int) -> None:
    assert policy.tax_on(net, points) == tax


@given(st.lists(st.lists(st.integers(1, 5), unique=True, max_size=3), max_size=10))
def test_each_line_draws_one_place_from_each_of_its_quotas(quotas: list[list[int]]) -> None:
    assert policy.draws(quotas).total() == sum(map(len, quotas))


OPENINGS = [
    (Opening(), None),
    (Opening(state=ConferenceState.DRAFT), "registration_closed"),
    (Opening(state=ConferenceState.CANCELLED), "event_cancelled"),
    (Opening(ended_at=AT), "registration_closed"),
    (Opening(registration_opens_at=None), "not_open_yet"),
    (Opening(registration_opens_at=AT + timedelta(seconds=1)), "not_open_yet"),
    (Opening(registration_opens_at=AT), None),
    (Opening(registration_closes_at=AT), "registration_closed"),
    (Opening(registration_closes_at=AT + timedelta(seconds=1)), None),
]


@pytest.mark.parametrize(("opening", "code"), OPENINGS)
def test_when_registration_is_open(opening: Opening, code: str | None) -> None:
    refusal = policy.why_closed(opening, AT)
    assert (refusal.code if refusal else None) == code


def test_a_ticket_without_a_price_is_not_given_away() -> None:
    with pytest.raises(NotOnSale):
        policy.line(Sale(prices=()), AT)


@pytest.mark.parametrize(
    "sale",
    [
        Sale(hidden=True),
        Sale(on_sale_from=AT + timedelta(hours=1)),
        Sale(on_sale_until=AT),
        Sale(prices=(Step(1, until=AT),)),
        Sale(prices=(Step(1, until_sold=0),)),
    ],
)
def test_what_is_not_on_sale_is_refused(sale: Sale) -> None:
    with pytest.raises(NotOnSale):
        policy.choose({"full": sale}, "full", (), AT, {})


def test_a_choice_is_one_ticket_and_each_add_on_once() -> None:
    offered = {"full": Sale(), "lunch": Sale(id=2, public_id="lunch", add_on=True, quota_ids=(2,))}
    lines = policy.choose(offered, "full", ("lunch", "lunch"), AT, {})
    assert [line.ticket_type_id for line in lines] == [1, 2]
    for ticket in ("", "lunch", "nothing"):
        with pytest.raises(ChooseTicket):
            policy.choose(offered, ticket, (), AT, {})
    for add_on in ("full", "nothing"):
        with pytest.raises(NotOnSale):
            policy.choose(offered, "full", (add_on,), AT, {})


def test_the_refusal_names_what_was_chosen() -> None:
    lines = [
        policy.line(Sale(name="Full"), AT),
        policy.line(Sale(name="Lunch", add_on=True, quota_ids=(2,)), AT),
    ]
    refusals: list[DomainError] = [policy.full(lines, quota) for quota in (1, 2)]
    assert [(each.code, each.values["name"]) for each in refusals] == [
        ("sold_out", "Full"),
        ("add_on_full", "Lunch"),
    ]


@pytest.mark.parametrize(
    ("opening", "by_house", "back"),
    [
        (Opening(), False, 0),
        (Opening(), True, 500),
        (Opening(refund_until=AT), False, 0),
        (Opening(refund_until=AT + timedelta(seconds=1)), False, 500),
        (Opening(state=ConferenceState.CANCELLED), False, 500),
    ],
)
def test_what_goes_back(opening: Opening, by_house: bool, back: int) -> None:
    assert policy.refund(500, opening, AT, by_house=by_house) == back


@given(st.binary(min_size=5, max_size=32))
def test_a_code_can_be_typed_as_it_is_read(digest: bytes) -> None:
    code = policy.ticket_code(digest)
    assert len(code) == 8
    for typed in (code, code.lower(), f" {code[:4]} {code[4:]} ", code.replace("0", "O").replace("1", "l")):
        assert policy.read_code(typed) == code


def test_a_scanned_address_is_the_ticket_it_leads_to() -> None:
    name = "Zm9vYmFyYmF6cXV4cXV1eA"
    for scanned in (name, f"https://cit.example/c/cit-2027/tickets/{name}", f"/tickets/{name}.pdf"):
        assert policy.read_code(scanned) == name


def test_every_state_says_where_it_may_go() -> None:
    assert set(policy.ORDER_MOVES) == set(OrderState)
    assert set(policy.REGISTRATION_MOVES) == set(RegistrationState)

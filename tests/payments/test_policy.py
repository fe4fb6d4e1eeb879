"""Pure decisions about money, for any amounts."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.payments import policy
from citevents.payments.models import Account
from citevents.payments.policy import Outcome, Told

amounts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("status", "paid", "amount", "currency", "means"),
    [
        ("complete", True, 49_000, "CAD", Outcome.SUCCEED),
        ("open", True, 49_000, "cad", Outcome.SUCCEED),
        ("expired", True, 49_000, "CAD", Outcome.SUCCEED),  # money that is there counts
        ("complete", True, 48_999, "CAD", Outcome.MISMATCH),
        ("complete", True, 49_000, "USD", Outcome.MISMATCH),
        ("open", False, 49_000, "CAD", Outcome.WAIT),
        ("complete", False, 49_000, "CAD", Outcome.WAIT),
        ("expired", False, 49_000, "CAD", Outcome.FAIL),
    ],
)
def test_what_the_processors_word_means(
    status: str, paid: bool, amount: int, currency: str, means: Outcome
) -> None:
    assert (
        policy.outcome(Told(status=status, paid=paid, amount=amount, currency=currency), 49_000, "CAD")
        is means
    )


@given(net=amounts, tax=amounts, cuts=st.lists(st.integers(0, 10**9), max_size=6))
def test_parts_given_back_one_after_another_add_up_to_the_price(net: int, tax: int, cuts: list[int]) -> None:
    total = net + tax
    edges = sorted({min(cut, total) for cut in cuts} | {0, total})
    parts = [policy.split(right - left, net, tax, before=left) for left, right in pairwise(edges)]
    assert (sum(part[0] for part in parts), sum(part[1] for part in parts)) == (net, tax)


@given(net=st.integers(1, 10**9), tax=amounts, amount=st.integers(1, 10**9), before=amounts)
def test_every_posting_balances(net: int, tax: int, amount: int, before: int) -> None:
    for lines in (
        policy.received(net),
        policy.earned(net, tax),
        policy.promised(amount, net, tax, before),
        policy.moved(amount),
        policy.came_back(amount),
        policy.no_longer_owed(amount, Account.ELSEWHERE),
    ):
        assert sum(lines.values()) == 0
        assert 0 not in lines.values()


def test_a_sale_and_its_whole_refund_leave_nothing() -> None:
    books = dict.fromkeys(Account, 0)
    for lines in (
        policy.received(10_500),
        policy.earned(10_000, 500),
        policy.promised(5_000, 10_000, 500, 0),
        policy.moved(5_000),
        policy.came_back(5_000),
        policy.moved(5_000),
        policy.promised(5_500, 10_000, 500, 5_000),
        policy.moved(5_500),
    ):
        for account, amount in lines.items():
            books[account] += amount
    assert books == dict.fromkeys(Account, 0)


@given(paid=amounts, refunds=st.lists(amounts, max_size=5))
def test_what_is_left_is_never_negative(paid: int, refunds: list[int]) -> None:
    assert policy.refundable(paid, refunds) == max(0, paid - sum(refunds))


def test_pauses_grow_and_never_end() -> None:
    pauses = [policy.pause(tries) for tries in range(1, 9)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=10), timedelta(days=1))


@pytest.mark.parametrize(
    ("foreign", "left", "waiting", "others", "carries"),
    [
        (40, 100, [], [(1, 60)], {}),  # another decision: nothing waits, and there is enough
        (79, 0, [(1, 79)], [], {1: 79}),  # somebody did by hand what could not be done
        (100, 100, [(1, 100)], [], {1: 100}),  # even where it could be another decision
        (50, 100, [(1, 30), (2, 70)], [], {1: 30, 2: 20}),
        (119, 0, [], [(1, 119)], {1: 119}),  # both at once
        (40, 20, [], [(1, 99)], {1: 20}),
        (100, 0, [(1, 60)], [(2, 59)], {1: 60, 2: 40}),
    ],
)
def test_what_a_refund_from_the_dashboard_carries_out(
    foreign: int,
    left: int,
    waiting: list[tuple[int, int]],
    others: list[tuple[int, int]],
    carries: dict[int, int],
) -> None:
    assert policy.covered_by(foreign, left, waiting, others) == carries


pairs = st.lists(st.integers(1, 10**6), max_size=4)


@given(foreign=st.integers(1, 10**6), left=st.integers(0, 10**6), waiting=pairs, others=pairs)
def test_it_carries_no_more_than_it_is_and_than_was_promised(
    foreign: int, left: int, waiting: list[int], others: list[int]
) -> None:
    first = list(enumerate(waiting))
    second = [(id + 10, amount) for id, amount in enumerate(others)]
    carries = policy.covered_by(foreign, left, first, second)
    promised = dict(first + second)
    assert all(0 < amount <= promised[id] for id, amount in carries.items())
    assert sum(carries.values()) <= foreign
    assert foreign - sum(carries.values()) <= max(left, foreign - sum(waiting) - sum(others))

"""Decisions about people, asked of many made-up ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from citevents.core.access import Grant, Role, covers
from citevents.locale.text_cleaning import tidy
from citevents.people.models import Proof, Purpose
from citevents.people.policy import FRESH_LASTS, WORDINGS, is_fresh, mail_key, may_grant

conferences = st.sampled_from([None, 1, 2])
grants = st.builds(Grant, st.sampled_from(Role), conferences)
NOON = datetime(2027, 8, 23, 12, tzinfo=UTC)


@given(st.sets(grants), st.sampled_from(Role), conferences)
def test_nobody_gives_what_would_make_them_more(
    held: set[Grant], role: Role, conference_id: int | None
) -> None:
    """Whoever may give a role could already do everything the role allows there, or is an organizer of it."""
    if may_grant(held, role, conference_id):
        assert covers(held, [Role.OWNER, Role.ORGANIZER], conference_id)
        if role is Role.OWNER:
            assert Grant(Role.OWNER) in held
        if (role, conference_id) == (Role.ORGANIZER, None):
            assert Grant(Role.OWNER) in held


@given(st.sets(grants), st.sets(grants), st.sampled_from(Role), conferences)
def test_a_role_more_never_takes_a_right_away(
    held: set[Grant], more: set[Grant], role: Role, conference_id: int | None
) -> None:
    if may_grant(held, role, conference_id):
        assert may_grant(held | more, role, conference_id)
    if covers(held, [role], conference_id):
        assert covers(held | more, [role], conference_id)


@given(st.sampled_from(Role), conferences)
def test_who_may_give_what(role: Role, conference_id: int | None) -> None:
    assert may_grant({Grant(Role.OWNER)}, role, conference_id)
    assert may_grant({Grant(Role.ORGANIZER)}, role, conference_id) == (
        role is not Role.OWNER and (role, conference_id) != (Role.ORGANIZER, None)
    )
    assert may_grant({Grant(Role.ORGANIZER, 1)}, role, conference_id) == (
        conference_id == 1 and role not in (Role.OWNER, Role.ORGANIZER)
    )
    for powerless in set(Role) - {Role.OWNER, Role.ORGANIZER}:
        assert not may_grant({Grant(powerless), Grant(powerless, 1)}, role, conference_id)


@given(grants, st.sampled_from(Role), conferences)
def test_a_role_for_one_conference_opens_no_other_and_nothing_global(
    grant: Grant, role: Role, conference_id: int | None
) -> None:
    opened = covers([grant], [role], conference_id)
    fits = grant.role in (role, Role.OWNER) and grant.conference_id in (None, conference_id)
    assert opened == fits
    assert covers([grant], [role], anywhere=True) == (grant.role in (role, Role.OWNER))


@given(st.text())
def test_tidy_text_is_one_line_that_can_be_stored_and_stays_as_it_is(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert "\x00" not in once
    assert not any(char in once for char in "\r\n\t\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    assert once == once.strip()


def test_tidy_keeps_what_scripts_need() -> None:
    assert tidy("می\u200cخواهم") == "می\u200cخواهم"
    assert tidy("e\u0301") == "é"


@given(st.emails())
def test_case_of_ascii_does_not_matter_in_an_address(mail: str) -> None:
    assert mail_key(mail.upper()) == mail_key(mail.lower()) == mail_key(f" {mail}\n")


def test_hosts_are_compared_in_their_ascii_form() -> None:
    assert mail_key("a@BÜCHER.example") == mail_key("a@xn--bcher-kva.example")
    assert mail_key("no address") == "no address"


def test_freshness_is_half_a_day_of_real_proof() -> None:
    just, over = NOON - FRESH_LASTS + timedelta(seconds=1), NOON - FRESH_LASTS
    assert [is_fresh(proof, just, NOON) for proof in Proof] == [False, True, True]
    assert [is_fresh(proof, over, NOON) for proof in Proof] == [False, False, False]


def test_every_purpose_has_words() -> None:
    assert set(WORDINGS) == set(Purpose)

"""Who people are: found by their address, made once, never overwritten by a stranger."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.core.db import Organization, as_organization
from citevents.people import queries, services
from citevents.people.models import Person
from citevents.people.services import Newcomer


def test_an_address_is_one_person_however_it_is_typed(session: Session, organization: Organization) -> None:
    first = services.find_or_make(
        " Amina.Haddad@CIT.example ", "Amina  Haddad", call_name="Amina", country="JO", zone="Asia/Amman"
    )
    assert services.find_or_make("amina.haddad@cit.example", "Somebody Else", country="US") == first
    found = queries.by_mail("AMINA.HADDAD@cit.example")
    assert found == queries.person(first)
    assert found == queries.PersonView(
        id=first,
        public_id=found.public_id,
        name="Amina Haddad",
        call_name="Amina",
        mail="Amina.Haddad@CIT.example",
        country="JO",
        agency="",
        language="en",
        zone="Asia/Amman",
    )


def test_look_alike_addresses_are_different_people(session: Session, organization: Organization) -> None:
    ids = [
        services.find_or_make(mail, "X")
        for mail in ("kim@cit.example", "\u212aim@cit.example", "strasse@cit.example", "straße@cit.example")
    ]
    assert len(set(ids)) == 4


def test_many_at_once_keep_their_order_and_share_addresses(
    session: Session, organization: Organization
) -> None:
    old = services.find_or_make("b@cit.example", "Bo")
    people = [Newcomer(mail=f"{letter}@cit.example", name=letter) for letter in "cbaC"]
    ids = services.find_or_make_all(people)
    assert ids[1] == old
    assert ids[0] == ids[3]
    assert len(set(ids)) == 3
    assert {p.name for p in queries.people(ids).values()} == {"Bo", "C", "a"}
    assert services.find_or_make_all([]) == []


def test_a_name_is_one_clean_line(session: Session, organization: Organization) -> None:
    person_id = services.find_or_make(
        "n@cit.example", "  Ada\x00\u202egnol\r\nBcc: x\t👩‍⚖️ ", call_name="\u200b"
    )
    assert queries.person(person_id).name == "Ada gnol Bcc: x 👩‍⚖️"
    assert queries.person(person_id).call_name == "Ada gnol Bcc: x 👩‍⚖️"


def test_people_of_another_organization_are_not_seen(session: Session, organization: Organization) -> None:
    here = services.find_or_make("a@cit.example", "Here")
    other = Organization(name="Other", host="other.example")
    session.add(other)
    session.flush()
    with as_organization(other.id):
        assert queries.by_mail("a@cit.example") is None
        assert queries.people([here]) == {}
        there = services.find_or_make("a@cit.example", "There")
        assert queries.person(there).name == "There"
    assert queries.person(here).name == "Here"
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1, "the neighbour is not counted"

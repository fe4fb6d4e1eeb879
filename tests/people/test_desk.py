"""The desk of owners and organizers: roles given and taken, each change in the trail, and a trail that cannot be bent."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from citevents.core import audit
from citevents.core.access import Grant, Role
from citevents.core.audit import AuditEntry
from citevents.core.db import Organization, as_organization, transaction
from citevents.people import queries, services
from citevents.people.errors import LastOwner
from tests.conferences.world import a_conference
from tests.people.world import a_person, sign_in_as, staff, submit


def give(client: FlaskClient, **changes: str) -> Any:
    fields = {"name": "Mika", "mail": "mika@cit.example", "role": "finance", "conference": "everywhere"}
    return submit(client, "/desk/people", page="/desk/people", **(fields | changes))


def change(client: FlaskClient, person_id: int, act: str, role: Role, conference: str = "everywhere") -> Any:
    path = f"/desk/people/{queries.person(person_id).public_id}"
    return submit(client, f"{path}/{act}", page="/desk/people", role=role, conference=conference)


def test_an_owner_gives_a_role_to_somebody_new_and_takes_it_back_with_an_undo(client: FlaskClient) -> None:
    staff(client, Role.OWNER)
    answer = give(client)
    mika = queries.by_mail("mika@cit.example")
    assert mika is not None
    assert answer.headers["Location"] == f"/desk/people/{mika.public_id}"
    assert queries.grants_of(mika.id) == [Grant(Role.FINANCE)]
    assert "Finance, everywhere" in client.get(answer.headers["Location"]).text
    assert queries.with_role(Role.FINANCE) == [mika]

    assert change(client, mika.id, "revoke", Role.FINANCE).status_code == 303
    assert queries.grants_of(mika.id) == []
    page = client.get(f"/desk/people/{mika.public_id}").text
    undo = re.search(r'<form class="inline" method="post" action="([^"]+/grant)">.*?Undo', page, re.S)
    assert undo, "what can be undone has Undo"
    assert "No role" in page
    assert change(client, mika.id, "grant", Role.FINANCE).status_code == 303
    assert change(client, mika.id, "grant", Role.FINANCE).status_code == 303
    assert queries.grants_of(mika.id) == [Grant(Role.FINANCE)]
    acts = [(entry.act, entry.subject_id, entry.details["role"]) for entry in audit.trail(subject_id=mika.id)]
    assert acts == [
        ("grant", mika.id, "finance"),
        ("revoke", mika.id, "finance"),
        ("grant", mika.id, "finance"),
    ]


def test_a_role_for_one_conference_holds_there(client: FlaskClient) -> None:
    conference_id = a_conference(slug="vancouver-2027", name="Vancouver <2027>").id
    staff(client, Role.OWNER)
    assert give(client, role="organizer", conference=str(conference_id)).status_code == 303
    mika = queries.by_mail("mika@cit.example")
    assert mika is not None
    assert queries.grants_of(mika.id) == [Grant(Role.ORGANIZER, conference_id)]
    assert queries.with_role(Role.ORGANIZER) == []
    assert queries.with_role(Role.ORGANIZER, conference_id) == [mika]
    assert "Organizer for Vancouver &lt;2027&gt;" in client.get(f"/desk/people/{mika.public_id}").text
    assert give(client, conference="4711").status_code == 422
    assert give(client, conference="").status_code == 422


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"role": "owner"}, 403),
        ({"role": "organizer"}, 403),
        ({"role": "king"}, 422),
        ({"mail": "no"}, 422),
        ({"name": ""}, 422),
    ],
)
def test_an_organizer_makes_no_owner(client: FlaskClient, changes: dict[str, str], status: int) -> None:
    staff(client, Role.ORGANIZER)
    answer = give(client, **changes)
    assert answer.status_code == status
    assert "<title>Error:" in answer.text
    assert queries.by_mail("mika@cit.example") is None, "a refused form leaves nobody behind"
    assert give(client, role="reviewer").status_code == 303


def test_an_organizer_cannot_unmake_an_owner(client: FlaskClient, app: Flask) -> None:
    owner = a_person("Olu")
    with transaction():
        services.grant(owner, Role.OWNER)
    staff(client, Role.ORGANIZER)
    assert change(client, owner, "revoke", Role.OWNER).status_code == 403
    assert queries.grants_of(owner) == [Grant(Role.OWNER)]


def test_the_last_owner_stays(client: FlaskClient, session: Session) -> None:
    first, second = a_person("First"), a_person("Second")
    with transaction():
        services.grant(first, Role.OWNER)
        services.grant(second, Role.OWNER)
    sign_in_as(client, first)
    assert change(client, second, "revoke", Role.OWNER).status_code == 303
    answer = change(client, first, "revoke", Role.OWNER)
    assert answer.status_code == 409
    assert "last owner" in answer.text
    with pytest.raises(LastOwner):
        services.revoke(first, Role.OWNER)


def test_a_role_taken_back_is_gone_with_the_next_request(client: FlaskClient, app: Flask) -> None:
    person_id = a_person("Sam")
    with transaction():
        services.grant(person_id, Role.ORGANIZER)
    sign_in_as(client, person_id)
    assert client.get("/desk/people").status_code == 200
    with transaction():
        services.revoke(person_id, Role.ORGANIZER)
    assert client.get("/desk/people").status_code == 404


def test_people_are_found_by_part_of_name_or_address(client: FlaskClient) -> None:
    for name, mail in (
        ("Zoë Ångström", "zoe@cit.example"),
        ("100% Sure", "sure@cit.example"),
        ("أمينة حداد", "a@x.example"),
    ):
        a_person(name, mail=mail)
    staff(client, Role.OWNER)

    def found(text: str) -> list[str]:
        page = client.get("/desk/people", query_string={"q": text}).text
        return re.findall(r"<th scope=\"row\"><a[^>]*><bdi>([^<]*)</bdi>", page)

    assert found("ångs") == ["Zoë Ångström"]
    assert found("ZOE@") == ["Zoë Ångström"]
    assert found("حداد") == ["أمينة حداد"]
    assert found("%") == ["100% Sure"]
    assert found("_") == []
    assert found("") == ["Sam owner"], "without a search: who has a role"
    assert "Nobody found" in client.get("/desk/people?q=nobody").text


def test_many_people_come_in_pages(client: FlaskClient) -> None:
    services.find_or_make_all(
        [services.Newcomer(mail=f"n{n:03}@many.example", name=f"Many {n:03}") for n in range(120)]
    )
    staff(client, Role.OWNER)
    for page, first in (
        (1, "Many 000"),
        (3, "Many 100"),
        (99, "Many 100"),
        ("x", "Many 000"),
        ("9" * 30, "Many 000"),
    ):
        text = client.get("/desk/people", query_string={"q": "many.example", "page": page}).text
        assert "120 people found" in text
        assert first in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{ 7*7 }}", "'\" onmouseover=x", "\u202egnol"]
)
def test_names_are_text_wherever_they_stand(client: FlaskClient, name: str) -> None:
    staff(client, Role.OWNER)
    answer = give(client, name=name)
    pages = [
        client.get(path).text for path in (answer.headers["Location"], "/desk/people?q=mika", "/desk/audit")
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert 'onmouseover=x"' not in page
        assert "\u202e" not in page
        assert ">49<" not in page


def test_the_trail_is_read_filtered_and_paged(client: FlaskClient) -> None:
    staff(client, Role.OWNER)
    give(client)
    with transaction():
        for n in range(60):
            audit.record("publish", "agenda", n + 1, version=n)
    page = client.get("/desk/audit").text
    assert page.count("<tr><td") == 50
    older = re.search(r'href="(/desk/audit\?before=\d+)"', page)
    assert older
    assert client.get(older[1]).text.count("<tr><td") == 12
    assert client.get("/desk/audit?subject=agenda&id=7").text.count("<tr><td") == 1
    assert client.get("/desk/audit?act=grant").text.count("<tr><td") == 2
    assert client.get("/desk/audit?what=grant person").text.count("<tr><td") == 2
    assert page.count("published version") == 50 + 1, "acts are told in words"
    owner = queries.with_role(Role.OWNER)[0]
    by_owner = client.get("/desk/audit", query_string={"who": owner.mail}).text
    assert by_owner.count("<tr><td") == 1, "what the house did itself is not theirs"
    assert owner.name in by_owner
    assert "Nothing here" in client.get("/desk/audit?who=nobody@x.example").text
    for strange in (
        "id=x",
        "id=99999999999999999999",
        "before=-1",
        "act=%00",
        "what=x%20%00",
        "who=%00",
        "id=१",
    ):
        assert client.get(f"/desk/audit?{strange}").status_code == 200


def sealed(session: Session, count: int = 3) -> None:
    with transaction():
        for n in range(count):
            audit.record("publish", "agenda", n + 1, version=n)
    with transaction():
        audit.seal()


def test_the_chain_is_sealed_in_order_and_whole(session: Session, organization: Organization) -> None:
    sealed(session)
    sealed(session, 2)
    places = session.scalars(sa.select(AuditEntry.place).order_by(AuditEntry.id)).all()
    assert places == [1, 2, 3, 4, 5]
    assert audit.broken_links() == []
    assert audit.seal() == 0
    assert audit.length() == (5, 0)


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"])
def test_sealed_entries_refuse_to_change_or_go(
    session: Session, organization: Organization, change: str
) -> None:
    sealed(session)
    with pytest.raises(DBAPIError, match="the audit trail does not change"), session.begin_nested():
        session.execute(sa.text(f"{change} WHERE place = 2"))
    assert audit.broken_links() == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit_entry SET act = 'nothing' WHERE place = 2", [2]),
        ("UPDATE audit_entry SET details = '{\"version\": 9}' WHERE place = 2", [2]),
        ("UPDATE audit_entry SET person_id = 7 WHERE place = 3", [3]),
        ("UPDATE audit_entry SET at = at + interval '1 second' WHERE place = 1", [1]),
        ("DELETE FROM audit_entry WHERE place = 2", [3]),
        ("UPDATE audit_entry SET mac = 'forged' WHERE place = 1", [1, 2]),
    ],
)
def test_who_goes_round_the_database_is_found_out(
    client: FlaskClient, session: Session, tampering: str, found: list[int]
) -> None:
    """With every power over the database, but without the installation's secret."""
    sealed(session)
    with transaction():
        session.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER audit_immutable"))
        session.execute(sa.text(tampering))
        session.execute(sa.text("ALTER TABLE audit_entry ENABLE TRIGGER audit_immutable"))
    session.expire_all()
    assert [place for _organization, place in audit.broken_links()] == found
    staff(client, Role.OWNER)
    page = client.get("/desk/audit?check=1").text
    assert "The chain is broken." in page
    assert ", ".join(map(str, found)) in page
    assert "The chain is" not in client.get("/desk/audit").text


def test_a_neighbours_broken_chain_is_not_ours(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    other = Organization(name="Other", host="other.example")
    session.add(other)
    session.flush()
    with as_organization(other.id):
        sealed(session)
        with transaction():
            session.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER audit_immutable"))
            session.execute(sa.update(AuditEntry).where(AuditEntry.place == 2).values(act="x"))
            session.execute(sa.text("ALTER TABLE audit_entry ENABLE TRIGGER audit_immutable"))
    session.expire_all()
    sealed(session)
    assert audit.broken_links() == [(other.id, 2)]
    assert audit.broken_links(everywhere=False) == []
    staff(client, Role.OWNER)
    assert "The chain is whole." in client.get("/desk/audit?check=1").text

"""One installation, several organizations: no statement of one sees a row of another, however the row is hidden in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from citevents.core.access import Door, Role
from citevents.core.db import Organization, as_organization, transaction
from citevents.people import services
from citevents.people.models import Person, Proof, RoleGrant
from citevents.people.sign_in import identity
from citevents.people.sign_in.services import enter
from tests.house.addressed import World
from tests.house.routes import RULES, declared, name
from tests.people.world import a_person


@pytest.fixture(autouse=True)
def _neighbours(session: Session, organization: Organization) -> None:
    services.find_or_make("a@cit.example", "Here")
    other = Organization(name="Other", host="other.example")
    session.add(other)
    session.flush()
    with as_organization(other.id):
        services.find_or_make("a@cit.example", "There")
        services.find_or_make("b@cit.example", "There")


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (sa.select(Person.name), "Here"),
        (sa.select(sa.func.count()).select_from(Person), 1),
        (sa.select(sa.func.count(Person.id)), 1),
        (sa.select(sa.func.count()).where(Person.id > 0), 1),
        (sa.select(sa.func.count()).select_from(sa.select(Person.id).subquery()), 1),
        (sa.select(sa.func.count()).select_from(Person).join(RoleGrant, isouter=True), 1),
        (sa.select(sa.exists(sa.select(Person.id).where(Person.name == "There"))), False),
        (sa.select(sa.literal(1)).where(sa.exists().where(Person.name == "There")), None),
        (sa.select(sa.select(Person.name).where(Person.name == "There").scalar_subquery()), None),
        (
            sa.union_all(sa.select(Person.name).where(Person.name == "There"), sa.select(sa.literal("end"))),
            "end",
        ),
    ],
)
def test_reads_stay_at_home(session: Session, statement: Any, answer: object) -> None:
    assert session.scalars(statement).all() == ([] if answer is None and _rows(statement) == 0 else [answer])


def _rows(statement: Any) -> int:
    return 0 if "EXISTS" in str(statement) else 1


def test_writes_stay_at_home(session: Session) -> None:
    changed = session.execute(sa.update(Person).values(name="Changed").returning(Person.id))
    assert len(changed.all()) == 1
    gone = session.execute(sa.delete(Person).returning(Person.id))
    assert len(gone.all()) == 1
    assert session.scalar(sa.text("SELECT count(*) FROM person WHERE name = 'There'")) == 2


# ---------- over the wire ----------

HERE, THERE = "http://localhost", "http://other.example"
ADDRESSED = [rule for rule in RULES if rule.arguments and declared(rule).door is not Door.MACHINE]

#: A link that is used up looks like one that never was; and somebody without a program has none to avoid.
OTHERWISE = {
    "organizations.set_up": 410,
    "people.open_link": 410,
    "people.use_link": 410,
    "matching.meet_again": 409,
}


@pytest.fixture
def foreign_owner(client: FlaskClient, session: Session) -> FlaskClient:
    """The browser of an owner of the other organization, on its host."""
    other = session.scalars(sa.select(Organization).where(Organization.host == "other.example")).one()
    with as_organization(other.id):
        person_id = a_person("Owner There")
        with transaction():
            services.grant(person_id, Role.OWNER)
            entered = enter(person_id, Proof.LINK)
    with client.session_transaction(base_url=THERE) as cookie:
        cookie[identity.KEY] = entered.public_id
    return client


@pytest.mark.parametrize("rule", ADDRESSED, ids=name)
def test_what_belongs_to_another_organization_is_not_found(
    foreign_owner: FlaskClient, session: Session, rule: Rule
) -> None:
    """With ids that are right where they belong; and nothing changes there."""
    path = World().path(rule)
    if rule.endpoint == "assets.static":
        pytest.skip("files are everybody's")
    page = foreign_owner.get("/desk", base_url=THERE)
    assert page.status_code == 200, "an owner there"
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    token = found[1] if found else ""
    for method in sorted({"GET", "POST"} & (rule.methods or set())):
        answer = foreign_owner.open(path, method=method, base_url=THERE, data={"csrf_token": token})
        assert answer.status_code == OTHERWISE.get(rule.endpoint, 404), (method, path)

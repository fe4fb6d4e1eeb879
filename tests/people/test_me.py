"""A person's own pages: settings that stick, consents with a way back, everything to take along, being forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core import audit, personal_data
from citevents.core.access import Grant, Role
from citevents.core.db import Model, transaction
from citevents.core.events import EventRow
from citevents.core.mail import Letter
from citevents.locale.languages import in_language
from citevents.people import queries, services
from citevents.people.models import Passkey, Purpose, SignIn, SignInLink
from citevents.people.policy import WORDINGS
from citevents.people.sign_in import services as sign_in
from tests.people.world import a_person, letter_to, sign_in_as, staff, submit, text_of

Settle = Callable[[], int]


def save(client: FlaskClient, **changes: str) -> Any:
    fields = {
        "name": "Amina Haddad",
        "call_name": "",
        "country": "JO",
        "agency": "",
        "language": "en",
        "zone": "",
    }
    return submit(client, "/me/settings", page="/me/settings", **(fields | changes))


def test_settings_stick_to_the_person_and_to_every_browser(client: FlaskClient, app: Flask) -> None:
    person_id = a_person("Amina")
    sign_in_as(client, person_id)
    answer = save(
        client, name=" أمينة  حداد ", call_name="Amina", language="ar", zone="Asia/Amman", agency="Amman CIT"
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/settings")
    kept = queries.person(person_id)
    assert (kept.name, kept.call_name, kept.country, kept.agency) == (
        "أمينة حداد",
        "Amina",
        "JO",
        "Amman CIT",
    )
    assert (kept.language, kept.zone) == ("ar", "Asia/Amman")
    assert 'dir="rtl"' in client.get("/me/settings").text

    elsewhere = sign_in_as(app.test_client(), person_id)
    page = elsewhere.get("/sign-out", headers={"Accept-Language": "fr"}).text
    assert '<html lang="ar" dir="rtl">' in page, "a new browser speaks the person's language"
    assert '<option value="Asia/Amman" selected>' in page

    save(client, zone="")
    assert queries.person(person_id).zone is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": " \u202e\x00 "}, "Enter a name."),
        ({"name": "x" * 201}, "Names have room for 200 characters."),
        ({"country": "ZZ"}, "Not a valid choice."),
        ({"language": "xx"}, "Not a valid choice."),
        ({"zone": "../etc/passwd"}, "Not a valid choice."),
    ],
)
def test_what_does_not_fit_is_said_at_the_field_and_nothing_is_lost(
    client: FlaskClient, changes: dict[str, str], said: str
) -> None:
    person_id = a_person("Before")
    sign_in_as(client, person_id)
    answer = save(client, agency="typed <i>before</i>", **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert "typed &lt;i&gt;before&lt;/i&gt;" in answer.text
    assert queries.person(person_id).name == "Before"


def test_the_choice_in_the_footer_stays_with_the_person(client: FlaskClient, app: Flask) -> None:
    person_id = a_person()
    sign_in_as(client, person_id)
    submit(client, "/preferences", lang="fr", zone="Africa/Lagos", next="/sign-out")
    kept = queries.person(person_id)
    assert (kept.language, kept.zone) == ("fr", "Africa/Lagos")
    submit(client, "/preferences", lang="klingon", zone="Mars/Base", next="/sign-out")
    submit(app.test_client(), "/preferences", lang="es", zone="", next="/sign-in")
    assert queries.person(person_id) == kept


def test_a_consent_is_given_once_and_taken_back(client: FlaskClient, session: Session) -> None:
    person_id = a_person()
    version = WORDINGS[Purpose.FOLLOW_UP].version
    with transaction():
        for _ in range(2):
            services.give_consent(person_id, Purpose.FOLLOW_UP, version, "registration")
        services.give_consent(person_id, Purpose.NEWS, version)
    assert len(queries.consents_of(person_id)) == 2
    assert queries.agreed(person_id, Purpose.FOLLOW_UP)

    sign_in_as(client, person_id)
    assert "months later, what became of what I learned" in client.get("/me/data").text
    assert submit(client, "/me/data/consents/follow_up/withdraw", page="/me/data").status_code == 303
    assert not queries.agreed(person_id, Purpose.FOLLOW_UP)
    events = session.scalars(sa.select(EventRow).where(EventRow.name == "person.consent_withdrawn")).all()
    assert [event.payload for event in events] == [{"person_id": person_id, "purpose": "follow_up"}]
    assert "Taken back on" in client.get("/me/data").text
    for purpose in ("photos", "everything"):
        assert submit(client, f"/me/data/consents/{purpose}/withdraw", page="/me/data").status_code == 404

    with transaction():
        services.give_consent(person_id, Purpose.FOLLOW_UP, version, "settings")
    assert queries.agreed_of([person_id, person_id + 1], Purpose.FOLLOW_UP) == {person_id}
    assert len([each for each in queries.consents_of(person_id) if each.purpose is Purpose.FOLLOW_UP]) == 2


def test_everything_kept_can_be_taken_along(client: FlaskClient, session: Session) -> None:
    person_id = a_person("Amina", mail="amina@cit.example", country="JO")
    stranger = a_person("Somebody Else", mail="else@cit.example")
    with transaction():
        services.give_consent(person_id, Purpose.NEWS, "2027-01", "registration")
        services.give_consent(stranger, Purpose.NEWS, "2027-01", "registration")
        services.grant(person_id, Role.REVIEWER)
        session.add(Letter(key="x", kind="people/sign_in", person_id=person_id, message_id="<x>"))
    sign_in_as(client, person_id)
    answer = client.get("/me/data/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="citevents-my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    told = json.loads(answer.data)
    assert {"exported_at", "person", "access", "consents", "letters", "acts"} <= set(told)
    assert told["person"]["mail"] == "amina@cit.example"
    assert [each["purpose"] for each in told["consents"]] == ["news"]
    assert told["access"]["roles"] == [{"role": "reviewer", "conference_id": None}]
    assert [each["kind"] for each in told["letters"]] == ["people/sign_in"]
    assert "else@cit.example" not in answer.text


def identities(session: Session, *words: str) -> list[str]:
    """Tables in which one of these words stands anywhere (events, deliveries and letters too)."""
    found = []
    for table in Model.metadata.sorted_tables:
        for word in words:
            count = session.scalar(
                sa.text(f'SELECT count(*) FROM "{table.name}" t WHERE t::text ILIKE :word'),
                {"word": f"%{word}%"},
            )
            if count:
                found.append(table.name)
    return found


def test_the_erased_leave_no_identity_and_can_come_again_as_somebody_new(
    client: FlaskClient, session: Session, settle: Settle, outbox: Any, app: Flask
) -> None:
    person_id = a_person("Quetzalli Ixchel", mail="quetzalli@cit.example", agency="Quetzalli Agency")
    with transaction():
        services.give_consent(person_id, Purpose.NEWS, "2027-01")
        services.grant(person_id, Role.REVIEWER)
        letter = services.sign_in_path(person_id)
        sign_in.ask_link("Quetzalli@cit.example", next="", language="en")
        session.add(
            Passkey(
                person_id=person_id, name="Quetzalli's phone", credential_id="abc", public_key=b"quetzalli"
            )
        )
    settle()
    assert "link" in text_of(letter_to(outbox, "quetzalli@cit.example"))
    assert identities(session, "quetzalli") != []
    elsewhere = sign_in_as(app.test_client(), person_id)
    sign_in_as(client, person_id)

    page = client.get("/me/data/erase").text
    for keeping in personal_data.keepings():
        with app.test_request_context(), in_language("en"):
            assert str(keeping.erased).replace("'", "&#39;") in page, "each consequence is named"
    answer = submit(client, "/me/data/erase", page="/me/data/erase")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert "You are forgotten here" in client.get("/sign-in").text
    settle()

    assert identities(session, "quetzalli", "ixchel") == []
    assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInLink)) == 0
    assert elsewhere.get("/me/data").status_code == 302
    assert client.get(letter).status_code == 410
    gone = queries.person(person_id)
    assert (gone.name, gone.mail, gone.erased) == ("Erased person", "", True)
    assert session.scalar(sa.select(Letter.person_id)) is None
    assert not queries.agreed(person_id, Purpose.NEWS)
    assert queries.by_mail("quetzalli@cit.example") is None
    with transaction():
        services.erase(person_id)
    assert services.find_or_make("quetzalli@cit.example", "Quetzalli") != person_id


def test_the_last_owner_cannot_be_forgotten(client: FlaskClient, session: Session) -> None:
    staff(client, Role.OWNER)
    answer = submit(client, "/me/data/erase", page="/me/data/erase")
    assert answer.status_code == 409
    assert "Make somebody else an owner first" in answer.text
    assert [each.act for each in audit.trail()] == ["grant"]


def test_a_role_is_not_given_to_the_erased(session: Session, client: FlaskClient) -> None:
    person_id = a_person()
    with transaction():
        services.erase(person_id)
    staff(client, Role.OWNER)
    public_id = queries.person(person_id).public_id
    assert client.get(f"/desk/people/{public_id}").status_code == 404
    assert queries.grants_of(person_id) == []
    assert Grant(Role.OWNER) not in queries.grants_of(person_id)

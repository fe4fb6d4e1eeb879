"""Every purpose that a person can agree to is asked in its own words, read by what it is for, shown and taken back under My data."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, session, transaction
from citevents.matching import queries as matching
from citevents.people import queries as people
from citevents.people.models import Consent, Person, Purpose
from citevents.people.policy import WORDINGS
from citevents.registration.models import Registration, SensitiveAnswer
from citevents.surveys import services as surveys
from citevents.surveys.models import Survey, SurveyInvitation
from standins.mail import Outbox
from tests.conferences.world import a_question
from tests.matching.world import AMMAN, a_leader, a_round, request_fields
from tests.matching.world import send as send_to
from tests.people.world import sign_in_as, staff, submit
from tests.registration.buyers import REGISTER, fill, sale
from workers.clock import run_all

Settle = Callable[[], int]


class Place:
    """What a story needs: browsers, a mailbox, and time."""

    def __init__(self, app: Flask, settle: Settle, outbox: Outbox) -> None:
        self.app, self.settle, self.outbox = app, settle, outbox

    def browser(self) -> FlaskClient:
        return self.app.test_client()


#: Asks (a page's address, and who agrees there), then says again and again whether anything reads the consent: True, False.
Story = Iterator[tuple[str, str] | bool]


def news(place: Place) -> Story:
    _conference, ticket = sale()
    yield REGISTER, place.browser().get(REGISTER).text
    fill(place.browser(), ticket, news="y")
    organizer = staff(place.browser(), Role.ORGANIZER)

    def listed() -> bool:
        return "aino@tampere.example" in organizer.get("/desk/people/news.csv").text

    assert not listed(), "anybody can type this address: it must be proven first"
    session().execute(sa.update(Person).values(mail_proven_at=now()))
    session().commit()
    while True:
        yield listed()


def follow_up(place: Place) -> Story:
    conference, ticket = sale()
    yield REGISTER, place.browser().get(REGISTER).text
    fill(place.browser(), ticket, follow_up="y")
    person_id = session().scalars(sa.select(Registration.person_id)).one()
    with transaction():
        survey_id = surveys.prepare(conference.id)
        surveys.configure(survey_id, ask_after_days=180, open_days=30)
    place.settle()
    ended = now() - timedelta(days=180)
    while True:
        place.outbox.clear()
        with transaction():
            session().execute(sa.update(Survey).values(state="draft"))
            session().execute(sa.delete(SurveyInvitation))
            surveys.plan(conference.id, [person_id or 0], ended, conference.zone)
            assert surveys.ask_due(now()) == 1
        place.settle()
        found = session().scalars(sa.select(SurveyInvitation.public_id)).all()
        mailed = [
            message for message in place.outbox.messages() if "what became of it" in str(message["Subject"])
        ]
        assert len(found) == len(mailed), "who is not asked has no link"
        yield bool(mailed)
        session().execute(sa.text("DELETE FROM letter"))
        session().commit()


def sensitive_answers(place: Place) -> Story:
    conference, ticket = sale()
    need = a_question(conference)
    yield REGISTER, place.browser().get(REGISTER).text
    fill(place.browser(), ticket, **{f"q{need.id}": "Live captions"})
    assert session().scalar(sa.select(sa.func.count(SensitiveAnswer.id))) == 0, "not without"
    fill(place.browser(), ticket, **{f"q{need.id}": "Live captions", "sensitive_consent": "y"})
    while True:
        place.settle()
        yield bool(session().scalar(sa.select(sa.func.count(SensitiveAnswer.id))))


def exchange(place: Place) -> Story:
    leader = a_leader("Rania Khoury", AMMAN, mail="aino@tampere.example")
    about = a_round()
    browser = sign_in_as(place.browser(), leader)
    yield "/exchange/request", browser.get("/exchange/request").text
    assert send_to(browser, "/exchange/request", request_fields(consent="")).status_code == 422
    send_to(browser, "/exchange/request", request_fields())
    program = matching.program_of(leader)
    assert program
    while True:
        place.settle()
        yield matching.request_of(program.id, about.id) is not None


STORIES: dict[Purpose, Callable[[Place], Story]] = {
    Purpose.NEWS: news,
    Purpose.FOLLOW_UP: follow_up,
    Purpose.SENSITIVE_ANSWERS: sensitive_answers,
    Purpose.EXCHANGE: exchange,
}


def test_every_purpose_has_its_words_and_its_story() -> None:
    assert set(STORIES) == set(Purpose) == set(WORDINGS)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_purpose_is_asked_read_and_taken_back(
    purpose: Purpose, app: Flask, organization: Organization, session: Session, settle: Settle, outbox: Outbox
) -> None:
    words = WORDINGS[purpose]
    story = STORIES[purpose](Place(app, settle, outbox))
    asked = next(story)
    assert isinstance(asked, tuple)
    page = html.unescape(asked[1])
    assert str(words.sentence) in page, f"{asked[0]} asks in other words than those that are kept"
    assert session.scalars(sa.select(Consent.purpose)).all() == [], "nobody is asked with the box ticked"
    assert next(story) is True
    aino = people.by_mail("aino@tampere.example")
    assert aino
    assert people.agreed(aino.id, purpose)
    [given] = [each for each in people.consents_of(aino.id) if each.purpose is purpose]
    assert given.wording_version == words.version

    browser = sign_in_as(app.test_client(), aino.id)
    mine = html.unescape(browser.get("/me/data").text)
    assert str(words.sentence) in mine
    assert str(words.withdrawing) in mine
    assert submit(browser, f"/me/data/consents/{purpose.value}/withdraw", page="/me/data").status_code == 303
    assert next(story) is False, "taken back, and still read as given"

    given_anew = submit(browser, f"/me/data/consents/{purpose.value}/agree", page="/me/data")
    assert given_anew.status_code == (303 if words.anywhere else 404)
    if words.anywhere:
        assert next(story) is True


def test_a_conference_that_is_over_asks_its_survey_without_consent(
    app: Flask, organization: Organization, session: Session, settle: Settle, outbox: Outbox
) -> None:
    """Right after the event everybody who was there is asked once; that is part of it, and stands in no consent."""
    conference, ticket = sale()
    fill(app.test_client(), ticket)
    person_id = session.scalars(sa.select(Registration.person_id)).one()
    with transaction():
        surveys.plan(conference.id, [person_id or 0], now() - timedelta(days=1), conference.zone)
    run_all(now())
    settle()
    subjects = [str(message["Subject"]) for message in outbox.messages()]
    assert [each for each in subjects if "how was it?" in each]

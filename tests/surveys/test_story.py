"""Step 4 of the story: the conference ends, those who were there are asked, results hide what is small."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.people import services as people
from citevents.registration import check_in
from citevents.registration.models import Registration
from citevents.surveys import answering, queries
from citevents.surveys.errors import NothingAnswered, SurveyClosed
from citevents.surveys.models import SurveyInvitation, SurveyState
from standins.mail import Outbox
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.registration.world import an_order
from workers import surveys as reactions
from workers.clock import run_all

Settle = Callable[[], int]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference(slug="yesterday")


@pytest.fixture
def there(conference: Conference, session: Session) -> list[int]:
    """Seven people registered, six were checked in; their ids."""
    kind = a_ticket_type(conference, a_quota(conference), amount=0)
    for number in range(7):
        an_order(conference, kind, mail=f"guest{number}@example.org", name=f"Guest {number}")
    rows = session.execute(sa.select(Registration.id, Registration.person_id).order_by(Registration.id)).all()
    with transaction():
        for row in rows[:6]:
            check_in.check_in(conference.id, row.id, now(), None)
    return [row.person_id for row in rows[:6]]


def end(conference: Conference, settle: Settle) -> None:
    """A day after the last day, as the clock tells it."""
    settle()
    for day in (1, 2):  # one tick ends the conference, a later one asks whoever is due
        run_all(now().replace(year=conference.ends_on.year, month=9, day=day))
        settle()


def links(outbox: Outbox) -> dict[str, str]:
    found = {}
    for message in outbox.messages():
        text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        link = re.search(r"/surveys/(\S+)", text)
        if link:
            found[str(message["To"])] = link.group(1)
    return found


def test_those_who_were_there_are_asked_once(
    conference: Conference, there: list[int], outbox: Outbox, session: Session, settle: Settle
) -> None:
    outbox.clear()
    end(conference, settle)
    asked = links(outbox)
    assert len(asked) == 6
    assert not any("guest6" in address for address in asked)
    end(conference, settle)
    assert links(outbox) == asked
    assert session.scalar(sa.select(sa.func.count()).select_from(SurveyInvitation)) == 6


def test_answers_come_by_link_once_and_are_counted_when_the_survey_closes(
    conference: Conference,
    there: list[int],
    outbox: Outbox,
    session: Session,
    settle: Settle,
    client: FlaskClient,
    organization: Organization,
) -> None:
    outbox.clear()
    end(conference, settle)
    tokens = sorted(links(outbox).values())
    survey = queries.of_conference(conference.id)
    assert survey is not None
    words = str(next(each.id for each in survey.questions if each.kind.value == "text"))
    for token in tokens[:5]:
        page = client.get(f"/surveys/{token}")
        assert page.status_code == 200
        csrf = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.data)
        assert csrf
        answer = client.post(
            f"/surveys/{token}", data={"csrf_token": csrf.group(1).decode(), words: "More time, please."}
        )
        assert (answer.status_code, answer.location) == (303, f"/surveys/{token}/thanks")
        again = client.get(f"/surveys/{token}")
        assert again.status_code == 409
        survey = queries.of_conference(conference.id)
        assert survey is not None and queries.results(survey) is None
    assert (survey.asked, survey.answered) == (6, 5)
    run_all(now().replace(year=conference.ends_on.year, month=10, day=20))
    survey = queries.of_conference(conference.id)
    assert survey is not None
    results = queries.results(survey)
    assert results is not None
    assert results[-1].outcome.texts == ("More time, please.",) * 5


def test_an_empty_form_a_closed_survey_and_an_unknown_link(
    conference: Conference, there: list[int], session: Session, settle: Settle, client: FlaskClient
) -> None:
    end(conference, settle)
    token = session.scalars(sa.select(SurveyInvitation.public_id)).first() or ""
    with pytest.raises(NothingAnswered), transaction():
        answering.answer(token, {}, now())
    assert client.get("/surveys/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    with transaction():
        answering.close_due(now() + timedelta(days=9000))
    survey = queries.of_conference(conference.id)
    assert survey is not None
    assert survey.state is SurveyState.CLOSED
    with pytest.raises(SurveyClosed), transaction():
        answering.answer(token, {str(survey.questions[0].id): ["3"]}, now())
    assert client.get(f"/surveys/{token}").status_code == 410


def test_the_erased_are_not_asked(
    conference: Conference, there: list[int], session: Session, settle: Settle, outbox: Outbox
) -> None:
    outbox.clear()
    settle()
    with transaction():
        people.erase(there[0])
    end(conference, settle)
    assert len(links(outbox)) == 5
    assert reactions.mail_survey is not None

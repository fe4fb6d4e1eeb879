"""While a survey is open only the number of answers is known; when it closes all are counted, once, and for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.core.events import EventRow
from citevents.operations.invariants import violations
from citevents.people import services as people
from citevents.surveys import answering, queries, services
from citevents.surveys.disclosure import Band
from citevents.surveys.errors import AnsweredAlready, NothingAnswered, SurveyClosed
from citevents.surveys.models import Survey, SurveyBox, SurveyInvitation, SurveyResult
from standins.mail import Outbox
from tests.people.world import staff, submit
from tests.surveys.world import ENDED, OPEN, OVER, a_survey, closed, of_kind, says, sent, view

Settle = Callable[[], int]
pytestmark = pytest.mark.usefixtures("organization")


def wrong() -> list[str]:
    return [each.code for each in violations() if each.code in ("P2", "P3")]


def agreeing(survey_id: int) -> list[Band | None]:
    return [each.outcome.cells[0] for each in closed(survey_id) if each.question.kind.value == "scale"]


def test_nine_were_asked_and_nine_answered_and_all_nine_are_counted(session: Session) -> None:
    """L1: no answer waits for others when the survey closes."""
    survey_id, links = a_survey(9)
    for link in links:
        says(survey_id, link, scale=5, text="More time for the exercises, please.")
    results = closed(survey_id)
    assert (view(survey_id).asked, view(survey_id).answered) == (9, 9)
    assert of_kind(results, "text").outcome.texts == ("More time for the exercises, please.",) * 9
    assert of_kind(results, "scale").outcome.cells == (None,), "of nine, one side is always under five"
    assert session.scalar(sa.select(sa.func.count()).select_from(SurveyBox)) == 0


@pytest.mark.parametrize("people", [0, 1, 4])
def test_nothing_is_shown_of_fewer_than_five_answers(people: int, session: Session) -> None:
    survey_id, links = a_survey(6)
    for link in links[:people]:
        says(survey_id, link, scale=5, text="More time, please.")
    assert closed(survey_id) == []
    assert view(survey_id).answered == people
    assert session.scalar(sa.select(SurveyResult.content)) == {"questions": []}
    assert wrong() == []


def test_ten_answers_and_five_more_are_shown_once(client: FlaskClient) -> None:
    """K20: ten answers of which five agree, then five more of which four do: only the fifteen together are ever shown."""
    survey_id, links = a_survey(16)
    organizer = staff(client, Role.ORGANIZER)
    seen = set()
    for number, link in enumerate(links[:15]):
        says(survey_id, link, scale=5 if number < 5 or number > 10 else 1)
        assert queries.results(view(survey_id)) is None
        [page] = re.findall(r"<main.*</main>", organizer.get("/desk/c/over/surveys").text, re.S)
        seen.add(page.replace(f'<span class="figure">{number + 1}</span>', "so many"))
        assert "so many" in max(seen)
        assert organizer.get("/desk/c/over/surveys/results.csv").status_code == 409
    assert len(seen) == 1, "the page changes by the number of answers alone"
    assert of_kind(closed(survey_id), "scale").outcome.cells == (Band(9, 9),)


def test_results_never_change_after(session: Session, settle: Settle) -> None:
    survey_id, links = a_survey(14)
    for number, link in enumerate(links[:13]):
        says(survey_id, link, scale=5 if number < 6 else 1)
    first = closed(survey_id)
    [asked] = session.scalars(
        sa.select(SurveyInvitation.person_id).where(SurveyInvitation.public_id == links[0])
    )
    with transaction():
        people.erase(asked)
    settle()
    with pytest.raises(SurveyClosed):
        says(survey_id, links[13], at=OPEN, scale=5)
    with transaction():
        services.plan(must(Survey, survey_id).conference_id, [asked], ENDED, "America/Vancouver")
        answering.close_due(OVER + timedelta(days=400))
    assert queries.results(view(survey_id)) == first
    assert (view(survey_id).asked, view(survey_id).answered, view(survey_id).state) == (14, 13, "closed")
    for change in ("UPDATE survey_result SET content = '{}'", "DELETE FROM survey_result"):
        with pytest.raises(sa.exc.DBAPIError, match="published results do not change"), transaction():
            session.execute(sa.text(change))
    assert wrong() == []


def test_who_is_erased_while_it_is_open_stays_counted(session: Session, settle: Settle) -> None:
    survey_id, links = a_survey(12)
    for link in links:
        says(survey_id, link, scale=5)
    [asked] = session.scalars(
        sa.select(SurveyInvitation.person_id).where(SurveyInvitation.public_id == links[0])
    )
    with transaction():
        people.erase(asked)
    settle()
    assert (view(survey_id).asked, view(survey_id).answered) == (12, 12)
    assert agreeing(survey_id)[0] == Band(7, 12)
    assert wrong() == []


def test_the_second_of_closing(session: Session) -> None:
    """An answer of before is counted, one of that instant is refused, whether or not the clock has come by."""
    survey_id, links = a_survey(6)
    closes_at = must(Survey, survey_id).closes_at
    assert closes_at
    says(survey_id, links[0], at=closes_at - timedelta(microseconds=1), scale=5)
    with pytest.raises(SurveyClosed):
        says(survey_id, links[1], at=closes_at, scale=5)
    with transaction():
        assert answering.close_due(closes_at - timedelta(microseconds=1)) == 0
        assert answering.close_due(closes_at) == 1
        assert answering.close_due(closes_at) == 0, "once"
    assert view(survey_id).answered == 1


def test_a_link_answers_once_and_an_empty_form_is_no_answer() -> None:
    survey_id, links = a_survey(1)
    with pytest.raises(NothingAnswered), transaction():
        answering.answer(links[0], {}, OPEN)
    says(survey_id, links[0], scale=3)
    with pytest.raises(AnsweredAlready):
        says(survey_id, links[0], scale=5)
    assert view(survey_id).answered == 1


def test_a_question_that_nobody_answered_and_one_that_all_answered_the_same() -> None:
    survey_id, links = a_survey(12)
    for link in links:
        says(survey_id, link, scale=5, one=0)
    results = closed(survey_id)
    assert of_kind(results, "scale").outcome.cells == (Band(7, 12),)
    assert of_kind(results, "one").outcome.cells == (Band(7, 12), None, None)
    assert [each.outcome.cells for each in results if each.outcome.of is None] == [
        (None,), (None,), (None,), (None, None, None, None, None), (),
    ]  # fmt: skip
    assert wrong() == []


def test_what_was_not_sent_when_it_closes_is_not_sent(session: Session) -> None:
    """The worker was away for weeks: nobody is asked for a survey that is closed."""
    survey_id, _links = a_survey(3)
    with transaction() as current:
        current.execute(sa.update(SurveyInvitation).values(asked_at=None))
        assert services.ask_due(OVER) == 0
    closed(survey_id)
    assert session.scalar(sa.select(sa.func.count()).select_from(SurveyInvitation)) == 0


def test_a_letter_that_is_late_is_not_sent(session: Session, settle: Settle, outbox: Outbox) -> None:
    survey_id, _links = a_survey(3)
    with transaction() as current:
        current.execute(sa.update(SurveyInvitation).values(asked_at=None))
        assert services.ask_due(OPEN) == 3
    outbox.clear()
    closed(survey_id)
    assert settle() == 3
    assert outbox.messages() == []
    assert session.scalar(sa.select(sa.func.count()).select_from(SurveyInvitation)) == 0


def test_another_secret_loses_nothing(app: Flask) -> None:
    """Answers that cannot be opened wait for the secret they were given under; other surveys close meanwhile."""
    lost, links = a_survey(12)
    for link in links:
        says(lost, link, scale=5)
    other, _none = a_survey(2, slug="other")
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setitem(app.config, "SECRET_KEY", "another")
        with transaction():
            assert answering.close_due(OVER) == 1
    assert (view(lost).state, view(other).state) == ("open", "closed")
    assert agreeing(lost)[0] == Band(7, 12)


def test_who_answers_while_the_box_cannot_be_opened_loses_nothing(app: Flask, client: FlaskClient) -> None:
    survey_id, links = a_survey(2)
    with transaction() as current:
        current.execute(sa.update(Survey).values(closes_at=now() + timedelta(days=9)))
    says(survey_id, links[0], at=now(), scale=5)
    form = {key: value[0] for key, value in sent(survey_id, scale=4, text="More time, please.").items()}
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setitem(app.config, "SECRET_KEY", "another")
        away = submit(client, f"/surveys/{links[1]}", page=f"/surveys/{links[1]}", **form)
    assert away.status_code == 503
    assert "send again later" in away.text
    assert "More time, please.</textarea>" in away.text
    assert view(survey_id).answered == 1
    assert submit(client, f"/surveys/{links[1]}", page=f"/surveys/{links[1]}", **form).status_code == 303
    assert view(survey_id).answered == 2


def test_the_form_is_gone_in_the_second_of_closing(client: FlaskClient) -> None:
    survey_id, links = a_survey(1)
    with transaction() as current:
        current.execute(sa.update(Survey).values(closes_at=now() - timedelta(seconds=1)))
    assert view(survey_id).state == "open", "the clock has not come by"
    assert client.get(f"/surveys/{links[0]}").status_code == 410


def test_events_hold_no_answer_and_no_time_of_one(session: Session) -> None:
    survey_id, links = a_survey(5)
    before = session.scalars(sa.select(EventRow.id)).all()
    for link in links:
        says(survey_id, link, scale=5)
    assert session.scalars(sa.select(EventRow.id)).all() == before
    closed(survey_id)
    [fact] = session.execute(sa.select(EventRow.name, EventRow.payload).where(EventRow.id.not_in(before)))
    assert tuple(fact) == ("survey.closed", {"survey_id": survey_id})


def test_the_page_and_the_table_of_a_closed_survey(client: FlaskClient) -> None:
    survey_id, links = a_survey(31)
    for number, link in enumerate(links[:30]):
        says(
            survey_id,
            link,
            scale=5 if number < 20 else 1,
            one=0 if number < 29 else 2,
            many=[0, 1] if number < 12 else [4],
            text="Hiljaisuus on myös vastaus." if number == 3 else "More time for the exercises, please.",
        )
    closed(survey_id)
    organizer = staff(client, Role.ORGANIZER)
    page = organizer.get("/desk/c/over/surveys").text
    assert "30 of 31 people who were asked answered." in page
    assert "Hiljaisuus" not in page
    table = organizer.get("/desk/c/over/surveys/results.csv").text.splitlines()
    learned, _met, _heard, _place, yes, perhaps, no, tell, *rest = table[1:]
    assert learned == "I learned something that I will use at work.,agree mostly or completely,20,30"
    assert (yes, perhaps, no) == (
        "Would you come again?,Yes,25 or more,30",
        "Would you come again?,Perhaps,not shown,30",
        "Would you come again?,No,not shown,30",
    )
    assert tell == "What will you do next?,Tell my colleagues what I learned,12,30"
    assert len([each for each in rest if "exercises" in each]) == 29
    assert "under 5" not in page + "".join(table)


def test_strangers_learn_nothing(client: FlaskClient, organization: Organization) -> None:
    survey_id, links = a_survey(6)
    says(survey_id, links[0], scale=5)
    for role in (None, Role.CHECK_IN, Role.FINANCE):
        browser = staff(client, role) if role else client
        for path in ("/desk/c/over/surveys", "/desk/c/over/surveys/results.csv"):
            assert browser.get(path).status_code in (302, 404)
    assert client.get(f"/surveys/{links[0]}").status_code == 409
    assert now() < OVER
    assert sent(survey_id, scale=5)

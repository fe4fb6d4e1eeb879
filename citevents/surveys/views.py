"""Pages of surveys: answering by link, and the organizer's desk with the results."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.core import pictures
from citevents.core.access import Role, allowed, by_link
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.core.languages import gettext as _
from citevents.core.sheets import Cell, download
from citevents.core.web import refuse
from citevents.surveys import queries, services
from citevents.surveys.errors import AnsweredAlready, NothingAnswered, SurveyClosed
from citevents.surveys.forms import AnswerForm, QuestionForm, TimesForm
from citevents.surveys.models import QuestionKind, SurveyState
from citevents.surveys.queries import SurveyView

surveys = Blueprint("surveys", __name__)


@surveys.route("/surveys/<token>", methods=["GET", "POST"])
@by_link
def answer(token: str) -> ResponseReturnValue:
    """Answer without signing in, once."""
    asked = queries.by_token(token)
    if asked is None:
        abort(404)
    about = conferences.by_id(asked.survey.conference_id)
    form = AnswerForm()
    sent = {key: request.form.getlist(key) for key in request.form} if request.method == "POST" else {}
    if form.validate_on_submit():
        try:
            with transaction():
                services.answer(token, sent, now())
            return redirect(url_for("surveys.thanks", token=token), 303)
        except NothingAnswered as refusal:
            refuse(form, refusal)
    elif asked.used:
        raise AnsweredAlready()
    elif asked.survey.state is not SurveyState.OPEN:
        raise SurveyClosed()
    page = render_template("surveys/answer.html", survey=asked.survey, conference=about, form=form, sent=sent)
    return page, 422 if form.errors else 200


@surveys.get("/surveys/<token>/thanks")
@by_link
def thanks(token: str) -> ResponseReturnValue:
    """It arrived, and what becomes of it."""
    asked = queries.by_token(token)
    if asked is None or not asked.used:
        abort(404)
    return render_template("surveys/thanks.html", conference=conferences.by_id(asked.survey.conference_id))


@surveys.get("/desk/c/<slug:conference>/surveys")
@allowed(Role.ORGANIZER)
def desk(conference: str) -> ResponseReturnValue:
    """The survey of a conference: its questions before it goes out, its results after."""
    about = conferences.by_slug(conference)
    survey = queries.of_conference(about.id)
    if survey is None:
        return render_template("surveys/none.html", conference=about)
    if survey.state is SurveyState.DRAFT:
        form = TimesForm(obj=survey, formdata=None)
        return render_template("surveys/draft.html", conference=about, survey=survey, form=form)
    return render_template(
        "surveys/results.html",
        conference=about,
        survey=survey,
        results=queries.results(survey),
        interval=pictures.interval,
    )


@surveys.post("/desk/c/<slug:conference>/surveys/prepare")
@allowed(Role.ORGANIZER)
def prepare(conference: str) -> ResponseReturnValue:
    """Make the survey with the starting questions."""
    about = conferences.by_slug(conference)
    with transaction():
        services.prepare(about.id)
    flash(_("The survey is there, with questions to start from. Change them as you like."), "success")
    return redirect(url_for("surveys.desk", conference=conference), 303)


@surveys.post("/desk/c/<slug:conference>/surveys/times")
@allowed(Role.ORGANIZER)
def times(conference: str) -> ResponseReturnValue:
    """When people are asked."""
    about = conferences.by_slug(conference)
    survey = _survey(about.id)
    form = TimesForm()
    if form.validate_on_submit():
        with transaction():
            services.configure(
                survey.id,
                ask_after_days=form.ask_after_days.data or 0,
                open_days=form.open_days.data or 30,
            )
        flash(_("Saved."), "success")
        return redirect(url_for("surveys.desk", conference=conference), 303)
    return render_template("surveys/draft.html", conference=about, survey=survey, form=form), 422


@surveys.route("/desk/c/<slug:conference>/surveys/questions/new", methods=["GET", "POST"])
@surveys.route("/desk/c/<slug:conference>/surveys/questions/<int:question>", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def question(conference: str, question: int | None = None) -> ResponseReturnValue:
    """Add or change a question."""
    about = conferences.by_slug(conference)
    survey = _survey(about.id)
    found = next((each for each in survey.questions if each.id == question), None)
    if question is not None and found is None:
        abort(404)
    form = QuestionForm()
    if request.method == "GET" and found:
        form.kind.data, form.label.data = found.kind.value, found.label
        form.options.data = "\n".join(found.options)
    if form.validate_on_submit():
        try:
            with transaction():
                services.save_question(
                    survey.id,
                    question,
                    kind=QuestionKind(form.kind.data),
                    label=form.label.data or "",
                    options=form.answers(),
                )
            flash(_("The question is saved."), "success")
            return redirect(url_for("surveys.desk", conference=conference), 303)
        except DomainError as refusal:
            refuse(form, refusal)
    page = render_template(
        "surveys/question.html", conference=about, survey=survey, question=found, form=form
    )
    return page, 422 if form.errors else 200


@surveys.route("/desk/c/<slug:conference>/surveys/questions/<int:question>/remove", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def remove_question(conference: str, question: int) -> ResponseReturnValue:
    """Take a question out; asks once."""
    about = conferences.by_slug(conference)
    survey = _survey(about.id)
    if request.method == "GET":
        asked = next((each for each in survey.questions if each.id == question), None)
        if asked is None:
            raise NotYours()
        return render_template("surveys/remove.html", conference=about, question=asked)
    with transaction():
        services.remove_question(survey.id, question)
    flash(_("The question is gone."), "success")
    return redirect(url_for("surveys.desk", conference=conference), 303)


@surveys.get("/desk/c/<slug:conference>/surveys/preview")
@allowed(Role.ORGANIZER)
def preview(conference: str) -> ResponseReturnValue:
    """The survey as people will see it."""
    about = conferences.by_slug(conference)
    return render_template(
        "surveys/answer.html",
        survey=_survey(about.id),
        conference=about,
        form=AnswerForm(),
        sent={},
        preview=True,
    )


@surveys.get("/desk/c/<slug:conference>/surveys/results.csv")
@allowed(Role.ORGANIZER)
def results_csv(conference: str) -> ResponseReturnValue:
    """The shown results as a table; what the page hides is hidden here too."""
    about = conferences.by_slug(conference)
    survey = _survey(about.id)
    return download(f"{about.slug}-survey", [_("question"), _("answer"), _("people"), _("n")], _rows(survey))


def _rows(survey: SurveyView) -> Iterator[list[Cell]]:
    for result in queries.results(survey):
        for cell in result.cells:
            hits = _("under 5") if cell.hits is None else cell.hits
            yield [result.label, cell.label, hits, result.n]
        for text in result.texts:
            yield [result.label, text, None, result.n]


def _survey(conference_id: int) -> SurveyView:
    survey = queries.of_conference(conference_id)
    if survey is None:
        abort(404)
    return survey

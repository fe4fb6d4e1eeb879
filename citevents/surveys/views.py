"""Pages of surveys: answering by link, and the organizer's desk with the results of those that are closed."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.core.access import Role, allowed, by_link
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.documents.csv_export import Cell, download
from citevents.locale.languages import gettext as _
from citevents.surveys import answering, queries, services
from citevents.surveys.disclosure import FEWEST, Shown
from citevents.surveys.errors import AnsweredAlready, AnswersAway, NothingAnswered, ResultsLater, SurveyClosed
from citevents.surveys.forms import AnswerForm, QuestionForm, TimesForm
from citevents.surveys.models import QuestionKind, SurveyState
from citevents.surveys.queries import QuestionResult, SurveyView
from citevents.web import charts
from citevents.web.answers import refuse

surveys = Blueprint("surveys", __name__)


@surveys.route("/surveys/<token>", methods=["GET", "POST"])
@by_link
def answer(token: str) -> ResponseReturnValue:
    """Answer without signing in, once."""
    asked = queries.by_token(token)
    if asked is None:
        abort(404)
    about = conferences.by_id(asked.survey.conference_id)
    form, status = AnswerForm(), 200
    sent = {key: request.form.getlist(key) for key in request.form} if request.method == "POST" else {}
    if form.validate_on_submit():
        try:
            with transaction():
                answering.answer(token, sent, now())
            return redirect(url_for("surveys.thanks", token=token), 303)
        except (NothingAnswered, AnswersAway) as refusal:
            refuse(form, refusal)
            status = refusal.status
    elif asked.used:
        raise AnsweredAlready()
    elif not asked.survey.takes_answers(now()):
        raise SurveyClosed()
    page = render_template("surveys/answer.html", survey=asked.survey, conference=about, form=form, sent=sent)
    return page, max(status, 422 if form.errors else 200)


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
    """The survey of a conference: its questions before it goes out, how many answered while it is open, its results after."""
    about = conferences.by_slug(conference)
    survey = queries.of_conference(about.id)
    if survey is None:
        return render_template("surveys/none.html", conference=about)
    if survey.state is SurveyState.DRAFT:
        form = TimesForm(obj=survey, formdata=None)
        return render_template("surveys/draft.html", conference=about, survey=survey, form=form)
    results = queries.results(survey)
    if results is None:
        return render_template("surveys/open.html", conference=about, survey=survey, now=now())
    return render_template(
        "surveys/results.html",
        conference=about,
        survey=survey,
        results=results,
        interval=charts.interval,
        fewest=FEWEST,
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
    """The published results as a table: what the page shows, and no more. Refused until there are some."""
    about = conferences.by_slug(conference)
    survey = _survey(about.id)
    results = queries.results(survey)
    if results is None:
        raise ResultsLater()
    head = [_("question"), _("answer"), _("people"), _("of how many people")]
    return download(f"{about.slug}-survey", head, _rows(results))


def _rows(results: list[QuestionResult]) -> Iterator[list[Cell]]:
    for each in results:
        asked, shown = each.question, each.outcome
        options = asked.options or (_("agree mostly or completely"),)
        for option, cell in zip(options, shown.cells, strict=True) if shown.cells else ():
            yield [asked.label, option, _people(cell), shown.of]
        for text in shown.texts:
            yield [asked.label, text, None, None]


def _people(cell: Shown) -> Cell:
    if cell is None:
        return str(_("not shown"))
    return cell.low if cell.exact else str(_("%(num)s or more", num=cell.low))


def _survey(conference_id: int) -> SurveyView:
    survey = queries.of_conference(conference_id)
    if survey is None:
        abort(404)
    return survey

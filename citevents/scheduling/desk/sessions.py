"""Sessions and tracks at the desk: add, edit, cancel, bring back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core.access import allowed
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.scheduling import agenda, policy, queries, services
from citevents.scheduling.desk.editor import EDITORS, say_undone, url_of
from citevents.scheduling.forms import SessionForm, TrackForm, speakers_typed
from citevents.scheduling.models import Session, SessionState
from citevents.scheduling.views import scheduling
from citevents.web.answers import refuse


@scheduling.route("/desk/c/<slug:conference>/agenda/sessions/new", methods=["GET", "POST"])
@allowed(*EDITORS)
def new_session(conference: str) -> ResponseReturnValue:
    """A new session; then the form that places it."""
    here = conferences.by_slug(conference)
    form = SessionForm(agenda.tracks(here.id))
    if not form.is_submitted():
        form.language.data = "en"
    if form.validate_on_submit():
        try:
            with transaction():
                row = services.add_session(here.id, speakers=form.speakers_wanted(), **form.words())
                public_id = row.public_id
            flash(_("“%(title)s” is added. Now schedule it.", title=form.title.data), "success")
            return redirect(
                url_for("scheduling.editor", conference=here.slug, move=public_id, _anchor="move"), 303
            )
        except DomainError as refused:
            refuse(form, refused)
    return _form(here, form, None), 422 if form.is_submitted() else 200


@scheduling.route("/desk/c/<slug:conference>/agenda/sessions/<public_id>", methods=["GET", "POST"])
@allowed(*EDITORS)
def edit_session(conference: str, public_id: str) -> ResponseReturnValue:
    """Change a session. What is public stays as it was until the next version."""
    here = conferences.by_slug(conference)
    row = agenda.session_of(here.id, public_id)
    tracks = agenda.tracks(here.id)
    form = SessionForm(tracks, obj=row)
    if not form.is_submitted():
        form.track.data = next((track.public_id for track in tracks if track.id == row.track_id), "")
        form.speakers.data = speakers_typed(agenda.speaking([row.id]).get(row.id, ()))
    if form.validate_on_submit():
        session_id = row.id
        try:
            with transaction():
                services.edit_session(session_id, speakers=form.speakers_wanted(), **form.words())
            flash(
                _("“%(title)s” is saved. It shows with the next version.", title=form.title.data), "success"
            )
            return redirect(url_for("scheduling.editor", conference=here.slug), 303)
        except DomainError as refused:
            refuse(form, refused)
            row = agenda.session_of(here.id, public_id)
    return _form(here, form, row), 422 if form.is_submitted() else 200


@scheduling.route("/desk/c/<slug:conference>/agenda/sessions/<public_id>/cancel", methods=["GET", "POST"])
@allowed(*EDITORS)
def cancel_session(conference: str, public_id: str) -> ResponseReturnValue:
    """Asks once, naming how many people are told; then cancels, publicly and at once."""
    here = conferences.by_slug(conference)
    row = agenda.session_of(here.id, public_id)
    if request.method == "POST":
        try:
            with transaction():
                version = services.cancel(row.id)
                title, told = row.title, version.summary.get("told", 0) if version else None
            flash(_cancelled(title, told), "success")
        except DomainError as refused:
            flash(refused.sentence, "error")
        return redirect(url_for("scheduling.editor", conference=here.slug, _anchor="cancelled"), 303)
    published = queries.current(here.id)
    public = published is not None and here.state != "draft" and row.id in published.content.by_session()
    return render_template(
        "scheduling/cancel.html",
        conference=here,
        session=row,
        public=public,
        told=queries.told(here.id, policy.without(published.content, row.id)) if public and published else 0,
    )


def _cancelled(title: str, told: int | None) -> str:
    """`told`: how many people; None where it was not public."""
    if told is None:
        return str(_("“%(title)s” is cancelled. It was not public, so nobody is told.", title=title))
    if not told:
        return str(
            _("“%(title)s” is cancelled. The agenda says so; it was in nobody's calendar.", title=title)
        )
    return str(
        ngettext(
            "“%(title)s” is cancelled. The agenda says so, and %(num)s person is being told.",
            "“%(title)s” is cancelled. The agenda says so, and %(num)s people are being told.",
            told,
            title=title,
        )
    )


@scheduling.post("/desk/c/<slug:conference>/agenda/sessions/<public_id>/restore")
@allowed(*EDITORS)
def restore_session(conference: str, public_id: str) -> ResponseReturnValue:
    """Bring a cancelled session back into the draft."""
    here = conferences.by_slug(conference)
    try:
        with transaction():
            row = agenda.session_of(here.id, public_id)
            back = services.restore(row.id)
            say_undone(here, back)
    except DomainError as refused:
        flash(refused.sentence, "error")
        return redirect(url_for("scheduling.editor", conference=here.slug, _anchor="cancelled"), 303)
    return redirect(url_of(here, back), 303)


@scheduling.route("/desk/c/<slug:conference>/agenda/tracks", methods=["GET", "POST"])
@allowed(*EDITORS)
def tracks(conference: str) -> ResponseReturnValue:
    """The tracks, in order, and the form for one more."""
    here = conferences.by_slug(conference)
    form = TrackForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.add_track(here.id, form.name.data, short=form.short.data or "")
            return redirect(url_for("scheduling.tracks", conference=here.slug), 303)
        except DomainError as refused:
            refuse(form, refused)
    page = render_template(
        "scheduling/tracks.html", conference=here, tracks=agenda.tracks(here.id), form=form
    )
    return page, 422 if form.is_submitted() else 200


@scheduling.post("/desk/c/<slug:conference>/agenda/tracks/<public_id>/remove")
@allowed(*EDITORS)
def remove_track(conference: str, public_id: str) -> ResponseReturnValue:
    """Drop a track that no session is in."""
    here = conferences.by_slug(conference)
    track = next((each for each in agenda.tracks(here.id) if each.public_id == public_id), None)
    if track is None:
        raise NotYours()
    try:
        with transaction():
            services.remove_track(track.id)
        undo = render_template("scheduling/_undo_track.html", conference=here, track=track)
        flash(Markup(undo), "success")  # noqa: S704 - our own template, escaped there
    except DomainError as refused:
        flash(refused.sentence, "error")
    return redirect(url_for("scheduling.tracks", conference=here.slug), 303)


def _form(here: ConferenceView, form: SessionForm, row: Session | None) -> str:
    return render_template(
        "scheduling/session_form.html",
        conference=here,
        form=form,
        session=row,
        cancelled=row is not None and row.state is SessionState.CANCELLED,
        has_tracks=len(form.track.choices) > 1,
    )

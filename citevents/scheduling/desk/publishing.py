"""Making the draft public: a summary with numbers first, then a version that never changes."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core.access import allowed
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.people import queries as people
from citevents.scheduling import agenda, policy, queries, services
from citevents.scheduling.desk.editor import EDITORS
from citevents.scheduling.findings import Severity
from citevents.scheduling.forms import PublishForm
from citevents.scheduling.policy import Change
from citevents.scheduling.views import scheduling
from citevents.web.answers import refuse


@scheduling.route("/desk/c/<slug:conference>/agenda/publish", methods=["GET", "POST"])
@allowed(*EDITORS)
def publish(conference: str) -> ResponseReturnValue:
    """What would change and how many are told; then, on yes, the next version."""
    here = conferences.by_slug(conference)
    form = PublishForm()
    if form.validate_on_submit():
        try:
            with transaction():
                version = services.publish(
                    here.id,
                    seen_version=_whole(form.seen_version.data),
                    seen_step=_whole(form.seen_step.data),
                )
                number, told = version.number, version.summary.get("told", 0)
            flash(_published(here, number, told), "success")
            return redirect(url_for("scheduling.versions", conference=here.slug), 303)
        except DomainError as refused:
            refuse(form, refused)
    published = queries.current(here.id)
    becomes = agenda.becomes(here.id, published.content if published else None)
    changed = policy.changes(published.content if published else None, becomes)
    step, view = agenda.newest_step(here.id), agenda.of(here)
    form.seen_version.data = str(published.number if published else 0)
    form.seen_step.data = str(step.id if step else 0)
    page = render_template(
        "scheduling/publish.html",
        conference=here,
        form=form,
        number=(published.number if published else 0) + 1,
        changes=_rows(here, changed),
        counts=policy.counted(changed),
        told=0 if here.state == "draft" else queries.told(here.id, becomes),
        waiting=view.waiting,
        blocks=sum(problem.severity is Severity.BLOCK for problem in view.problems()),
    )
    return page, 422 if form.form_errors else 200


@scheduling.get("/desk/c/<slug:conference>/agenda/versions")
@allowed(*EDITORS)
def versions(conference: str) -> ResponseReturnValue:
    """Every published version, newest first: when, by whom, what changed, how many were told."""
    here = conferences.by_slug(conference)
    found = queries.versions(here.id)
    return render_template(
        "scheduling/versions.html",
        conference=here,
        versions=found,
        people=people.people(each.by_person_id for each in found if each.by_person_id),
    )


@scheduling.get("/desk/c/<slug:conference>/agenda/versions/<int:number>")
@allowed(*EDITORS)
def version(conference: str, number: int) -> ResponseReturnValue:
    """One version beside the one before it."""
    here = conferences.by_slug(conference)
    found = {each.number: each for each in queries.versions(here.id)}
    if number not in found:
        raise NotYours()
    before = found.get(number - 1)
    changed = policy.changes(
        queries.content_of(before.id) if before else None, queries.content_of(found[number].id)
    )
    return render_template(
        "scheduling/version.html", conference=here, version=found[number], changes=_rows(here, changed)
    )


def _published(here: ConferenceView, number: int, told: int) -> str:
    if here.state == "draft":
        return str(
            _("Version %(number)s is ready. Everybody sees it as soon as the event is public.", number=number)
        )
    if not told:
        return str(_("Version %(number)s is public.", number=number))
    return str(
        ngettext(
            "Version %(number)s is public. %(num)s person is being told.",
            "Version %(number)s is public. %(num)s people are being told.",
            told,
            number=number,
        )
    )


def _rows(here: ConferenceView, changed: list[Change]) -> list[dict[str, object]]:
    """Changes for the templates: kind, title, and both places."""
    rooms = {room.id: room.name for room in conferences.rooms(here.id)}
    return [
        {
            "kind": change.kind.value,
            "title": change.item.title,
            "language": change.item.language,
            "was": change.was.place if change.was else None,
            "was_room": rooms.get(change.was.place.room_id or 0, "") if change.was else "",
            "now": change.now.place if change.now else None,
            "now_room": rooms.get(change.now.place.room_id or 0, "") if change.now else "",
        }
        for change in changed
    ]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else -1

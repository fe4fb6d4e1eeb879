"""The public acts of a conference: publish, open, close, take back, cancel. Each asks once, with numbers and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from citevents.calendars import queries as calendars
from citevents.conferences import queries as conferences
from citevents.conferences import services
from citevents.conferences.queries import ConferenceView
from citevents.core.access import Role, allowed
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import lines
from citevents.portal.blueprint import portal
from citevents.registration import queries as registrations
from citevents.registration.desk import queries as registration_desk
from citevents.scheduling import queries as scheduling
from citevents.web.answers import refuse
from citevents.web.forms import Form


class CancelForm(Form):
    """Cancelling a whole event: what everybody is to know, and that it is meant."""

    note = TextAreaField(
        _l("What should everybody know?"),
        [Optional(), Length(max=1000, message=_l("Use at most %(max)d characters."))],
        filters=[lines],
        description=_l("It stands on the public page and in every email, as you write it."),
    )
    sure = BooleanField(
        _l("Yes, this event will not take place. I know that this cannot be undone."),
        [InputRequired(_l("Tick this to cancel the event."))],
    )


@dataclass(frozen=True)
class Missing:
    """Something that people will look for and not find, and where to add it."""

    words: str
    url: str


def missing(about: ConferenceView) -> list[Missing]:
    """What is not there yet, the weightiest first."""
    slug = about.slug
    settings = url_for("conferences.settings", conference=slug)
    found = [
        (services.sells(about.id), _("There is no ticket with a price and a quota: nobody can register."), url_for("conferences.tickets", conference=slug)),
        (about.venue or about.city, _("It does not say where it takes place."), settings),
        (about.summary, _("It has no summary: the start page shows only its name."), settings),
        (about.refund_until, _("No day is set until which money goes back: nobody is promised a refund."), settings),
        (scheduling.counts(about.id)["version"], _("No agenda is published."), url_for("scheduling.editor", conference=slug)),
    ]  # fmt: skip
    return [Missing(str(words), url) for there, words, url in found if not there]


def people_told(about: ConferenceView) -> int:
    """How many people hear of it when a draft with a published agenda becomes public: its speakers."""
    published = scheduling.current(about.id)
    return scheduling.told(about.id, published.content) if published and about.state == "draft" else 0


def holders(about: ConferenceView) -> int:
    """How many orders there ever were, and people with the event in their calendar: links of theirs lead to its pages."""
    return sum(registration_desk.states(about.id).values()) + calendars.people_with(about.id)


@portal.route(
    "/desk/c/<slug:conference>/settings/<any(open,close,publish,unpublish):act>", methods=["GET", "POST"]
)
@allowed(Role.ORGANIZER)
def turn(conference: str, act: str) -> ResponseReturnValue:
    """Show the event or take it back, open or close its registration: asks once."""
    about = conferences.by_slug(conference)
    back = url_for("conferences.settings", conference=about.slug)
    if request.method == "GET":
        return render_template(
            "portal/turn.html",
            conference=about,
            act=act,
            back=back,
            missing=missing(about) if act in ("open", "publish") else [],
            told=people_told(about) if act == "publish" else 0,
            kept=registrations.cancelling(about.id, now()) if act == "close" else None,
        )
    said = {
        "open": _("Registration is open."),
        "close": _("Registration is closed. Whoever is registered stays registered."),
        "publish": _("Everybody can see the event now. Opening registration is the next step."),
        "unpublish": _("The event is hidden again: only organizers see it."),
    }[act]
    try:
        with transaction():
            _turn(about, act)
        flash(said, "success")
    except DomainError as refusal:
        flash(refusal.sentence, "error")
    return redirect(back, 303)


def _turn(about: ConferenceView, act: str) -> None:
    if act == "open":
        services.open_registration(about.id, now())
    elif act == "close":
        services.close_registration(about.id, now())
    elif act == "publish":
        services.publish(about.id)
    else:
        services.unpublish(about.id, now(), lambda: holders(about))


@portal.route("/desk/c/<slug:conference>/cancel", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def cancel_event(conference: str) -> ResponseReturnValue:
    """The whole event: asks once, naming how many people are told and how much goes back."""
    about = conferences.by_slug(conference)
    form, back = CancelForm(), url_for("conferences.settings", conference=about.slug)
    what, told = registrations.cancelling(about.id, now()), calendars.people_to_tell(about.id)
    more = form.is_submitted() and told > request.form.get("told", 0, type=int)  # than the button said
    if form.validate_on_submit() and not more:
        try:
            with transaction():
                services.cancel(about.id, now(), note=form.note.data or "")
            flash(
                _("The event is cancelled. Everybody is being told by email, and what was paid goes back."),
                "success",
            )
            return redirect(url_for("portal.conference_desk", conference=about.slug), 303)
        except DomainError as refusal:
            refuse(form, refusal)
    page = render_template(
        "portal/cancel_event.html",
        conference=about,
        form=form,
        back=back,
        what=what,
        told=told,
        more=more,
        arrived=registration_desk.arrived(about.id),
    )
    return Response(page, 422 if form.errors or form.form_errors or more else 200)

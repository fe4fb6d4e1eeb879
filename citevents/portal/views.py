"""Pages that show many slices: home, my account, the organizer desk, failed jobs, help and terms."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.core import access, audit, jobs
from citevents.core.access import Role, allowed, public, signed_in
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import NotYours
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.matching import queries as matching
from citevents.payments import queries as payments
from citevents.people import queries as people
from citevents.portal import failed_jobs, reaction_messages
from citevents.portal.audit_messages import in_words
from citevents.portal.blueprint import portal
from citevents.registration import queries as registrations
from citevents.registration.desk import queries as registration_desk
from citevents.registration.desk.sales_curve import growth
from citevents.registration.models import RegistrationState
from citevents.scheduling import queries as scheduling


@dataclass(frozen=True)
class Place:
    """One person's place at one conference, with what they chose."""

    registration: registrations.RegistrationView
    conference: conferences.ConferenceView
    sessions: list[scheduling.SessionView]

    @classmethod
    def of(cls, registration: registrations.RegistrationView) -> Place:
        """Gather what the page shows of one registration."""
        return cls(
            registration,
            conferences.by_id(registration.conference_id),
            scheduling.agenda_of(registration.person_id or 0, registration.conference_id),
        )

    @property
    def live(self) -> bool:
        """Whether the place is held or confirmed."""
        return self.registration.state in (RegistrationState.HELD, RegistrationState.CONFIRMED)


WORDS = ("help", "access", "privacy", "terms")
#: Who works at the desk of a conference.
AT_DESK = (Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN, Role.PROGRAM_COMMITTEE)


@portal.get("/")
@public
def home() -> ResponseReturnValue:
    """What is coming up, and what this place is for."""
    listed = conferences.listed()
    today = now().date()
    return render_template(
        "portal/home.html",
        coming=[each for each in listed if each.ends_on >= today],
        past=[each for each in reversed(listed) if each.ends_on < today],
    )


@portal.get("/me")
@signed_in
def mine() -> ResponseReturnValue:
    """My account: each conference with ticket and chosen sessions, and what waits for an answer."""
    person_id = access.who().person_id
    places = [Place.of(each) for each in registrations.of_person(person_id)]
    today = now().date()
    lost = [(each, conferences.by_id(each.conference_id)) for each in registrations.lost_by(person_id)]
    lost += [(each.registration, each.conference) for each in places if each.conference.cancelled]
    return render_template(
        "portal/mine.html",
        coming=[
            each
            for each in places
            if each.conference.ends_on >= today and each.live and not each.conference.cancelled
        ],
        lost=[each for each in lost if each[1].ends_on >= today],
        past=[each for each in places if each.conference.ends_on < today or not each.live],
        proposals=[each for each in matching.proposals_of(person_id) if each.waits_for_me],
        exchanges=matching.exchanges_of(person_id),
    )


@portal.get("/about/<page>")
@public
def words(page: str) -> ResponseReturnValue:
    """Help, access, privacy, terms."""
    if page not in WORDS:
        abort(404)
    return render_template(f"portal/{page}.html")


@portal.get("/desk")
@allowed(*Role, anywhere=True)
def desk() -> ResponseReturnValue:
    """What needs a person today, for whoever works here: only doors that open."""
    identity = access.who()

    def opens(conference_id: int) -> dict[str, bool]:
        return {
            "orders": identity.may(Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN, conference_id=conference_id),
            "agenda": identity.may(Role.ORGANIZER, Role.PROGRAM_COMMITTEE, conference_id=conference_id),
        }

    return render_template(
        "portal/desk.html",
        conferences=[
            (each, opens(each.id))
            for each in conferences.every()
            if identity.may(*AT_DESK, conference_id=each.id)
        ],
        may_add=identity.may(Role.ORGANIZER),
        exchange=identity.may(Role.EXCHANGE_COORDINATOR),
        dead=jobs.count() if identity.may(Role.ORGANIZER) else 0,
    )


@portal.get("/desk/c/<slug:conference>")
@allowed(*AT_DESK)
def conference_desk(conference: str) -> ResponseReturnValue:
    """How a conference stands today: places, arrivals, money, what waits, what happened."""
    about = conferences.by_slug(conference)
    identity = access.who()
    organizes = identity.may(Role.ORGANIZER, conference_id=about.id)
    # Trail and failed jobs are the whole house's: a role for one conference does not open them, here as on their own pages.
    everywhere = identity.may(Role.ORGANIZER)
    trail = audit.trail(limit=8) if everywhere else []
    return render_template(
        "portal/conference_desk.html",
        conference=about,
        identity=identity,
        arrived=registration_desk.arrived(about.id),
        expected=registration_desk.expected(about.id),
        money=payments.overview(about.id)
        if identity.may(Role.ORGANIZER, Role.FINANCE, conference_id=about.id)
        else None,
        cases=len(payments.open_cases(about.id)) if organizes else 0,
        failed=jobs.count() if everywhere else 0,
        agenda=scheduling.counts(about.id),
        trail=[(entry, in_words(entry)) for entry in trail],
        people=people.people(entry.person_id for entry in trail if entry.person_id),
        **growth(about),
    )


@portal.get("/desk/deliveries")
@allowed(Role.ORGANIZER)
def deliveries() -> ResponseReturnValue:
    """Failed jobs by kind, emails that an address refused, and what waits by itself."""
    waiting = jobs.waiting()
    alone, first_at = waiting.get(None, (0, None))
    return render_template(
        "portal/deliveries.html",
        failed=failed_jobs.about(jobs.failed()),
        kinds=jobs.failed_by_kind(),
        refused=failed_jobs.about(jobs.refused()),
        alone=alone,
        first_at=first_at,
    )


@portal.post("/desk/deliveries/retry")
@allowed(Role.ORGANIZER)
def retry_kind() -> ResponseReturnValue:
    """Give all failed jobs of one kind five new attempts: the cause is mended."""
    kind = request.form.get("kind", "")
    if kind not in reaction_messages.words():
        raise NotYours()
    with transaction():
        again = jobs.retry_kind(kind)
        if again:
            audit.record("retry_all", "delivery", again[-1], kind=kind, count=len(again))
    if again:
        flash(
            ngettext("%(num)s job is being tried again.", "%(num)s jobs are being tried again.", len(again)),
            "success",
        )
    else:
        flash(_("There was nothing left to try again."), "message")
    return redirect(url_for("portal.deliveries"), 303)


@portal.post("/desk/deliveries/<int:delivery>/retry")
@allowed(Role.ORGANIZER)
def retry(delivery: int) -> ResponseReturnValue:
    """Give a failed job five new attempts."""
    with transaction():
        if not jobs.retry_one(delivery):
            raise NotYours()
        audit.record("retry", "delivery", delivery)
    flash(_("It is being tried again. If it fails five more times, it comes back here."), "success")
    return redirect(url_for("portal.deliveries"), 303)

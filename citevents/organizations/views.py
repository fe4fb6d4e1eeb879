"""The first page of an installation: whoever holds the link of its start makes the organization, and owns it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.core import rate_limits
from citevents.core.access import by_link
from citevents.core.clock import now
from citevents.core.db import as_organization, transaction
from citevents.core.errors import DomainError
from citevents.core.links import absolute
from citevents.locale.languages import current_language
from citevents.locale.languages import gettext as _
from citevents.organizations import services
from citevents.organizations.errors import AlreadySetUp, SetUpLinkOver
from citevents.organizations.forms import SetUpForm
from citevents.people.models import Proof
from citevents.people.sign_in import identity
from citevents.people.sign_in import services as sign_in
from citevents.web.answers import refuse

organizations = Blueprint("organizations", __name__)


@organizations.route("/set-up/<token>", methods=["GET", "POST"])
@by_link
def set_up(token: str) -> ResponseReturnValue:
    """What is asked once; then its owner is signed in at the desk."""
    try:
        services.check_link(token, now())
    except (AlreadySetUp, SetUpLinkOver) as refusal:
        return _over(refusal)
    form = SetUpForm()
    if form.validate_on_submit():
        try:
            return _set_up(token, form)
        except (AlreadySetUp, SetUpLinkOver) as refusal:
            return _over(refusal)
        except DomainError as refusal:
            refuse(form, refusal)
    wrong = bool(form.errors)
    return render_template("organizations/set_up.html", form=form, token=token), 422 if wrong else 200


def _over(refusal: DomainError) -> ResponseReturnValue:
    again = isinstance(refusal, SetUpLinkOver)
    return render_template("organizations/over.html", sentence=refusal.sentence, again=again), refusal.status


def _set_up(token: str, form: SetUpForm) -> ResponseReturnValue:
    with transaction():
        rate_limits.limit("set-up", rate_limits.caller(), 60)
        made = services.set_up(
            token,
            now(),
            name=form.name.data or "",
            mail=form.mail.data or "",
            host=form.host.data or "",
            owner=form.owner.data or "",
            owner_mail=form.owner_mail.data or "",
            language=current_language(),
        )
        with as_organization(made.organization_id):
            desk = url_for("portal.desk")
            elsewhere = bool(made.host) and made.host != request.host.partition(":")[0].lower()
            if elsewhere:  # a cookie of this host would not be sent to that one
                return redirect(absolute(sign_in.fresh_sign_in_path(made.owner_id, desk)), 303)
            entered = sign_in.enter(made.owner_id, Proof.LINK, desk)
    identity.carry(entered)
    flash(_("The organization is made, and you own it. Begin with a conference."), "success")
    return redirect(desk, 303)

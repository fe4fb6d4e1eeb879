"""A person's own pages: settings, passkeys, what they agreed to, everything kept of them, being forgotten."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.core import personal_data
from citevents.core.access import current, freshly_signed_in, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.locale.languages import (
    LANG_COOKIE,
    ZONE_COOKIE,
    current_language,
    in_language,
    is_zone,
    remember,
)
from citevents.locale.languages import gettext as _
from citevents.people import passkeys, queries, services
from citevents.people.forms import EmptyForm, PasskeyForm, ProfileForm
from citevents.people.models import Purpose
from citevents.people.policy import WORDINGS, Wording
from citevents.people.sign_in import identity
from citevents.people.sign_in.views import home, site
from citevents.web.answers import local_path, refuse

me = Blueprint("me", __name__, url_prefix="/me")


@me.route("/settings", methods=["GET", "POST"])
@freshly_signed_in
def settings() -> ResponseReturnValue:
    """Name, language, clock: they stick to the person and to this browser."""
    person = queries.person(who().person_id)
    form = ProfileForm(obj=person, next=local_path(request.args.get("next"), ""))
    if not form.is_submitted():
        form.language.data = current_language()
        form.call_name.data = person.call_name if person.call_name != person.name else ""
    if not form.validate_on_submit():
        return render_template("people/settings.html", form=form, person=person), 422 if form.errors else 200
    with transaction():
        services.change_profile(
            person.id,
            name=form.name.data or "",
            call_name=form.call_name.data or "",
            country=form.country.data or "",
            agency=form.agency.data or "",
            language=form.language.data,
            zone=form.zone.data or None,
        )
    answer = redirect(local_path(form.next.data, url_for("me.settings")), 303)
    remember(answer, LANG_COOKIE, form.language.data)
    if is_zone(form.zone.data):
        remember(answer, ZONE_COOKIE, form.zone.data)
    else:
        answer.delete_cookie(ZONE_COOKIE)
    with in_language(form.language.data):
        flash(_("Your settings are saved."), "success")
    return answer


@me.get("/passkeys")
@freshly_signed_in
def keys() -> ResponseReturnValue:
    """The person's passkeys, and the form for one more."""
    return _keys(PasskeyForm())


def _keys(form: PasskeyForm, status: int = 200) -> ResponseReturnValue:
    found = passkeys.passkeys_of(who().person_id)
    return render_template("people/passkeys.html", form=form, passkeys=found), status


@me.post("/passkeys")
@freshly_signed_in
def add_key() -> ResponseReturnValue:
    """Keep the passkey that the page's script had made. Without script: say so."""
    form = PasskeyForm()
    answer = _answer(request.form.get("answer"))
    if not form.validate():
        return _keys(form, 422)
    if answer is None:
        form.form_errors.append(
            _(
                "Passkeys need JavaScript in this browser. Switch it on, or keep signing in by email: that always works."
            )
        )
        return _keys(form, 422)
    try:
        with transaction():
            passkeys.add(who().person_id, answer, form.name.data or "", site())
    except DomainError as refusal:
        refuse(form, refusal)
        return _keys(form, refusal.status)
    flash(_("The passkey is saved. Next time sign in with it."), "success")
    return redirect(url_for("me.keys"), 303)


def _answer(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


@me.post("/passkeys/offer")
@freshly_signed_in
def offer_key() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    with transaction():
        return passkeys.offer_adding(who().person_id, site())


@me.get("/passkeys/<public_id>/remove")
@freshly_signed_in
def ask_remove_key(public_id: str) -> ResponseReturnValue:
    """Whether it is meant: nothing brings a passkey back."""
    passkey = next(
        (each for each in passkeys.passkeys_of(who().person_id) if each.public_id == public_id), None
    )
    if passkey is None:
        raise NotYours()
    return render_template("people/remove_passkey.html", passkey=passkey)


@me.post("/passkeys/<public_id>/remove")
@freshly_signed_in
def remove_key(public_id: str) -> ResponseReturnValue:
    """Forget a passkey."""
    with transaction():
        passkeys.remove(who().person_id, public_id)
    flash(_("The passkey no longer opens anything here. Delete it in your device too."), "success")
    return redirect(url_for("me.keys"), 303)


@me.get("/data")
@freshly_signed_in
def data() -> ResponseReturnValue:
    """What is kept, what was agreed to, and the ways to take it along or end it."""
    return render_template(
        "people/data.html",
        consents=queries.consents_of(who().person_id),
        wordings=WORDINGS,
        ends={purpose: personal_data.what_ends(purpose, who().person_id) for purpose in WORDINGS},
        offered=_offered(),
        keepings=personal_data.keepings(),
    )


def _offered() -> list[Wording]:
    """What may be agreed to here and is not."""
    standing = {each.purpose for each in queries.consents_of(who().person_id) if not each.withdrawn_at}
    return [each for each in WORDINGS.values() if each.anywhere and each.purpose not in standing]


@me.get("/data/export")
@freshly_signed_in
def export() -> ResponseReturnValue:
    """Everything about the person, as JSON."""
    body = {"exported_at": now().isoformat(), **personal_data.everything_of(who().person_id)}
    answer = Response(json.dumps(body, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="citevents-my-data.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@me.post("/data/consents/<purpose>/agree")
@freshly_signed_in
def agree(purpose: str) -> ResponseReturnValue:
    """Agree to something that can be agreed to at any time."""
    wording = next((each for each in WORDINGS.values() if each.anywhere and each.purpose == purpose), None)
    if wording is None:
        abort(404)
    with transaction():
        services.give_consent(who().person_id, wording.purpose, wording.version, "settings")
    flash(_("Thank you. It stands below, with a way back."), "success")
    return redirect(url_for("me.data"), 303)


@me.route("/data/consents/<purpose>/withdraw", methods=["GET", "POST"])
@freshly_signed_in
def withdraw(purpose: str) -> ResponseReturnValue:
    """Take a consent back; asked once where something ends with it."""
    person_id = who().person_id
    if purpose not in list(Purpose):
        abort(404)
    wording = WORDINGS[Purpose(purpose)]
    if request.method == "GET":
        if not queries.agreed(person_id, wording.purpose):
            return redirect(url_for("me.data"))
        return render_template(
            "people/withdraw.html", wording=wording, ends=personal_data.what_ends(purpose, person_id)
        )
    with transaction():
        services.withdraw_consent(person_id, wording.purpose)
    flash(_("Taken back.") + " " + str(wording.withdrawing), "success")
    return redirect(url_for("me.data"), 303)


@me.route("/data/erase", methods=["GET", "POST"])
@freshly_signed_in
def erase() -> ResponseReturnValue:
    """Asks once, naming what goes and what stays; then forgets the person."""
    form = EmptyForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.erase(who().person_id)
        except DomainError as refusal:
            refuse(form, refusal)
            return render_template(
                "people/erase.html", form=form, keepings=personal_data.keepings()
            ), refusal.status
        identity.drop()
        flash(_("You are forgotten here. This browser is signed out."), "success")
        return redirect(url_for("people.sign_in"), 303)
    return render_template("people/erase.html", form=form, keepings=personal_data.keepings(), home=home())


def keep_choice(language: str | None, zone: str | None) -> None:
    """A choice of language and clock in the footer stays with whoever is signed in."""
    here = current()
    if here:
        with transaction():
            services.keep_choice(here.person_id, language, zone)

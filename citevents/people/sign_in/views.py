"""The sign-in page, the page behind a mailed link, passkeys at the door, and the way out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from citevents.core import access, rate_limits
from citevents.core.access import by_link, public, signed_in
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.locale.languages import current_language
from citevents.locale.languages import gettext as _
from citevents.people import passkeys, queries
from citevents.people.errors import LinkSpent
from citevents.people.forms import AskForm
from citevents.people.models import LinkPurpose, SignInLink
from citevents.people.passkeys import Site
from citevents.people.sign_in import identity, services
from citevents.web.answers import local_path, organization, refuse

people = Blueprint("people", __name__)

ASKED = "asked_mail"


def home() -> str:
    """Where a person's own things are."""
    return url_for("portal.mine" if "portal.mine" in current_app.view_functions else "me.settings")


@people.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The field for an address, and the button for a passkey."""
    here = access.current()
    next = local_path(request.args.get("next"), "")
    if here and here.fresh:
        return redirect(next or home())
    form = AskForm(next=next, mail=here.mail if here else None)
    return render_template("people/sign_in.html", form=form, again=here is not None)


@people.post("/sign-in")
@public
def ask() -> ResponseReturnValue:
    """Have the link mailed. The answer is the same for every address."""
    form = AskForm()
    if not form.validate_on_submit():
        return render_template("people/sign_in.html", form=form), 422
    mail = form.mail.data or ""
    try:
        with transaction():
            services.count_ask(mail, rate_limits.caller())
        with transaction():
            services.ask_link(mail, next=local_path(form.next.data, ""), language=current_language())
    except rate_limits.TooOften as refusal:
        refuse(form, refusal)
        return render_template("people/sign_in.html", form=form), refusal.status
    cookie[ASKED] = mail
    return redirect(url_for("people.asked"), 303)


@people.get("/sign-in/sent")
@public
def asked() -> ResponseReturnValue:
    """What to do now."""
    mail = cookie.get(ASKED)
    if not mail:
        return redirect(url_for("people.sign_in"))
    return render_template("people/asked.html", mail=mail, minutes=services.ASKED_MINUTES)


@people.get("/sign-in/<token>")
@by_link
def open_link(token: str) -> ResponseReturnValue:
    """The page behind a link: a button. Mail scanners open links; only the button uses them."""
    try:
        link = services.find_link(token)
    except LinkSpent as refusal:
        return _spent(refusal)
    here = access.current()
    if here and here.person_id == link.person_id and link.purpose is LinkPurpose.LETTER:
        return redirect(link.next or home())
    return render_template("people/open_link.html", token=token, whose=_hint(link), letter=link.mail is None)


@people.post("/sign-in/<token>")
@by_link
def use_link(token: str) -> ResponseReturnValue:
    """Sign in."""
    try:
        with transaction():
            entered = services.use_link(token, current_language())
    except LinkSpent as refusal:
        return _spent(refusal)
    return redirect(_welcome(entered, entered.next), 303)


def _welcome(entered: services.Entered, next: str) -> str:
    """Let the browser carry the sign-in; where to go: first to the name, if we have none."""
    identity.carry(entered)
    then = next or home()
    if queries.person(entered.person_id).name:
        return then
    return url_for("me.settings", next=then)


def _spent(refusal: LinkSpent) -> ResponseReturnValue:
    return render_template("people/sign_in.html", form=AskForm(formdata=None), spent=refusal.sentence), 410


def _hint(link: SignInLink) -> str:
    """Enough of an address to know one's own, too little to learn somebody's: `a•••@cit.example`."""
    mail = link.mail or queries.person(link.person_id or 0).mail
    local, _at, host = mail.rpartition("@")
    return f"{local[:1]}•••@{host}"


def site() -> Site:
    """Where the browser is, for passkeys."""
    return Site(
        name=organization().name,
        host=request.host.partition(":")[0],
        origin=request.host_url.rstrip("/"),
    )


@people.post("/sign-in/passkey/offer")
@public
def passkey_offer() -> ResponseReturnValue:
    """What the browser asks its passkeys to sign."""
    try:
        with transaction():
            rate_limits.limit("passkey caller", rate_limits.caller(), services.ASKS_PER_CALLER)
        with transaction():
            return passkeys.offer_entering(site())
    except DomainError as refusal:
        return {"error": refusal.sentence}, refusal.status


@people.post("/sign-in/passkey")
@public
def passkey_enter() -> ResponseReturnValue:
    """Sign in with what the browser's passkey signed."""
    sent = _sent()
    try:
        with transaction():
            entered = passkeys.enter_with(sent.get("answer"), site())
    except DomainError as refusal:
        return {"error": refusal.sentence}, refusal.status
    next = sent.get("next")
    return {"next": _welcome(entered, local_path(next if isinstance(next, str) else None, ""))}


def _sent() -> dict[str, Any]:
    try:
        sent: Any = request.get_json(silent=True)
    except RecursionError:  # brackets without end
        return {}
    return sent if isinstance(sent, dict) else {}


@people.get("/sign-out")
@signed_in
def leaving() -> ResponseReturnValue:
    """Two buttons: here, and everywhere."""
    return render_template("people/sign_out.html")


@people.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """Sign out in this browser, or (`everywhere`) in all of them, old letters included."""
    here = access.who()
    everywhere = bool(request.form.get("everywhere"))
    if everywhere and not here.fresh:  # a forwarded letter must not lock its owner out
        return redirect(url_for("people.sign_in", next=url_for("people.leaving")), 303)
    with transaction():
        if everywhere:
            services.leave_everywhere(here.person_id)
        else:
            services.leave(identity.carried() or "")
    identity.drop()
    if everywhere:
        flash(_("You are signed out everywhere. Links in older emails no longer open your pages."), "success")
    else:
        flash(_("You are signed out."), "success")
    return redirect(url_for("people.sign_in"), 303)

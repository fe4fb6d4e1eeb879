"""Your language, your clock: the form in every footer, and its page with all zones."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from citevents.core.access import public
from citevents.locale.languages import (
    LANG_COOKIE,
    ZONE_COOKIE,
    in_language,
    is_language,
    is_zone,
    remember,
)
from citevents.locale.languages import gettext as _
from citevents.web.answers import local_path

preferences = Blueprint("preferences", __name__, url_prefix="/preferences")

#: Keeps a signed-in reader's choice with the person, so that it holds in letters and other browsers.
_keep: Callable[[str | None, str | None], object] = lambda language, zone: None  # noqa: E731


def kept_by(keep: Callable[[str | None, str | None], object]) -> None:
    """Let the people slice keep choices: told the language and the zone; None: not chosen now, "": the venue's clock only."""
    global _keep
    _keep = keep


def _back_to(text: str | None) -> str:
    """A local path without its `lang=`: the choice just made must win over an old link."""
    path, _mark, query = local_path(text, "/").partition("?")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("lang="))
    return f"{path}?{kept}" if kept else path


@preferences.get("")
@public
def page() -> ResponseReturnValue:
    """All languages and all zones, for those whom the short list in the footer does not serve."""
    return render_template("_preferences.html", next=local_path(request.args.get("next"), "/"))


@preferences.post("")
@public
def save() -> ResponseReturnValue:
    """Keep the reader's language and zone in cookies and go back to the page they came from.

    A value we do not know changes nothing. An empty zone means: the venue's clock only.
    """
    answer = redirect(_back_to(request.form.get("next")), 303)
    language, zone = request.form.get("lang"), request.form.get("zone")
    if is_language(language):
        remember(answer, LANG_COOKIE, str(language))
    if zone == "":
        answer.delete_cookie(ZONE_COOKIE)
    elif is_zone(zone):
        remember(answer, ZONE_COOKIE, str(zone))
    _keep(
        language if is_language(language) else None,
        zone if zone == "" or is_zone(zone) else None,
    )
    if is_language(language):
        with in_language(language):
            flash(_("Your language and your clock are saved."), "success")
    return answer

"""What the first page asks."""

from __future__ import annotations

from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, Length, Optional

from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line
from citevents.web.forms import Form

NEEDED = _l("Fill this in.")
TOO_LONG = _l("Use at most %(max)d characters.")


class SetUpForm(Form):
    """Its shape only; what a name, an address and a host can be is decided where it is kept."""

    name = StringField(
        _l("Name of the organization"),
        [DataRequired(NEEDED), Length(max=120, message=TOO_LONG)],
        [line],
        description=_l("As it stands on pages, emails and invoices."),
    )
    mail = EmailField(
        _l("Its email address"),
        [DataRequired(NEEDED), Length(max=254, message=TOO_LONG)],
        [line],
        description=_l("A person reads what comes in there: answers to emails go to it."),
    )
    owner = StringField(
        _l("Your name"),
        [DataRequired(NEEDED), Length(max=200, message=TOO_LONG)],
        [line],
        description=_l("You become the owner, who may do everything here."),
    )
    owner_mail = EmailField(
        _l("Your email address"),
        [DataRequired(NEEDED), Length(max=254, message=TOO_LONG)],
        [line],
        description=_l("You sign in with it later: a link is sent there each time."),
    )
    host = StringField(
        _l("Host"),
        [Optional(), Length(max=253, message=TOO_LONG)],
        [line],
        description=_l(
            "Only where several organizations share this installation: a name like events.example."
        ),
    )

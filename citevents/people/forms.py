"""The shape of what people type about themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wtforms import EmailField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from citevents.core.access import Role
from citevents.locale.countries import countries
from citevents.locale.languages import LANGUAGES
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line
from citevents.locale.zones import zones
from citevents.web.forms import Form

#: What a mail server takes at most (RFC 5321).
LONGEST_MAIL = 254
LONGEST_NAME = 200


def mail_field(label: Any, **more: Any) -> EmailField:
    """An address, checked for its shape only."""
    return EmailField(
        label,
        filters=[line],
        validators=[
            DataRequired(_l("Enter your email address.")),
            Length(max=LONGEST_MAIL, message=_l("An email address has at most 254 characters.")),
            Email(_l("Enter an email address like amina@agency.example.")),
        ],
        **more,
    )


def name_field(label: Any, *, required: bool = True, **more: Any) -> StringField:
    """A person's name in any script."""
    first = DataRequired(_l("Enter a name.")) if required else Optional()
    return StringField(
        label,
        filters=[line],
        validators=[
            first,
            Length(max=LONGEST_NAME, message=_l("Names have room for 200 characters. Shorten it, please.")),
        ],
        **more,
    )


class AskForm(Form):
    """Who wants a link."""

    mail = mail_field(_l("Your email address"))
    next = HiddenField()


class ProfileForm(Form):
    """What a person says of themselves."""

    name = name_field(
        _l("Your name"), description=_l("As it should stand on badge and certificate, in any script.")
    )
    call_name = name_field(_l("What should we call you?"), required=False)
    country = SelectField(_l("Country"), validators=[Optional()], filters=[line])
    agency = name_field(_l("Agency or organization"), required=False)
    language = SelectField(
        _l("Language of pages and emails"),
        validators=[InputRequired()],
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
    )
    zone = SelectField(
        _l("Show times in"), filters=[line], description=_l("The venue's time is always shown first.")
    )
    next = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = [("", _("Choose a country")), *countries()]
        self.zone.choices = [
            ("", _("The venue's time only")),
            *((zone.name, zone.label) for zone in zones(datetime.now(UTC), self.zone.object_data)),
        ]


class PasskeyForm(Form):
    """What a person calls a passkey."""

    name = name_field(
        _l("A name for this passkey"),
        description=_l("So that you know later which device it is in, for example: my phone."),
    )


class EmptyForm(Form):
    """A button."""


ROLES = {
    Role.OWNER: _l("Owner"),
    Role.ORGANIZER: _l("Organizer"),
    Role.PROGRAM_COMMITTEE: _l("Program committee"),
    Role.REVIEWER: _l("Reviewer"),
    Role.FINANCE: _l("Finance"),
    Role.CHECK_IN: _l("Check-in"),
    Role.EXCHANGE_COORDINATOR: _l("Exchange coordinator"),
}

POWERS = {
    Role.OWNER: _l("Everything, and who else may."),
    Role.ORGANIZER: _l("Registration, agenda, surveys, emails; gives roles to others."),
    Role.PROGRAM_COMMITTEE: _l("Proposals, decisions and the agenda."),
    Role.REVIEWER: _l("Reads and scores proposals without names."),
    Role.FINANCE: _l("Orders, invoices and refunds."),
    Role.CHECK_IN: _l("Finds people at the desk and lets them in."),
    Role.EXCHANGE_COORDINATOR: _l("Programs, rounds and exchanges."),
}


EVERYWHERE = "everywhere"


class GrantForm(Form):
    """A role, everywhere or for one conference."""

    role = SelectField(_l("Role"), validators=[InputRequired(_l("Choose a role."))])
    conference = SelectField(_l("Where"), default=EVERYWHERE, validators=[InputRequired()])

    def __init__(self, conferences: dict[int, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [
            ("", _("Choose a role")),
            *((role.value, label) for role, label in ROLES.items()),
        ]
        self.conference.choices = [
            (EVERYWHERE, _("Everywhere")),
            *((str(conference_id), name) for conference_id, name in conferences.items()),
        ]

    @property
    def conference_id(self) -> int | None:
        """The chosen conference; None is everywhere."""
        return None if self.conference.data == EVERYWHERE else int(self.conference.data)


class AddressForm(Form):
    """The address at which somebody can be reached, instead of one that refused our emails."""

    mail = mail_field(_l("Email address"))


class NewcomerForm(GrantForm):
    """Somebody who gets a role, perhaps unknown so far."""

    name = name_field(_l("Name"))
    mail = mail_field(_l("Email address"))

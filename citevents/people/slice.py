"""What the slice gives the product."""

from flask import Flask

from citevents.core import access
from citevents.core.access import Role
from citevents.core.contributions import DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.people import commands, personal_data
from citevents.people.desk.views import people_desk
from citevents.people.me.views import keep_choice, me
from citevents.people.sign_in import identity
from citevents.people.sign_in.views import people
from citevents.web import preferences


def start(app: Flask) -> None:
    """Let access declarations know who asks, and the footer's form keep what they choose."""
    access.identified_by(identity.identify)
    preferences.kept_by(keep_choice)


SLICE = Slice(
    blueprints=(people_desk, me, people),
    commands=commands.cli,
    personal_data=personal_data,
    desk=(
        DeskLink(80, _l("People and roles"), "people_desk.people", (Role.ORGANIZER,)),
        DeskLink(100, _l("Audit trail"), "people_desk.trail", (Role.ORGANIZER,)),
    ),
    start=start,
    acts={
        ("export", "news"): _l("exported the list for news"),
        ("grant", "person"): _l("gave somebody a role"),
        ("revoke", "person"): _l("took a role back"),
        ("add_passkey", "person"): _l("made a passkey"),
        ("remove_passkey", "person"): _l("removed a passkey"),
        ("correct_address", "person"): _l("corrected an address that refused emails"),
        ("erase", "person"): _l("was forgotten, as asked"),
    },
    subjects={
        "news": _l("list for news"),
        "person": _l("person"),
    },
    reactions={
        "people.forget_letters": _l("Forget the emails of an erased person"),
        "people.mail_link": _l("Email a link that signs in"),
        "people.tell_of_passkey": _l("Email that a passkey was added"),
    },
)

"""Forms of the desk of registration."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import lines
from citevents.web.forms import Form

#: A few sentences; they stand in an email.
LONGEST_NOTE = 1000


class CancelForm(Form):
    """What those who lose their places are to know."""

    note = TextAreaField(
        _l("What should they know?"),
        [Optional(), Length(max=LONGEST_NOTE, message=_l("Use at most %(max)d characters."))],
        filters=[lines],
        description=_l("It stands in the email, as you write it."),
    )

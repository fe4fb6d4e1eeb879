"""Forms of an order's own pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from citevents.core.languages import gettext as _
from citevents.core.languages import lazy_gettext as _l
from citevents.registration.forms import LONGEST_NAME, TOO_LONG, line


class DetailsForm(FlaskForm):
    """What stands on ticket, badge and certificate."""

    name = StringField(
        _l("Full name"),
        [
            InputRequired(_l("Enter your name as it should stand on the certificate.")),
            Length(max=LONGEST_NAME, message=TOO_LONG),
        ],
        [line],
        description=_l("In any script, as it should stand on the certificate"),
    )
    call_name = StringField(
        _l("What should we call you?"),
        [Optional(), Length(max=80, message=TOO_LONG)],
        [line],
        description=_l("For the badge and our letters"),
    )
    agency = StringField(
        _l("Agency or organization"), [Optional(), Length(max=LONGEST_NAME, message=TOO_LONG)], [line]
    )

    def validate_name(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Enter your name as it should stand on the certificate."))

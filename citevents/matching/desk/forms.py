"""The shape of what a coordinator types: rounds, how they are solved, letters back."""

from __future__ import annotations

from wtforms import IntegerField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from citevents.core.clock import now
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line, lines
from citevents.matching import labels as words
from citevents.web.fields import DayField
from citevents.web.forms import Form


class RoundForm(Form):
    """A new round."""

    name = StringField(
        _l("Name"),
        description=_l("For example: Exchange round 2027-B."),
        filters=[line],
        validators=[
            DataRequired(_l("Give the round a name.")),
            Length(max=80, message=_l("At most 80 characters.")),
        ],
    )
    first_day = DayField(
        _l("First day of exchanges"), validators=[InputRequired(_l("Say when exchanges can begin."))]
    )
    last_day = DayField(
        _l("Last day of exchanges"), validators=[InputRequired(_l("Say when exchanges must be over."))]
    )
    closes = DayField(
        _l("Requests until"),
        description=_l("The last day on which programs can ask, to its end everywhere (UTC)."),
        validators=[InputRequired(_l("Say until when programs can ask."))],
    )
    answer_days = IntegerField(
        _l("Days to answer a proposal"),
        default=14,
        validators=[InputRequired(_l("Enter a number of days.")), NumberRange(1, 90, _l("1 to 90 days."))],
    )

    def validate_last_day(self, field: DayField) -> None:
        """A working week at least, at most two years, and not over."""
        if not self.first_day.data or not field.data:
            return
        length = (field.data - self.first_day.data).days
        if length < 4:
            raise ValidationError(
                _("The last day must come at least four days after the first: a week of work.")
            )
        if length > 731:
            raise ValidationError(_("A round lasts at most two years."))

    def validate_closes(self, field: DayField) -> None:
        if field.data and field.data < now().date():
            raise ValidationError(_("That day is over. Choose one that is still to come."))


class ReplyForm(Form):
    """What a coordinator writes back to a program that asks."""

    words = TextAreaField(
        _l("Your email"),
        description=_l(
            "It goes to the leader by email, in these words. No case data about people in crisis."
        ),
        filters=[lines],
        validators=[
            DataRequired(_l("Write a sentence or two.")),
            Length(max=3000, message=_l("At most 3,000 characters.")),
        ],
    )


class RunForm(Form):
    """How a round is solved."""

    mode = RadioField(
        _l("What counts most"),
        choices=[(mode, label) for mode, (label, _help) in words.MODES_OF_RUN.items()],
        default="coverage",
    )

"""The shape of an answer to a proposal, and of an exchange's dates."""

from __future__ import annotations

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line
from citevents.matching.models import Why
from citevents.web.forms import Form


class AnswerForm(Form):
    """Accept or decline; asked once more before it counts."""

    why = SelectField(
        _l("If you decline, why"),
        description=_l("Only the coordinator reads it. It improves the next proposal."),
        choices=[
            ("", _l("Choose, or leave it empty")),
            (Why.DATES.value, _l("The dates do not work")),
            (Why.FIT.value, _l("Not what we look for")),
            (Why.TRAVEL.value, _l("We cannot travel or host now")),
            (Why.OTHER.value, _l("Another reason")),
        ],
        validators=[Optional()],
    )


class DatesForm(Form):
    """When and where. `occurrence` is asked only for a time that happens twice, when clocks go back."""

    starts_at = StringField(
        _l("Begins"), filters=[line], validators=[DataRequired(_l("Say when it begins.")), Length(max=40)]
    )
    ends_at = StringField(
        _l("Ends"), filters=[line], validators=[DataRequired(_l("Say when it ends.")), Length(max=40)]
    )
    occurrence = SelectField(
        _l("If a time happens twice"),
        choices=[
            ("", _l("Only if clocks go back then")),
            ("first", _l("The first time")),
            ("second", _l("The second time")),
        ],
        validators=[Optional()],
    )
    place = StringField(
        _l("Where"),
        description=_l("An address, or how to join online."),
        filters=[line],
        validators=[Optional(), Length(max=300, message=_l("At most 300 characters."))],
    )

"""What the finance desk types."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from citevents.core.languages import lazy_gettext as _l
from citevents.core.money import UnreadableAmount, parse_money
from citevents.core.texts import line, lines


class RefundForm(FlaskForm):
    """How much goes back."""

    amount = StringField(
        _l("Amount to give back"),
        filters=[line],
        validators=[DataRequired(_l("Enter the amount to give back.")), Length(max=40)],
        render_kw={"inputmode": "decimal"},
    )
    #: What could still go back when the page was made, minor units.
    seen_left = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        super().__init__(**options)

    def validate_amount(self, field: Field) -> None:
        try:
            self.minor()
        except UnreadableAmount as refusal:
            raise ValidationError(refusal.sentence) from None

    def minor(self) -> int:
        """The amount in minor units."""
        return parse_money(str(self.amount.data or ""), self.currency).minor


class DecisionForm(FlaskForm):
    """What a person decided about a case."""

    decision = TextAreaField(
        _l("What was decided"),
        description=_l("For the next colleague. No names or card numbers, please."),
        filters=[lines],
        validators=[DataRequired(_l("Say in a few words what was decided.")), Length(max=2000)],
    )

"""What the finance desk types."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import lines
from citevents.payments.refunds import Outcome
from citevents.web.fields import AmountField
from citevents.web.forms import Form


class RefundForm(Form):
    """How much goes back."""

    amount = AmountField(
        _l("Amount to refund"),
        [DataRequired(_l("Enter the amount to refund.")), Length(max=40)],
        render_kw={"inputmode": "decimal"},
    )
    #: What could still go back when the page was made, minor units.
    seen_left = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        super().__init__(**options)

    def minor(self) -> int:
        """The amount in minor units; asked of a valid form only."""
        money = self.amount.money
        return money.minor if money else 0


class DecisionForm(Form):
    """What a person decided about a case."""

    decision = TextAreaField(
        _l("What was decided"),
        description=_l("For the next colleague. No names or card numbers, please."),
        filters=[lines],
        validators=[DataRequired(_l("Say in a few words what was decided.")), Length(max=2000)],
    )


class RefundDecisionForm(DecisionForm):
    """What becomes of a refund that could not be made, and why."""

    outcome = RadioField(
        _l("What becomes of the money?"),
        [InputRequired(_l("Choose what becomes of the money."))],
        choices=[
            (Outcome.AGAIN.value, _l("Ask the payment service for it again, now")),
            (Outcome.ELSEWHERE.value, _l("It was returned by another way, a bank transfer say")),
            (Outcome.WRITTEN_OFF.value, _l("It stays with us: there is nobody to return it to")),
        ],
        validate_choice=True,
    )

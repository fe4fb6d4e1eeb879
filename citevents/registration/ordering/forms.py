"""Forms of an order's own pages."""

from __future__ import annotations

from citevents.core.forms import Form
from citevents.registration.forms import RegisterForm


class DetailsForm(Form):
    """What stands on ticket, badge and certificate."""

    name = RegisterForm.name
    call_name = RegisterForm.call_name
    agency = RegisterForm.agency

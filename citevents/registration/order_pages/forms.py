"""Forms of an order's own pages."""

from __future__ import annotations

from citevents.registration.forms import RegisterForm
from citevents.web.forms import Form


class DetailsForm(Form):
    """What stands on ticket, badge and certificate."""

    name = RegisterForm.name
    call_name = RegisterForm.call_name
    agency = RegisterForm.agency

"""The form that every form is: of what was sent as one, and each field is done with at its first refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wtforms
from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms.meta import DefaultMeta
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation, ValidationError

Validator = Callable[[Any, Any], Any]
#: They ask whether there is anything, and take back what was said of nothing.
PRESENCE = (DataRequired, InputRequired, Optional)


#: Characters of a field that says no length: a hidden one, a choice, a time.
UNSAID = 1000


class _Strict(DefaultMeta):
    def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
        """What is far too long is cut before anything looks at it, and what is too long is not looked at further.

        The next filter or validator may be dear, and its sentence a second one. Four times its length stays, so that a
        person who pasted too much finds it again.
        """
        field = super().bind_field(form, unbound_field, options)
        most = 4 * (field.flags.maxlength or UNSAID)
        field.filters = (lambda value: value[:most] if isinstance(value, str) else value, *field.filters)
        field.validators = [_last(each) for each in field.validators]
        return field


def _last(validator: Validator) -> Validator:
    """A validator whose refusal ends its field; it is not asked about what was refused before."""

    def ask(form: Any, field: Any) -> None:
        if field.errors and not isinstance(validator, PRESENCE):
            raise StopValidation()
        try:
            validator(form, field)
        except ValidationError as refusal:
            raise StopValidation(*refusal.args) from None

    return ask


class Part(wtforms.Form):
    """Some fields that come several times in a form."""

    class Meta(_Strict):
        pass


class Form(FlaskForm):
    """What a person sends from a page."""

    class Meta(_Strict, FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The fields of the request; JSON in their place is an empty form."""
            if formdata is _Auto and request and request.is_json:
                return None
            return super().wrap_formdata(form, formdata)

"""Each field of a form is done with at its first refusal."""

from __future__ import annotations

from typing import Any

from flask import Flask
from wtforms import EmailField, FieldList, FormField, IntegerField, StringField
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, ValidationError

from citevents.web.forms import Form, Part

asked: list[str] = []


def dear(form: Any, field: Any) -> None:
    asked.append(field.data)
    raise ValidationError("dear")


class Row(Part):
    amount = StringField(validators=[Length(max=3, message="long"), dear])


class Sample(Form):
    class Meta(Form.Meta):
        csrf = False

    name = StringField(validators=[Length(max=3, message="long"), dear])
    mail = EmailField(validators=[Length(max=9, message="long"), Email("no address")])
    count = IntegerField(validators=[InputRequired("needed"), NumberRange(1, 5, "range")])
    room = IntegerField(validators=[Optional(), NumberRange(1, 5, "range")])
    rows = FieldList(FormField(Row), min_entries=1, max_entries=1)

    def validate_mail(self, field: Any) -> None:
        asked.append("own check")


def errors(app: Flask, **sent: str) -> dict[str, Any]:
    with app.test_request_context("/", method="POST", data=sent):
        form = Sample()
        form.validate()
        return {name: found for name, found in form.errors.items() if found}


def test_what_is_too_long_is_not_looked_at_further(app: Flask) -> None:
    asked.clear()
    long = {"name": "abcd", "mail": "a" * 300 + "@b.example", "rows-0-amount": "abcd", "count": "1"}
    assert errors(app, **long) == {"name": ["long"], "mail": ["long"], "rows": [{"amount": ["long"]}]}
    assert asked == []


def test_what_is_far_too_long_is_cut_before_any_filter(app: Flask) -> None:
    sent = {"name": "a" * 1000, "mail": "", "count": "1"}
    with app.test_request_context("/", method="POST", data=sent):
        form = Sample()
    assert form.name.data == "a" * 12
    assert form.mail.data == ""


def test_what_is_short_enough_is(app: Flask) -> None:
    asked.clear()
    fits = {"name": "abc", "mail": "a@b.ex", "rows-0-amount": "abc", "count": "1"}
    assert errors(app, **fits) == {"name": ["dear"], "rows": [{"amount": ["dear"]}]}
    assert sorted(asked) == ["abc", "abc", "own check"]


def test_one_sentence_says_what_is_wrong(app: Flask) -> None:
    assert errors(app, name="", mail="a", count="", room="")["count"] == ["needed"]
    assert errors(app, count="six")["count"] == ["Not a valid integer value."]
    assert errors(app, count="9")["count"] == ["range"]
    assert errors(app, count="1", room="six")["room"] == ["Not a valid integer value."]
    assert "room" not in errors(app, count="1", room="  ")

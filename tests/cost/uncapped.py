"""The control: a page as it would be without the product's caps. What is dear there shows that the measure can fail."""

from __future__ import annotations

import unicodedata

from flask import Flask
from flask_wtf import FlaskForm
from wtforms import FieldList, StringField
from wtforms.validators import Length

app = Flask(__name__)
app.config.update(SECRET_KEY="control", WTF_CSRF_ENABLED=False)


def tidy(text: str | None) -> str:
    """The filter of core/texts, without its caps."""
    kept = "".join(char if char.isprintable() else " " for char in unicodedata.normalize("NFC", text or ""))
    return " ".join(kept.split())


def lines(text: str | None) -> str:
    return "\n".join(tidy(each) for each in (text or "").splitlines()).strip()


class Uncapped(FlaskForm):
    mail = StringField(filters=[tidy], validators=[Length(max=254)])
    about = StringField(filters=[lines], validators=[Length(max=2000)])
    options = FieldList(StringField(filters=[tidy]))


@app.get("/health/web")
def health() -> str:
    return "up"


@app.post("/")
def page() -> tuple[str, int]:
    form = Uncapped()
    return ("ok", 200) if form.validate() else ("no", 422)

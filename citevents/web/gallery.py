"""What the page of parts shows: made-up values, one of every state. Never used by the product itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from citevents.core.money import Money
from citevents.web.forms import Form

OPENING = datetime(2027, 8, 23, 15, 30, tzinfo=UTC)
VENUE, READER = "America/Vancouver", "Asia/Amman"

TOWNS = {
    "Vancouver": (-123.1, 49.3), "Memphis": (-90, 35.1), "Amman": (35.9, 31.9), "Tampere": (23.8, 61.5),
    "Ibadan": (3.9, 7.4), "Porto": (-8.6, 41.1), "Sendai": (140.9, 38.3), "Auckland": (174.8, -36.8),
    "Pune": (73.9, 18.5), "Monrovia": (-10.8, 6.3), "Perth": (115.9, -31.9), "Galway": (-9, 53.3),
    "Durban": (31, -29.9), "Recife": (-34.9, -8), "Monterrey": (-100.3, 25.7), "Daegu": (128.6, 35.9),
}  # fmt: skip


class SampleForm(Form):
    class Meta:
        csrf = False

    name = StringField(
        "Full name",
        description="In any script, as it should stand on the certificate",
        validators=[DataRequired()],
    )
    called = StringField(
        "What should we call you?", description="For the badge and our emails", validators=[Optional()]
    )
    email = EmailField(
        "Email",
        validators=[DataRequired(), Email("Enter an email address with an @, like name@agency.example")],
    )
    country = SelectField(
        "Country",
        choices=[SelectChoice("JO", "Jordan"), SelectChoice("FI", "Finland"), SelectChoice("JP", "Japan")],
        validators=[DataRequired()],
    )
    seats = IntegerField("Seats", validators=[DataRequired()])
    starts = DateTimeLocalField("Starts", description="Vancouver time", validators=[DataRequired()])
    aims = TextAreaField(
        "Learning objectives",
        description="At least three, each something that can be measured. No details of real cases.",
        validators=[Length(max=2000)],
    )
    come_as = SelectMultipleField(
        "You come as",
        description="Tells presenters who is in the room. Shown only as totals.",
        choices=[
            SelectChoice("law", "Law enforcement or dispatch"),
            SelectChoice("care", "Clinician or health service"),
            SelectChoice("lived", "Person with lived experience"),
        ],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    kind = RadioField(
        "Kind of exchange",
        choices=[SelectChoice("visit", "Two-way visit"), SelectChoice("online", "Online meeting")],
        validators=[DataRequired()],
    )
    share_name = BooleanField("Share my name with the host", validators=[Optional()])
    terms = BooleanField(
        "I agree to the terms and refunds", validators=[DataRequired("Agree to the terms to go on")]
    )


def sample() -> dict[str, Any]:
    """Everything `templates/_parts/gallery.html` needs."""
    from citevents.documents.pdf import qr_svg

    typed = MultiDict({"name": "Nguyễn Thị Hạnh", "email": "hanh.agency.example", "country": "JO", "seats": "12",
                       "starts": "2027-08-23T18:00", "aims": "", "kind": "visit", "come_as": "care"})  # fmt: skip
    form = SampleForm(formdata=typed)
    form.validate()
    return {
        "form": form,
        "qr": qr_svg("https://citevents.example/t/SAMPLE", "Sample code"),
        "sample": True,
        "opening": OPENING,
        "ends": OPENING + timedelta(hours=1),
        "evening": OPENING + timedelta(hours=9, minutes=30),
        "venue_zone": VENUE,
        "first_day": date(2027, 8, 22),
        "last_day": date(2027, 8, 25),
        "cad": lambda minor: Money(minor, "CAD"),
        "towns": TOWNS,
        "sold": [(0, 0), (8, 40), (24, 180), (37, 512), (52, 633), (72, 905), (76, 1110), (92, 1310), (100, 1404)],
        "arcs": [
            (TOWNS["Amman"], TOWNS["Tampere"], "visit"), (TOWNS["Ibadan"], TOWNS["Memphis"], "visit"),
            (TOWNS["Sendai"], TOWNS["Auckland"], "host"), (TOWNS["Perth"], TOWNS["Durban"], "online"),
            (TOWNS["Recife"], TOWNS["Porto"], "host"), (TOWNS["Pune"], TOWNS["Galway"], "visit"),
        ],
        "rooms": ROOMS,
        "slots": _slots(),
        "editor_rows": EDITOR,
    }  # fmt: skip


ROOMS = [("Arbutus", 400), ("Birch", 180), ("Cedar", 180), ("Dogwood", 120)]


def _slots() -> list[dict[str, Any]]:
    from citevents.core.times import format_when

    def at(minutes: int) -> Any:
        return format_when(OPENING + timedelta(minutes=minutes), VENUE, READER, only_clock=True)

    def session(
        number: int, column: int, title: str, people: list[str], track: str, shape: str, **more: Any
    ) -> dict[str, Any]:
        return {"id": number, "url": f"#session-{number}", "title": title, "people": people, "track": track, "shape": shape,
                "room": ROOMS[column - 1][0], "column": column, **more}  # fmt: skip

    return [
        {"start": at(0), "sessions": [session(1, 1, "Opening: one call, many hands", ["Grace Achieng", "高橋 美咲", "Mateus Rocha"], "Program development", "disc", all=True, mine=True)]},
        {"start": at(75), "now": True, "now_words": "10:42 now in Vancouver, 20:42 in Amman", "sessions": [
            session(2, 1, "Start or improve your CIT program", ["Adébáyọ̀ Ọlátúnjí"], "Program", "disc", mine=True),
            session(3, 2, "Dispatch as the first contact", ["Aino Lehtonen"], "System", "square"),
            session(4, 3, "Listening first: a family panel", ["Małgorzata Wójcik", "Ioana Petrescu", "نادية بن خليفة"], "Lived exp.", "triangle"),
            session(5, 4, "Jóvenes en crisis: la escuela", ["Lucía Cárdenas"], "System", "square", lang="es", note="Español"),
        ]},
        {"start": at(135), "pause": "Coffee, foyer on level 2. Quiet room open all day: room 214."},
        {"start": at(330), "sessions": [
            session(6, 1, "Core elements, country by country", ["ليلى الحداد", "Adaeze Obi", "Temur Karimov"], "Program", "disc"),
            session(7, 3, "Recovery stories that teach", ["김서연"], "Lived exp.", "triangle", cancelled=True),
            session(8, 4, "Reading an evaluation with care", ["Nguyễn Thị Hạnh"], "Evaluation", "diamond"),
        ]},
        {"start": at(570), "sessions": [session(9, 1, "Evening of voices: people with lived experience and families", ["Ioana Petrescu"], "Lived experience and family", "triangle", all=True)]},
    ]  # fmt: skip


EDITOR = [
    {"start": "11:15", "cells": [
        {"title": "Co-responder or CIT?", "people": ["Grace Achieng"], "wanted": 133, "url": "#move"},
        {"title": "Recovery stories that teach", "people": ["김서연"], "wanted": 97, "url": "#move", "state": "moving", "flag": "Being moved"},
        {"state": "free", "place_url": "#place", "where": "a session at 11:15 in Cedar"},
        {"title": "Peer support on the ride-along", "people": ["Ngaire Parata"], "wanted": 67, "url": "#move", "state": "softc", "flag": "Room short by 27"},
    ]},
    {"start": "15:30", "cells": [
        {"title": "Radio language and dignity", "people": ["Isla Drummond"], "wanted": 101, "url": "#move"},
        {"title": "Family liaison, on call", "people": ["Małgorzata Wójcik"], "wanted": 64, "url": "#move", "state": "hard", "flag": "Same person in Dogwood"},
        {"state": "target", "flag": "Free, 180 seats"},
        {"title": "Panel: families and courts", "people": ["Małgorzata Wójcik", "Delroy Whyte"], "wanted": 77, "url": "#move", "state": "hard", "flag": "Same person in Birch"},
    ]},
]  # fmt: skip

"""The floor under registration: the smallest Flask + SQLAlchemy application that sells a place at all.

One conditional update of one counter row and two inserts, in one transaction; a form before it and a confirmation after it
in the buyer's flow. No CSRF, no people, no tickets, no events, no languages: what is measured beside it pays for those.
"""

from __future__ import annotations

import os
import secrets

import sqlalchemy as sa
from flask import Flask, abort, redirect, render_template, request
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Counter(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    capacity: Mapped[int]
    sold: Mapped[int] = mapped_column(default=0)


class Order(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    mail: Mapped[str]


class Place(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"))
    name: Mapped[str]


FORM = """<!doctype html><title>Register</title><h1>{{ left }} places left</h1><form method="post" action="/orders">
<input name="name"><input name="mail"><button>Go</button></form>"""
DONE = (
    "<!doctype html><title>Done</title><h1>You are registered, {{ place.name }}</h1><p>{{ order.mail }}</p>"
)
TAKE = (
    sa.update(Counter).where(Counter.id == 1, Counter.sold < Counter.capacity).values(sold=Counter.sold + 1)
)


def create_app(url: str = "") -> Flask:
    """The floor on the database of FLOOR_URL."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url or os.environ["FLOOR_URL"]
    app.jinja_loader = DictLoader({"form.html": FORM, "done.html": DONE})
    db.init_app(app)

    @app.get("/form")
    def form() -> str:
        counter = db.session.get(Counter, 1)
        assert counter
        return render_template("form.html", left=counter.capacity - counter.sold)

    @app.post("/orders")
    def place() -> Response:
        if not db.session.execute(TAKE).rowcount:  # type: ignore[attr-defined]
            abort(409)
        order = Order(code=secrets.token_urlsafe(16), mail=request.form["mail"])
        db.session.add(order)
        db.session.flush()
        db.session.add(Place(order_id=order.id, name=request.form["name"]))
        code = order.code
        db.session.commit()
        return redirect(f"/orders/{code}", 303)

    @app.get("/orders/<code>")
    def done(code: str) -> str:
        order = db.session.scalars(sa.select(Order).where(Order.code == code)).one()
        place = db.session.scalars(sa.select(Place).where(Place.order_id == order.id)).one()
        return render_template("done.html", order=order, place=place)

    return app


def prepare(url: str, capacity: int) -> None:
    """Empty tables and one counter."""
    app = create_app(url)
    with app.app_context():
        db.create_all()
        db.session.add(Counter(id=1, capacity=capacity, sold=0))
        db.session.commit()
        db.engine.dispose()

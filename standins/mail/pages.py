"""Reading the mails: pages for people, JSON for tests."""

import dataclasses
import io
import re
from email.message import EmailMessage

from flask import Flask, abort, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from standins.faults import Faults, fault_routes
from standins.mail import letters
from standins.mail.mailbox import Accepted, Mailbox
from standins.web import STATIC, guard_pages

SHOWN = 200


def build_pages(mailbox: Mailbox, faults: Faults) -> Flask:
    app = Flask(__name__, static_folder=str(STATIC))
    app.register_blueprint(fault_routes(faults))
    guard_pages(app)

    def wanted() -> list[Accepted]:
        to, subject = request.args.get("to", "").lower(), request.args.get("subject", "").lower()
        return [
            mail
            for mail in mailbox.accepted()
            if to in ", ".join(mail.to).lower() and subject in mail.subject.lower()
        ]

    def opened(name: str) -> tuple[Accepted, EmailMessage]:
        return mailbox.read(name) or abort(404)

    @app.get("/_health")
    def health() -> ResponseReturnValue:
        return {"status": "ok"}

    @app.get("/_messages")
    def listed() -> ResponseReturnValue:
        return {"messages": [dataclasses.asdict(mail) for mail in wanted()]}

    @app.delete("/_messages")
    def emptied() -> ResponseReturnValue:
        mailbox.clear()
        return "", 204

    @app.get("/_messages/<name>")
    def one(name: str) -> ResponseReturnValue:
        mail, message = opened(name)
        return {**dataclasses.asdict(mail), **letters.taken_apart(message)}

    @app.get("/")
    def index() -> ResponseReturnValue:
        found = wanted()[::-1]
        return render_template(
            "list.html", mails=found[:SHOWN], count=len(found), to=request.args.get("to", "")
        )

    @app.post("/clear")
    def clear() -> ResponseReturnValue:
        mailbox.clear()
        return redirect(url_for("index"), 303)

    @app.get("/m/<name>")
    def letter(name: str) -> ResponseReturnValue:
        mail, message = opened(name)
        g.policy = {"frame-src": "'self'"}
        return render_template("letter.html", mail=mail, letter=letters.taken_apart(message))

    @app.get("/m/<name>/html")
    def html(name: str) -> ResponseReturnValue:
        """The HTML part in a sandbox: no scripts, no origin; links open in the whole window."""
        _, message = opened(name)
        g.policy = {
            "sandbox": "allow-top-navigation-by-user-activation allow-popups",
            "style-src": "'unsafe-inline'",
            "img-src": "'self' data:",
            "form-action": "'none'",
            "frame-ancestors": "'self'",
        }
        numbers = {
            str(part.get("Content-ID", "")).strip("<> "): number
            for number, part in letters.numbered_parts(message)
        }
        shown = re.sub(
            r"cid:([^\"'\s>)]+)",
            lambda found: url_for("part", name=name, number=numbers.get(found[1], 0)),
            letters.html_of(message),
        )
        return '<base target="_top">' + shown

    @app.get("/m/<name>/part/<int:number>")
    def part(name: str, number: int) -> ResponseReturnValue:
        _, message = opened(name)
        found = dict(letters.numbered_parts(message)).get(number) or abort(404)
        g.policy = {"sandbox": ""}
        return send_file(
            io.BytesIO(letters.bytes_of(found)),
            mimetype=found.get_content_type(),
            download_name=found.get_filename() or f"part-{number}",
            as_attachment=not found.get_content_type().startswith("image/"),
        )

    @app.get("/m/<name>/raw")
    def raw(name: str) -> ResponseReturnValue:
        return mailbox.source(name) or abort(404), {"Content-Type": "text/plain; charset=utf-8"}

    return app

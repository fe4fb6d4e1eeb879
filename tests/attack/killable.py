"""The real entry points, which die by SIGKILL at named points. The product has no hooks: they are put on here.

`python -m tests.attack.killable web|relay|worker [arguments]` runs the same main() as production. A file in the folder
CITEVENTS_BULLETS named like a point and holding a number n kills the process that passes there for the n-th time; whoever
dies takes the file away first, so that one bullet kills once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

#: Every point by name, and how often it may be passed before it kills.
POINTS = {
    "web.before_commit": 6,
    "web.after_commit": 6,
    "web.after_commit:registration.send": 4,
    "web.after_commit:registration.cancel": 1,
    "web.after_commit:payments.checkout": 2,
    "web.after_commit:payments.notice": 6,
    "web.before_commit:payments.notice": 6,
    "web.before_commit:registration.send": 4,
    "processor.open_checkout": 3,
    "processor.retrieve_checkout": 6,
    "processor.refund": 1,
    "processor.expire_checkout": 1,
    "relay.routed": 20,
    "relay.sent": 20,
    "worker.claimed": 30,
    "worker.reacted": 30,
    "worker.handled": 30,
    "worker.reacted:payments.handle_notice": 5,
    "worker.reacted:registration.confirm_order": 3,
    "worker.reacted:payments.carry_out_refund": 1,
    "worker.reacted:calendars.agenda_published": 1,
    "worker.reacted:calendars.conference_changed": 1,
    "worker.reacted:calendars.exchange_agreed": 1,
    "worker.reacted:calendars.exchange_dated": 2,
    "worker.reacted:matching.solve_round": 1,
    "worker.reacted:matching.mail_side": 3,
    "web.before_commit:matching.answer": 2,
    "web.after_commit:matching.answer": 2,
    "web.after_commit:matching.propose": 1,
    "web.after_commit:matching.dates": 1,
    "mail.accepted": 12,
    "clock.mid_tick": 12,
    "clock.mid_tick:registration.expire_holds": 2,
}

_lock = threading.Lock()
_passed: Counter[str] = Counter()


def pass_by(*points: str) -> None:
    """Die here if a bullet of one of these names is due."""
    folder = Path(os.environ["CITEVENTS_BULLETS"])
    for point in points:
        bullet = folder / point
        try:
            due = int(bullet.read_text() or 1)
        except (FileNotFoundError, ValueError):
            continue
        with _lock:
            _passed[point] += 1
            if _passed[point] < due:
                continue
            _passed[point] = 0
        try:
            bullet.rename(folder / f"{point}.hit.{os.getpid()}")
        except FileNotFoundError:
            continue  # somebody else died of it
        os.kill(os.getpid(), signal.SIGKILL)


def _after(
    function: Callable[..., Any], *points: str, when: Callable[[Any], bool] = bool
) -> Callable[..., Any]:
    @wraps(function)
    def passing(*args: Any, **values: Any) -> Any:
        result = function(*args, **values)
        if when(result):
            pass_by(*points)
        return result

    return passing


def _always(_result: Any) -> bool:
    return True


def arm_processor() -> None:
    """After Stripe answered, before anything of it is kept."""
    from citevents.payments.gateway import StripeGateway

    for name in ("open_checkout", "retrieve_checkout", "refund", "expire_checkout"):
        call = getattr(StripeGateway, name)
        setattr(StripeGateway, name, _after(call, f"processor.{name}", when=_always))


def arm_web() -> None:
    """Around the commit of a request."""
    import flask
    import sqlalchemy as sa
    from flask_sqlalchemy.session import Session

    def at(point: str) -> Callable[[Any], None]:
        def passing(_session: Any) -> None:
            if flask.has_request_context():
                pass_by(point, f"{point}:{flask.request.endpoint}")

        return passing

    sa.event.listen(Session, "before_commit", at("web.before_commit"))
    sa.event.listen(Session, "after_commit", at("web.after_commit"))


def arm_relay() -> None:
    """Between routing, sending and marking; in the middle of a tick."""
    from workers import clock, relay

    relay.route = _after(relay.route, "relay.routed")
    relay.Relay.carry = _after(relay.Relay.carry, "relay.sent", when=_always)  # type: ignore[method-assign]
    for name, entry in clock._ticks.items():
        tick = _after(entry.tick, "clock.mid_tick", f"clock.mid_tick:{name}", when=_always)
        clock._ticks[name] = replace(entry, tick=tick)


def arm_worker() -> None:
    """Between claim and work, before and after the commit of the work, after the mail server's 250."""
    from citevents.core import mail
    from workers import handles

    handles._claim = _after(handles._claim, "worker.claimed", when=lambda claimed: claimed is not None)
    handles.run = _after(handles.run, "worker.handled")
    mail.send = _after(mail.send, "mail.accepted", when=_always)
    for name, handler in handles._handlers.items():
        react = _after(handler.react, "worker.reacted", f"worker.reacted:{name}", when=_always)
        handles._handlers[name] = replace(handler, react=react)


# ---------- controls: the product broken on purpose, so that the check is seen to fail ----------


def without_seats() -> None:
    """Places are taken without asking whether any are left."""
    import sqlalchemy as sa

    from citevents.registration import quota_counters

    quota_counters._TAKE = sa.text(
        "UPDATE places SET taken = taken + :n WHERE organization_id = :organization AND quota_id = :quota"
    )


def without_stamp() -> None:
    """Work is done, and the delivery is never marked as handled."""
    import sqlalchemy as sa

    from workers import handles

    handles.STAMP = sa.text("UPDATE delivery SET error = NULL WHERE id = :id AND attempts = :n")


def without_memory_of_letters() -> None:
    """A letter gets a Message-ID of its own each time, and nobody remembers that it went out."""
    import secrets

    from citevents.core import mail

    post = mail.post

    def forgetful(key: str, template: str, **values: Any) -> bool:
        return post(f"{key}:{secrets.token_hex(4)}", template, **values)

    for module in list(sys.modules.values()):
        if getattr(module, "post", None) is post:
            module.post = forgetful  # type: ignore[attr-defined]


CONTROLS = {"seats": without_seats, "stamp": without_stamp, "letters": without_memory_of_letters}


def main() -> None:
    """Run one part of the product, killable."""
    part = sys.argv.pop(1)
    arm_processor()
    if part == "web":
        arm_web()
    else:
        import workers.reactions  # noqa: F401

        arm_relay() if part == "relay" else arm_worker()
    for control in os.environ.get("CITEVENTS_CONTROL", "").split():
        CONTROLS[control]()
    if part == "web":
        from gunicorn.app.wsgiapp import run as serve  # type: ignore[import-untyped]

        serve()
    elif part == "relay":
        from workers import relay

        relay.main()
    else:
        from workers import process

        process.main()


if __name__ == "__main__":
    main()

"""Who looks at the pages of a house, where they begin, and what they see."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient

from citevents.core.access import Role
from tests.house.everything import Everything
from tests.house.visits import Seen, typed, walk
from tests.people.world import csrf, sign_in_as, submit

#: Who looks, and where they begin. Each sees what those before them have not seen, and where they begin in any case.
READERS: dict[str, tuple[str, ...]] = {
    "stranger": ("/", "/c/here", "/c/over", "/sign-in", "/sign-in/sent", "/sign-in/not-a-token", "/nothing-here", "/preferences",
                 "/c/here/agenda?q=nothing", "/surveys/not-a-token", "/desk"),
    "attendee": ("/me", "/me/calendar", "/me/data", "/me/settings", "/me/passkeys", "/sign-out", "/exchange", "/c/here", "/c/here/agenda", "/desk"),
    "leader": ("/exchange", "/me"),
    "asked": ("/exchange", "/exchange/request"),
    **{role.value: ("/desk/c/here", "/desk", "/me", "/exchange") for role in (Role.REVIEWER, Role.CHECK_IN, Role.FINANCE, Role.PROGRAM_COMMITTEE)},
    Role.EXCHANGE_COORDINATOR.value: ("/desk", "/desk/exchange"),
    Role.ORGANIZER.value: ("/desk/c/here", "/desk", "/desk/c/here/check-in?q=aino", "/desk/c/here/orders?q=nobody", "/desk/people?q=nobody",
                           "/desk/audit?what=nothing", "/desk/deliveries"),
    Role.OWNER.value: ("/desk", "/desk/people", "/desk/audit?check=1"),
}  # fmt: skip
#: Addresses that nothing links to, and whose they are.
WHOSE = {
    "exchange": "leader",
    "desk": Role.OWNER.value,
    "c": "stranger",
    "pay": "stranger",
    "surveys": "stranger",
}


def as_reader(app: Flask, house: Everything, reader: str, language: str = "en") -> FlaskClient:
    """Their browser, set to a language."""
    client = app.test_client()
    person = {"attendee": house.attendee, "leader": house.leader, "asked": house.asked} | {
        role.value: person for role, person in house.people.items()
    }
    if reader in person:
        sign_in_as(client, person[reader])
    client.get(f"/preferences?lang={language}")
    if reader == "stranger":
        submit(client, "/sign-in", mail="nobody@x.example")
    return client


def pages(app: Flask, house: Everything, language: str = "en") -> Iterator[tuple[str, FlaskClient, Seen]]:
    """(who, their browser, a page) for every page that there is, in each state that a look brings about."""
    known: set[tuple[str, ...]] = {("assets.parts",)}
    for reader, starts in READERS.items():
        client = as_reader(app, house, reader, language)
        more = {path: name for name, path in house.paths.items() if WHOSE[path.split("/")[1]] == reader}
        for seen in walk(client, (*starts, *more), known):
            yield reader, client, Seen(f"{reader}: {more.get(seen.path, seen.path)}", seen.path, seen.answer)


def refused(client: FlaskClient, seen: Seen) -> Iterator[Seen]:
    """The page again, after each of its forms was sent with nothing in it."""
    for form, names in typed(seen):
        values = {name: value for name, value in form.values.items() if name not in names}
        answer = client.post(form.action or seen.path, data={**values, "csrf_token": csrf(client)})
        if answer.status_code == 422:
            yield Seen(f"{seen.name}, refused", seen.path, answer)

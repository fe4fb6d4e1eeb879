"""The first owner, and the way in when no mail goes out."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from citevents.core.access import Grant, Role
from citevents.people import queries
from tests.people.world import csrf


def test_the_first_owner_is_made_on_the_machine_and_comes_in_by_a_printed_link(
    app: Flask, client: FlaskClient
) -> None:
    run = app.test_cli_runner().invoke
    made = run(args=["people", "grant", "olu@cit.example", "owner", "--name", "Olu"])
    assert made.output == "olu@cit.example is now owner.\n"
    assert (
        run(args=["people", "grant", "OLU@cit.example", "owner"]).output
        == "OLU@cit.example was already owner.\n"
    )
    olu = queries.by_mail("olu@cit.example")
    assert olu is not None
    assert (olu.name, queries.grants_of(olu.id)) == ("Olu", [Grant(Role.OWNER)])

    assert run(args=["people", "link", "nobody@cit.example"]).exit_code == 1
    address = run(args=["people", "link", "olu@cit.example"]).output.strip()
    assert address.startswith("http://localhost/sign-in/")
    path = address.removeprefix("http://localhost")
    assert client.post(path, data={"csrf_token": csrf(client, path)}).status_code == 303
    assert client.get("/desk/people").status_code == 200

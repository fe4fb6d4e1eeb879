"""docs/STANDINS.md names every switch there is, and no address that does not answer."""

import re
from pathlib import Path

from flask import Flask

from standins.mail import Outbox, smtp
from standins.stripe import StripeStandIn, api

TOLD = (Path(__file__).parents[2] / "docs" / "STANDINS.md").read_text("utf-8")


def paths_of(app: Flask) -> set[str]:
    return {str(rule) for rule in app.url_map.iter_rules()}


def test_every_fault_and_each_of_its_settings_is_told() -> None:
    table = TOLD[TOLD.index("## Faults") :]
    for kinds in (smtp.KINDS, api.KINDS):
        for place, offered in kinds.items():
            row = next(line for line in table.splitlines() if line.startswith("|") and f"`{place}`" in line)
            missing = [kind for kind in offered if f"`{kind}`" not in row]
            settings = [name for kind in offered.values() for name in kind if name not in row]
            assert (place, missing, settings) == (place, [], [])


def test_the_addresses_told_are_the_addresses_there_are() -> None:
    with StripeStandIn() as stripe, Outbox() as outbox:
        there = {path.split("<")[0] for path in paths_of(stripe.app) | paths_of(outbox.app)}
    told = {path.split("?")[0] for path in re.findall(r"/_[a-z_]+", TOLD)}
    assert told == {path.rstrip("/") for path in there if path.startswith("/_")}

"""Links for letters and calendars: absolute, and made without a request."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from citevents.config import Settings
from citevents.core.db import Organization, current_organization_id, session


def site() -> str:
    """Where the current organization is reached: scheme, host and port, without a slash at the end."""
    settings: Settings = current_app.config["SETTINGS"]
    organization = session().get_one(Organization, current_organization_id())
    if not organization.host:
        return settings.base_url
    here = urlsplit(settings.base_url)
    port = f":{here.port}" if here.port else ""
    return f"{here.scheme}://{organization.host}{port}"


def path_to(endpoint: str, **values: Any) -> str:
    """The path of a page, like Flask's `url_for` but also outside a request."""
    return current_app.url_map.bind("localhost").build(endpoint, values)


def link_to(endpoint: str, **values: Any) -> str:
    """The whole address of a page."""
    return absolute(path_to(endpoint, **values))


def absolute(path: str) -> str:
    """A path of this site as a whole address."""
    return site() + path

"""`/health` for people and supervisors, `/health/web` for load balancers, `/metrics` for Prometheus."""

from __future__ import annotations

import hmac
import time
from typing import Any
from urllib.parse import urlsplit

import redis
import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from citevents.config import Settings, is_loopback
from citevents.core import circuits, events
from citevents.core.access import machine, public
from citevents.core.db import session
from citevents.locale.zone_data import use_newest
from citevents.operations import disks, metrics

operations = Blueprint("operations", __name__)

#: Events older than this and still unrouted mean that no relay works. One whose kind nobody knows (of a newer version, of a
#: slice that is gone) waits for a relay that does.
LAG_LIMIT_SECONDS = 30.0
#: Kept alive by workers/relay.py.
RELAY_KEY = "citevents:relay"

LAG = sa.text(
    "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0) FROM event "
    "WHERE routed_at IS NULL AND name = ANY(:known)"
)


@operations.get("/health")
@public
def health() -> tuple[Response, int]:
    """200 when database, queue and relay all work and no disk is full; 503 with what does not. No secrets, no names.

    It names the zone rules in use: an operator sees there when they are old.
    `away` lists who does not answer outside: work waits for them by itself, and nothing here is at fault.
    """
    started = time.monotonic()
    parts: dict[str, Any] = {"database": "away", "queue": "away", "relay": "away"}
    parts["zone_data"] = str(use_newest())
    try:
        lag = float(session().scalar(LAG, {"known": list(events.kinds())}) or 0)
        parts |= {"database": "up", "relay_lag_seconds": round(lag, 3)}
        parts["away"] = [circuit.destination for circuit in circuits.away()]
    except SQLAlchemyError:
        session().rollback()
        lag = float("inf")
    try:
        queue = redis.Redis.from_url(_settings().redis_url, socket_timeout=1, socket_connect_timeout=1)
        beat = queue.exists(RELAY_KEY)
        parts["queue"] = "up" if queue.info("persistence")["aof_last_write_status"] == "ok" else "full"
        parts["relay"] = "up" if beat and lag < LAG_LIMIT_SECONDS else "away"
    except (redis.RedisError, ValueError, KeyError):
        pass
    if disks.database_refused(time.monotonic()):
        parts["database"] = "full"
    parts["full"] = disks.full(_settings())
    good = all(parts[name] == "up" for name in ("database", "queue", "relay")) and not parts["full"]
    parts["status"] = "up" if good else "degraded"
    parts["milliseconds"] = round(1000 * (time.monotonic() - started), 1)
    return jsonify(parts), 200 if good else 503


@operations.get("/health/web")
@public
def health_web() -> tuple[Response, int]:
    """200 while this process can reach the database: pages and orders work even when the queue is away."""
    try:
        session().execute(sa.text("SELECT 1"))
    except SQLAlchemyError:
        session().rollback()
        return jsonify(status="away"), 503
    return jsonify(status="up"), 200


@operations.get("/metrics")
@machine("bearer token of CITEVENTS_METRICS_TOKEN; open on a laptop only")
def prometheus() -> Response:
    """Prometheus text format. 404 without the token, as if there were nothing here."""
    settings = _settings()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    laptop = settings.development and not settings.public and is_loopback(urlsplit(request.host_url).hostname)
    if not (laptop or settings.metrics_token):
        abort(404)
    if settings.metrics_token and not hmac.compare_digest(given.encode(), settings.metrics_token.encode()):
        abort(404)
    return Response(metrics.page(), content_type=metrics.CONTENT_TYPE)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings

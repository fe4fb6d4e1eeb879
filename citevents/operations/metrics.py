"""Prometheus figures: what each web process did, and what the database says of the event log. No personal data."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import sqlalchemy as sa
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from citevents.core import events
from citevents.core.db import session
from citevents.engines.figures import REQUESTS

CONTENT_TYPE = CONTENT_TYPE_LATEST

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Of a row of figures: how many requests fell into each bucket, how many took longer, and all their seconds.
LONGER, SUM = len(BUCKETS), len(BUCKETS) + 1
METHODS = ("GET", "HEAD", "OPTIONS", "POST")


def observe(endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count a request."""
    known = method if method in METHODS else "other"
    REQUESTS.add(f"{endpoint} {known} {status}", {bisect_left(BUCKETS, seconds): 1, SUM: seconds})


class Requests(Collector):
    """What all web processes of this server counted."""

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(
            "citevents_request_seconds", "Server time of requests.", labels=["endpoint", "method", "status"]
        )
        names = [*map(str, BUCKETS), "+Inf"]
        for key, numbers in sorted(REQUESTS.sums().items()):
            counted = list(accumulate(numbers[: LONGER + 1]))
            family.add_metric(key.split(" "), list(zip(names, counted, strict=True)), numbers[SUM])
        yield family


STATE = sa.text(
    """SELECT (SELECT count(*) FROM event WHERE routed_at IS NULL) AS unrouted,
              (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)
               FROM event WHERE routed_at IS NULL AND name = ANY(:known)) AS lag,
              (SELECT count(*) FROM delivery WHERE send_at IS NOT NULL AND waits_for IS NULL) AS waiting,
              (SELECT count(*) FROM delivery WHERE waits_for IS NOT NULL) AS held,
              (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(send_at)), 0)
               FROM delivery WHERE send_at < clock_timestamp() AND waits_for IS NULL) AS overdue,
              (SELECT count(*) FROM delivery WHERE dead_at IS NOT NULL) AS dead,
              (SELECT count(DISTINCT coalesce(intent_id, charge_id, subject)) FROM notice
               WHERE organization_id IS NULL AND handled_at IS NULL) AS unowned,
              (SELECT count(*) FROM circuit) AS away"""
)


class EventLog(Collector):
    """Read at scrape time: the same whichever process answers."""

    def collect(self) -> Iterator[Metric]:
        row = session().execute(STATE, {"known": list(events.kinds())}).one()
        for name, words, value in (
            ("citevents_events_unrouted", "Events without deliveries yet.", row.unrouted),
            ("citevents_relay_lag_seconds", "Age of the oldest unrouted event that is known.", row.lag),
            ("citevents_deliveries_waiting", "Deliveries not yet handled.", row.waiting),
            ("citevents_deliveries_held", "Deliveries that wait for somebody outside who is away.", row.held),
            ("citevents_destinations_away", "Mail server, Stripe: how many of them are away.", row.away),
            ("citevents_deliveries_overdue_seconds", "How long the oldest due delivery waits.", row.overdue),
            ("citevents_notices_unowned", "Payments at Stripe that nobody here is known by.", row.unowned),
            ("citevents_deliveries_dead", "Failed jobs waiting for a person.", row.dead),
        ):
            yield GaugeMetricFamily(name, words, value=float(value))


def page() -> bytes:
    """Everything, in Prometheus' text format; all web processes of this server together."""
    registry = CollectorRegistry()
    registry.register(Requests())
    registry.register(EventLog())
    return generate_latest(registry)


def init_metrics(app: Flask) -> None:
    """Time every request."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        if "began" in g and request.endpoint:
            observe(request.endpoint, request.method, response.status_code, time.perf_counter() - g.began)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)

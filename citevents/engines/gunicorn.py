"""The web server's settings: `gunicorn --config citevents/engines/gunicorn.py app:app`, here and in production."""

import gc
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, request, request_started
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from citevents.engines.figures import REQUESTS
from citevents.engines.preload import SHARES

bind = [f"127.0.0.1:{os.environ.get('CITEVENTS_PORT', '8000')}"]
workers = int(os.environ.get("CITEVENTS_WEB", "2"))
worker_class = "sync"
preload_app = SHARES  # the workers share the memory of the application
timeout = 30
graceful_timeout = 8
max_requests = 20_000  # a worker is renewed now and then: cheap, as the application is preloaded
max_requests_jitter = 2_000
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
control_socket_disable = True
loglevel = "warning"
accesslog = "-"
# The workers' heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker a part of the figures, and let the collector leave alone what is there already.

    Its marks would copy every shared page.
    """
    taken = {getattr(each, "part", 0) for each in server.WORKERS.values()}
    worker.part = next(part for part in range(1, len(taken) + 2) if part not in taken)
    gc.collect()
    gc.freeze()


def when_ready(server: Any) -> None:
    """Say in the log how to begin, while there is no organization. Its connection is closed before workers are forked."""
    app = server.app.wsgi()
    for greet in app.extensions.get("at_start", ()):
        greet(app)


def post_fork(server: Any, worker: Any) -> None:
    """Count in the part that was given."""
    REQUESTS.take(worker.part)


ROUTE = "citevents.route"


def note_route(sender: Flask, **_: Any) -> None:
    """Leave the route's pattern where the log finds it when the request is over."""
    if request.url_rule:
        request.environ[ROUTE] = request.url_rule.rule


request_started.connect(note_route, weak=False)


PROBES = ("/health", "/health/web", "/metrics")


class Access(Logger):  # type: ignore[misc]
    """One JSON line per request: the route's pattern, never the address, path, query or browser of a person."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        if environ.get(ROUTE) in PROBES:
            return
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": "info",
            "log": "citevents.access",
            "message": f"{environ.get('REQUEST_METHOD', '?')} {environ.get(ROUTE, '(no such page)')}",
            "status": int(str(resp.status).partition(" ")[0]),
            "ms": round(request_time.total_seconds() * 1000, 1),
        }
        self.access_log.info(json.dumps(line))


logger_class = Access

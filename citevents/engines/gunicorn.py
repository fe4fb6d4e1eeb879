"""The web server's settings: `gunicorn --config citevents/engines/gunicorn.py app:app`, here and in production."""

import gc
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, request, request_started
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from prometheus_client.multiprocess import mark_process_dead

from citevents.engines.modules import SHARES

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


# Each worker keeps its figures in a file here; /metrics adds them up. Those of the run before count no more.
metrics = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if metrics:
    Path(metrics).mkdir(parents=True, exist_ok=True)
    for old in Path(metrics).glob("*.db"):
        old.unlink()


def pre_fork(server: Any, worker: Any) -> None:
    """Let the collector leave alone what is there already: its marks would copy every shared page."""
    gc.collect()
    gc.freeze()


def when_ready(server: Any) -> None:
    """Say in the log how to begin, while there is no organization. Its connection is closed before workers are forked."""
    app = server.app.wsgi()
    for greet in app.extensions.get("at_start", ()):
        greet(app)


def child_exit(server: Any, worker: Any) -> None:
    """What a worker that ended had counted stays counted; what it was doing is over."""
    if metrics:
        mark_process_dead(worker.pid, metrics)  # type: ignore[no-untyped-call]


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

"""A Flask application served on loopback from a thread, and the headers its pages carry."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from flask import Flask, Response, g
from werkzeug.serving import WSGIRequestHandler, make_server

LOOPBACK = "127.0.0.1"
DROP = "standin.drop_connection"
STATIC = Path(__file__).parent / "static"


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        if type == "error":
            logging.getLogger("standins").warning(message, *args)

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """A client went away, or a fault sends it away: hang up rather than wait for its next request."""
        self.close_connection = True


class WebServer:
    """`app` on a port of loopback; 0 takes a free one. Bound when made, serving between start and stop."""

    def __init__(self, app: Flask, port: int = 0) -> None:
        self._app = app
        self._bind(port)
        self.port: int = self._server.server_port
        self.url = f"http://{LOOPBACK}:{self.port}"

    def _bind(self, port: int) -> None:
        self._server = make_server(
            LOOPBACK, port, _dropping(self._app), threaded=True, request_handler=_QuietHandler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=self._app.name,
            daemon=True,
        )

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, nobody listens on the port: connections are refused."""
        self.stop()
        try:
            yield
        finally:
            self._bind(self.port)
            self.start()


def _dropping(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Lets a view answer by hanging up: it sets `environ[DROP]`, and no byte is sent."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = app(environ, start_response)
        if environ.get(DROP):
            raise ConnectionResetError("dropped by a fault")
        return body

    return answer


def guard_pages(app: Flask) -> None:
    """Every answer gets a strict policy: own stylesheet, no script, no frame. A view may widen `g.policy`."""

    @app.after_request
    def headers(response: Response) -> Response:
        policy = {
            "default-src": "'none'",
            "style-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
            **g.get("policy", {}),
        }
        response.headers["Content-Security-Policy"] = "; ".join(f"{k} {v}".strip() for k, v in policy.items())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

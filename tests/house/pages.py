"""The frame alone, without a database: languages, assets, parts, errors, under the product's own content policy."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response, g, render_template, render_template_string, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.serving import make_server

from citevents.core import access
from citevents.locale import languages, translations_cli
from citevents.web import assets, preferences

TEMPLATES = Path(__file__).parents[2] / "templates"


def page_app() -> Flask:
    """Serves /parts, /preferences, /static, /error/<status>, /away and /work."""
    app = Flask("citevents", template_folder=str(TEMPLATES), static_folder=None)
    app.config.update(SECRET_KEY="for tests", TESTING=True)

    @app.before_request
    def nonce() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)

    CSRFProtect(app)
    translations_cli.init_catalogues(app)
    languages.init_languages(app, access.current)
    access.init_access(app)
    app.register_blueprint(preferences.preferences)
    assets.init_assets(app)
    app.jinja_env.globals["csp_nonce"] = lambda: g.csp_nonce

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'nonce-{g.csp_nonce}'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        return response

    @app.get("/error/<int:status>")
    @access.public
    def error(status: int) -> str:
        return render_template("errors/error.html", status=status)

    @app.route("/work", methods=["GET", "POST"])
    @access.public
    def work() -> str:
        """A page whose form sends itself by htmx, and without script as any form."""
        done = "{{ p.notice('Done', 'good', live=true) }}{{ sprite() }}"
        if request.headers.get("HX-Request"):
            return render_template_string(done)
        return render_template_string(
            "{% extends '_layout.html' %}{% set uses_htmx = true %}{% block title %}Work{% endblock %}{% block main %}"
            "<div class='page narrow stack'>{{ p.head('Work') }}{{ p.offline() }}"
            "<form method='post' hx-post='/work' hx-target='#answer'>{{ p.csrf() }}{{ p.button('Do it', main=true) }}</form>"
            "<div id='answer'>" + (done if request.method == "POST" else "") + "</div></div>{% endblock %}"
        )

    @app.get("/away")
    @access.public
    def away() -> str:
        return render_template("errors/unavailable.html")

    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on a free port of loopback, in a thread; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

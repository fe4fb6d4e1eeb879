"""citevents: conferences and peer exchanges of crisis intervention teams."""

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    from citevents.slices import register_commands

    register_commands(app)
    return app

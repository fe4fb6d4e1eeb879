"""citevents: conferences and peer exchanges of crisis intervention teams."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from citevents.config import Settings

#: The exit status of what was not told enough. Of this one gunicorn knows that a worker would fail again.
NOT_READY = 3
MIGRATIONS = Path(__file__).parents[1] / "migrations"


def configured_app(*, serves: bool, queue: bool = False) -> "Flask":
    """The application of this process, from its environment.

    Ends the process with one message where a setting cannot be meant and, for one that `serves` (or works off the `queue`),
    where something is missing.
    """
    from citevents.config import Settings, SettingsError
    from citevents.readiness import refuse_unless_ready

    try:
        settings = Settings.from_environment()
        if serves:
            refuse_unless_ready(settings, queue=queue)
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(NOT_READY)
    return create_app(settings)


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application: configuration, then the core, then the slices. Touches neither database nor queue."""
    # Before anything else is loaded: who has asked for a zone keeps the rules it found.
    from citevents.locale import zone_data

    zone_data.use_newest()

    # Loaded here: the processes of a search live in this package too, and need none of it.
    from flask import Flask
    from flask_migrate import Migrate

    from citevents import slices
    from citevents.config import Settings

    # Those with tables of their own (audit, events, limits, mail) also make the metadata whole.
    from citevents.core import access, audit, db, events, logs, mail, rate_limits  # noqa: F401
    from citevents.locale import languages, translations_cli
    from citevents.web import answers, assets, preferences

    settings = settings or Settings.from_environment()
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret or None,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=db.engine_options(settings.pool_size),
    )
    logs.init_logs(app)
    db.db.init_app(app)
    Migrate(app, db.db, directory=str(MIGRATIONS))
    translations_cli.init_catalogues(app)
    languages.init_languages(app, access.current)
    answers.init_web(app, settings)
    access.init_access(app)
    app.register_blueprint(preferences.preferences)
    assets.init_assets(app)
    slices.init_slices(app)
    return app

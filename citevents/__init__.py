"""citevents: conferences and peer exchanges of crisis intervention teams."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from citevents.config import Settings

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application: configuration, then the core, then the slices. Touches neither database nor queue."""
    # Before anything else is loaded: who has asked for a zone keeps the rules it found.
    from citevents.core import zone_data

    zone_data.use_newest()

    # Loaded here: the processes of a search live in this package too, and need none of it.
    from flask import Flask
    from flask_migrate import Migrate

    from citevents import slices
    from citevents.config import Settings

    # Those with tables of their own (audit, events, limits, mail) also make the metadata whole.
    from citevents.core import access, assets, audit, db, events, languages, limits, logs, mail, web  # noqa: F401

    settings = settings or Settings.from_environment()
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=db.engine_options(settings.pool_size),
    )
    logs.init_logs(app)
    db.db.init_app(app)
    Migrate(app, db.db, directory=str(MIGRATIONS))
    languages.init_languages(app)
    web.init_web(app, settings)
    access.init_access(app)
    assets.init_assets(app)
    slices.init_slices(app)
    return app

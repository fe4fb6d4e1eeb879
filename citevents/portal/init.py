"""What the portal gives every page: the links around it and the organization's name."""

from flask import Flask

from citevents.core import web
from citevents.portal import acts, failed_jobs, navigation, tasks


def init(app: Flask) -> None:
    """Fill the frame."""
    app.jinja_env.globals.update(
        nav_place=navigation.nav_place,
        site_nav=navigation.site_nav,
        foot_nav=navigation.foot_nav,
        desk_nav=navigation.desk_nav,
        desk_away=failed_jobs.away,
    )
    app.jinja_env.globals.update(
        act_in_words=acts.in_words,
        subject_in_words=acts.subject_in_words,
        acts=acts.acts,
        task_in_words=tasks.in_words,
    )

    @app.context_processor
    def _frame() -> dict[str, object]:
        return {"organization": web.organization_or_none()}

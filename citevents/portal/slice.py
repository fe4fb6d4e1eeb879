"""What the slice gives the product: above all the links around every page, and words for what others record."""

from flask import Flask

from citevents.core import jobs
from citevents.core.access import Role
from citevents.core.contributions import DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.portal import audit_messages, commands, failed_jobs, navigation, reaction_messages
from citevents.portal import desk as desk  # its routes join the blueprint
from citevents.portal import views as views  # so do these
from citevents.portal.blueprint import portal
from citevents.web import answers


def start(app: Flask) -> None:
    """Fill the frame."""
    app.jinja_env.globals.update(
        nav_place=navigation.nav_place,
        site_nav=navigation.site_nav,
        foot_nav=navigation.foot_nav,
        desk_nav=navigation.desk_nav,
        desk_away=failed_jobs.away,
    )
    app.jinja_env.globals.update(
        act_in_words=audit_messages.in_words,
        subject_in_words=audit_messages.subject_in_words,
        acts=audit_messages.acts,
        task_in_words=reaction_messages.in_words,
    )

    @app.context_processor
    def _frame() -> dict[str, object]:
        return {"organization": answers.organization_or_none()}


SLICE = Slice(
    blueprints=(portal,),
    commands=commands.cli,
    desk=(
        DeskLink(0, _l("Overview"), "portal.desk", tuple(Role), anywhere=True),
        DeskLink(
            10,
            _l("This conference"),
            "portal.conference_desk",
            (Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN, Role.PROGRAM_COMMITTEE),
            of_conference=True,
        ),
        DeskLink(90, _l("Failed jobs"), "portal.deliveries", (Role.ORGANIZER,), count=jobs.count),
    ),
    start=start,
    acts={
        ("retry", "delivery"): _l("tried something again that had failed"),
        ("retry_all", "delivery"): _l("tried everything of one kind again that had failed"),
        ("act", "desk"): _l("did something at a desk"),
    },
    subjects={
        "delivery": _l("job"),
        "desk": _l("page of a desk"),
    },
)

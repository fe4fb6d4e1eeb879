"""What the slice gives the product."""

from citevents.core.access import Role
from citevents.core.contributions import DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.surveys import personal_data
from citevents.surveys.invariants import INVARIANTS
from citevents.surveys.views import surveys

SLICE = Slice(
    blueprints=(surveys,),
    personal_data=personal_data,
    invariants=INVARIANTS,
    desk=(DeskLink(55, _l("Surveys"), "surveys.desk", (Role.ORGANIZER,), of_conference=True),),
    acts={
        ("configure", "survey"): _l("changed when the survey goes out"),
        ("question", "survey"): _l("changed a survey question"),
        ("remove_question", "survey"): _l("removed a survey question"),
    },
    subjects={
        "survey": _l("survey"),
    },
    reactions={
        "surveys.forget_surveys": _l("Forget the surveys of an erased person"),
        "surveys.mail_survey": _l("Email a survey"),
        "surveys.plan_survey": _l("Plan the survey of a conference that ended"),
    },
)

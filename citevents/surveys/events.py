"""Facts about surveys."""

from citevents.core.events import event


@event("survey.due")
class SurveyDue:
    """It is time to ask this person; the link is to be mailed."""

    survey_invitation_id: int


@event("survey.answered")
class SurveyAnswered:
    """One more answer was given. Who gave it, and when exactly, is nowhere."""

    survey_id: int

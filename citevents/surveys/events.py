"""Facts about surveys."""

from citevents.core.events import event


@event("survey.due")
class SurveyDue:
    """It is time to ask this person; the link is to be mailed."""

    survey_invitation_id: int


@event("survey.closed")
class SurveyEnded:
    """A survey closed: its results are published and never change. Answers themselves are no events: they would have a time."""

    survey_id: int

"""What can be refused around the agenda."""

from __future__ import annotations

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class RoomTaken(DomainError):
    code = "room_taken"
    message = _l("“%(other)s” is in %(room)s %(when)s. Choose another room or another time.")
    field = "room"


class SpeakerBusy(DomainError):
    code = "speaker_busy"
    message = _l("%(name)s is in “%(other)s” %(when)s. Choose another time, or another speaker.")
    field = "starts"


class OutsideConference(DomainError):
    code = "outside_conference"
    message = _l("The conference is from %(first)s to %(last)s. Choose a time on one of these days.")
    field = "starts"


class RoomMissing(DomainError):
    code = "room_missing"
    message = _l("Choose a room. Only breaks need none.")
    field = "room"


class ConferenceOff(DomainError):
    code = "conference_off"
    message = _l("This event was cancelled: it will not take place, and its agenda stays as it is.")
    status = 409


class SessionCancelled(DomainError):
    code = "session_cancelled"
    message = _l("This session is cancelled. Bring it back first, or choose another one.")


class TrackTaken(DomainError):
    code = "track_taken"
    message = _l("There is already a track with this name. Choose another name.")
    field = "name"


class TrackInUse(DomainError):
    code = "track_in_use"
    message = _l("This track still holds sessions (%(count)s). Move them to another track first.")


class SameSpeakerTwice(DomainError):
    code = "same_speaker_twice"
    message = _l("%(name)s stands here twice. Each person is needed once.")
    field = "speakers"


class SpeakerUnclear(DomainError):
    """A name that somebody else at the conference has, and no address that says who is meant."""

    code = "speaker_unclear"
    message = _l(
        "There is a %(name)s at this conference already. Add the address to say that it is the same person, "
        "or begin the line with “another:” if it is somebody else of that name."
    )
    field = "speakers"


class SpeakerUnnamed(DomainError):
    code = "speaker_unnamed"
    message = _l("Each line needs a name of at most 200 characters.")
    field = "speakers"


class NothingToUndo(DomainError):
    code = "nothing_to_undo"
    message = _l("There is nothing left to undo.")


class CannotUndo(DomainError):
    code = "cannot_undo"
    message = _l("This step cannot be undone any more. %(reason)s Move the session instead.")


class RoomGone(DomainError):
    code = "room_gone"
    message = _l("Its room is not there any more.")


class NothingToPublish(DomainError):
    code = "nothing_to_publish"
    message = _l("Nothing has changed since the last version. Schedule or move a session first.")


class DraftMoved(DomainError):
    code = "draft_moved"
    message = _l(
        "Somebody changed the agenda while you read this page. Look at the summary again, then publish."
    )


class TooManyFavourites(DomainError):
    code = "too_many_favourites"
    message = _l("You have %(most)s favourites: that is all we can keep. Remove one first.")

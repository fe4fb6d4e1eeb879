"""The blueprints of the slice: at the door, a person's own pages, the desk."""

from citevents.people import personal_data  # noqa: F401 - declares what is kept
from citevents.people.desk.views import people_desk
from citevents.people.me.views import me
from citevents.people.sign_in.views import people

__all__ = ["me", "people", "people_desk"]

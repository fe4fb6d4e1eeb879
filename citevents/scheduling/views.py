"""The blueprint of the slice: the public agenda and its desk."""

from citevents.scheduling.desk import editor, publishing, sessions  # noqa: F401 - their routes join the blueprint
from citevents.scheduling.public import scheduling

__all__ = ["scheduling"]

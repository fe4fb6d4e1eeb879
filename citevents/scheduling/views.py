"""The blueprint of the slice: the public agenda and its desk."""

from citevents.scheduling.public import scheduling

__all__ = ["scheduling"]

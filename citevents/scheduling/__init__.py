"""Scheduling: sessions, the agenda and its published versions, favourites."""

"""Calendars: entries in people's own calendars that move and vanish when their meeting does."""

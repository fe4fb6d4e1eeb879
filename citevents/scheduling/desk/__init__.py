"""The organizers' desk of the agenda: the editor's table, sessions and tracks, versions."""

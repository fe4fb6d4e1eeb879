"""The desk of owners and organizers: who may do what, and who did what."""

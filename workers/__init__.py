"""The processes behind the pages: relay, clock, workers, and one file of reactions per slice."""

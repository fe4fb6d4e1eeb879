"""The coordinator's desk: the board of a round, its runs, its proposals."""

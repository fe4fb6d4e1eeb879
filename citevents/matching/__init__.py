"""Matching: programs that look for a peer, rounds, proposals, consent, exchanges."""

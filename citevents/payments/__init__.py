"""Payments: what was paid, refunded and owed; the ledger; the processor's notices."""

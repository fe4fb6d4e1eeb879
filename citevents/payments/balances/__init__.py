"""Balances: what the processor holds of each payment, looked at once a day and compared with the ledger."""

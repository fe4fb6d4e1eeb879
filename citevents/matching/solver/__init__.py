"""The matching engine: exact, certified, explained; no database, no Flask, no clock."""

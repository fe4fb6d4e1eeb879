"""The agenda engine: one evaluator, one solver; no database, no Flask, no clock."""

"""Stand-ins: the two foreign services citevents speaks to, as small real servers on loopback.

`standins.mail` accepts mail by SMTP and shows it; `standins.stripe` is a Stripe that keeps its own books.
Development and tests use the same ones; each keeps a record of what it did, which serves as oracle.
"""

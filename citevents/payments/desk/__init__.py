"""The finance desk: payments with everything that happened to them, refunds, cases, reconciling."""

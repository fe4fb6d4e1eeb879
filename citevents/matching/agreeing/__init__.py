"""From a proposal to an exchange with dates."""

"""Conferences: what people register for, where, when, at what price, within which quotas."""

"""Surveys: what people say afterwards, shown so that nobody is recognised."""

"""Imports every file of reactions, so that relay, workers and `flask house` know them all."""

from importlib import import_module
from importlib.util import find_spec

from citevents.slices import SLICES

for _slice in SLICES:
    if find_spec(f"workers.{_slice}"):
        import_module(f"workers.{_slice}")

"""The one blueprint of the exchange; its pages are in views.py, agreeing/ and desk/."""

from flask import Blueprint

matching = Blueprint("matching", __name__)

"""The one blueprint of payments; its pages are in views.py and desk/."""

from flask import Blueprint

payments = Blueprint("payments", __name__)

"""The one blueprint of registration; its pages are in views.py, order_pages/ and desk/."""

from flask import Blueprint

registration = Blueprint("registration", __name__)

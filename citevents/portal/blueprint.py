"""The blueprint that the portal's pages join."""

from flask import Blueprint

portal = Blueprint("portal", __name__)

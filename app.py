"""The web application, for `flask` and the WSGI server."""

from citevents import create_app
from workers.commands import add_commands

app = add_commands(create_app())

"""The web application, for `flask` and the WSGI server."""

from citevents import create_app

app = create_app()

"""The web application, for `flask` and the WSGI server."""

import os
import sys

from citevents import configured_app
from workers.commands import add_commands

#: Commands need less than what serves: most sign nothing. `flask run` serves.
COMMAND = os.environ.get("FLASK_RUN_FROM_CLI") == "true" and "run" not in sys.argv[1:]

app = add_commands(configured_app(serves=not COMMAND))

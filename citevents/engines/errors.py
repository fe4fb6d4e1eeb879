"""What can go wrong before anything runs, each said in a sentence that the person at the console can act on."""

import errno
from pathlib import Path

#: Numbers of an OSError that says: no room.
FULL = (errno.ENOSPC, errno.EDQUOT)


class EngineError(Exception):
    """An engine could not be started; the text says why and what to do."""


class FolderInUse(EngineError):
    """Somebody else works in this folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path.parent} is in use by another running citevents. Stop that one, or choose another "
            "folder with CITEVENTS_DATA (and another port with CITEVENTS_PORT)."
        )

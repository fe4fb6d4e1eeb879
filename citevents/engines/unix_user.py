"""As whom a server runs: PostgreSQL refuses root, and root is who starts things on a fresh machine."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from citevents.engines.errors import EngineError

Account = tuple[int, int]
"""A user id and a group id."""


def own(folder: Path) -> Account | None:
    """Make `folder` if needed and return the account its server runs as; None means the present one.

    Root gives a new folder to `nobody`; a folder that has an owner is served as that owner.
    """
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    found = folder.stat()
    if os.getuid() != 0:
        if found.st_uid != os.getuid():
            owner = _name(found.st_uid)
            raise EngineError(
                f"{folder} belongs to {owner}. Start as {owner}, or choose another folder with CITEVENTS_DATA."
            )
        folder.chmod(0o700)
        return None
    if found.st_uid != 0:
        return found.st_uid, found.st_gid
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o700)
    return nobody.pw_uid, nobody.pw_gid


def reaching(argv: Sequence[str], account: Account | None, folder: Path) -> tuple[list[str], Account | None]:
    """The command and account with which `argv` can be run and reach `folder`.

    Below a home that is closed to others (root's own) the account reaches neither the program nor the data.
    It is then started with the one capability that lets it pass, rather than that home being opened.
    """
    if account is None:
        return list(argv), None
    uid, gid = account
    test = ["/bin/sh", "-c", 'test -x "$0" && test -w "$1"', argv[0], str(folder)]
    if subprocess.run(test, cwd="/", user=uid, group=gid, extra_groups=[], check=False).returncode == 0:  # noqa: S603
        return list(argv), account
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EngineError(
            f"The user {_name(uid)} can not reach {folder} or {argv[0]}. Start as an ordinary user, "
            "or move the installation to a folder that others may enter."
        )
    # Without the fix-up bit, access(2) would still answer as if the capability were not there.
    passing = [
        "--securebits=+no_setuid_fixup",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=+dac_override",
    ]
    return [setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *passing, "--", *argv], None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"

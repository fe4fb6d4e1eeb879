"""The optional accelerator: one source, compiled by numba where it is installed, plain Python where it is not.

What is marked `@compiled` keeps to whole numbers in flat sequences, so that it runs unchanged on numpy arrays
(compiled) and on lists (in plain Python several times quicker than numpy's scalars).
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

KERNELS = (
    *("accelerator.py", "seeds.py", "assignment.py"),
    *("csplib/tables.py", "csplib/cells.py", "csplib/tracks.py", "csplib/neighbourhood.py"),
)
"""All sources that compiled code is made of, the layouts of memory among them."""


def kept_in() -> str:
    """A folder for compiled code, named after its sources.

    numba looks only at the file of the function itself: it would go on using code compiled with an older layout or an
    older callee of another file, which reads and writes beside the tables.
    """
    here = Path(__file__).parent
    sources = b"".join((here / name).read_bytes() for name in KERNELS)
    beside = here / "__pycache__"
    base = beside if os.access(here, os.W_OK) else Path.home() / ".cache" / "citevents"
    return str(base / f"compiled-{hashlib.sha256(sources).hexdigest()[:16]}")


try:
    if os.environ.get("CITEVENTS_PLAIN_PYTHON"):
        raise ImportError
    import numba

    numba.config.CACHE_DIR = kept_in()  # type: ignore[attr-defined]
    ACCELERATED = True
except ImportError:
    ACCELERATED = False


def compiled(function: F) -> F:
    """The function, compiled and kept on disk where the accelerator is present."""
    if not ACCELERATED:
        return function
    accelerated: Any = numba.njit(cache=True, nogil=True)(function)
    return accelerated  # type: ignore[no-any-return]


def flat(values: Iterable[Any] | np.ndarray) -> Any:
    """A flat sequence of whole numbers, in the form that `compiled` functions are quickest on."""
    array = np.ascontiguousarray(np.asarray(values, dtype=np.int64).ravel())
    return array if ACCELERATED else array.tolist()


def filled(size: int, value: int = 0) -> Any:
    return flat(np.full(size, value, dtype=np.int64))

"""The optional accelerator: one source, compiled by numba where it is installed, plain Python where it is not.

What is marked `@compiled` keeps to whole numbers in flat sequences, so that it runs unchanged on numpy arrays
(compiled) and on lists (in plain Python several times quicker than numpy's scalars).
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

try:
    if os.environ.get("CITEVENTS_PLAIN_PYTHON"):
        raise ImportError
    import numba

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

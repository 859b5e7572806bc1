"""Functions without arguments that compute their result at the first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")

_UNKNOWN = object()


def memoized(compute: Callable[[], _Result]) -> Callable[[], _Result]:
    """Return a function that calls `compute` once; `functools.cache` takes longer to set up."""
    result: object = _UNKNOWN

    def get() -> _Result:
        nonlocal result
        if result is _UNKNOWN:
            result = compute()
        return result  # type: ignore[return-value]

    return get

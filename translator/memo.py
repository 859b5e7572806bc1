"""What the compiler does most often, faster than the standard library does it.

Compiling copies many small records and computes many values only once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

__all__ = ["by_identity", "memoized", "replace"]

_Result = TypeVar("_Result")
_Function = TypeVar("_Function", bound=Callable[..., Any])

_UNKNOWN = object()

_MAX_RESULTS = 20_000

if TYPE_CHECKING:
    from dataclasses import replace  # checks the names and types of the changes
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """Return a copy of a dataclass with changes, without calling `__init__` if it can."""
        fields = getattr(record, "__dict__", None)
        if fields is None:
            return dataclasses.replace(record, **changes)
        copy = object.__new__(type(record))
        copy.__dict__.update(fields)
        copy.__dict__.update(changes)
        return copy


def memoized(compute: Callable[[], _Result]) -> Callable[[], _Result]:
    """Return a function that calls `compute` once; `functools.cache` takes longer to set up."""
    result: object = _UNKNOWN

    def get() -> _Result:
        nonlocal result
        if result is _UNKNOWN:
            result = compute()
        return result  # type: ignore[return-value]

    return get


def by_identity(compute: _Function) -> _Function:
    """Decorate a pure function of immutable arguments, such as types: cache results by identity.

    To compare such arguments, or to hash them, takes as long as to compute the result.
    """
    results: dict[tuple[int, ...], tuple[tuple[Any, ...], Any]] = {}

    @wraps(compute)
    def get(*args: Any) -> Any:
        key = tuple(map(id, args))
        found = results.get(key)
        if found is None:
            if len(results) >= _MAX_RESULTS:
                results.clear()
            # The arguments are kept, so that no other object gets their identity.
            found = results[key] = (args, compute(*args))
        return found[1]

    return cast(_Function, get)

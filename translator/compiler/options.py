"""What the compiler is asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple


class Options(NamedTuple):
    """Options of one compilation.

    Attributes:
        params: names of the params that a caller gives; their values are arguments at run time.
        crosswalks: names of the crosswalks that a caller gives.
        opt_ins: names of the opt-ins that are on.
        validated: emit validation of the event.
        guarded: emit checks of what only the target demands of a value.
        report: emit code that notes what becomes of each field, rather than fast code.
        structs: emit code that reads events from structs, many in one call.
        collects: with `structs`, collect the date-times and UUIDs of all events instead of checking
            each, so that the caller can check them at once.
        text: with `structs`, write events as lines of JSON. Strings of the event and of params must
            be without escapes.

    """

    params: Collection[str] = ()
    crosswalks: Sequence[str] = ()
    opt_ins: frozenset[str] = frozenset()
    validated: bool = True
    report: bool = False
    structs: bool = False
    collects: bool = False
    text: bool = False
    guarded: bool = True

"""Where a value may come from that is written on the way there, or on the way back.

What the way back reads was written on the way there: an entry of the way back is followed through
those of the way there to members of the event. What is known of the event says which of an entry's
origins count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from translator.fitting import fits
from translator.known import Known, below
from translator.origins import Entry, Origin, Use
from translator.paths import Path, show_path
from translator.shapes import Opaque, Scalar, Shape, accepts, shape_at
from translator.times import is_rfc3339
from translator.variants import Made

AS_IT_WAS = frozenset({"same", "carried", "restored", "row"})
"""The rules that leave a value as it is; a row with a variable does."""

TIMES = frozenset({"date-time", "iso-8601"})
"""The codecs that leave a date-time of RFC 3339 as it is."""

_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Came:
    """Where a returned value comes from: members of the event, and the rules there and back.

    `joined` tells that it went as a part of another value. `conditions` are what has to hold.
    """

    paths: tuple[Path, ...] = ()
    there: tuple[Use, ...] = ()
    back: tuple[Use, ...] = ()
    joined: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def uses(self) -> tuple[Use, ...]:
        """All rules on both ways."""
        return self.there + self.back


def values_of(entry: Entry, came: Came, known: Known) -> Sequence[Any] | None:
    """The values that an entry may write, where they can be told."""
    if is_constant(entry):
        return entry.shape.enum  # type: ignore[union-attr]
    if len(came.paths) == 1 and {use.how for use in came.uses} <= AS_IT_WAS:
        listed = known.values(came.paths[0])
        if listed is not None:
            return listed
    return entry.shape.enum if isinstance(entry.shape, Scalar) else None


def is_constant(entry: Entry) -> bool:
    """Whether an entry always writes one value."""
    return (
        isinstance(entry.shape, Scalar)
        and entry.shape.enum is not None
        and (len(entry.shape.enum) == 1)
    )


def possible(entry: Entry, known: Known, rest: Path = ()) -> list[Came | None]:
    """Where what an entry writes may come from; None stands for nothing being written."""
    may: list[Came | None] = []
    passed: tuple[str, ...] = ()
    for origin in entry.origins:
        paths = tuple((*one, *rest) for one in origin.paths)
        came = Came(paths, origin.uses, joined=len(paths) > 1, conditions=passed)
        sure = is_taken(entry, came, known, rest)
        if sure is not False:
            if sure is None and paths and not _is_there(paths, known):
                passed += (f"{named(paths)} is absent",)
            elif sure is None:
                came = replace(came, conditions=(*passed, f"it fits {show_path(entry.target)}"))
            may.append(came)
        if sure:
            return may
    return [*may, None] if entry.optional or rest or not may else may


def named(paths: Iterable[Path]) -> str:
    """Paths as conditions name them."""
    return " and ".join(map(show_path, paths))


def _is_there(paths: Sequence[Path], known: Known) -> bool:
    return all(known.present(one) for one in paths)


def is_taken(entry: Entry, came: Came, known: Known, rest: Path) -> bool | None:
    """Whether a value is written that may come from there; None if it cannot be told."""
    if not came.paths:
        return True
    present = [known.present(one) for one in came.paths]
    if not any(one is not False for one in present):
        return False
    if False in present or (rest and not _has_place(entry.wanted, rest)):
        return False
    if None in present:
        return None
    return _fits(entry, came, known, rest)


def _has_place(shape: Shape, rest: Path) -> bool:
    for index, _ in enumerate(rest):
        if isinstance(shape_at(shape, rest[:index]), Opaque):
            return True
    return shape_at(shape, rest) is not None


def _fits(entry: Entry, came: Came, known: Known, rest: Path) -> bool | None:
    """Whether a value that is there is written, and not left out for not fitting."""
    if not entry.optional:
        return True
    if any(use.kind == "approximate" for use in came.uses):
        return None
    if not any(use.skips for use in came.uses):
        return True
    if is_mapped(came) or any(use.how == "crosswalk" for use in came.uses):
        return None
    if rest or len(came.paths) != 1 or not {use.how for use in came.uses} <= AS_IT_WAS:
        return True
    if not isinstance(entry.wanted, Scalar):
        return True
    values = known.values(came.paths[0])
    if values is not None:
        return all(takes(entry.wanted, one) for one in values)
    shape = known.shape(came.paths[0])
    return True if shape is not None and fits(shape, entry.wanted) else None


def takes(shape: Scalar, value: Any) -> bool:
    """Whether a value is one of a shape, its format included."""
    if isinstance(value, dict | list):
        return False
    if not isinstance(value, str) or not shape.format:
        return accepts(shape, value)
    formatted = is_rfc3339(value) if shape.format == "date-time" else _UUID.fullmatch(value)
    return bool(formatted) and accepts(replace(shape, format=""), value)


def is_mapped(came: Came) -> bool:
    """Whether a value map changed the value, and the way back did not undo it."""
    there = {use.location for use in came.there if use.table is not None and _is_one_to_one(use)}
    back = {use.location for use in came.back if use.table is not None and _is_one_to_one(use)}
    return any(
        use.how == "values" and not _is_identity(use) and use.location not in there & back
        for use in came.uses
    )


def is_crossed(came: Came) -> bool:
    """Whether a crosswalk changed the value, and the way back did not undo it."""
    # Between two formats a crosswalk is one-to-one; a template is undone as it was made, and what
    # else a value goes through might turn one row's id into another's.
    there, back = (
        [use.name for use in uses if use.how == "crosswalk"] for uses in (came.there, came.back)
    )
    others = {use.how for use in came.uses} - {"crosswalk", "template", "values"}
    undone = there == back and len(there) == 1 and others <= AS_IT_WAS
    return bool(there or back) and not undone


def _is_one_to_one(use: Use) -> bool:
    assert use.table is not None
    sides = [(repr(pair.left), repr(pair.right)) for pair in use.table.pairs]
    return all(pair.kind == "exact" for pair in use.table.pairs) and len(sides) == len(
        {left for left, _ in sides}
    ) == len({right for _, right in sides})


def _is_identity(use: Use) -> bool:
    return use.table is not None and all(
        [value for _, value in pair.left] == [value for _, value in pair.right]
        for pair in use.table.pairs
    )


def returning(entry: Entry, rest: Path, there: Made, known: Known) -> list[Came | None]:
    """Where what an entry of the way back writes may come from in the event."""
    may: list[Came | None] = []
    for origin in entry.origins:
        states = _read(origin, rest, there, known)
        sure = True
        for came in states:
            if came is None:
                sure = False
                continue
            taken = _fits(entry, came, known, rest) if came.paths else _supplied(entry)
            if rest and not _has_place(entry.wanted, rest):
                taken = False
            if taken is None:
                fit = f"it fits {show_path(entry.target)}"
                came = replace(came, conditions=(*came.conditions, fit))
            if taken is not False:
                may.append(came)
            sure = sure and bool(taken)
        if sure and states:
            return may
    return [*may, None] if entry.optional or rest or not may else may


def _supplied(entry: Entry) -> bool | None:
    return None if entry.optional else True


def _read(origin: Origin, rest: Path, there: Made, known: Known) -> list[Came | None]:
    """What an origin of the way back may read, of all that was written on the way there."""
    if not origin.paths:
        return [Came(back=origin.uses)]
    states: list[Came | None] = [Came(back=origin.uses)]
    for path in origin.paths:
        states = [
            _with(one, other) for one in states for other in _written((*path, *rest), there, known)
        ]
    return list(dict.fromkeys(states))


def _with(one: Came | None, other: Came | None) -> Came | None:
    if one is None or other is None:
        return None
    return Came(
        tuple(dict.fromkeys(one.paths + other.paths)),
        tuple(dict.fromkeys(one.there + other.there)),
        one.back,
        one.joined or other.joined,
        tuple(dict.fromkeys(one.conditions + other.conditions)),
    )


def _written(path: Path, there: Made, known: Known) -> list[Came | None]:
    """What may stand at a path of what was written; the entry nearest to it counts."""
    may: list[Came | None] = []
    for entry in sorted(there.entries, key=lambda one: -len(one.target)):
        rest = below(entry.target, path)
        if rest is not None:
            states = possible(entry, known, rest)
            may += [one for one in states if one is not None]
            if None not in states:
                return may
    return [*may, None]

"""The closed ledger: what a mapping says nothing of, and reasons that have become stale.

Each member and each value of either side is mapped, filled by a param, carried, or lost or refused
with a reason. What is not was not thought of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from translator.checker import Side, cells, enum, named
from translator.diagnostics import Diagnostic, Location, did_you_mean
from translator.nodes import Mapping, Variable
from translator.paths import EACH, FREE, VALUE, Path, show_path
from translator.shapes import ListOf, Object, Shape, Union

CODES: dict[str, str] = {
    "unaccounted-member": "a member is neither mapped nor filled, carried or lost with a reason",
    "unaccounted-value": "a value is neither mapped nor refused with a reason",
    "stale-reason": "a reason covers nothing that exists",
}
"""The code of each finding of this module, with what it means."""


def ledger(mapping: Mapping, left: Object | Union, right: Object | Union) -> list[Diagnostic]:
    """What a mapping says nothing of, and reasons that have become stale."""
    sides = (Side.of(mapping.left, left), Side.of(mapping.right, right))
    found = [
        *_unaccounted(mapping, sides),
        *_stale(mapping, sides),
        *_missing_values(mapping, sides),
    ]
    return sorted(found, key=lambda one: (one.location.line, one.location.column, one.message))


def leaves(shape: Shape, above: Path = ()) -> Iterator[Path]:
    """The members of an event that hold values of their own, and not only other members.

    `shape` is of one variant of the events, or of a part of it.
    """
    match shape:
        case Object(members=members, free=free) if members or free is not None:
            for name, one in members.items():
                yield from leaves(one.shape, (*above, name))
            if free is not None:
                yield from leaves(free, (*above, FREE, VALUE))
        case ListOf(items=items):
            yield from leaves(items, (*above, EACH))
        case _:
            yield above


def _accounted(mapping: Mapping, *, on_left: bool) -> set[Path]:
    lists = {case.each for case in mapping.cases}
    paths = {path for left, path, _ in named(mapping) if left == on_left and path not in lists}
    return paths | {one.path for one in mapping.lost if one.on_left == on_left}


def _covers(path: Path, leaf: Path) -> bool:
    return leaf[: len(path)] == path or path[: len(leaf)] == leaf


def _unaccounted(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for on_left, side in ((True, sides[0]), (False, sides[1])):
        top = mapping.named_at[0 if on_left else 1]
        said = _accounted(mapping, on_left=on_left)
        every = dict.fromkeys(leaf for shape in side.shapes for leaf in leaves(shape))
        for leaf in every:
            if not any(_covers(path, leaf) for path in said):
                message = f"nothing is said of {show_path(leaf)} of {side.format}"
                hint = f"map it, or give the reason under lost: {side.format}:"
                yield Diagnostic("unaccounted-member", top, message, hint)


def _stale(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for one in mapping.lost:
        side = sides[0] if one.on_left else sides[1]
        if not side.at(one.path):
            message = f"{side.format} has no {show_path(one.path)} to lose"
            near = did_you_mean(one.path[-1], side.names(one.path[:-1]))
            hint = near if near.startswith("did") else "remove it"
            yield Diagnostic("stale-reason", one.location, message, hint)


def _missing_values(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    said: dict[tuple[bool, Path], Counter[str]] = {}
    places: dict[tuple[bool, Path], Location] = {}
    open_cells: set[tuple[bool, Path]] = set()
    for on_left, path, cell, location in cells(mapping):
        key = (on_left, path)
        places.setdefault(key, location)
        if isinstance(cell, Variable):
            open_cells.add(key)
        else:
            said.setdefault(key, Counter()).update(map(repr, cell))
    for table in mapping.tables:
        for on_left in (True, False):
            records = [
                dict(pair.left if on_left else pair.right)
                for pair in table.pairs
                if pair.kind == "exact"
            ]
            columns = {path for record in records for path in record}
            open_cells |= {(on_left, p) for p in columns for r in records if p not in r}
    for key, values in said.items():
        on_left, path = key
        side = sides[0] if on_left else sides[1]
        listed = enum(side.at(path))
        if listed is None or key in open_cells:
            continue
        for value in listed:
            if repr(value) not in values:
                message = f"nothing is said of {value!r} of {show_path(path)} of {side.format}"
                hint = "map it, or refuse it with a reason"
                yield Diagnostic("unaccounted-value", places[key], message, hint)

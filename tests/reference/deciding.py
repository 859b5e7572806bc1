"""What is decided for a whole event: rows, the case it is, and constants that it must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.reference.places import Place
from tests.reference.rules import Direction
from tests.reference.views import (
    Found,
    Json,
    Pattern,
    Reason,
    Refused,
    Steps,
    View,
    goes_into,
    is_loop,
)
from translator.language.nodes import Case, Cell, Record, Table, TableRow, Variable
from translator.schema.types import ScalarValue, json_equal


@dataclass(frozen=True)
class Settings:
    """What a caller gives. A crosswalk is a table of the source's ids and the target's."""

    params: Mapping[str, Json] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    crosswalks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Hop:
    """A mapping in its direction, and the place of the events that it writes."""

    direction: Direction
    place: Place


@dataclass(frozen=True)
class Row:
    """What a row says of a member: the one value it writes, if it is one, or those that may be."""

    written: Found | None
    allowed: tuple[ScalarValue, ...] | None
    taken: bool = False


def case_of(hop: Hop, view: View) -> Case:
    for case in hop.direction.cases():
        if all(_says(view, path, cell) for path, cell in case.when):
            return case
    raise Refused("no-equivalent")


def _says(view: View, path: Pattern, cell: Cell) -> bool:
    """Whether a member holds what a cell of a record says; null stands for nothing."""
    found = view.get(path)
    if isinstance(cell, Variable):
        return found is not None
    value = None if found is None else found.value
    return any(json_equal(value, one) if value is not None else one is None for one in cell)


def rows_of(hop: Hop, view: View, settings: Settings) -> dict[Pattern, Row]:
    found: dict[Pattern, Row] = {}
    for table in hop.direction.mapping.tables:
        found.update(_row(table, hop.direction.to_left, view, settings))
    return found


def _row(
    table: Table, to_left: bool, view: View, settings: Settings
) -> Iterator[tuple[Pattern, Row]]:
    pair = _matching(table, to_left, view, settings)
    source, target = (pair.right, pair.left) if to_left else (pair.left, pair.right)
    bound = {cell.name: view.get(path) for path, cell in source if isinstance(cell, Variable)}
    where = next((one.where for path, _ in source if (one := view.get(path)) is not None), "$")
    for path, cell in target:
        if isinstance(cell, Variable):
            value = bound[cell.name]
            assert value is not None
            yield path, Row(value, None, _is_taken(table, pair, path, value.value, to_left))
        elif cell != (None,):
            one = Found(cell[0], None, where) if len(cell) == 1 else None
            yield path, Row(one, cell)


def _matching(table: Table, to_left: bool, view: View, settings: Settings) -> TableRow:
    looked_at: list[str] = []
    for kind in ("exact", "approximate", "opt-in"):
        for pair in table.rows:
            usable = kind == "exact" or pair.to_left == to_left
            allowed = kind != "opt-in" or pair.name in settings.allow
            record = pair.right if to_left else pair.left
            looked_at += [one.where for path, _ in record if (one := view.get(path)) is not None]
            if pair.kind == kind and usable and allowed and _all_say(view, record):
                return pair
    raise Refused("no-equivalent", *looked_at)


def _all_say(view: View, record: Record) -> bool:
    return all(_says(view, path, cell) for path, cell in record)


def _is_taken(table: Table, pair: TableRow, path: Pattern, value: Json, to_left: bool) -> bool:
    """Whether another exact row says this record, so that it would be read back as that one."""
    own = dict(pair.left if to_left else pair.right)
    for other in table.rows:
        record = dict(other.left if to_left else other.right)
        cell = record.pop(path, ())
        if other is pair or other.kind != "exact" or isinstance(cell, Variable):
            continue
        if any(json_equal(value, one) for one in cell) and all(
            _overlap(own.get(at), one) for at, one in record.items()
        ):
            return True
    return False


def _overlap(one: Cell | None, other: Cell) -> bool:
    if one is None:
        return isinstance(other, tuple) and None in other
    if isinstance(one, Variable) or isinstance(other, Variable):
        return True
    return any(json_equal(left, right) for left in one for right in other)


def hold_constants(hop: Hop, view: View, reasons: list[Reason]) -> None:
    """Members that always hold one value hold that one, where they are there."""
    for one in hop.direction.mapping.constants:
        if one.on_left == hop.direction.to_left or any(map(is_loop, one.path)):
            continue
        try:
            found = view.get(one.path)
        except Refused as refused:
            reasons.append(refused.reason)
            continue
        if found is not None and not json_equal(found.value, one.value):
            reasons.append(Reason("unmappable-value", (found.where,)))


def hold_in_elements(hop: Hop, view: View, path: Steps, length: int) -> None:
    """The same for constants in the elements of a list, when the list is read."""
    for one in hop.direction.mapping.constants:
        if one.on_left == hop.direction.to_left or not goes_into(path, one.path):
            continue
        within = one.path[len(path) + 1 :]
        for number in range(0 if any(map(is_loop, within)) else length):
            found = view.get((*path, number, *within))
            if found is not None and not json_equal(found.value, one.value):
                raise Refused("unmappable-value", found.where)

"""Decisions about a whole event: its case, its rows, and its constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.reference.places import Place
from tests.reference.rules import Direction
from tests.reference.views import (
    Json,
    Located,
    Pattern,
    Reason,
    Refused,
    Steps,
    View,
    goes_into,
    is_loop,
)
from translator.language.nodes import Case, Cell, Record, Table, TableRow, Variable, cell_values
from translator.schema.types import ScalarValue, json_equal


@dataclass(frozen=True)
class Settings:
    """The caller's arguments. A crosswalk maps IDs of the source to IDs of the target."""

    params: Mapping[str, Json] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    crosswalks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class RouteStep:
    """A mapping in one direction, and the schema of the events that it writes."""

    direction: Direction
    place: Place


@dataclass(frozen=True)
class Row:
    """What a row determines for a field: the value to write, or the values that are allowed."""

    written: Located | None
    allowed: tuple[ScalarValue, ...] | None
    ambiguous: bool = False


def select_case(route_step: RouteStep, view: View) -> Case:
    for case in route_step.direction.cases():
        if all(_matches(view, path, cell) for path, cell in case.when.left):
            return case
    raise Refused("no-equivalent")


def _matches(view: View, path: Pattern, cell: Cell) -> bool:
    """Whether a field matches a cell of a record; null matches an absent field."""
    located = view.get(path)
    values = cell_values(cell)
    if values is None:
        return located is not None
    value = None if located is None else located.value
    return any(
        json_equal(value, allowed) if value is not None else allowed is None for allowed in values
    )


def apply_rows(route_step: RouteStep, view: View, settings: Settings) -> dict[Pattern, Row]:
    rows: dict[Pattern, Row] = {}
    for table in route_step.direction.mapping.tables:
        rows.update(_row(table, route_step.direction.to_left, view, settings))
    return rows


def _row(
    table: Table, to_left: bool, view: View, settings: Settings
) -> Iterator[tuple[Pattern, Row]]:
    pair = _matching_row(table, to_left, view, settings)
    source, target = (pair.right, pair.left) if to_left else (pair.left, pair.right)
    bound = {cell.name: view.get(path) for path, cell in source if isinstance(cell, Variable)}
    json_path = next((read.path for path, _ in source if (read := view.get(path)) is not None), "$")
    for path, cell in target:
        if isinstance(cell, Variable):
            value = bound[cell.name]
            assert value is not None
            yield (
                path,
                Row(value, None, _reads_back_differently(table, pair, path, value.value, to_left)),
            )
        elif isinstance(cell, tuple):
            written = Located(cell[0], None, json_path) if len(cell) == 1 else None
            yield path, Row(written, cell)


def _matching_row(table: Table, to_left: bool, view: View, settings: Settings) -> TableRow:
    paths: list[str] = []
    for kind in ("exact", "approximate", "opt-in"):
        for pair in table.rows:
            usable = kind == "exact" or pair.to_left == to_left
            allowed = kind != "opt-in" or pair.name in settings.allow
            record = pair.right if to_left else pair.left
            paths += [read.path for path, _ in record if (read := view.get(path)) is not None]
            if pair.kind == kind and usable and allowed and _matches_record(view, record):
                return pair
    raise Refused("no-equivalent", *paths)


def _matches_record(view: View, record: Record) -> bool:
    return all(_matches(view, path, cell) for path, cell in record)


def _reads_back_differently(
    table: Table, pair: TableRow, path: Pattern, value: Json, to_left: bool
) -> bool:
    """Whether the written record matches another exact row, which would apply on the way back."""
    own = dict(pair.left if to_left else pair.right)
    for row in table.rows:
        record = dict(row.left if to_left else row.right)
        values = cell_values(record.pop(path, ()))
        if row is pair or row.kind != "exact" or values is None:
            continue
        if any(json_equal(value, allowed) for allowed in values) and all(
            _overlap(own.get(at), cell) for at, cell in record.items()
        ):
            return True
    return False


def _overlap(left: Cell | None, right: Cell) -> bool:
    right_values = cell_values(right)
    if left is None:
        return right_values is not None and None in right_values
    left_values = cell_values(left)
    if left_values is None or right_values is None:
        return True
    return any(json_equal(first, second) for first in left_values for second in right_values)


def check_constants(route_step: RouteStep, view: View, reasons: list[Reason]) -> None:
    """Add a reason for each field that has another value than its constant."""
    for constant in route_step.direction.constants(written=False):
        if any(map(is_loop, constant.path)):
            continue
        try:
            located = view.get(constant.path)
        except Refused as refused:
            reasons.append(refused.reason)
            continue
        if located is not None and not json_equal(located.value, constant.value):
            reasons.append(Reason("unmappable-value", (located.path,)))


def check_element_constants(route_step: RouteStep, view: View, path: Steps, length: int) -> None:
    """Raise `Refused` if a field in a list that is read has another value than its constant."""
    for constant in route_step.direction.constants(written=False):
        if not goes_into(path, constant.path):
            continue
        within = constant.path[len(path) + 1 :]
        for number in range(0 if any(map(is_loop, within)) else length):
            located = view.get((*path, number, *within))
            if located is not None and not json_equal(located.value, constant.value):
                raise Refused("unmappable-value", located.path)

"""Decisions about a whole event: its case, its rows, and its constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

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
from translator.language.nodes import (
    ABSENT,
    OTHERS,
    UNSET,
    AnyOf,
    Case,
    Cell,
    Record,
    Table,
    TableRow,
    Variable,
    cell_values,
)
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
    """What a row determines for a field: the value to write, or the values that are allowed.

    With a `demand`, `allowed` are the values that the field may not have.
    `ambiguous` is the code of the refusal of a value that would be read back as another row.
    """

    written: Located | None
    allowed: tuple[ScalarValue, ...] | None
    ambiguous: str = ""
    absent: bool = False
    demand: Cell | None = None
    default: Any = UNSET
    default_path: str = ""
    omitted: Any = UNSET

    @property
    def is_omitted(self) -> bool:
        """Whether this is a default that the source need not be read for."""
        return self.omitted is not UNSET


def select_case(route_step: RouteStep, view: View) -> Case:
    for case in route_step.direction.cases():
        if all(matches(view, path, cell) for path, cell in case.when.left):
            return case
    raise Refused("no-equivalent")


def matches(view: View, path: Pattern, cell: Cell) -> bool:
    """Whether a field matches a cell of a record; null matches an absent field."""
    if isinstance(cell, AnyOf):
        found = [matches(view, each, cell.cell) for each in cell.paths]
        return all(found) if cell.cell is ABSENT else any(found)
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
            is_taken = _reads_back_differently(table, pair, path, value.value, to_left)
            yield (
                path,
                Row(value, None, table.taken if is_taken else ""),
            )
        elif cell is ABSENT:
            yield path, Row(None, None, absent=True)
        elif not isinstance(cell, tuple):
            named = _named_elsewhere(path, table, pair) if cell is OTHERS else []
            yield path, Row(None, tuple(named), demand=cell)
        else:
            written = Located(cell[0], None, json_path) if len(cell) == 1 else None
            yield path, Row(written, cell)
    for path, default in pair.defaults:
        if not to_left:
            yield path, Row(None, None, omitted=default)
            continue
        value = bound[default.name] if isinstance(default, Variable) else None
        if value is None:
            yield path, Row(None, None, default=default)
        else:
            yield path, Row(None, None, default=value.value, default_path=value.path)


def _matching_row(table: Table, to_left: bool, view: View, settings: Settings) -> TableRow:
    paths: list[str] = []
    for kind in ("exact", "approximate", "opt-in"):
        for pair in table.rows:
            usable = kind == "exact" or pair.to_left == to_left
            allowed = kind != "opt-in" or pair.name in settings.allow
            record = pair.right if to_left else pair.left
            paths += [read.path for path, _ in record if (read := view.get(path)) is not None]
            if pair.kind != kind or not usable or not allowed:
                continue
            if _matches_record(view, record, table, pair) and not (
                kind == "exact" and _is_approximate(table, to_left, view, record)
            ):
                return pair
    raise Refused("no-equivalent", *paths)


def _is_approximate(table: Table, to_left: bool, view: View, record: Record) -> bool:
    """Whether an approximate row names the value of a variable of an exact one."""
    variables = {path for path, cell in record if isinstance(cell, Variable)}
    for row in table.rows:
        if row.kind == "approximate" and row.to_left == to_left:
            other = row.right if to_left else row.left
            named = any(path in variables and isinstance(cell, tuple) for path, cell in other)
            if named and _matches_record(view, other, table, row):
                return True
    return False


def _matches_record(view: View, record: Record, table: Table, row: TableRow) -> bool:
    return all(
        matches(view, path, cell) if cell is not OTHERS else _is_other(view, path, table, row)
        for path, cell in record
    )


def _is_other(view: View, path: Pattern, table: Table, row: TableRow) -> bool:
    located = view.get(path)
    named = _named_elsewhere(path, table, row)
    return located is not None and not any(json_equal(located.value, value) for value in named)


def _named_elsewhere(path: Pattern, table: Table, row: TableRow) -> list[ScalarValue]:
    """Return the values that other rows name for a field."""
    records = [
        record for each in table.rows if each is not row for record in (each.left, each.right)
    ]
    cells = [dict(record).get(path, ()) for record in records]
    return [value for cell in cells for value in cell_values(cell) or ()]


def _reads_back_differently(
    table: Table, pair: TableRow, path: Pattern, value: Json, to_left: bool
) -> bool:
    """Whether the written record matches another exact row, which would apply on the way back."""
    own = dict(pair.left if to_left else pair.right)
    for row in table.rows:
        record = dict(row.left if to_left else row.right)
        values = cell_values(record.pop(path, ()))
        is_read_back = row.kind == "exact" or (row.kind == "approximate" and row.to_left != to_left)
        if row is pair or not is_read_back or values is None:
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

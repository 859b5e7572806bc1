"""Values in the ledger: those of an enum that a mapping says nothing of, and rows that never apply.

In each direction every value (every combination, where several members decide together) of the
source is mapped, approximated, opted in, or refused with a reason, by one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from translator.checker import MappingSide, enum_values
from translator.diagnostics import Diagnostic, Location
from translator.nodes import (
    Codec,
    FieldRule,
    Identity,
    Mapping,
    Record,
    ScalarValue,
    Table,
    TableRow,
    ValueMap,
    Variable,
)
from translator.paths import Path, format_path
from translator.shapes import Object, json_equal, type_at

MAX_COMBINATIONS = 4096

Domain = dict[Path, tuple[ScalarValue, ...]]
"""The values that members can have; an open member, `_ANY` only: one that no row names."""

_ANY_OTHER = "\0"


@dataclass(frozen=True, slots=True)
class _SourceRow:
    """What a row says of the source in one direction: a record that it takes."""

    record: Record
    location: Location
    kind: str


def check_values(mapping: Mapping, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    """A finding for each value that a mapping says nothing of, and for each row that is hidden."""
    for to_left in (False, True):
        source, target = (sides[1], sides[0]) if to_left else sides
        for table in mapping.tables:
            rows = list(_source_rows(table.rows, to_left=to_left))
            if rows:
                rows += _refused_source_rows(table, to_left=to_left)
                yield from _check_unmapped(rows, source, table.location, {})
                yield from _check_hidden_rows(rows)
        for rule, when in _rules_with_domain(mapping, to_left=to_left):
            for source_path, target_path, codec in _rule_ends(rule, to_left=to_left):
                if isinstance(codec, ValueMap):
                    yield from _check_table(codec.table, source_path, source, when, to_left=to_left)
                elif isinstance(codec, Identity) and not (to_left and rule.skip_unfit):
                    yield from _check_identity(
                        rule, source_path, target_path, (source, target), when
                    )
    case_rows = [
        _SourceRow(case.when, case.location, "exact")
        for case in mapping.cases
        if case.name and case.only_to != "left"
    ]
    if case_rows and all(row.record for row in case_rows):
        yield from _check_unmapped(case_rows, sides[0], case_rows[0].location, {})
        yield from _check_hidden_rows(case_rows)


def _rules_with_domain(mapping: Mapping, *, to_left: bool) -> Iterator[tuple[FieldRule, Domain]]:
    """The rules that hold in a direction, and what the source is known to hold where they do."""
    side = "left" if to_left else "right"
    for case in mapping.cases:
        if case.only_to in (None, side):
            domain = (
                {}
                if to_left
                else {path: cell for path, cell in case.when if isinstance(cell, tuple)}
            )
            for rule in case.rules:
                if rule.only_to in (None, side):
                    yield rule, domain
    for rule in mapping.shared_rules:
        if rule.only_to in (None, side):
            yield rule, {}


def _rule_ends(rule: FieldRule, *, to_left: bool) -> Iterator[tuple[Path, Path, Codec]]:
    """Each member that a rule reads, the one it writes from that, and how."""
    ends = [(rule.left[0], right, rule.codec) for right in rule.right]
    ends += [(rule.left[0], extra.path, extra.codec) for extra in rule.also]
    if to_left:
        ends += [(rule.left[0], extra.path, extra.codec) for extra in rule.alternatives]
    for left, right, codec in ends:
        yield (right, left, codec) if to_left else (left, right, codec)


def _source_rows(rows: Sequence[TableRow], *, to_left: bool) -> Iterator[_SourceRow]:
    for row in rows:
        if row.kind == "exact" or row.to_left == to_left:
            yield _SourceRow(row.right if to_left else row.left, row.location, row.kind)


def _refused_source_rows(table: Table, *, to_left: bool) -> Iterator[_SourceRow]:
    for refused_row in table.refused_rows:
        if refused_row.on_left != to_left:
            yield _SourceRow(refused_row.record, refused_row.location, "refuse")


def _check_table(
    table: Table, read_path: Path, source: MappingSide, when: Domain, *, to_left: bool
) -> Iterator[Diagnostic]:
    rows = list(_source_rows(table.rows, to_left=to_left))
    if rows:
        rows += _refused_source_rows(table, to_left=to_left)
        named_rows = [
            _SourceRow(
                tuple((path or read_path, cell) for path, cell in row.record),
                row.location,
                row.kind,
            )
            for row in rows
        ]
        yield from _check_unmapped(named_rows, source, table.location, when)
        yield from _check_hidden_rows(named_rows)


# --- what nothing is said of ----------------------------------------------------------------------


def _check_unmapped(
    rows: Sequence[_SourceRow], source: MappingSide, location: Location, when: Domain
) -> Iterator[Diagnostic]:
    columns = list(dict.fromkeys(path for row in rows for path, _ in row.record))
    reported: set[tuple[tuple[Path, ScalarValue], ...]] = set()
    for variant in source.variants:
        domain = _variant_domain(variant, columns, when)
        if prod(map(len, domain.values())) > MAX_COMBINATIONS:
            continue
        for values in product(*domain.values()):
            values_by_path = dict(zip(domain, values, strict=True))
            if all(value == _ANY_OTHER for value in values) or any(
                _matches_row(row, values_by_path) for row in rows
            ):
                continue
            combination = tuple(values_by_path.items())
            if combination not in reported:
                reported.add(combination)
                yield _unmapped_finding(combination, source, location)


def _unmapped_finding(
    combination: tuple[tuple[Path, ScalarValue], ...], source: MappingSide, location: Location
) -> Diagnostic:
    parts = [
        f"{'any other value' if value == _ANY_OTHER else repr(value)} of {format_path(path)}"
        for path, value in combination
    ]
    message = f"nothing is said of {' with '.join(parts)} of {source.format}"
    return Diagnostic("unaccounted-value", location, message, "map it, or refuse it with a reason")


def _variant_domain(variant: Object, columns: Sequence[Path], when: Domain) -> Domain:
    """The values that the columns can have in a variant; members it does not have are left out."""
    domain: Domain = {}
    for path in columns:
        schema_type = type_at(variant, path)
        if schema_type is None:
            continue
        values = enum_values([schema_type])
        if values is None:
            values = (_ANY_OTHER,)
        domain[path] = tuple(
            value
            for value in values
            if path not in when or any(json_equal(value, required) for required in when[path])
        )
    return domain


def _matches_row(row: _SourceRow, values_by_path: dict[Path, ScalarValue]) -> bool:
    return all(
        path in values_by_path
        and (
            isinstance(cell, Variable)
            or any(json_equal(values_by_path[path], value) for value in cell)
        )
        for path, cell in row.record
    )


def _check_identity(
    rule: FieldRule,
    source_path: Path,
    target_path: Path,
    sides: tuple[MappingSide, MappingSide],
    when: Domain,
) -> Iterator[Diagnostic]:
    """Values of an enum that is copied to a member whose enum does not have them."""
    source, target = sides
    source_values, target_values = (
        enum_values(source.types_at(source_path)),
        enum_values(target.types_at(target_path)),
    )
    for value in source_values or ():
        allowed = source_path not in when or any(
            json_equal(value, other) for other in when[source_path]
        )
        if (
            target_values is not None
            and allowed
            and not any(json_equal(value, other) for other in target_values)
        ):
            message = (
                f"{value!r} of {format_path(source_path)} of {source.format} is no value of "
                f"{format_path(target_path)} of {target.format}"
            )
            hint = "relate the values with 'values', and refuse it there with a reason"
            yield Diagnostic("unaccounted-value", rule.location, message, hint)


# --- what never applies ---------------------------------------------------------------------------


def _check_hidden_rows(rows: Sequence[_SourceRow]) -> Iterator[Diagnostic]:
    order = {"exact": 0, "approximate": 1, "opt-in": 2, "refuse": 3}
    ordered = sorted(rows, key=lambda row: order[row.kind])
    for index, row in enumerate(ordered):
        for earlier in ordered[:index]:
            if earlier.kind != "opt-in" and (taken := _taken_values(row.record, earlier.record)):
                description = ", ".join(f"{format_path(path)} {values}" for path, values in taken)
                message = f"{description} is taken by line {earlier.location.line} already"
                hint = "what says less than the other is 'approximate', with 'into' where needed"
                yield Diagnostic("hidden-row", row.location, message, hint)
                break


def _taken_values(record: Record, earlier: Record) -> list[tuple[Path, str]]:
    """What of a record an earlier one takes away from it; nothing if it leaves all of it."""
    cells = dict(record)
    taken: list[tuple[Path, str]] = []
    for path, cell in earlier:
        own = cells.get(path)
        if own is None:
            return []
        if isinstance(cell, Variable):
            taken.append((path, "of any value"))
        elif isinstance(own, Variable):
            return []
        else:
            shared = [value for value in own if any(json_equal(value, other) for other in cell)]
            if not shared:
                return []
            taken.append((path, " or ".join(map(repr, shared))))
    return taken

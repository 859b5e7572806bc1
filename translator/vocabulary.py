"""Values in the ledger: those of an enum that a mapping says nothing of, and rows that never apply.

In each direction every value (every combination, where several members decide together) of the
source is mapped, approximated, opted in, or refused with a reason, by one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from translator.checker import Side, enum
from translator.diagnostics import Diagnostic, Location
from translator.nodes import (
    Codec,
    Field,
    Mapping,
    Pair,
    Plain,
    Record,
    Same,
    Table,
    Values,
    Variable,
)
from translator.paths import Path, show_path
from translator.shapes import Object, same, shape_at

MAX_COMBINATIONS = 4096

Domain = dict[Path, tuple[Plain, ...]]
"""The values that members can have; an open member, `_ANY` only: one that no row names."""

_ANY = "\0"


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says of the source in one direction: a record that it takes."""

    record: Record
    location: Location
    kind: str


def vocabulary(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    """A finding for each value that a mapping says nothing of, and for each row that is hidden."""
    for to_left in (False, True):
        source, target = (sides[1], sides[0]) if to_left else sides
        for table in mapping.tables:
            rows = list(_rows(table.pairs, to_left=to_left))
            if rows:
                rows += _refused(table, to_left=to_left)
                yield from _unsaid(rows, source, table.location, {})
                yield from _hidden(rows)
        for rule, when in _rules(mapping, to_left=to_left):
            for at, to, codec in _ends(rule, to_left=to_left):
                if isinstance(codec, Values):
                    yield from _table(codec.table, at, source, when, to_left=to_left)
                elif isinstance(codec, Same) and not (to_left and rule.skip_unfit):
                    yield from _same(rule, at, to, (source, target), when)
    told = [
        _Row(one.when, one.location, "exact")
        for one in mapping.cases
        if one.name and one.only != "left"
    ]
    if told and all(row.record for row in told):
        yield from _unsaid(told, sides[0], told[0].location, {})
        yield from _hidden(told)


def _rules(mapping: Mapping, *, to_left: bool) -> Iterator[tuple[Field, Domain]]:
    """The rules that hold in a direction, and what the source is known to hold where they do."""
    way = "left" if to_left else "right"
    for case in mapping.cases:
        if case.only in (None, way):
            known = {} if to_left else {p: c for p, c in case.when if isinstance(c, tuple)}
            for rule in case.fields:
                if rule.only in (None, way):
                    yield rule, known
    for rule in mapping.fields:
        if rule.only in (None, way):
            yield rule, {}


def _ends(rule: Field, *, to_left: bool) -> Iterator[tuple[Path, Path, Codec]]:
    """Each member that a rule reads, the one it writes from that, and how."""
    ends = [(rule.left[0], right, rule.codec) for right in rule.right]
    ends += [(rule.left[0], one.path, one.codec) for one in rule.also]
    if to_left:
        ends += [(rule.left[0], one.path, one.codec) for one in rule.alternatives]
    for left, right, codec in ends:
        yield (right, left, codec) if to_left else (left, right, codec)


def _rows(pairs: Sequence[Pair], *, to_left: bool) -> Iterator[_Row]:
    for pair in pairs:
        if pair.kind == "exact" or pair.to_left == to_left:
            yield _Row(pair.right if to_left else pair.left, pair.location, pair.kind)


def _refused(table: Table, *, to_left: bool) -> Iterator[_Row]:
    for one in table.refusals:
        if one.of_left != to_left:
            yield _Row(one.record, one.location, "refuse")


def _table(
    table: Table, at: Path, source: Side, when: Domain, *, to_left: bool
) -> Iterator[Diagnostic]:
    rows = list(_rows(table.pairs, to_left=to_left))
    if rows:
        rows += _refused(table, to_left=to_left)
        named = [
            _Row(tuple((path or at, cell) for path, cell in row.record), row.location, row.kind)
            for row in rows
        ]
        yield from _unsaid(named, source, table.location, when)
        yield from _hidden(named)


# --- what nothing is said of ----------------------------------------------------------------------


def _unsaid(rows: Sequence[_Row], source: Side, at: Location, when: Domain) -> Iterator[Diagnostic]:
    columns = list(dict.fromkeys(path for row in rows for path, _ in row.record))
    reported: set[tuple[tuple[Path, Plain], ...]] = set()
    for variant in source.shapes:
        domain = _domain(variant, columns, when)
        if prod(map(len, domain.values())) > MAX_COMBINATIONS:
            continue
        for values in product(*domain.values()):
            told = dict(zip(domain, values, strict=True))
            if all(value == _ANY for value in values) or any(_takes(row, told) for row in rows):
                continue
            said = tuple(told.items())
            if said not in reported:
                reported.add(said)
                yield _nothing_said(said, source, at)


def _nothing_said(said: tuple[tuple[Path, Plain], ...], source: Side, at: Location) -> Diagnostic:
    parts = [
        f"{'any other value' if value == _ANY else repr(value)} of {show_path(path)}"
        for path, value in said
    ]
    message = f"nothing is said of {' with '.join(parts)} of {source.format}"
    return Diagnostic("unaccounted-value", at, message, "map it, or refuse it with a reason")


def _domain(variant: Object, columns: Sequence[Path], when: Domain) -> Domain:
    """The values that the columns can have in a variant; members it does not have are left out."""
    found: Domain = {}
    for path in columns:
        shape = shape_at(variant, path)
        if shape is None:
            continue
        listed = enum([shape])
        if listed is None:
            listed = (_ANY,)
        found[path] = tuple(
            one for one in listed if path not in when or any(same(one, v) for v in when[path])
        )
    return found


def _takes(row: _Row, told: dict[Path, Plain]) -> bool:
    return all(
        path in told
        and (isinstance(cell, Variable) or any(same(told[path], value) for value in cell))
        for path, cell in row.record
    )


def _same(
    rule: Field, at: Path, to: Path, sides: tuple[Side, Side], when: Domain
) -> Iterator[Diagnostic]:
    """Values of an enum that is copied to a member whose enum does not have them."""
    source, target = sides
    listed, known = enum(source.at(at)), enum(target.at(to))
    for value in listed or ():
        allowed = at not in when or any(same(value, one) for one in when[at])
        if known is not None and allowed and not any(same(value, one) for one in known):
            message = (
                f"{value!r} of {show_path(at)} of {source.format} is no value of "
                f"{show_path(to)} of {target.format}"
            )
            hint = "relate the values with 'values', and refuse it there with a reason"
            yield Diagnostic("unaccounted-value", rule.location, message, hint)


# --- what never applies ---------------------------------------------------------------------------


def _hidden(rows: Sequence[_Row]) -> Iterator[Diagnostic]:
    order = {"exact": 0, "approximate": 1, "opt-in": 2, "refuse": 3}
    ordered = sorted(rows, key=lambda row: order[row.kind])
    for place, row in enumerate(ordered):
        for earlier in ordered[:place]:
            if earlier.kind != "opt-in" and (taken := _taken(row.record, earlier.record)):
                shown = ", ".join(f"{show_path(p)} {v}" for p, v in taken)
                message = f"{shown} is taken by line {earlier.location.line} already"
                hint = "what says less than the other is 'approximate', with 'into' where needed"
                yield Diagnostic("hidden-row", row.location, message, hint)
                break


def _taken(record: Record, earlier: Record) -> list[tuple[Path, str]]:
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
            both = [value for value in own if any(same(value, one) for one in cell)]
            if not both:
                return []
            taken.append((path, " or ".join(map(repr, both))))
    return taken

"""The closed ledger: the members a mapping says nothing of, and reasons that have become stale.

In each direction every member of the source is read by a rule, or lost with a reason. What is not
was not thought of. A param or an opt-in reads nothing: they do not account for a member; nor does
a rule of one case for what another case leaves out. Values are the question of `vocabulary`.

Values in the ledger: those of an enum that a mapping says nothing of, and rows that never apply.

In each direction every value (every combination, where several members decide together) of the
source is mapped, approximated, opted in, or refused with a reason, by one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from translator.errors import Diagnostic, Location, did_you_mean
from translator.language.checker import MappingSide, enum_values
from translator.language.direction import DirectedCase, direct
from translator.language.nodes import (
    Codec,
    FieldRule,
    Identity,
    LostField,
    Mapping,
    Record,
    Table,
    TableRow,
    ValueMap,
    Variable,
)
from translator.paths import LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path
from translator.schema.types import (
    ListOf,
    Object,
    ScalarValue,
    SchemaType,
    Union,
    json_equal,
    type_at,
)

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


def check_exhaustive(
    mapping: Mapping, left_type: Object | Union, right_type: Object | Union
) -> list[Diagnostic]:
    """What a mapping says nothing of, and reasons that have become stale."""
    sides = (
        MappingSide.from_type(mapping.left, left_type),
        MappingSide.from_type(mapping.right, right_type),
    )
    findings = [
        *_check_leaves(mapping, sides),
        *_check_reasons(mapping),
        *check_values(mapping, sides),
    ]
    return sorted(
        findings,
        key=lambda finding: (finding.location.line, finding.location.column, finding.message),
    )


def leaf_paths(schema_type: SchemaType, parent: Path = ()) -> Iterator[Path]:
    """The members of an event that hold values of their own, and not only other members.

    `shape` is of one variant of the events, or of a part of it.
    """
    match schema_type:
        case Object(fields=properties, additional=free) if properties or free is not None:
            for name, prop in properties.items():
                yield from leaf_paths(prop.type, (*parent, name))
            if free is not None:
                yield from leaf_paths(free, (*parent, MAP_ENTRY, VALUE))
        case ListOf(items=items):
            yield from leaf_paths(items, (*parent, LIST_ITEM))
        case _:
            yield parent


@dataclass(frozen=True, slots=True)
class _ReadPath:
    """A member that is read, and where it is copied to if it is copied as it is."""

    path: Path
    copied_to: Path | None = None

    def covers(self, leaf: Path, target: MappingSide) -> bool:
        """Whether a leaf of the source gets to the target by this reading."""
        if self.path[: len(leaf)] == leaf:
            return True
        if leaf[: len(self.path)] != self.path:
            return False
        return self.copied_to is None or bool(
            target.types_at((*self.copied_to, *leaf[len(self.path) :]))
        )


def _check_leaves(mapping: Mapping, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    for to_left in (False, True):
        location = mapping.format_locations[1 if to_left else 0]
        source, target = (sides[1], sides[0]) if to_left else sides
        all_leaves = list(
            dict.fromkeys(leaf for variant in source.variants for leaf in leaf_paths(variant))
        )
        reads = list(_case_reads(mapping, to_left=to_left))
        lost_fields = [entry for entry in mapping.lost_fields if entry.on_left != to_left]
        # On the way right a case is told by the event: each of them has to read every member.
        # On the way left a case is what of the event is taken: one of them has to.
        read_groups = [[entry for case in reads for entry in case]] if to_left else reads
        mapped = {
            leaf
            for leaf in all_leaves
            if all(any(entry.covers(leaf, target) for entry in case) for case in read_groups)
        }
        for leaf in all_leaves:
            if leaf not in mapped and not any(_is_lost(entry, leaf) for entry in lost_fields):
                message = f"nothing is said of {format_path(leaf)} of {source.format}"
                hint = f"map it, or give the reason under lost: {source.format}:"
                yield Diagnostic("unaccounted-member", location, message, hint)
        yield from _check_stale_reasons(lost_fields, source, all_leaves, mapped)


def _is_lost(lost_field: LostField, leaf: Path) -> bool:
    return leaf[: len(lost_field.path)] == lost_field.path or lost_field.path[: len(leaf)] == leaf


def _check_stale_reasons(
    lost_fields: list[LostField], source: MappingSide, all_leaves: list[Path], mapped: set[Path]
) -> Iterator[Diagnostic]:
    for lost_field in lost_fields:
        if not source.types_at(lost_field.path):
            message = f"{source.format} has no {format_path(lost_field.path)} to lose"
            suggestion = did_you_mean(lost_field.path[-1], source.field_names(lost_field.path[:-1]))
            hint = suggestion if suggestion.startswith("did") else "remove it"
            yield Diagnostic("stale-reason", lost_field.location, message, hint)
            continue
        if all(leaf in mapped for leaf in all_leaves if _is_lost(lost_field, leaf)):
            message = f"{format_path(lost_field.path)} of {source.format} is mapped, and not lost"
            yield Diagnostic("stale-reason", lost_field.location, message, "remove it")


# --- what is read ---------------------------------------------------------------------------------


def _case_reads(mapping: Mapping, *, to_left: bool) -> Iterator[list[_ReadPath]]:
    """What each case reads of the source in one direction."""
    shared = [*_one_way_reads(mapping, to_left=to_left)]
    shared += [
        _ReadPath(constant.path) for constant in mapping.constants if constant.on_left != to_left
    ]
    for table in mapping.tables:
        shared += _table_reads(table, to_left=to_left)
    if mapping.carry_slot is not None:
        shared.append(_ReadPath(mapping.carry_slot.carried if to_left else mapping.carry_slot.slot))
    for case in direct(mapping, to_left=to_left).cases:
        yield [*shared, *_assignment_reads(case)]


def _assignment_reads(case: DirectedCase) -> Iterator[_ReadPath]:
    for assignment in case.assignments:
        for source in assignment.sources:
            if source.kind != "opt-in":
                copied_to = assignment.targets[0] if isinstance(source.codec, Identity) else None
                for path in source.paths:
                    yield _ReadPath(path, copied_to)


def _table_reads(table: Table, *, to_left: bool) -> Iterator[_ReadPath]:
    for row in table.rows:
        if row.kind == "exact" or (row.kind == "approximate" and row.to_left == to_left):
            for path, _ in row.right if to_left else row.left:
                yield _ReadPath(path)


def _one_way_reads(mapping: Mapping, *, to_left: bool) -> Iterator[_ReadPath]:
    """What a rule without an inverse names, in the direction that it says it does not hold in."""
    for rule in mapping.all_rules():
        if rule.only_to == ("right" if to_left else "left") and rule.because:
            for path in rule.right if to_left else rule.left:
                yield _ReadPath(path)


def _check_reasons(mapping: Mapping) -> Iterator[Diagnostic]:
    for rule in mapping.all_rules():
        if rule.only_to is not None and not rule.because:
            target = mapping.left if rule.only_to == "left" else mapping.right
            message = f"a rule that holds on the way to {target} only says why: 'because'"
            hint = f"add because: why nothing leads back from {target}"
            yield Diagnostic("no-reason", rule.location, message, hint)

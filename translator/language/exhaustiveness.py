"""Check that a mapping is exhaustive, and report reasons and rows without effect.

In each direction, a rule, row, constant or the carry slot has to read every field of the source,
unless the field is lost with a reason. Params and opt-ins do not count. Every enum value has to be
mapped or refused, and so has every combination of values, where a table has several fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from math import prod
from operator import attrgetter

from translator.errors import MAX_DIAGNOSTICS, TODO, Diagnostic, Location, did_you_mean, truncate
from translator.language import nodes
from translator.language.checker import MappingSide, Sides, enum_values, mapping_sides
from translator.language.direction import DirectedTable, direct, has_one_value
from translator.language.nodes import OTHERS, PRESENT
from translator.language.selections import (
    compared_fields,
    named_paths,
    reads,
    rest_below,
    selections_by_list,
    split_leaf,
)
from translator.paths import (
    KEY,
    LIST_ITEM,
    MAP_ENTRY,
    VALUE,
    NamedPick,
    Path,
    Selection,
    format_path,
    real_path,
    starts_with,
)
from translator.schema import types
from translator.schema.types import EventType, ListOf, Object, ScalarValue, SchemaType

MAX_COMBINATIONS = 4096
"""A table of several fields with more combinations is not checked for completeness."""

_MAX_TODO = 10
"""Maximum number of fields that the finding about such reasons names."""

_ANY_OTHER = "\0"
"""Stands for the values of a field without an enum that no row names."""

_PRECEDENCE = ("exact", "approximate", "opt-in", "skip", "refuse")

Domain = dict[Path, tuple[ScalarValue, ...]]
"""The values that fields can have."""

_Key = tuple[bool, ScalarValue]
"""A value as a key of a dict that tells true from 1."""

_AllowedKeys = dict[Path, frozenset[_Key]]
"""The values to which a case restricts fields."""


def check_exhaustive(mapping: nodes.Mapping, left: EventType, right: EventType) -> list[Diagnostic]:
    """List what a mapping leaves out or says in vain, given the types of both formats' events."""
    sides = mapping_sides(mapping, left, right)
    checks = (
        _check_leaves(mapping, sides),
        _check_required(mapping, sides),
        _check_reasons(mapping),
        _check_todo(mapping),
        _check_values(mapping, sides),
        _check_unwritten(mapping),
    )
    order = attrgetter("location.line", "location.column", "message")
    return sorted(islice(chain.from_iterable(checks), MAX_DIAGNOSTICS), key=order)


# --- fields ---------------------------------------------------------------------------------------


def leaf_paths(schema_type: SchemaType, parent: Path = ()) -> Iterator[Path]:
    """Yield the paths of the fields in `schema_type` that hold values, not only other fields.

    `schema_type` is the type of one variant of the events, or of the part of it at `parent`.
    """
    match schema_type:
        case Object(fields=fields, additional=additional) if fields or additional is not None:
            for name, field in fields.items():
                yield from leaf_paths(field.type, (*parent, name))
            if additional is not None:
                yield from leaf_paths(additional, (*parent, MAP_ENTRY, VALUE))
        case ListOf(items=items):
            yield from leaf_paths(items, (*parent, LIST_ITEM))
        case _:
            yield parent


def can_hold(schema_type: SchemaType, path: Path) -> bool:
    """Whether a value of a type can have a value at a path, free keys included."""
    current: SchemaType | None = schema_type
    for step in path:
        match current:
            case ListOf(items=items) if step == LIST_ITEM:
                current = items
            case Object(additional=free) if step in (MAP_ENTRY, KEY, VALUE):
                current = free if step == VALUE or free is None else current
            case Object():
                field = types.find_field(current, step)
                current = None if field is None else field.type
            case ListOf() | types.Scalar() | types.Union() | None:
                return False
            case _:
                return True
    return current is not None


@dataclass(frozen=True, slots=True)
class _ReadPath:
    """A path that a rule reads, and the path to which an identity copies it."""

    path: Path
    copied_to: Path | None = None

    def covers(self, leaf: Path, target: MappingSide) -> bool:
        """Whether a leaf of the source reaches the target."""
        if reads(leaf, self.path, surely=False):
            return True
        rest = rest_below(self.path, leaf)
        if rest is None:
            return False
        if self.copied_to is None:
            return True
        return any(can_hold(item, rest) for item in target.types_at(self.copied_to))


def _check_leaves(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    for to_left in (False, True):
        location = mapping.format_locations[1 if to_left else 0]
        source, target = sides[not to_left], sides[to_left]
        selections = selections_by_list(
            path for on_left, path, _ in named_paths(mapping) if on_left != to_left
        )
        paths = (
            leaf
            for variant in source.variants
            for path in leaf_paths(variant)
            for split in split_leaf(path, selections, variant)
            for leaf in _branch_leaves(split, variant)
        )
        leaves = list(dict.fromkeys(filter(None, paths)))  # an event may have no fields
        reads_by_case = _reads_by_case(mapping, to_left=to_left)
        if to_left:
            # The cases split one event: it suffices that one of them reads a leaf. Going right,
            # each event is of one case, so each case has to read every leaf.
            reads_by_case = {"": list(chain.from_iterable(reads_by_case.values()))}
        ignoring: dict[Path, list[str]] = {
            leaf: [
                name
                for name, reads in reads_by_case.items()
                if not any(read.covers(leaf, target) for read in reads)
            ]
            for leaf in leaves
        }
        mapped = {leaf for leaf in leaves if not ignoring[leaf]}
        lost_fields = [entry for entry in mapping.lost_fields if entry.on_left != to_left]
        for leaf in leaves:
            if leaf not in mapped and not any(_concerns(entry, leaf) for entry in lost_fields):
                field = f"{source.format} field `{format_path(leaf)}`"
                message = f"{field} is not mapped to {target.format}"
                if len(ignoring[leaf]) < len(reads_by_case):
                    names = ", ".join(map(repr, ignoring[leaf]))
                    message += f" in the case {names}, though another case maps it"
                hint = f"map it, or give the reason under lost: {source.format}:"
                place = (source.format, format_path(leaf))
                yield Diagnostic("unaccounted-member", location, message, hint, field=place)
        for entry in lost_fields:
            yield from _check_lost_field(entry, source, leaves, mapped)


def _branch_leaves(leaf: Path, variant: Object) -> Iterator[Path]:
    """Yield the leaves of the elements that a named selection selects, if a leaf is in these."""
    for position, step in enumerate(leaf):
        if isinstance(step, Selection):
            element = leaf[: position + 1] + (LIST_ITEM,) * step.is_list
            element_type = types.type_at(variant, element)
            if isinstance(step.picks[0], NamedPick) and element_type is not None:
                yield from leaf_paths(element_type, element)
                return
    yield leaf


def _concerns(lost_field: nodes.LostField, leaf: Path) -> bool:
    return reads(lost_field.path, leaf) or reads(leaf, lost_field.path)


def _check_lost_field(
    lost_field: nodes.LostField, source: MappingSide, leaves: list[Path], mapped: set[Path]
) -> Iterator[Diagnostic]:
    path = lost_field.path
    if not source.types_at(path):
        message = f"{source.format} has no field `{format_path(path)}`"
        hint = did_you_mean(path[-1], source.field_names(path[:-1])) or "remove it"
        yield Diagnostic("stale-reason", lost_field.location, message, hint)
    elif all(leaf in mapped for leaf in leaves if _concerns(lost_field, leaf)):
        message = f"{source.format} field `{format_path(path)}` is mapped, so it is not lost"
        yield Diagnostic("stale-reason", lost_field.location, message, "remove it")


def _check_reasons(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    for rule in mapping.all_rules():
        if rule.only_to is not None and not rule.because:
            target = mapping.left if rule.only_to == "left" else mapping.right
            message = f"a rule that only writes {target} must say why"
            hint = f"add because: the reason why {target} is not read"
            yield Diagnostic("no-reason", rule.location, message, hint)


def _check_todo(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    """Report, as one warning, everything that still has the placeholder `TODO` as its reason."""
    entries = [
        (item.because, item.location, format_path(item.path)) for item in mapping.lost_fields
    ]
    entries += [(item.about, item.location, f"param {item.name}") for item in mapping.params]
    for rule in mapping.all_rules():
        name = format_path(rule.left[0])
        entries.append((rule.because, rule.location, name))
        entries += [(item.because, item.location, name) for item in rule.fallbacks]
    for table in mapping.all_tables():
        label = f"rows of {table.name!r}" if table.name else "values"
        entries += [(row.because, row.location, label) for row in table.rows]
        entries += [(row.because, row.location, label) for row in table.refused_rows]
    todo = [entry[1:] for entry in entries if entry[0].strip().lower() == TODO]
    if todo:
        todo.sort(key=lambda entry: (entry[0].line, entry[0].column))
        names = list(dict.fromkeys(name for _, name in todo))
        listed = ", ".join(f"`{name}`" for name in names[:_MAX_TODO])
        more = f" and {len(names) - _MAX_TODO} more" if len(names) > _MAX_TODO else ""
        count = f"{len(todo)} reasons are" if len(todo) > 1 else "1 reason is"
        message = truncate(f"{count} still `{TODO}`: {listed}{more}")
        hint = "map each field, or say why it has no equivalent"
        yield Diagnostic("todo-reason", todo[0][0], message, hint, "warning")


def _reads_by_case(mapping: nodes.Mapping, *, to_left: bool) -> dict[str, list[_ReadPath]]:
    """List what each case, by its name, reads of the source in one direction."""
    directed = direct(mapping, to_left=to_left)
    paths = [constant.path for constant in directed.constants(written=False)]
    paths += (constant.path for constant in directed.fixed_by_source())
    paths += compared_fields(path for _, path, _ in named_paths(mapping))
    for rule in mapping.all_rules():
        # A one-way rule gives the reason why the other direction does not read its fields.
        if rule.because and not nodes.applies(rule.only_to, to_left=to_left):
            paths += rule.right if to_left else rule.left
    for table in mapping.tables:
        for row in DirectedTable.from_table(table, to_left=to_left).rows:
            if row.kind != "opt-in":
                # That a field is present says nothing of its value.
                cells = nodes.single_cells(row.source)
                paths += (path for path, cell in cells if cell not in (PRESENT, OTHERS))
    if mapping.carry_slot is not None:
        paths.append(mapping.carry_slot.carried if to_left else mapping.carry_slot.slot)
    reads_by_case: dict[str, list[_ReadPath]] = {}
    for case in directed.cases:
        reads = [_ReadPath(path) for path in paths]
        if not to_left:  # from right to left, a case writes the values that it requires
            reads += (_ReadPath(path) for path, cell in case.when.source if has_one_value(cell))
        for assignment in case.assignments:
            for source in assignment.sources:
                if source.kind != "opt-in":
                    is_copy = isinstance(source.codec, nodes.Identity)
                    copied_to = assignment.targets[0] if is_copy else None
                    reads += (_ReadPath(path, copied_to) for path in source.paths)
        reads_by_case[case.name] = reads
    return reads_by_case


def _check_required(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    """Report each object of which rules write a part, but never a field that it requires."""
    for to_left in (False, True):
        target = sides[to_left]
        directed = direct(mapping, to_left=to_left)
        others = [constant.path for constant in directed.constants(written=True)]
        others += compared_fields(path for on_left, path, _ in named_paths(mapping))
        for table in mapping.tables:
            for row in DirectedTable.from_table(table, to_left=to_left).rows:
                others += (path for path, _ in row.target)
        if mapping.carry_slot is not None:
            others.append(mapping.carry_slot.slot if to_left else mapping.carry_slot.carried)
        reported: set[Path] = set()
        for case in directed.cases:
            places = {path: each.location for each in case.assignments for path in each.targets}
            written = [*others, *places]
            for path, location in places.items():
                parents = (path[:end] for end in range(1, len(path)))
                missing = (each for parent in parents for each in _required_below(parent, target))
                for field in missing:
                    is_written = any(
                        starts_with(field, _whole(each)) or starts_with(each, field)
                        for each in written
                    )
                    if not is_written and field not in reported:
                        reported.add(field)
                        message = f"no rule writes `{format_path(field)}`, which {target.format}"
                        message += f" requires beside `{format_path(path)}`"
                        hint = "write it by a rule, a constant or a param, or remove this rule"
                        yield Diagnostic("required-unwritten", location, message, hint)


def _whole(path: Path) -> Path:
    """Return the object of which a path writes what no other path names; else the path."""
    is_rest = isinstance(rest := path[-1], Selection) and not rest.picks
    return path[:-1] if is_rest else path


def _required_below(parent: Path, side: MappingSide) -> list[Path]:
    """List the required fields of the objects at a path."""
    objects = [found for found in side.types_at(parent) if isinstance(found, Object)]
    fields = [item for found in objects for item in found.fields.items()]
    return [(*parent, name) for name, field in fields if field.required]


def _check_unwritten(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    """Report fields by which a case or row is recognized, but that no rule writes."""
    for to_left in (True, False):
        target = mapping.left if to_left else mapping.right
        directed = direct(mapping, to_left=to_left)
        fixed = {constant.path for constant in directed.constants(written=True)}
        written_by_case = {
            case.name: {
                each
                for item in case.assignments
                for path in item.targets
                for each in (path, real_path(path))
            }
            | fixed
            for case in directed.cases
        }
        rows = [
            row
            for table in mapping.tables
            for row in DirectedTable.from_table(table, to_left=to_left).rows
        ]
        for row in rows:
            for path, cell in row.target:
                is_written = not isinstance(cell, tuple) or len(cell) == 1
                inner = cell.cell if isinstance(cell, nodes.AnyOf) else cell
                is_written = is_written and inner not in (PRESENT, OTHERS)
                places = cell.paths if isinstance(cell, nodes.AnyOf) else (path,)
                covered = (
                    any(_is_covered(place, written) for place in places)
                    for written in written_by_case.values()
                )
                if not is_written and not any(covered):
                    name = format_path(path)
                    message = f"nothing writes `{name}` of this row in a translation to {target}"
                    hint = f"add a rule for {name}, or make the row one-way, under 'approximate'"
                    yield Diagnostic("unwritten-value", row.location, message, hint, "warning")
        row_paths = {path for row in rows for path, _ in row.target}
        for case in mapping.cases if to_left else ():
            if case.name not in written_by_case:
                continue
            written = written_by_case[case.name] | row_paths
            for path, cell in case.when.left:
                if (
                    cell is not nodes.ABSENT
                    and not has_one_value(cell)
                    and not _is_covered(path, written)
                ):
                    name = format_path(path)
                    message = (
                        f"nothing writes `{name}`, by which the case {case.name!r} is recognized, "
                        f"in a translation to {target}"
                    )
                    hint = f"add a rule or a row that writes {name}, or make the case one-way"
                    yield Diagnostic("unwritten-value", case.location, message, hint, "warning")


def _is_covered(path: Path, written: Iterable[Path]) -> bool:
    """Whether a field is written itself, with one above it, or in part."""
    return any(starts_with(path, item) or starts_with(item, path) for item in written)


# --- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SourceRow:
    """A record of the source that a row or a refusal takes in one direction."""

    record: nodes.Record
    location: Location
    kind: str


def _check_values(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    for to_left in (False, True):
        source, target = sides[not to_left], sides[to_left]
        for table in mapping.tables:
            yield from _check_table(table, source, (), {}, to_left=to_left)
        for rule, when in _rules_with_domain(mapping, to_left=to_left):
            for left, right, codec in _rule_ends(rule, to_left=to_left):
                read, written = (right, left) if to_left else (left, right)
                unfit = rule.unfit_left if to_left else rule.unfit_right
                if _depends_on_result(rule, written, to_left=to_left):
                    continue
                if isinstance(codec, nodes.ValueMap) and (to_left or unfit == "refuse"):
                    yield from _check_table(codec.table, source, read, when, to_left=to_left)
                elif isinstance(codec, nodes.Identity) and unfit == "refuse":
                    yield from _check_copy(rule, (source, read), (target, written), when)
    case_rows = [
        _SourceRow(case.when.left, case.location, "exact")
        for case in mapping.cases
        if case.name and nodes.applies(case.only_to, to_left=False)
    ]
    if case_rows and all(row.record for row in case_rows):
        yield from _check_rows(case_rows, sides[True], case_rows[0].location, {})


def _rules_with_domain(
    mapping: nodes.Mapping, *, to_left: bool
) -> Iterator[tuple[nodes.FieldRule, _AllowedKeys]]:
    """Yield the rules of a direction, with the source values that their case allows."""
    cases = [case for case in mapping.cases if nodes.applies(case.only_to, to_left=to_left)]
    groups = [(case.rules, () if to_left else case.when.left) for case in cases]
    for rules, when in (*groups, (mapping.shared_rules, ())):
        values = {path: nodes.cell_values(cell) for path, cell in when}
        allowed = {path: frozenset(map(_key, cell)) for path, cell in values.items() if cell}
        for rule in rules:
            if nodes.applies(rule.only_to, to_left=to_left):
                record = rule.when.record(left=not to_left)
                own = {path: nodes.cell_values(cell) for path, cell in record}
                keys = {path: frozenset(map(_key, cell)) for path, cell in own.items() if cell}
                both = {path: keys[path] & allowed.get(path, keys[path]) for path in keys}
                yield rule, {**allowed, **both}


def _depends_on_result(rule: nodes.FieldRule, written: Path, *, to_left: bool) -> bool:
    """Whether a condition of a rule limits the values that it writes, or those of an earlier one.

    Those that are left over are not refused.
    """
    conditions = (rule.when, *rule.not_when)
    written_cells = chain.from_iterable(each.record(left=to_left) for each in conditions)
    read_cells = chain.from_iterable(each.record(left=not to_left) for each in rule.not_when)
    read = rule.right if to_left else rule.left
    return any(path == written for path, _ in written_cells) or any(
        path in read for path, _ in read_cells
    )


def _rule_ends(rule: nodes.FieldRule, *, to_left: bool) -> Iterator[tuple[Path, Path, nodes.Codec]]:
    """Yield each left and right path that a rule relates in a direction, and the codec."""
    for end in rule.ends():
        is_read = (
            end.left == rule.left[0] if end.fallback is None else end.fallback.to_left == to_left
        )
        if is_read:
            yield end.left, end.right, end.codec


def _check_table(
    table: nodes.Table, source: MappingSide, read: Path, when: _AllowedKeys, *, to_left: bool
) -> Iterator[Diagnostic]:
    """Check the rows of a table; `read` is the field of a value map, `when` restricts values."""
    directed = DirectedTable.from_table(table, to_left=to_left)
    if not directed.rows:
        return
    records = [(row.source, row.location, row.kind) for row in directed.rows]
    refused = [
        (row.record, row.location, "skip" if row.skip else "refuse")
        for row in directed.refused_rows
    ]
    rows = [
        _SourceRow(tuple((path or read, cell) for path, cell in record), location, kind)
        for record, location, kind in (*records, *refused)
    ]
    yield from _check_rows(rows, source, table.location, when)


def _check_rows(
    rows: Sequence[_SourceRow], source: MappingSide, location: Location, when: _AllowedKeys
) -> Iterator[Diagnostic]:
    cells = [cell for row in rows for cell in nodes.single_cells(row.record)]
    paths = list(dict.fromkeys(path for path, _ in cells if path))
    decided = {path for path, cell in cells if cell is PRESENT}
    rows = sorted(rows, key=lambda row: _PRECEDENCE.index(row.kind))
    index = _RowIndex(rows, decided)
    reported: set[tuple[tuple[Path, ScalarValue], ...]] = set()
    for variant in source.variants:
        domain = _variant_domain(variant, paths, when, decided)
        if len(domain) > 1 and prod(map(len, domain.values())) > MAX_COMBINATIONS:
            continue
        for values in product(*domain.values()):
            combination = tuple(zip(domain, values, strict=True))
            if combination in reported or all(value == _ANY_OTHER for value in values):
                continue
            if not index.has_match(dict(combination)):
                reported.add(combination)
                parts = [_describe_value(path, value, decided) for path, value in combination]
                message = f"{source.format}: {' and '.join(parts)} is not mapped"
                hint = "map it, or refuse it with a reason"
                yield Diagnostic("unaccounted-value", location, message, hint)
    yield from _check_hidden_rows(rows, index)


class _RowIndex:
    """Finds the rows that may match given values, without comparing each row.

    Each row is filed under the values of its most selective field.
    """

    def __init__(self, rows: Sequence[_SourceRow], decided: set[Path]) -> None:
        self._rows, self._decided = rows, decided
        self._named: dict[Path, set[_Key]] = {}
        distinct: dict[Path, set[_Key]] = {}
        self._records = [[(path, _cell_keys(cell)) for path, cell in row.record] for row in rows]
        for path, keys in chain.from_iterable(self._records):
            distinct.setdefault(path, set()).update(keys or ())
        self._named = distinct
        self._by_value: dict[tuple[Path, _Key], list[int]] = {}
        self._others: list[int] = []
        for number, record in enumerate(self._records):
            compared = [(path, keys) for path, keys in record if keys is not None]
            if not compared:
                self._others.append(number)
                continue
            path, keys = compared[0]
            if len(compared) > 1:
                path, keys = max(compared, key=lambda entry: len(distinct[entry[0]]))
            for key in keys:
                self._by_value.setdefault((path, key), []).append(number)

    def earlier_rows(self, number: int) -> Iterator[int]:
        """Yield, in order, the numbers of the rows before a row that may match its values."""
        candidates = self._candidates(self._records[number])
        return (other for other in candidates if other < number)

    def _candidates(self, record: Iterable[tuple[Path, Iterable[_Key] | None]]) -> list[int]:
        numbers = set(self._others)
        for path, keys in record:
            for key in keys or ():
                numbers.update(self._by_value.get((path, key), ()))
        return sorted(numbers)

    def has_match(self, values: Mapping[Path, ScalarValue]) -> bool:
        """Whether a row matches fields with these values."""
        record = [(path, (_key(value),)) for path, value in values.items()]
        return any(
            all(self._cell_matches(path, cell, values) for path, cell in self._rows[number].record)
            for number in self._candidates(record)
        )

    def _cell_matches(
        self, path: Path, cell: nodes.Cell, values: Mapping[Path, ScalarValue]
    ) -> bool:
        if isinstance(cell, nodes.AnyOf):
            found = [self._cell_matches(each, cell.cell, values) for each in cell.paths]
            return all(found) if cell.cell is nodes.ABSENT else any(found)
        if not path:
            return True  # all other events
        if path not in values:
            return cell is nodes.ABSENT and path not in values and path in self._decided
        keys = _cell_keys(cell)
        if keys is not None:
            return _key(values[path]) in keys
        if cell is OTHERS and _key(values[path]) in self._named.get(path, ()):
            return False
        return values[path] is not None or path not in self._decided


def _cell_keys(cell: nodes.Cell) -> frozenset[_Key] | None:
    """Return the values of a cell; None for any value."""
    values = nodes.cell_values(cell)
    return None if values is None else frozenset(map(_key, values))


def _describe_value(path: Path, value: ScalarValue, decided: set[Path]) -> str:
    name = f"`{format_path(path)}`"
    if path in decided and value in (None, _ANY_OTHER):
        return f"{name} {'absent' if value is None else 'present'}"
    return f"{name} = {'any other value' if value == _ANY_OTHER else repr(value)}"


def _variant_domain(
    variant: Object, paths: Iterable[Path], when: _AllowedKeys, decided: set[Path]
) -> Domain:
    """Return the values that fields of a variant can have.

    Of the fields that are `decided` by their presence, it may be that none is there: null.
    """
    domain: Domain = {}
    for path in paths:
        schema_type = types.type_at(variant, path)
        if schema_type is not None:
            # An enum without any value is possible.
            enum = enum_values([schema_type])
            values = (_ANY_OTHER,) if enum is None else enum
            if path in decided and _may_be_absent(variant, path):
                values = (*(value for value in values if value is not None), None)
            domain[path] = tuple(value for value in values if _is_allowed(path, value, when))
    return domain


def _may_be_absent(variant: Object, path: Path) -> bool:
    """Whether a field of a variant, or an object that it is in, may be absent or null."""
    current: SchemaType | None = variant
    for step in path:
        field = types.find_field(current, step) if isinstance(current, Object) else None
        if field is None or not field.required or types.is_nullable(field.type):
            return True
        current = field.type
    return False


def _is_allowed(path: Path, value: ScalarValue, when: _AllowedKeys) -> bool:
    return path not in when or _key(value) in when[path]


def _key(value: ScalarValue) -> _Key:
    return isinstance(value, bool), value


def _check_copy(
    rule: nodes.FieldRule,
    read: tuple[MappingSide, Path],
    written: tuple[MappingSide, Path],
    when: _AllowedKeys,
) -> Iterator[Diagnostic]:
    """Report enum values that are copied to a field whose enum lacks them."""
    (source, source_path), (target, target_path) = read, written
    source_values = enum_values(source.types_at(source_path))
    target_values = enum_values(target.types_at(target_path))
    if source_values is None or target_values is None:
        return
    target_keys = frozenset(map(_key, target_values))
    for value in source_values:
        if _is_allowed(source_path, value, when) and _key(value) not in target_keys:
            message = (
                f"{source.format} field `{format_path(source_path)}` can be {value!r}, but "
                f"{target.format} field `{format_path(target_path)}` cannot"
            )
            hint = "map the values with 'values', and refuse this one there with a reason"
            yield Diagnostic("unaccounted-value", rule.location, message, hint)


def _check_hidden_rows(rows: Sequence[_SourceRow], index: _RowIndex) -> Iterator[Diagnostic]:
    """Report rows with values that an earlier row takes already."""
    for number, row in enumerate(rows):
        for earlier_number in index.earlier_rows(number):
            earlier = rows[earlier_number]
            if earlier.kind == "exact" and row.kind == "approximate":
                # An approximate row precedes a variable, which any value would match.
                variables = [cell for _, cell in earlier.record if isinstance(cell, nodes.Variable)]
                if variables:
                    continue
            if earlier.kind != "opt-in" and (taken := _taken_values(row.record, earlier.record)):
                fields = " and ".join(f"`{format_path(path)}` = {values}" for path, values in taken)
                message = f"line {earlier.location.line} already takes {fields}"
                hint = "move the less specific row to 'approximate'"
                yield Diagnostic("hidden-row", row.location, message, hint)
                break


def _taken_values(record: nodes.Record, earlier: nodes.Record) -> list[tuple[Path, str]]:
    """Describe the values of each field that both records match; empty if no event matches both."""
    cells = dict(record)
    taken: list[tuple[Path, str]] = []
    for path, cell in earlier:
        own = cells.get(path)
        if own is None or cell is OTHERS or isinstance(cell, nodes.AnyOf) or own is OTHERS:
            return []
        keys, own_values = _cell_keys(cell), nodes.cell_values(own)
        if keys is None and own is nodes.ABSENT:
            return []
        if keys is None:
            taken.append((path, "any value"))
        elif own_values is None:
            return []
        else:
            shared = [value for value in own_values if _key(value) in keys]
            if not shared:
                return []
            taken.append((path, " or ".join(map(repr, shared))))
    return taken

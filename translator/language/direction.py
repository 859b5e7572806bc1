"""One direction of a mapping: its rules as assignments, its tables with source and target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from translator.errors import Location
from translator.language import nodes
from translator.paths import LIST_ITEM, Path, starts_with
from translator.schema.types import EventType, ScalarValue

SEVERAL_EVENTS = "it is written only where one event results"
"""Why a value is lost that a rule with `once` does not repeat in each of several events."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an assignment reads: a field of the source (several for a template), or a param.

    `kind` says whether the source is exact, and `because` why it is used if not; `name` is the
    opt-in that allows it.
    `unless` is a field of the target that must be absent. With `skip_unfit`, a value that the
    target does not allow is skipped, and the next source is tried. With `keep_null`, null is
    written as null.
    """

    paths: tuple[Path, ...]
    codec: nodes.Codec
    location: Location
    kind: nodes.RuleKind = "exact"
    name: str = ""
    because: str = ""
    id: str | None = None
    unless: Path | None = None
    param: str = ""
    skip_unfit: bool = False
    keep_null: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """Writes a field of the target (several, for a template that is split).

    The value comes from the first of `sources` that is present, else from `default`. `once` is set
    if it is written only where the source becomes a single event: the reason for its loss.
    """

    targets: tuple[Path, ...]
    sources: tuple[Source, ...]
    location: Location
    id: str | None = None
    default: ScalarValue | nodes.Unset = nodes.UNSET
    once: str = ""


@dataclass(frozen=True, slots=True)
class DirectedCase:
    """A case in one direction.

    If the left format has one event per item of a list, `each` is the path of the list's items.
    `when` and `if_present` are conditions on the left and on the right.
    """

    name: str
    assignments: tuple[Assignment, ...]
    when: nodes.Record
    if_present: Path | None
    each: Path | None


@dataclass(frozen=True, slots=True)
class DirectedRow:
    """A row in one direction: events that match `source` get the fields of `target`."""

    source: nodes.Record
    target: nodes.Record
    kind: nodes.RuleKind
    name: str
    because: str
    location: Location


@dataclass(frozen=True, slots=True)
class DirectedTable:
    """The rows and refusals of a table that hold in one direction.

    `rows_by_value` are the numbers of the rows by the value that they compare at `anchor`, the
    first field of the first row; `other_rows` are those that compare no value there.
    """

    name: str
    rows: tuple[DirectedRow, ...]
    refused_rows: tuple[nodes.RefusedRow, ...]
    location: Location
    anchor: Path
    rows_by_value: Mapping[tuple[bool, ScalarValue], Sequence[int]]
    other_rows: Sequence[int]

    @classmethod
    def from_table(cls, table: nodes.Table, *, to_left: bool) -> DirectedTable:
        """Read a table towards the left or the right, in the order of the file."""
        if (cls, to_left) not in table.derived:
            table.derived[cls, to_left] = cls._from_table(table, to_left=to_left)
        directed: DirectedTable = table.derived[cls, to_left]
        return directed

    @classmethod
    def _from_table(cls, table: nodes.Table, *, to_left: bool) -> DirectedTable:
        rows: list[DirectedRow] = []
        for row in table.rows:
            if row.kind == "exact" or row.to_left == to_left:
                records = (row.right, row.left) if to_left else (row.left, row.right)
                rows.append(DirectedRow(*records, row.kind, row.name, row.because, row.location))
        refused_rows = tuple(row for row in table.refused_rows if row.on_left != to_left)
        anchor = rows[0].source[0][0] if rows else ()
        by_value: dict[tuple[bool, ScalarValue], list[int]] = {}
        others: list[int] = []
        for number, directed_row in enumerate(rows):
            cell = dict(directed_row.source).get(anchor)
            if isinstance(cell, tuple):
                for value in cell:
                    by_value.setdefault((isinstance(value, bool), value), []).append(number)
            else:
                others.append(number)
        index = (anchor, by_value, others)
        return cls(table.name, tuple(rows), refused_rows, table.location, *index)

    def rows_with(self, value: ScalarValue) -> Iterator[DirectedRow]:
        """Yield, in order, the rows that may match an event with this value at `anchor`."""
        numbers = {*self.rows_by_value.get((isinstance(value, bool), value), ()), *self.other_rows}
        return (self.rows[number] for number in sorted(numbers))


@dataclass(frozen=True, slots=True)
class DirectedMapping:
    """A mapping in one direction, from the format `source` to the format `target`."""

    mapping: nodes.Mapping
    to_left: bool
    cases: tuple[DirectedCase, ...]
    tables: tuple[DirectedTable, ...]

    @property
    def source(self) -> str:
        """The format to read."""
        return self.mapping.right if self.to_left else self.mapping.left

    @property
    def target(self) -> str:
        """The format to write."""
        return self.mapping.left if self.to_left else self.mapping.right

    def constants(self, *, written: bool) -> Iterator[nodes.Constant]:
        """Yield the constants of the target (`written`) or of the source."""
        for constant in self.mapping.constants:
            if constant.on_left == (self.to_left == written):
                yield constant

    def lost_field(self, path: Path) -> nodes.LostField | None:
        """Return the entry under `lost` for a path of the source.

        If several entries cover the path, the longest decides.
        """
        lost_fields = (lost for lost in self.mapping.lost_fields if lost.on_left != self.to_left)
        covering = [lost for lost in lost_fields if starts_with(path, lost.path)]
        return max(covering, key=lambda lost: len(lost.path), default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """One mapping of a route in its direction, and the schema type of the events it writes."""

    directed: DirectedMapping
    target_type: EventType


def direct(mapping: nodes.Mapping, *, to_left: bool) -> DirectedMapping:
    """Read `mapping` towards its left or its right format."""
    cases = [case for case in mapping.cases if nodes.applies(case.only_to, to_left=to_left)]
    directed_cases = tuple(_direct_case(mapping, case, to_left=to_left) for case in cases)
    tables = tuple(DirectedTable.from_table(table, to_left=to_left) for table in mapping.tables)
    return DirectedMapping(mapping, to_left, directed_cases, tables)


def origin_paths(directed: DirectedMapping, target_path: Path) -> Iterator[Path]:
    """Yield the paths of the source from which `target_path` may be written."""
    slot = directed.mapping.carry_slot
    if slot is not None and not directed.to_left and starts_with(target_path, slot.carried):
        names = target_path[len(slot.carried) :]
        if len(names) == 2:
            yield (*slot.slot, f"{slot.prefix}{names[0]}{slot.separator}{names[1]}")
    for case in directed.cases:
        for assignment in case.assignments:
            if assignment.targets == (target_path,):
                yield from chain.from_iterable(item.paths for item in assignment.sources)
    for table in directed.tables:
        for row in table.rows:
            if target_path in dict(row.target):
                yield from dict(row.source)


def fills_of_params(directed: DirectedMapping) -> Iterator[tuple[str, Path, Location]]:
    """Yield each target field that a param fills: the param, the field, and where that is said."""
    for param in directed.mapping.params:
        if param.fills is not None and param.to_left == directed.to_left:
            yield param.name, param.fills, param.location
    for rule in directed.mapping.all_rules():
        if isinstance(rule.codec, nodes.Template) and directed.to_left:
            for index, name in rule.codec.params:
                yield name, rule.left[index], rule.location


def _direct_case(mapping: nodes.Mapping, case: nodes.Case, *, to_left: bool) -> DirectedCase:
    assignments: list[Assignment] = []
    for rule in case.rules + mapping.shared_rules:
        if nodes.applies(rule.only_to, to_left=to_left):
            assignments += _assign_left(rule) if to_left else _assign_right(rule)
    for param in mapping.params:
        if param.fills is None or param.to_left != to_left:
            continue
        param_source = Source((), nodes.Identity(), param.location, param=param.name)
        for index, assignment in enumerate(assignments):
            if assignment.targets == (param.fills,):
                sources = list(assignment.sources)
                # The exact sources come first.
                sources.insert(sum(other.kind == "exact" for other in sources), param_source)
                assignments[index] = replace(assignment, sources=tuple(sources))
                break
        else:
            assignments.append(Assignment((param.fills,), (param_source,), param.location))
    if to_left:
        assignments = _with_tags(mapping, case, assignments)
    each = None if case.each is None else (*case.each, LIST_ITEM)
    return DirectedCase(case.name, tuple(assignments), case.when, case.if_present, each)


def has_one_value(cell: nodes.Cell) -> bool:
    """Whether a cell of `when` names the one value that a case writes to its field."""
    return isinstance(cell, tuple) and len(cell) == 1 and cell != (None,)


def _with_tags(
    mapping: nodes.Mapping, case: nodes.Case, assignments: list[Assignment]
) -> list[Assignment]:
    """Add what tells a case from others: each field with one value in `when` is written so.

    A rule, a row or a constant that writes the field takes precedence.
    """
    constants = {constant.path for constant in mapping.constants if constant.on_left}
    tags: dict[Path, ScalarValue] = {}
    for path, cell in case.when:
        if isinstance(cell, tuple) and has_one_value(cell) and path not in constants:
            tags[path] = cell[0]
    tagged: list[Assignment] = []
    for assignment in assignments:
        path = assignment.targets[0]
        if len(assignment.targets) == 1 and path in tags:
            assignment = replace(assignment, default=tags.pop(path))
        tagged += [assignment]
    written = [path for assignment in assignments for path in assignment.targets]
    tagged += [
        Assignment((path,), (), case.location, default=value)
        for path, value in tags.items()
        if not any(starts_with(path, other) for other in written)
    ]
    return tagged


def _assign_right(rule: nodes.FieldRule) -> Iterator[Assignment]:
    if isinstance(rule.codec, nodes.Template):
        source = Source(rule.left, rule.codec, rule.location, id=rule.id)
        yield Assignment(rule.right[:1], (source,), rule.location, rule.id)
        return
    targets = [(rule.right[0], rule.codec), *((also.path, also.codec) for also in rule.also)]
    for target, codec in targets:
        source = Source((), codec, rule.location, id=rule.id, keep_null=rule.keep_null)
        if rule.skip_others and isinstance(codec, nodes.ValueMap):
            source = replace(source, skip_unfit=True)
        sources = tuple(replace(source, paths=(path,)) for path in rule.left)
        yield Assignment((target,), sources, rule.location, rule.id, default=rule.default)


def _assign_left(rule: nodes.FieldRule) -> Iterator[Assignment]:
    source = Source(
        (),
        rule.codec,
        rule.location,
        id=rule.id,
        skip_unfit=rule.skip_unfit,
        keep_null=rule.keep_null,
    )
    sources = [replace(source, paths=(path,)) for path in rule.right]
    targets = rule.left
    if not isinstance(rule.codec, nodes.Template):
        targets = rule.left[:1]
        alternatives = sorted(rule.alternatives, key=lambda other: other.kind != "exact")
        sources += map(_other_source, (*rule.also, *alternatives))
    once = (rule.because or SEVERAL_EVENTS) if rule.once else ""
    assignment = Assignment(targets, tuple(sources), rule.location, rule.id, once=once)
    yield replace(assignment, default=rule.left_default)


def _other_source(field: nodes.OtherField) -> Source:
    reason = (field.kind, field.name, field.because)
    return Source((field.path,), field.codec, field.location, *reason, field.id, field.unless)

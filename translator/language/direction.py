"""One direction of a mapping: its rules as assignments, its tables with source and target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from translator.errors import Location
from translator.language import nodes
from translator.language.codecs import directed_codec
from translator.language.selections import reads, specificity
from translator.memo import replace
from translator.paths import LIST_ITEM, MAP_ENTRY, Path, Paths, format_path, starts_with
from translator.schema.types import EventType, ScalarValue

SEVERAL_EVENTS = "it is written only where one event results"
"""Why a value is lost that a rule with `once` does not repeat in each of several events."""


@dataclass(frozen=True, slots=True)
class DirectedCondition:
    """A condition in one direction: what the source must be, and what the target must become."""

    source: nodes.Record = ()
    target: nodes.Record = ()

    @classmethod
    def of(cls, condition: nodes.Condition, *, to_left: bool) -> DirectedCondition:
        """Read a condition towards the left or the right."""
        return cls(condition.record(left=not to_left), condition.record(left=to_left))

    def and_also(self, other: DirectedCondition) -> DirectedCondition:
        """Return the condition that this one and another hold."""
        return DirectedCondition(self.source + other.source, self.target + other.target)

    def __bool__(self) -> bool:
        """Whether anything is required."""
        return bool(self.source or self.target)

    def __str__(self) -> str:
        """The condition in words, to be read behind "only"."""
        cells = [_describe_cell(path, cell) for path, cell in (*self.source, *self.target)]
        return " and ".join(dict.fromkeys(cells)).replace(" and with ", " and ")


def _describe_cell(path: Path, cell: nodes.Cell) -> str:
    paths: Paths = (path,)
    inner = cell
    if isinstance(cell, nodes.AnyOf):
        paths, inner = cell.paths, cell.cell
    names = " or ".join(map(format_path, paths))
    if inner is nodes.ABSENT:
        return f"without {names}"
    if isinstance(inner, tuple):
        return f"with {names} {', '.join(map(str, inner))}"
    return f"with {names}"


@dataclass(frozen=True)
class Source:
    """What an assignment reads: a field of the source (several for a template), or a param.

    `kind` says whether the source is exact, and `because` why it is used if not; `name` is the
    opt-in that allows it. The source is used where `when` holds, and none of `not_when`. `unfit`
    says what happens to a value that the target does not allow; unless it is refused, the next
    source is tried. With `keep_null`, null is written as null. With `required`, the param must be
    given. A source without paths and param is the JSON `value`. `only` are its conditions in words;
    it `is_conditional` if only the event can tell whether they hold. A source that `omits_default`
    is absent if its value is the default of the matched row. A source that `gathers` is in lists
    that the target is not in: it must have the same value in all elements. One that is `beside` the
    elements that become events is in a list with something for each of them.
    """

    paths: Paths
    codec: nodes.Codec
    location: Location
    kind: nodes.RuleKind = "exact"
    name: str = ""
    because: str = ""
    id: str | None = None
    when: DirectedCondition = DirectedCondition()
    param: str = ""
    unfit: nodes.Outcome = "refuse"
    keep_null: bool = False
    required: bool = False
    value: nodes.Json | nodes.Unset = nodes.UNSET
    not_when: tuple[DirectedCondition, ...] = ()
    only: str = ""
    is_conditional: bool = False
    omits_default: bool = False
    gathers: bool = False
    beside: bool = False

    @property
    def has_conditions(self) -> bool:
        """Whether the source is used only under conditions."""
        return bool(self.when or self.not_when)

    @property
    def conditions(self) -> str:
        """The conditions of the source in words, to be read behind "only"; empty without any."""
        parts = [str(self.when)] if self.when else []
        parts += (f"not {condition}" for condition in self.not_when if condition)
        return ", and ".join(parts)

    @property
    def may_skip(self) -> bool:
        """Whether a value that is present may be left out, without refusing the event."""
        table = self.codec.table if isinstance(self.codec, nodes.ValueMap) else None
        return self.skips_unfit or (table is not None and any(r.skip for r in table.refused_rows))

    @property
    def skips_unfit(self) -> bool:
        """Whether a value that does not fit does not refuse the event."""
        return self.unfit != "refuse"

    @property
    def absent_targets(self) -> Paths:
        """The fields of the target that must be absent."""
        return tuple(path for path, cell in self.when.target if cell is nodes.ABSENT)


@dataclass(frozen=True)
class Assignment:
    """Writes a field of the target (several, for a template that is split).

    The value comes from the first of `sources` that is present, else from `default`. `once` is set
    if it is written only where the source becomes a single event: the reason for its loss. With
    `agree`, all sources must be equal. With `first_fit`, each source is written to the first target
    that allows its value. One that is `dependent` writes only into an object with other content.
    With `reads_all`, its fields are places of one value: those that equal the first are not lost.
    One that is `beside` writes into a list with something for each event.
    """

    targets: Paths
    sources: tuple[Source, ...]
    location: Location
    id: str | None = None
    default: ScalarValue | nodes.Unset = nodes.UNSET
    once: str = ""
    agree: bool = False
    first_fit: bool = False
    dependent: bool = False
    reads_all: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True)
class DirectedCase:
    """A case in one direction. `scope` is the list on the right that an event is about, if any.

    `both_ways` is set if the case applies in the other direction too.
    """

    name: str
    assignments: tuple[Assignment, ...]
    when: DirectedCondition
    scope: nodes.Scope | None
    both_ways: bool

    @property
    def each(self) -> Path | None:
        """The path of the elements that have an event each, if they do."""
        return self.scope.path if self.scope is not None and self.scope.size == 1 else None


@dataclass(frozen=True, slots=True)
class DirectedRow:
    """A row in one direction: events that match `source` get the fields of `target`."""

    source: nodes.Record
    target: nodes.Record
    kind: nodes.RuleKind
    name: str
    because: str
    location: Location
    defaults: tuple[tuple[Path, nodes.Json | nodes.Variable], ...] = ()


@dataclass(frozen=True, slots=True)
class DirectedTable:
    """The rows and refusals of a table that hold in one direction.

    `rows_by_value` are the numbers of the rows by the value that they compare at `anchor`, the
    first field of the first row; `other_rows` are those that compare no value there. `read_back`
    are the records of the target that approximate rows of the other direction read.
    """

    name: str
    rows: tuple[DirectedRow, ...]
    refused_rows: tuple[nodes.RefusedRow, ...]
    location: Location
    anchor: Path
    rows_by_value: Mapping[tuple[bool, ScalarValue], Sequence[int]]
    other_rows: Sequence[int]
    taken: str
    read_back: tuple[nodes.Record, ...]

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
                directed_row = DirectedRow(*records, row.kind, row.name, row.because, row.location)
                rows.append(replace(directed_row, defaults=row.defaults))
        refused_rows = tuple(
            sorted(
                (row for row in table.refused_rows if row.on_left != to_left),
                key=lambda row: (not row.skip, row.record == (((), nodes.OTHERS),)),
            )
        )
        read_back = tuple(
            row.left if to_left else row.right
            for row in table.rows
            if row.kind == "approximate" and row.to_left != to_left
        )
        anchor = rows[0].source[0][0] if rows else ()
        by_value: dict[tuple[bool, ScalarValue], list[int]] = {}
        others: list[int] = []
        for number, directed_row in enumerate(rows):
            cell = dict(directed_row.source).get(anchor)
            values = None if cell is None else nodes.cell_values(cell)
            if values is not None:
                for value in values:
                    by_value.setdefault((isinstance(value, bool), value), []).append(number)
            else:
                others.append(number)
        index = (anchor, by_value, others)
        return cls(
            table.name,
            tuple(rows),
            refused_rows,
            table.location,
            *index,
            table.taken,
            read_back,
        )

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
            is_of_side = constant.on_left == (self.to_left == written)
            if is_of_side and nodes.applies(constant.only_to, to_left=self.to_left):
                yield constant

    def fixed_by_source(self) -> Iterator[nodes.Constant]:
        """Yield the constants that the source always has when written, and that may differ."""
        for constant in self.mapping.constants:
            is_read = constant.on_left != self.to_left
            if is_read and not nodes.applies(constant.only_to, to_left=self.to_left):
                yield constant

    def incomplete(self) -> dict[Path, str]:
        """Return the parts of the target that are left out if incomplete, with the reasons."""
        entries = self.mapping.incomplete
        return {item.path: item.because for item in entries if item.on_left == self.to_left}

    def lost_field(self, path: Path) -> nodes.LostField | None:
        """Return the entry under `lost` for a path of the source.

        If several entries cover the path, the longest decides.
        """
        lost_fields = (lost for lost in self.mapping.lost_fields if lost.on_left != self.to_left)
        covering = [lost for lost in lost_fields if reads(lost.path, path)]
        return max(covering, key=lambda lost: specificity(lost.path), default=None)


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
    yield from value_origins(directed, target_path)
    for table in directed.tables:
        for row in table.rows:
            if target_path in dict(row.target):
                yield from dict(row.source)


def value_origins(directed: DirectedMapping, target_path: Path) -> Iterator[Path]:
    """Yield the paths of the source whose values may be written to `target_path`.

    Those are not the fields by which a row is chosen that names the value.
    """
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
            variable = dict(row.target).get(target_path)
            if isinstance(variable, nodes.Variable):
                yield from (path for path, cell in row.source if cell == variable)


class ParamUse(NamedTuple):
    """A target field that a param fills, by a codec, and where that is said."""

    param: str
    field: Path
    codec: nodes.Codec
    location: Location


def param_fields(directed: DirectedMapping) -> Iterator[ParamUse]:
    """Yield each target field that a param fills."""
    mapping, to_left = directed.mapping, directed.to_left
    uses: dict[tuple[str, Path], ParamUse] = {}

    def add(param: str, field: Path, codec: nodes.Codec, location: Location) -> None:
        uses.setdefault((param, field), ParamUse(param, field, codec, location))

    for rule in mapping.all_rules():
        for fallback in rule.chain(to_left=to_left):
            if fallback.param and nodes.applies(rule.only_to, to_left=to_left):
                target = rule.left[0] if to_left else rule.right[0]
                codec = directed_codec(fallback.codec, to_left=to_left)
                add(fallback.param, target, codec, fallback.location)
        if isinstance(rule.codec, nodes.Template) and to_left:
            for index, name in rule.codec.params:
                add(name, rule.left[index], nodes.Identity(), rule.location)
    for field in mapping.param_fields:
        if field.on_left == to_left:
            add(field.param, field.path, nodes.Identity(), field.location)
    yield from uses.values()


def _direct_case(mapping: nodes.Mapping, case: nodes.Case, *, to_left: bool) -> DirectedCase:
    assignments: list[Assignment] = []
    for rule in case.rules + mapping.shared_rules:
        if nodes.applies(rule.only_to, to_left=to_left):
            assignments += _assign(rule, case.scope, to_left=to_left)
    assignments = _merge_alternatives(assignments)
    written = {assignment.targets for assignment in assignments}
    filled: dict[Path, list[Source]] = {}
    for field in mapping.param_fields:
        if field.on_left == to_left and (field.path,) not in written:
            source = Source((), nodes.Identity(), field.location, param=field.param)
            filled.setdefault(field.path, []).append(source)
    for path, sources in filled.items():
        assignments.append(Assignment((path,), tuple(sources), sources[0].location))
    assignments = _with_tags(mapping, case, assignments, to_left=to_left)
    when = DirectedCondition.of(case.when, to_left=to_left)
    both_ways = case.only_to is None
    return DirectedCase(case.name, tuple(assignments), when, case.scope, both_ways)


def has_one_value(cell: nodes.Cell) -> bool:
    """Whether a cell of `when` names the one value that a case writes to its field."""
    return isinstance(cell, tuple) and len(cell) == 1


def _with_tags(
    mapping: nodes.Mapping, case: nodes.Case, assignments: list[Assignment], *, to_left: bool
) -> list[Assignment]:
    """Add what tells a case from others: each field with one value in `when` is written so.

    A rule, a row or a constant that writes the field takes precedence.
    """
    constants = {each.path for each in mapping.constants if each.on_left == to_left}
    tags: dict[Path, ScalarValue] = {}
    for path, cell in case.when.record(left=to_left):
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


def _assign(
    rule: nodes.FieldRule, scope: nodes.Scope | None, *, to_left: bool
) -> Iterator[Assignment]:
    """Yield the assignments of a rule in one direction: one, or one for each of `a & b`."""
    targets, paths = (rule.left, rule.right) if to_left else (rule.right, rule.left)
    is_template = isinstance(rule.codec, nodes.Template)
    codec = directed_codec(rule.codec, to_left=to_left)
    unfit = rule.unfit_left if to_left else rule.unfit_right
    first = Source((), codec, rule.location, id=rule.id, unfit=unfit, keep_null=rule.keep_null)
    groups = [paths] if is_template and not to_left else [(path,) for path in paths]
    if rule.omit_default and not to_left:
        first = replace(first, omits_default=True)
    sources = [replace(first, paths=group) for group in groups]
    chain = rule.chain(to_left=to_left)
    default: ScalarValue | nodes.Unset = nodes.UNSET
    if chain and not rule.when and not rule.not_when and _is_default(chain[-1]):
        default, chain = chain[-1].value, chain[:-1]  # type: ignore[assignment]
    sources += (_fallback_source(fallback, to_left=to_left) for fallback in chain)
    is_all = rule.left_all if to_left else rule.right_all
    groups = [(target,) for target in (targets if is_all else targets[:1])]
    first_fit = any(source.unfit == "next" for source in sources)
    if (is_template and to_left) or first_fit:
        groups = [targets]
    if rule.when or rule.not_when:
        when = DirectedCondition.of(rule.when, to_left=to_left)
        not_when = tuple(DirectedCondition.of(each, to_left=to_left) for each in rule.not_when)
        sources = [
            replace(source, when=when.and_also(source.when), not_when=not_when)
            for source in sources
        ]
    sources = [replace(source, only=source.conditions) for source in sources]
    depths = [_depth_read(source, scope, to_left=to_left) for source in sources]
    for group in groups:
        depth = nodes.list_depth(group[0], None if to_left else scope)
        read = [path for source in sources[:1] for path in source.paths]
        is_beside = not to_left and any(nodes.is_beside(path, group[0], scope) for path in read)
        yield Assignment(
            group,
            tuple(
                _with_lists(source, group[0], other, depth, scope if to_left else None)
                for source, other in zip(sources, depths, strict=True)
            ),
            rule.location,
            rule.id,
            default=default,
            once=(rule.because or SEVERAL_EVENTS) if rule.once and to_left else "",
            agree=rule.agree,
            first_fit=first_fit,
            dependent=not is_beside
            and _is_dependent(group, depth, depths, is_joint=is_all and to_left),
            beside=is_beside,
            reads_all=rule.left_all and not to_left and not rule.agree,
        )


def _depth_read(source: Source, scope: nodes.Scope | None, *, to_left: bool) -> int | None:
    """Return in how many lists a source is; None without a field."""
    depths = (nodes.list_depth(path, scope if to_left else None) for path in source.paths)
    return max(depths, default=None)


def _with_lists(
    source: Source, target: Path, read: int | None, depth: int, scope: nodes.Scope | None
) -> Source:
    """Return a source that knows how its lists relate to those of its target."""
    beside = any(nodes.is_beside(target, path, scope) for path in source.paths)
    return replace(source, beside=beside, gathers=not beside and read is not None and read > depth)


def _is_dependent(targets: Paths, depth: int, depths: list[int | None], *, is_joint: bool) -> bool:
    """Whether an assignment writes only into an object that something else is written into.

    That is so for one value in all elements of a list, and for a place of `a & b` in an object.
    """
    if depth > max((each for each in depths if each is not None), default=depth):
        return True
    target = targets[0]
    ends = [end for end, step in enumerate(target) if step in (LIST_ITEM, MAP_ENTRY)]
    start = ends[-1] + 1 if ends else 0
    return is_joint and len(target) - start > 1


def _is_default(fallback: nodes.Fallback) -> bool:
    """Whether a value at the end of a chain is written always, and not reported."""
    is_scalar = not isinstance(fallback.value, nodes.Unset | list | dict)
    return is_scalar and not fallback.when and fallback.kind == "exact"


def _merge_alternatives(assignments: list[Assignment]) -> list[Assignment]:
    """Combine the rules of a field of which only one applies to an event into one assignment."""
    merged: dict[Paths, Assignment] = {}
    for assignment in assignments:
        first = merged.setdefault(assignment.targets, assignment)
        is_other = any(source.not_when for source in assignment.sources)
        if first is not assignment and (is_other or _exclude_each_other(first, assignment)):
            sources = first.sources + assignment.sources
            once = first.once or assignment.once
            agree = first.agree or assignment.agree
            first_fit = first.first_fit or assignment.first_fit
            merged[assignment.targets] = replace(
                first, sources=sources, once=once, agree=agree, first_fit=first_fit
            )
        elif first is not assignment:
            return assignments  # two rules write a field, which is a finding
    return list(merged.values())


def _exclude_each_other(first: Assignment, second: Assignment) -> bool:
    """Whether two assignments are never used for one event, by the conditions of their rules."""
    return all(
        nodes.exclude_each_other(source.when.source, other.when.source)
        or nodes.exclude_each_other(source.when.target, other.when.target)
        for source in first.sources
        for other in second.sources
    )


def _fallback_source(fallback: nodes.Fallback, *, to_left: bool) -> Source:
    return Source(
        () if fallback.path is None else (fallback.path,),
        directed_codec(fallback.codec, to_left=to_left),
        fallback.location,
        fallback.kind,
        fallback.name,
        fallback.because,
        fallback.id,
        DirectedCondition.of(fallback.when, to_left=to_left),
        fallback.param,
        fallback.unfit,
        required=fallback.required,
        value=fallback.value,
    )

"""One direction of a mapping: each rule turned into moves from the source to the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from translator.errors import Location
from translator.language.nodes import (
    UNSET,
    Also,
    Alternative,
    CarrySlot,
    Case,
    Codec,
    Constant,
    FieldRule,
    Identity,
    Mapping,
    Record,
    RuleKind,
    Table,
    Template,
    Unset,
)
from translator.paths import LIST_ITEM, Path
from translator.schema.types import Object, ScalarValue, Union


@dataclass(frozen=True, slots=True)
class Source:
    """Where a move reads: members of the source (several for a template), or a param.

    `kind`, `name` and `because` say how good the source is; `unless` names a member of the target
    that must be absent for this source to count. One that `skips` passes over what the target
    cannot take, and the next one counts.
    """

    paths: tuple[Path, ...]
    codec: Codec
    location: Location
    kind: RuleKind = "exact"
    name: str = ""
    because: str = ""
    id: str | None = None
    unless: Path | None = None
    param: str = ""
    skip_unfit: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is written to a member of the target (to several, for a template that is split).

    The first of `sources` that is present counts; `default` where none is.
    """

    targets: tuple[Path, ...]
    sources: tuple[Source, ...]
    location: Location
    id: str | None = None
    default: ScalarValue | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DirectedCase:
    """A case seen in one direction. `each` is the list (on the right) it has one event for."""

    name: str
    assignments: tuple[Assignment, ...]
    when: Record
    if_present: Path | None
    each: Path | None


@dataclass(frozen=True, slots=True)
class DirectedMapping:
    """A mapping in one direction: from `source` to `target`."""

    mapping: Mapping
    to_left: bool
    cases: tuple[DirectedCase, ...]

    @property
    def source(self) -> str:
        """The format that is read."""
        return self.mapping.right if self.to_left else self.mapping.left

    @property
    def target(self) -> str:
        """The format that is written."""
        return self.mapping.left if self.to_left else self.mapping.right

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of rows."""
        return self.mapping.tables

    @property
    def carry_slot(self) -> CarrySlot | None:
        """The slot of the left for carried values, if it has one."""
        return self.mapping.carry_slot

    def constants(self, *, written: bool) -> Iterator[Constant]:
        """The constants of the side that is written, or of the one that is read."""
        for constant in self.mapping.constants:
            if constant.on_left == (self.to_left == written):
                yield constant

    def loss_reason(self, path: Path) -> str:
        """The reason the mapping gives for losing `path` of the source, or the empty string."""
        reason = ""
        longest = -1
        for lost_field in self.mapping.lost_fields:
            covers = path[: len(lost_field.path)] == lost_field.path
            if lost_field.on_left != self.to_left and covers and len(lost_field.path) > longest:
                reason, longest = lost_field.because, len(lost_field.path)
        return reason


def direct(mapping: Mapping, *, to_left: bool) -> DirectedMapping:
    """`mapping` read towards its left format, or towards its right one."""
    side = "left" if to_left else "right"
    cases = tuple(
        _direct_case(mapping, case, to_left=to_left)
        for case in mapping.cases
        if case.only_to in (None, side)
    )
    return DirectedMapping(mapping, to_left, cases)


def _direct_case(mapping: Mapping, case: Case, *, to_left: bool) -> DirectedCase:
    assignments = [
        assignment
        for rule in case.rules + mapping.shared_rules
        if rule.only_to in (None, "left" if to_left else "right")
        for assignment in (_assign_left(rule) if to_left else _assign_right(rule))
    ]
    for param in mapping.params:
        if param.fills is None or param.to_left != to_left:
            continue
        param_source = Source((), Identity(), param.location, param=param.name)
        for index, assignment in enumerate(assignments):
            if assignment.targets == (param.fills,):
                assignments[index] = _with_param_source(assignment, param_source)
                break
        else:
            assignments.append(Assignment((param.fills,), (param_source,), param.location))
    each = None if case.each is None else (*case.each, LIST_ITEM)
    return DirectedCase(case.name, tuple(assignments), case.when, case.if_present, each)


def _with_param_source(assignment: Assignment, param_source: Source) -> Assignment:
    exact_count = sum(1 for source in assignment.sources if source.kind == "exact")
    return replace(
        assignment,
        sources=(
            *assignment.sources[:exact_count],
            param_source,
            *assignment.sources[exact_count:],
        ),
    )


def _assign_right(rule: FieldRule) -> Iterator[Assignment]:
    if isinstance(rule.codec, Template):
        source = Source(rule.left, rule.codec, rule.location, id=rule.id)
        yield Assignment(rule.right[:1], (source,), rule.location, rule.id)
        return
    yield _right_assignment(rule, rule.right[0], rule.codec)
    for also in rule.also:
        yield _right_assignment(rule, also.path, also.codec)


def _right_assignment(rule: FieldRule, target: Path, codec: Codec) -> Assignment:
    sources = tuple(Source((path,), codec, rule.location, id=rule.id) for path in rule.left)
    return Assignment((target,), sources, rule.location, rule.id, default=rule.default)


def _assign_left(rule: FieldRule) -> Iterator[Assignment]:
    if isinstance(rule.codec, Template):
        yield Assignment(rule.left, tuple(_main_sources(rule)), rule.location, rule.id)
        return
    main_sources = list(_main_sources(rule))
    also_sources = [_also_source(also) for also in rule.also]
    alternatives = sorted(
        map(_alternative_source, rule.alternatives), key=lambda source: source.kind != "exact"
    )
    sources = (*main_sources, *also_sources, *alternatives)
    yield Assignment(rule.left[:1], sources, rule.location, rule.id)


def _main_sources(rule: FieldRule) -> Iterator[Source]:
    for path in rule.right:
        yield Source((path,), rule.codec, rule.location, id=rule.id, skip_unfit=rule.skip_unfit)


def _also_source(also: Also) -> Source:
    return Source((also.path,), also.codec, also.location)


def _alternative_source(alternative: Alternative) -> Source:
    return Source(
        (alternative.path,),
        alternative.codec,
        alternative.location,
        alternative.kind,
        alternative.name,
        alternative.because,
        alternative.id,
        alternative.unless,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One mapping of a route in its direction, with the shape of what it writes."""

    directed: DirectedMapping
    target_type: Object | Union


def origin_paths(directed: DirectedMapping, target_path: Path) -> Iterator[Path]:
    """The members of a hop's source that its member `target` may be made from."""
    carry_slot = directed.carry_slot
    if carry_slot is not None and not directed.to_left:
        parent, suffix = (
            target_path[: len(carry_slot.carried)],
            target_path[len(carry_slot.carried) :],
        )
        if parent == carry_slot.carried and len(suffix) == 2:
            yield (
                *carry_slot.slot,
                f"{carry_slot.prefix}{suffix[0]}{carry_slot.separator}{suffix[1]}",
            )
    for case in directed.cases:
        for assignment in case.assignments:
            if assignment.targets != (target_path,):
                continue
            for source in assignment.sources:
                yield from source.paths
    for table in directed.tables:
        for row in table.rows:
            target_record, source_record = (
                (row.left, row.right) if directed.to_left else (row.right, row.left)
            )
            if any(path == target_path for path, _ in target_record):
                yield from (path for path, _ in source_record)

"""Checking a mapping against the two specs it relates, before it sees an event.

`faults` finds what would make translations wrong: names and values that do not exist, rules that
cannot mean what they say. What a mapping leaves out is the question of `ledger`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, did_you_mean
from translator.language.nodes import (
    Cell,
    FieldRule,
    Identity,
    Iso8601,
    Mapping,
    Table,
    Template,
    Unset,
    ValueMap,
    Variable,
)
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path, format_path
from translator.runtime.times import is_rfc3339
from translator.schema.types import (
    ListOf,
    Object,
    RawSchema,
    Scalar,
    ScalarValue,
    SchemaType,
    Union,
    accepts,
    distinct_values,
    type_at,
)


@dataclass(frozen=True, slots=True)
class MappingSide:
    """One side of a mapping: its format, and the shapes its events can have."""

    format: str
    variants: tuple[Object, ...]

    @classmethod
    def from_type(cls, name: str, schema_type: Object | Union) -> MappingSide:
        """The side of the format `name`, whose events have `shape`."""
        variants = (
            tuple(schema_type.variants.values())
            if isinstance(schema_type, Union)
            else (schema_type,)
        )
        return cls(name, variants)

    def types_at(self, path: Path) -> list[SchemaType]:
        """The shapes that the member at `path` has, in the variants that have it."""
        types = (type_at(schema_type, path) for schema_type in self.variants)
        return [schema_type for schema_type in types if schema_type is not None]

    def mismatch_at(self, path: Path) -> int | None:
        """How much of a path there is in a variant whose member there is of another kind."""
        for variant in self.variants:
            for length, segment in enumerate(path):
                current = type_at(variant, path[:length]) if length else variant
                if current is None:
                    break
                expected = ListOf if segment == LIST_ITEM else Object
                if not isinstance(current, expected | RawSchema) and segment not in (KEY, VALUE):
                    return length
        return None

    def field_names(self, parent: Path) -> set[str]:
        """The members of the objects at `above`."""
        names: set[str] = set()
        for schema_type in self.types_at(parent) if parent else self.variants:
            if isinstance(schema_type, Object):
                names |= set(schema_type.fields)
        return names


def check_mapping(
    mapping: Mapping, left_type: Object | Union, right_type: Object | Union
) -> list[Diagnostic]:
    """What is wrong with a mapping, given the shapes of its two formats' events."""
    sides = (
        MappingSide.from_type(mapping.left, left_type),
        MappingSide.from_type(mapping.right, right_type),
    )
    checks = chain(
        _check_paths(mapping, sides),
        _check_values(mapping, sides),
        _check_params(mapping),
        _check_rules(mapping, sides),
        _check_written_twice(mapping, sides),
        _check_cycles(mapping),
        _check_carry_slot(mapping, sides),
    )
    findings = list(islice(checks, MAX_DIAGNOSTICS))
    return sorted(
        findings, key=lambda finding: (finding.location.line, finding.location.column, finding.code)
    )


# --- names ----------------------------------------------------------------------------------------


def named_paths(mapping: Mapping) -> Iterator[tuple[bool, Path, Location]]:
    """Each path that a mapping names: whether it is on the left, and where it is named."""
    for rule in mapping.all_rules():
        for path in rule.left:
            yield True, path, rule.location
        for path in rule.right:
            yield False, path, rule.location
        for also in rule.also:
            yield False, also.path, also.location
        for alternative in rule.alternatives:
            yield False, alternative.path, alternative.location
            if alternative.unless is not None:
                yield True, alternative.unless, alternative.location
    for table in mapping.tables:
        for row in table.rows:
            for path, _ in row.left:
                yield True, path, row.location
            for path, _ in row.right:
                yield False, path, row.location
        for refused_row in table.refused_rows:
            for path, _ in refused_row.record:
                yield refused_row.on_left, path, refused_row.location
    for case in mapping.cases:
        for path, _ in case.when:
            yield True, path, case.location
        for optional_path in (case.if_present, case.each):
            if optional_path is not None:
                yield False, optional_path, case.location
    for param in mapping.params:
        if param.fills is not None:
            yield param.to_left, param.fills, param.location
    for constant in mapping.constants:
        yield constant.on_left, constant.path, constant.location
    if mapping.carry_slot is not None:
        yield True, mapping.carry_slot.slot, mapping.carry_slot.location
        yield False, mapping.carry_slot.carried, mapping.carry_slot.location


def _check_paths(mapping: Mapping, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    for on_left, path, location in named_paths(mapping):
        side = sides[0] if on_left else sides[1]
        mismatch = side.mismatch_at(path)
        if side.types_at(path) and mismatch is None:
            continue
        length = next(
            (size for size in range(1, len(path) + 1) if not side.types_at(path[:size])), 0
        )
        length = length or (mismatch or 0) + 1
        name, parent = path[length - 1], path[: length - 1]
        if name in (LIST_ITEM, MAP_ENTRY, KEY, VALUE):
            expected = "a list" if name == LIST_ITEM else "an object with free keys"
            always = "always " if side.types_at(path) else ""
            message = f"{format_path(parent)} of {side.format} is not {always}{expected}"
            hint = f"leave {'[]' if name == LIST_ITEM else 'the braces'} out, or correct the path"
            yield Diagnostic("unknown-member", location, message, hint)
            continue
        if side.types_at(path):
            message = f"{format_path(parent)} of {side.format} is not always an object"
            hint = "name a member that it has in every variant"
            yield Diagnostic("unknown-member", location, message, hint)
            continue
        place = f"in {format_path(parent)} of {side.format}" if parent else f"in {side.format}"
        message = f"there is no member {name!r} {place}"
        hint = (
            did_you_mean(name, side.field_names(parent)) or f"{format_path(parent)} has no members"
        )
        yield Diagnostic("unknown-member", location, message, hint)


def enum_values(types: list[SchemaType]) -> tuple[ScalarValue, ...] | None:
    """All the values that a member can have, if they are listed in each variant that has it."""
    scalars = [
        schema_type
        for schema_type in types
        if isinstance(schema_type, Scalar) and schema_type.enum is not None
    ]
    return distinct_values(scalars) if scalars and len(scalars) == len(types) else None


def all_cells(mapping: Mapping) -> Iterator[tuple[bool, Path, Cell, Location]]:
    """Each cell of a table or value map, with the member it is about."""
    for table in mapping.tables:
        yield from _table_cells(table, (), ())
    for rule in mapping.all_rules():
        if isinstance(rule.codec, ValueMap):
            yield from _table_cells(rule.codec.table, rule.left[0], rule.right[0])
        for also in rule.also:
            if isinstance(also.codec, ValueMap):
                yield from _table_cells(also.codec.table, rule.left[0], also.path)
        for alternative in rule.alternatives:
            if isinstance(alternative.codec, ValueMap):
                yield from _table_cells(alternative.codec.table, rule.left[0], alternative.path)
    for case in mapping.cases:
        for path, cell in case.when:
            yield True, path, cell, case.location


def _table_cells(
    table: Table, left: Path, right: Path
) -> Iterator[tuple[bool, Path, Cell, Location]]:
    for row in table.rows:
        for path, cell in row.left:
            yield True, path or left, cell, row.location
        for path, cell in row.right:
            yield False, path or right, cell, row.location
    for refused_row in table.refused_rows:
        for path, cell in refused_row.record:
            yield (
                refused_row.on_left,
                path or (left if refused_row.on_left else right),
                cell,
                (refused_row.location),
            )


def _check_values(mapping: Mapping, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    for on_left, path, cell, location in all_cells(mapping):
        side = sides[0] if on_left else sides[1]
        types = side.types_at(path)
        if isinstance(cell, Variable) or not types:
            continue
        for value in cell:
            if value is not None:
                yield from _check_value(side, path, value, location)
    for constant in mapping.constants:
        side = sides[0] if constant.on_left else sides[1]
        yield from _check_value(side, constant.path, constant.value, constant.location)
    for rule in mapping.all_rules():
        if not isinstance(rule.default, Unset):
            yield from _check_value(sides[1], rule.right[0], rule.default, rule.location)


def _check_value(
    side: MappingSide, path: Path, value: ScalarValue, location: Location
) -> Iterator[Diagnostic]:
    """A finding if no variant of a side can have `value` at `path`."""
    types = side.types_at(path)
    if not types or any(
        not isinstance(candidate, Scalar) or _allows(candidate, value) for candidate in types
    ):
        return
    allowed = [str(candidate) for candidate in enum_values(types) or ()]
    hint = did_you_mean(str(value), allowed) or "write a value that the spec allows there"
    message = f"{value!r} is no value of {format_path(path)} of {side.format}"
    yield Diagnostic("unknown-value", location, message, hint)


def _allows(scalar: Scalar, value: ScalarValue) -> bool:
    is_date_time = scalar.format == "date-time" and isinstance(value, str)
    return accepts(replace(scalar, format=""), value) and (
        not is_date_time or is_rfc3339(str(value))
    )


def _check_params(mapping: Mapping) -> Iterator[Diagnostic]:
    declared = {param.name: param for param in mapping.params}
    used: set[str] = {param.name for param in mapping.params if param.fills is not None}
    for rule in mapping.all_rules():
        names: tuple[str, ...] = ()
        if isinstance(rule.codec, Template):
            names = tuple(name for _, name in rule.codec.params)
        elif isinstance(rule.codec, Iso8601) and rule.codec.zone:
            names = (rule.codec.zone,)
        for name in names:
            used.add(name)
            if name not in declared:
                hint = did_you_mean(name, declared) or "declare it"
                message = f"the param {name!r} is not declared under 'params'"
                yield Diagnostic("unknown-param", rule.location, message, hint)
    for name, param in declared.items():
        if name not in used:
            message = f"the param {name!r} fills nothing, and no codec uses it"
            hint = "remove it, or say which member it 'fills'"
            yield Diagnostic("unused-param", param.location, message, hint)


# --- rules ----------------------------------------------------------------------------------------


def _check_rules(mapping: Mapping, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    groups = [(case.rules, case.each) for case in mapping.cases]
    each = mapping.cases[0].each if len(mapping.cases) == 1 else None
    groups.append((mapping.shared_rules, each))
    for rules, group_each in groups:
        for rule in rules:
            yield from _check_lists(rule, group_each, sides)
            yield from _check_types(rule, sides)


def _check_lists(
    rule: FieldRule, each: Path | None, sides: tuple[MappingSide, MappingSide]
) -> Iterator[Diagnostic]:
    """Each list on one side of a rule needs one on the other, but for the one per event."""
    if each is not None and not sides[1].types_at(each):
        return
    right_paths = [*rule.right, *(also.path for also in rule.also)]
    right_paths += [alternative.path for alternative in rule.alternatives]
    for left, right in itertools.product(rule.left, right_paths):
        if sides[0].types_at(left) and sides[1].types_at(right):
            depth = sum(1 for segment in right if segment in (LIST_ITEM, MAP_ENTRY))
            if each is not None and right[: len(each) + 1] == (*each, LIST_ITEM):
                depth -= 1
            if sum(1 for segment in left if segment in (LIST_ITEM, MAP_ENTRY)) != depth:
                message = (
                    f"{format_path(left)} and {format_path(right)} do not go through as many lists"
                )
                hint = "write [] behind each list, or 'each' for a list with one event per element"
                yield Diagnostic("lists-differ", rule.location, message, hint)


def _check_types(rule: FieldRule, sides: tuple[MappingSide, MappingSide]) -> Iterator[Diagnostic]:
    if not isinstance(rule.codec, Identity):
        return
    path_pairs = [(left, right) for left in rule.left for right in rule.right]
    path_pairs += [
        (rule.left[0], also.path) for also in rule.also if isinstance(also.codec, Identity)
    ]
    for left, right in path_pairs:
        json_types = [
            {
                json_type
                for schema_type in side.types_at(path)
                for json_type in _json_types(schema_type)
            }
            for side, path in zip(sides, (left, right), strict=True)
        ]
        if all(json_types) and not json_types[0] & json_types[1]:
            message = (
                f"{format_path(left)} is {' or '.join(sorted(json_types[0]))}, "
                f"{format_path(right)} is {' or '.join(sorted(json_types[1]))}"
            )
            yield Diagnostic("types-differ", rule.location, message, "a codec ('as') can convert")


def _json_types(schema_type: SchemaType) -> set[str]:
    match schema_type:
        case Scalar(types=types):
            return {"number" if name == "integer" else name for name in types}
        case ListOf():
            return {"list"}
        case Object() | Union():
            return {"object"}
    return {"string", "number", "boolean", "list", "object"}


def _check_written_twice(
    mapping: Mapping, sides: tuple[MappingSide, MappingSide]
) -> Iterator[Diagnostic]:
    for case in mapping.cases:
        rules = case.rules + mapping.shared_rules
        for on_left in (True, False):
            seen: dict[Path, Location] = {}
            for rule in rules:
                if rule.only_to not in (None, "left" if on_left else "right"):
                    continue
                for path in _written_paths(rule, on_left=on_left):
                    if path in seen and sides[0 if on_left else 1].types_at(path):
                        message = (
                            f"{format_path(path)} is written by this rule and by line "
                            f"{seen[path].line}"
                        )
                        hint = "'also' and 'or' give one member several sources"
                        yield Diagnostic("written-twice", rule.location, message, hint)
                    seen[path] = rule.location


def _check_cycles(mapping: Mapping) -> Iterator[Diagnostic]:
    """A finding for each alternative that waits, through others or at once, for its own member."""
    waits: dict[Path, set[Path]] = {}
    for rule in mapping.all_rules():
        unless_paths = {
            alternative.unless
            for alternative in rule.alternatives
            if alternative.unless is not None
        }
        waits.setdefault(rule.left[0], set()).update(unless_paths)
    for rule in mapping.all_rules():
        for alternative in rule.alternatives:
            reached = {alternative.unless} if alternative.unless is not None else set()
            while (
                next_paths := {target for path in reached for target in waits.get(path, ())}
            ) - reached:
                reached |= next_paths
            if rule.left[0] in reached:
                message = f"whether {format_path(rule.left[0])} is absent depends on itself"
                hint = "'unless' names another member, which does not wait for this one"
                yield Diagnostic("waits-for-itself", alternative.location, message, hint)


def _check_carry_slot(
    mapping: Mapping, sides: tuple[MappingSide, MappingSide]
) -> Iterator[Diagnostic]:
    """A finding if the slot for carried values has no room for names of any kind."""
    if mapping.carry_slot is not None:
        slot = mapping.carry_slot.slot
        holders = [
            candidate for candidate in sides[0].variants if type_at(candidate, slot[:1]) is not None
        ]
        slots = [type_at(candidate, slot) for candidate in holders]
        exists = any(
            candidate is not None for candidate in slots
        )  # otherwise it is an unknown member
        if exists and not all(
            isinstance(candidate, Object) and candidate.additional is not None
            for candidate in slots
        ):
            message = f"{format_path(slot)} of {mapping.left} is no object with free keys"
            hint = "'in' names the member that takes any key"
            yield Diagnostic("mapping-carries", mapping.carry_slot.location, message, hint)


def _written_paths(rule: FieldRule, *, on_left: bool) -> Iterator[Path]:
    if on_left:
        yield from rule.left if isinstance(rule.codec, Template) else rule.left[:1]
    else:
        yield rule.right[0]
        yield from (also.path for also in rule.also)

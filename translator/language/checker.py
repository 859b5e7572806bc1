"""Check a mapping against its two specs: names, values, types and rules that cannot work.

These findings stop translations. `exhaustiveness` finds what a mapping leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, pairwise, product
from operator import attrgetter
from typing import Any

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, suggest, truncate
from translator.language import nodes
from translator.language.codecs import in_order, json_types, side_types
from translator.language.direction import DirectedTable, has_one_value
from translator.language.selections import check_selections, link_selections_to_types
from translator.paths import (
    KEY,
    LIST_ITEM,
    MAP_ENTRY,
    VALUE,
    Path,
    Selection,
    format_path,
    list_prefix,
    starts_with,
)
from translator.runtime.values import is_restorable
from translator.schema import types
from translator.schema.types import EventType, ListOf, Object, Scalar, ScalarValue, SchemaType
from translator.validation import quick_check
from translator.validation.schemas import problem_finder
from translator.validation.subtypes import is_subtype


@dataclass(frozen=True, slots=True)
class MappingSide:
    """One side of a mapping: its format, and the types of the variants of its events."""

    format: str
    variants: tuple[Object, ...]
    _known: dict[Path, list[SchemaType]] = field(default_factory=dict, repr=False, compare=False)

    def types_at(self, path: Path) -> list[SchemaType]:
        """List the types of the field at `path` in the variants that have it, each type once."""
        if path not in self._known:
            found = (types.type_at(variant, path) for variant in self.variants)
            distinct = {id(each): each for each in found if each is not None}
            self._known[path] = list(distinct.values())
        return self._known[path]

    def mismatch_at(self, path: Path) -> int | None:
        """Return the index of a path step that the type of its parent rules out in a variant."""
        for index, step in enumerate(path):
            container = ListOf if step == LIST_ITEM else Object
            for parent in self.types_at(path[:index]):
                is_possible = isinstance(parent, container | types.Mixed)
                if not is_possible and step not in (KEY, VALUE):
                    return index
        return None

    def field_names(self, parent: Path) -> set[str]:
        """Collect the names of the fields of the objects at `parent`."""
        objects = (inner for inner in self.types_at(parent) if isinstance(inner, Object))
        return set().union(*(inner.fields for inner in objects))


Sides = dict[bool, MappingSide]
"""The sides by whether they are the left: `sides[to_left]` is the target in that direction."""


def check_mapping(
    mapping: nodes.Mapping,
    left: EventType,
    right: EventType,
    written: tuple[EventType, EventType] | None = None,
) -> list[Diagnostic]:
    """List what is wrong with a mapping, given the types of its two formats' events.

    This also links its named selections to the branches of the specs.

    `written` are the types of the events to write, left and right, if these are narrower.
    """
    unlinked = mapping_sides(mapping, left, right)
    link_selections_to_types(mapping, lambda on_left, path: unlinked[on_left].types_at(path))
    sides = mapping_sides(mapping, left, right)
    written_sides = sides if written is None else mapping_sides(mapping, *written)
    checks = chain(
        _check_paths(mapping, sides),
        _check_values(mapping, sides, written_sides),
        _check_params(mapping),
        _check_rules(mapping, sides),
        _check_conditions(mapping, sides),
        _check_written_twice(mapping, sides),
        _check_constants_written_twice(mapping, sides),
        _check_cycles(mapping),
        _check_carry_slot(mapping, sides),
        check_selections(
            mapping,
            lambda on_left, path: sides[on_left].types_at(path),
            lambda on_left, path: written_sides[on_left].types_at(path),
        ),
    )
    order = attrgetter("location.line", "location.column", "code")
    return sorted(islice(checks, MAX_DIAGNOSTICS), key=order)


def mapping_sides(mapping: nodes.Mapping, left: EventType, right: EventType) -> Sides:
    """Describe the two sides of a mapping."""
    left_side = MappingSide(mapping.left, types.variants_of(left))
    return {True: left_side, False: MappingSide(mapping.right, types.variants_of(right))}


# --- names ----------------------------------------------------------------------------------------


def _named_paths(mapping: nodes.Mapping) -> Iterator[tuple[bool, Path, Location]]:
    """Yield each path that a mapping may name: whether it is on the left, the path, and where."""
    for rule in mapping.all_rules():
        yield from ((True, path, rule.location) for path in rule.left)
        yield from ((False, path, rule.location) for path in rule.right)
        for fallback in rule.fallbacks:
            if fallback.path is not None:
                yield not fallback.to_left, fallback.path, fallback.location
            elif fallback.location.line < rule.location.line:
                # A param of version 1 names the field in a section of its own.
                target = rule.left[0] if fallback.to_left else rule.right[0]
                yield fallback.to_left, target, fallback.location
    for on_left, path, _, location in _record_cells(mapping):
        yield on_left, path, location
    for case in mapping.cases:
        if case.scope is not None:
            yield False, case.scope.path, case.location
    for table in mapping.tables:
        for row in table.rows:
            yield from ((True, path, row.location) for path, _ in row.defaults)
    for param_field in mapping.param_fields:
        yield param_field.on_left, param_field.path, param_field.location
    for constant in mapping.constants:
        yield constant.on_left, constant.path, constant.location
    for entry in mapping.incomplete:
        yield entry.on_left, entry.path, entry.location
    if mapping.carry_slot is not None:
        yield True, mapping.carry_slot.slot, mapping.carry_slot.location
        yield False, mapping.carry_slot.carried, mapping.carry_slot.location


def _check_paths(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    for on_left, path, location in _named_paths(mapping):
        side = sides[on_left]
        exists, mismatch = bool(side.types_at(path)), side.mismatch_at(path)
        if exists and mismatch is None:
            yield from _check_names(side, path, location)
            continue
        missing = (end for end in range(len(path)) if not side.types_at(path[: end + 1]))
        position = next(missing, mismatch or 0)
        parent, name = path[:position], path[position]
        place = f"field `{format_path(parent)}`" if parent else "event"
        always = "always " if exists else ""
        if name in (LIST_ITEM, MAP_ENTRY, KEY, VALUE):
            expected, sign = "an object with arbitrary keys", "the braces"
            if name == LIST_ITEM:
                expected, sign = "a list", "[] or 'each'"
            message = f"{side.format} {place} is not {always}{expected}"
            hint = f"remove {sign}, or correct the path"
        elif exists:
            message = f"{side.format} {place} is not always an object"
            hint = "name a field that exists in every variant"
        else:
            owner = f"{side.format} {place}" if parent else side.format
            message = f"{owner} has no field {name!r}"
            if isinstance(name, Selection) and not name.picks:
                message = f"{side.format} {place} is not an object"
            elif isinstance(name, Selection):
                message = f"{owner} has no list {name.list_name!r}"
                name = name.list_name
            hint = suggest(name, side.field_names(parent)) or f"{owner} has no fields"
        yield Diagnostic("unknown-member", location, message, hint)


def _check_names(side: MappingSide, path: Path, location: Location) -> Iterator[Diagnostic]:
    """Report a field whose name its object does not allow (`propertyNames`)."""
    for position, name in enumerate(path):
        if name in (LIST_ITEM, MAP_ENTRY, KEY, VALUE) or isinstance(name, Selection):
            continue
        for parent in side.types_at(path[:position]):
            schema = getattr(types.key_type(parent), "schema", {})
            if not schema or _is_plain_match(schema.get("pattern", ""), name):
                continue
            problem = problem_finder(schema)(name)
            if problem is not None:
                owner = f"`{format_path(path[:position])}`" if position else "the event"
                message = f"{side.format} {owner} cannot have a field {name!r}: {problem}"
                hint = "use a name that `propertyNames` of the spec allows"
                yield Diagnostic("unknown-member", location, message, hint)
                break


def _is_plain_match(pattern: str, name: str) -> bool:
    """Whether a pattern surely matches a name; this needs no validator, which is slow to import."""
    try:
        return name.isascii() and name.isidentifier() and bool(re.search(pattern, name))
    except re.error:
        return False


# --- values ---------------------------------------------------------------------------------------


def enum_values(variants: Sequence[SchemaType]) -> tuple[ScalarValue, ...] | None:
    """Return all values of a field, given its types in the variants; None unless all are enums."""
    scalars = [item for item in variants if isinstance(item, Scalar) and item.enum is not None]
    return types.distinct_values(scalars) if scalars and len(scalars) == len(variants) else None


def _record_cells(mapping: nodes.Mapping) -> Iterator[tuple[bool, Path, nodes.Cell, Location]]:
    """Yield each cell of `rows` and `when`: whether it is on the left, its field, and where."""
    for table in mapping.tables:
        yield from _table_cells(table, (), ())
    for condition, location in mapping.conditions():
        for on_left, record in ((True, condition.left), (False, condition.right)):
            for path, cell in nodes.single_cells(record):
                yield on_left, path, cell, location


def _value_maps(mapping: nodes.Mapping) -> Iterator[tuple[nodes.Table, Path, Path]]:
    """Yield the table of each rule with `values`, and the fields that it relates."""
    for rule in mapping.all_rules():
        for end in rule.ends():
            is_first = end.fallback is not None or end.left == rule.left[0]
            if is_first and isinstance(end.codec, nodes.ValueMap):
                yield end.codec.table, end.left, end.right


def _value_cells(mapping: nodes.Mapping) -> Iterator[tuple[bool, Path, nodes.Cell, Location]]:
    """Yield the cells of `values`, as `_record_cells` does."""
    for table, left, right in _value_maps(mapping):
        yield from _table_cells(table, left, right)


def _table_cells(
    table: nodes.Table, left: Path, right: Path
) -> Iterator[tuple[bool, Path, nodes.Cell, Location]]:
    records = [(True, row.left, row.location) for row in table.rows]
    records += [(False, row.right, row.location) for row in table.rows]
    records += [(row.on_left, row.record, row.location) for row in table.refused_rows]
    for on_left, record, location in records:
        for path, cell in nodes.single_cells(record):
            yield on_left, path or (left if on_left else right), cell, location


@dataclass(frozen=True, slots=True)
class _Literal:
    """A value that a mapping names: its field, where, and whether it is read and written there."""

    on_left: bool
    path: Path
    value: nodes.Json
    location: Location
    read: bool = True
    written: bool = True


def _literals(mapping: nodes.Mapping) -> Iterator[_Literal]:
    """Yield each value that a mapping names."""
    for on_left, path, cell, location in chain(_record_cells(mapping), _value_cells(mapping)):
        for value in cell if isinstance(cell, tuple) else ():
            if value is not None:
                # Whether a cell is written depends on its row, and on its other values.
                yield _Literal(on_left, path, value, location, written=False)
    for on_left, path, value, location in _written_cells(mapping):
        yield _Literal(on_left, path, value, location, read=False)
    for constant in mapping.constants:
        for to_left in (True, False):
            if nodes.applies(constant.only_to, to_left=to_left):
                is_written = to_left == constant.on_left
                yield _Literal(
                    constant.on_left,
                    constant.path,
                    constant.value,
                    constant.location,
                    read=not is_written,
                    written=is_written,
                )
    for rule in mapping.all_rules():
        for to_left in (True, False):
            fallbacks = rule.chain(to_left=to_left)
            for fallback in fallbacks:
                if isinstance(fallback.value, nodes.Unset):
                    continue
                location = rule.location if fallback is fallbacks[-1] else fallback.location
                for path in _written_paths(rule, to_left=to_left):
                    yield _Literal(to_left, path, fallback.value, location, read=False)
    for table in mapping.tables:
        for row in table.rows:
            for path, default in row.defaults:
                if not isinstance(default, nodes.Variable):
                    yield _Literal(True, path, default, row.location, read=False)
    for case in mapping.cases:
        for on_left in (True, False):
            for path, cell in case.when.record(left=on_left):
                if isinstance(cell, tuple) and has_one_value(cell):
                    yield _Literal(on_left, path, cell[0], case.location, read=False)


def _written_cells(
    mapping: nodes.Mapping,
) -> Iterator[tuple[bool, Path, ScalarValue, Location]]:
    """Yield the cells that rows write: those with one value, in the directions of their rows."""
    tables: list[tuple[nodes.Table, Path, Path]] = [(table, (), ()) for table in mapping.tables]
    for table, left, right in (*tables, *_value_maps(mapping)):
        for row in table.rows:
            for on_left, record in ((True, row.left), (False, row.right)):
                if row.kind == "exact" or row.to_left == on_left:
                    for path, cell in record:
                        if not isinstance(cell, tuple) or cell[0] is None:
                            continue
                        # A value map writes the first of several values, a row none of them.
                        if len(cell) == 1 or not path:
                            target = path or (left if on_left else right)
                            yield on_left, target, cell[0], row.location


def _check_values(
    mapping: nodes.Mapping, sides: Sides, written_sides: Sides
) -> Iterator[Diagnostic]:
    reported: set[tuple[bool, Path, str, Location]] = set()
    types_by_path: dict[tuple[int, Path], list[SchemaType]] = {}
    validators = _Validators()
    for literal in _literals(mapping):
        on_left, path, value = literal.on_left, literal.path, literal.value
        readings = [(sides[on_left], "")] * literal.read
        readings += [(written_sides[on_left], " in an event that is written")] * literal.written
        for side, where in readings:
            key = (id(side), path)
            if key not in types_by_path:
                types_by_path[key] = side.types_at(path)
            allowing = types_by_path[key]
            if not allowing or any(validators.allows(each, value) for each in allowing):
                continue
            place = (on_left, path, repr(value), literal.location)
            if place not in reported:
                reported.add(place)
                readable = sides[on_left].types_at(path)
                is_readable = any(validators.allows(each, value) for each in readable)
                problem = where if is_readable else ""
                message = f"{side.format} field `{format_path(path)}` cannot be {value!r}{problem}"
                hint = validators.hint(allowing, value)
                yield Diagnostic("unknown-value", literal.location, message, hint)


class _Validators:
    """Validates literals against the whole schema of a field. Each schema is compiled once."""

    def __init__(self) -> None:
        self._finders: dict[int, Callable[[Any], str | None]] = {}
        self._allowed: dict[tuple[int, ...], list[str]] = {}

    def allows(self, schema_type: SchemaType, value: nodes.Json) -> bool:
        """Whether a field of a type can have a value."""
        if isinstance(value, list | dict):
            accepted = quick_check.accepts(schema_type.schema, value)
            return accepted or self._problem(schema_type, value) is None
        if isinstance(schema_type, Scalar) and schema_type.exact and not schema_type.format:
            return types.may_accept(schema_type, value)
        literal = Scalar(frozenset({types.json_type(value)}) - {"null"}, enum=(value,))
        if is_subtype(literal, schema_type):
            return True
        return self._problem(schema_type, value) is None

    def hint(self, schema_types: Sequence[SchemaType], value: nodes.Json) -> str:
        """Say what values the types allow, none of which is `value`."""
        key = tuple(map(id, schema_types))
        if key not in self._allowed:
            self._allowed[key] = sorted(map(str, enum_values(schema_types) or ()))
        allowed = self._allowed[key]
        problem = self._problem(schema_types[0], value) or ""
        reason = f"write a value that the spec allows: {truncate(problem)}"
        return suggest(str(value), allowed) or reason

    def _problem(self, schema_type: SchemaType, value: nodes.Json) -> str | None:
        schema = schema_type.schema
        is_scalar = not isinstance(value, list | dict)
        if is_scalar and isinstance(schema_type, Scalar) and schema_type.enum is not None:
            if (isinstance(value, bool), value) not in schema_type.enum_keys:
                return f"{value!r} is not one of its values"
            if types.without_annotations(schema).keys() <= {"type", "enum", "const"}:
                return None
        if id(schema) not in self._finders:
            try:
                self._finders[id(schema)] = problem_finder(dict(schema))
            except ValueError:
                # A schema that cannot be compiled is a finding about the spec.
                self._finders[id(schema)] = lambda _: None
        return self._finders[id(schema)](value)


def _check_params(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    declared = {param.name: param for param in mapping.params}
    places = [(field.param, field.location) for field in mapping.param_fields]
    for rule in mapping.all_rules():
        places += [(item.param, item.location) for item in rule.fallbacks if item.param]
        for to_left in (True, False):
            names = (nodes.codec_params(codec, to_left=to_left) for codec in rule.codecs)
            places += [(name, rule.location) for name in chain.from_iterable(names)]
    for name, location in places:
        if name not in declared:
            hint = suggest(name, declared) or "declare it"
            message = f"the param {name!r} is not declared under 'params'"
            yield Diagnostic("unknown-param", location, message, hint)
    used = {name for name, _ in places}
    for name, param in declared.items():
        if name not in used:
            message = f"the param {name!r} fills no field, and no codec uses it"
            hint = "remove it, or name the field that it fills"
            yield Diagnostic("unused-param", param.location, message, hint)


# --- rules ----------------------------------------------------------------------------------------


def _check_rules(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    groups = [(case.rules, case.scope) for case in mapping.cases]
    scope = mapping.cases[0].scope if len(mapping.cases) == 1 else None
    groups.append((mapping.shared_rules, scope))
    for rules, group_scope in groups:
        for rule in rules:
            yield from _check_lists(rule, mapping, group_scope, sides)
            yield from _check_scope_size(rule, group_scope, sides)
            yield from _check_types(rule, sides)
            yield from _check_codecs(rule, sides)


def _check_lists(
    rule: nodes.FieldRule, mapping: nodes.Mapping, scope: nodes.Scope | None, sides: Sides
) -> Iterator[Diagnostic]:
    """Report paths of a rule that go through different numbers of lists.

    The list does not count whose elements have an event each. One value for all elements of a list
    is not a mistake if other rules write into its object.
    """
    if scope is not None and not sides[False].types_at(scope.path[:-1]):
        return
    for end in rule.ends():
        left, right = end.left, end.right
        if not sides[True].types_at(left) or not sides[False].types_at(right):
            continue
        left_depth, right_depth = nodes.list_depth(left), nodes.list_depth(right, scope)
        if left_depth == right_depth or nodes.is_beside(left, right, scope):
            continue
        longer, on_left = (left, True) if left_depth > right_depth else (right, False)
        if not _has_siblings(longer, rule, mapping, scope, on_left=on_left):
            names = f"`{format_path(left)}` and `{format_path(right)}`"
            message = f"{names} go through different numbers of lists"
            hint = "write [] behind each list, or 'each' for a list with one event per element"
            yield Diagnostic("lists-differ", rule.location, message, hint)


def _check_scope_size(
    rule: nodes.FieldRule, scope: nodes.Scope | None, sides: Sides
) -> Iterator[Diagnostic]:
    """Report a list that an event fills with up to as many elements as its spec does not allow."""
    if scope is None or scope.size is None or scope.size == 1:
        return
    for end in rule.ends():
        path = list_prefix(end.left)
        if path is None or not starts_with(end.right, scope.path) or rule.only_to == "right":
            continue
        limits = [each.schema.get("maxItems") for each in sides[True].types_at(path[:-1])]
        limit = min((each for each in limits if each is not None), default=scope.size)
        if scope.size > limit:
            message = f"`{format_path(path[:-1])}` has at most {limit} elements, but an event is"
            message += f" about up to {scope.size} of `{format_path(scope.path)}`"
            hint = f"write at_most: {limit}"
            yield Diagnostic("scope-too-large", rule.location, message, hint)


def _has_siblings(
    path: Path,
    rule: nodes.FieldRule,
    mapping: nodes.Mapping,
    scope: nodes.Scope | None,
    *,
    on_left: bool,
) -> bool:
    """Whether a path is a field in list elements that another rule relates to elements."""
    if path[-1] == LIST_ITEM or MAP_ENTRY in path:
        return False
    elements = path[: len(path) - path[::-1].index(LIST_ITEM)]
    return any(
        starts_with(end.left if on_left else end.right, elements)
        and nodes.list_depth(end.left) == nodes.list_depth(end.right, scope)
        for each in mapping.all_rules()
        if each is not rule
        for end in each.ends()
    )


def _check_types(rule: nodes.FieldRule, sides: Sides) -> Iterator[Diagnostic]:
    for end in rule.ends():
        # A fallback without a codec may be a value of another type that is skipped or checked.
        if not isinstance(end.codec, nodes.Identity) or end.fallback is not None:
            continue
        left, right = end.left, end.right
        left_types, right_types = _json_types(sides[True], left), _json_types(sides[False], right)
        if left_types and right_types and not left_types & right_types:
            message = (
                f"`{format_path(left)}` is {' or '.join(sorted(left_types))}, but "
                f"`{format_path(right)}` is {' or '.join(sorted(right_types))}"
            )
            hint = "add a codec that converts the value ('as')"
            yield Diagnostic("types-differ", rule.location, message, hint)


def _check_codecs(rule: nodes.FieldRule, sides: Sides) -> Iterator[Diagnostic]:
    """Report codecs whose types do not meet, and those that do not fit the fields of a rule."""
    for end in rule.ends():
        problems = (
            problem
            for to_left in (False, True)
            if nodes.applies(rule.only_to, to_left=to_left)
            and (end.fallback is None or end.fallback.to_left == to_left)
            for problem in _codec_problems(end, sides, to_left=to_left)
        )
        if problem := next(problems, ""):
            hint = "choose another codec, or other fields"
            yield Diagnostic("codec-domain", end.location, problem, hint)


def _codec_problems(end: nodes.RuleEnd, sides: Sides, *, to_left: bool) -> Iterator[str]:
    """Say where the types of codecs and fields do not meet in one direction."""
    for first, second in pairwise(in_order(end.codec, to_left=to_left)):
        written = side_types(first, left=to_left, written=True)
        read = side_types(second, left=not to_left, written=False)
        if not written & read:
            direction = "left" if to_left else "right"
            message = f"towards the {direction}, a codec of this list gives {_or(written)}"
            yield f"{message}, and the next reads {_or(read)}"
    for on_left, path in ((True, end.left), (False, end.right)):
        is_written = on_left == to_left
        there = _codec_types(sides[on_left], path)
        expected = side_types(end.codec, left=on_left, written=is_written)
        if there and not there & expected:
            verb = "gives" if is_written else "reads"
            yield f"`{format_path(path)}` is {_or(there)}, and its codec {verb} {_or(expected)}"


def _or(names: Iterable[str]) -> str:
    return " or ".join(sorted({"number" if name == "integer" else name for name in names}))


def _codec_types(side: MappingSide, path: Path) -> frozenset[str]:
    """Return the JSON types of a field, with `number` for every type of numbers."""
    names = frozenset[str]().union(*map(json_types, side.types_at(path)))
    return names | {"number"} if "integer" in names else names


def _json_types(side: MappingSide, path: Path) -> set[str]:
    names: set[str] = set()
    for schema_type in side.types_at(path):
        match schema_type:
            case Scalar():
                names |= {"number" if name == "integer" else name for name in schema_type.types}
            case ListOf():
                names.add("list")
            case Object() | types.Union():
                names.add("object")
            case _:
                names |= {"string", "number", "boolean", "list", "object"}
    return names


def _check_written_twice(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    for case, to_left in product(mapping.cases, (True, False)):
        if not nodes.applies(case.only_to, to_left=to_left):
            continue
        side = sides[to_left]
        seen: dict[Path, list[nodes.FieldRule]] = {}
        for rule in case.rules + mapping.shared_rules:
            if not nodes.applies(rule.only_to, to_left=to_left):
                continue
            for path in _written_paths(rule, to_left=to_left):
                others = [each for each in seen.get(path, ()) if not _is_alternative(each, rule)]
                if others and side.types_at(path):
                    line = others[-1].location.line
                    message = f"`{format_path(path)}` is written by this rule and by line {line}"
                    hint = "give the field several sources in one rule"
                    yield Diagnostic("written-twice", rule.location, message, hint)
                seen.setdefault(path, []).append(rule)


def _is_alternative(first: nodes.FieldRule, second: nodes.FieldRule) -> bool:
    """Whether two rules of one field never apply to the same event."""
    return bool(second.not_when and first.left == second.left) or any(
        nodes.exclude_each_other(first.when.record(left=side), second.when.record(left=side))
        for side in (True, False)
    )


def _check_constants_written_twice(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    """Report constants of fields that a rule or another constant writes, too."""
    seen: dict[tuple[bool, Path], Location] = {}
    for to_left in (True, False):
        for rule in mapping.all_rules():
            if nodes.applies(rule.only_to, to_left=to_left):
                for path in _written_paths(rule, to_left=to_left):
                    seen.setdefault((to_left, path), rule.location)
        for table in mapping.tables:
            for row in DirectedTable.from_table(table, to_left=to_left).rows:
                for path, _ in row.target:
                    seen.setdefault((to_left, path), row.location)
    for constant in mapping.constants:
        key = (constant.on_left, constant.path)
        if key in seen and sides[constant.on_left].types_at(constant.path):
            name = format_path(constant.path)
            message = f"`{name}` is written by this constant and by line {seen[key].line}"
            target = sides[constant.on_left].format
            hint = f"remove one of them, or let the rule not write {target} ('to' and 'because')"
            yield Diagnostic("written-twice", constant.location, message, hint)
        seen.setdefault(key, constant.location)


def _written_paths(rule: nodes.FieldRule, *, to_left: bool) -> tuple[Path, ...]:
    is_split = to_left and isinstance(rule.codec, nodes.Template)
    paths, is_all = (rule.left, rule.left_all) if to_left else (rule.right, rule.right_all)
    return paths if is_split or is_all else paths[:1]


def _check_cycles(mapping: nodes.Mapping) -> Iterator[Diagnostic]:
    """Report each fallback that depends, directly or not, on its own field's absence."""
    for to_left in (True, False):
        referred: dict[Path, set[Path]] = {}
        fallbacks: list[tuple[Path, set[Path], Location]] = []
        for rule in mapping.all_rules():
            field = rule.left[0] if to_left else rule.right[0]
            conditions = [(rule.when, rule.location)]
            conditions += ((each.when, each.location) for each in rule.chain(to_left=to_left))
            for condition, location in conditions:
                # Only presence may refer to itself: the fields of such a circle go together.
                cells = [*nodes.single_cells(condition.record(left=to_left))]
                referred.setdefault(field, set()).update(path for path, _ in cells if path != field)
                paths = {
                    path
                    for path, cell in cells
                    if cell is nodes.ABSENT or (isinstance(cell, tuple) and path != field)
                }
                fallbacks.append((field, paths, location))
        for field, paths, location in fallbacks:
            queue, reached = list(paths), set(paths)
            while queue:
                new_paths = referred.get(queue.pop(), set()) - reached
                reached |= new_paths
                queue += new_paths
            if field in reached:
                message = f"whether `{format_path(field)}` is absent depends on itself"
                hint = "name a field that does not depend on this one"
                yield Diagnostic("waits-for-itself", location, message, hint)


def _check_conditions(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    """Report conditions that no event meets, and rules that others of their list hide."""
    groups = [(case.when, case.rules) for case in mapping.cases]
    groups.append((nodes.ALWAYS, mapping.shared_rules))
    for case_when, rules in groups:
        for rule in rules:
            conditions = [(rule.when, rule.location)]
            conditions += ((item.when, item.location) for item in rule.fallbacks)
            for condition, location in conditions:
                if condition and not _is_possible(condition, rule.when, case_when, sides):
                    message = "no event meets this condition"
                    hint = "compare values that the fields of one kind of event can have"
                    yield Diagnostic("condition-never", location, message, hint)
            if any(_implies(rule.when, earlier) for earlier in rule.not_when):
                message = f"an earlier rule of `{format_path(rule.left[0])}` always applies instead"
                hint = "move this rule up, or remove it"
                yield Diagnostic("rule-hidden", rule.location, message, hint)


def _is_possible(
    condition: nodes.Condition, rule_when: nodes.Condition, case_when: nodes.Condition, sides: Sides
) -> bool:
    """Whether some event of either side may meet the condition of a rule, and that of its case."""
    for on_left, side in sides.items():
        records = (each.record(left=on_left) for each in (condition, rule_when, case_when))
        cells = [*chain.from_iterable(records)]
        allowed: dict[Path, set[ScalarValue]] = {}
        for path, cell in cells:
            values = nodes.cell_values(cell)
            if values is not None:
                allowed[path] = allowed.get(path, {*values}) & {*values}
        if any(not values for values in allowed.values()):
            return False
        required = [
            path for path, cell in cells if isinstance(cell, tuple) or cell is nodes.PRESENT
        ]
        if not any(
            all(_may_have(variant, path, allowed.get(path)) for path in required)
            for variant in side.variants
        ):
            return False
    return True


def _may_have(variant: Object, path: Path, values: set[ScalarValue] | None) -> bool:
    """Whether events of a variant may have a field, with one of the values, if any are given."""
    schema_type = types.type_at(variant, path)
    enum = enum_values([schema_type]) if schema_type is not None else None
    return schema_type is not None and (values is None or enum is None or bool(values & {*enum}))


def _implies(condition: nodes.Condition, other: nodes.Condition) -> bool:
    """Whether one condition surely holds where another does."""
    for on_left in (True, False):
        cells = dict(condition.record(left=on_left))
        for path, cell in other.record(left=on_left):
            own = cells.get(path)
            if own == cell:
                continue
            if not isinstance(own, tuple):
                return False
            if cell is not nodes.PRESENT and not (isinstance(cell, tuple) and {*own} <= {*cell}):
                return False
    return True


def _check_carry_slot(mapping: nodes.Mapping, sides: Sides) -> Iterator[Diagnostic]:
    """Report a slot for carried values that does not allow arbitrary keys."""
    if mapping.carry_slot is None:
        return
    slot = mapping.carry_slot.slot
    holders = [item for item in sides[True].variants if types.type_at(item, slot[:1]) is not None]
    slots = [types.type_at(item, slot) for item in holders]
    are_free = (isinstance(kind, Object) and kind.additional is not None for kind in slots)
    # A slot that no variant has is an unknown field already.
    if any(slots) and not all(are_free):
        message = f"{mapping.left} field `{format_path(slot)}` does not allow arbitrary keys"
        hint = "name an object with arbitrary keys in 'in'"
        yield Diagnostic("mapping-carries", mapping.carry_slot.location, message, hint)
    yield from _check_carried_formats(mapping.carry_slot, sides[False])


def _check_carried_formats(slot: nodes.CarrySlot, side: MappingSide) -> Iterator[Diagnostic]:
    """Report carried values of formats that the keys of the slot could confuse with others."""
    for carried_type in side.types_at(slot.carried):
        if not isinstance(carried_type, Object) or not carried_type.closed:
            continue  # formats that the spec does not list are refused at run time
        for name in carried_type.fields:
            if not is_restorable(name, slot.separator):
                place = f"`{format_path((*slot.carried, name))}`"
                message = f"{place} cannot be carried: {name!r} contains the separator"
                hint = f"write another separator than {slot.separator!r} in 'as'"
                yield Diagnostic("mapping-carries", slot.location, message, hint)

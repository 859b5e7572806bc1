"""Checking a mapping against the two specs it relates, before it sees an event.

`faults` finds what would make translations wrong: names and values that do not exist, rules that
cannot mean what they say. What a mapping leaves out is the question of `ledger`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from translator.diagnostics import MAX_DIAGNOSTICS, Diagnostic, Location, did_you_mean
from translator.nodes import (
    Cell,
    Field,
    Iso8601,
    Mapping,
    Nothing,
    Plain,
    Same,
    Table,
    Template,
    Values,
    Variable,
)
from translator.paths import EACH, FREE, KEY, VALUE, Path, show_path
from translator.shapes import (
    ListOf,
    Object,
    Opaque,
    Scalar,
    Shape,
    Union,
    accepts,
    distinct,
    shape_at,
)
from translator.times import is_rfc3339


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a mapping: its format, and the shapes its events can have."""

    format: str
    shapes: tuple[Object, ...]

    @classmethod
    def of(cls, name: str, shape: Object | Union) -> Side:
        """The side of the format `name`, whose events have `shape`."""
        variants = tuple(shape.variants.values()) if isinstance(shape, Union) else (shape,)
        return cls(name, variants)

    def at(self, path: Path) -> list[Shape]:
        """The shapes that the member at `path` has, in the variants that have it."""
        found = (shape_at(shape, path) for shape in self.shapes)
        return [shape for shape in found if shape is not None]

    def breaks_at(self, path: Path) -> int | None:
        """How much of a path there is in a variant whose member there is of another kind."""
        for shape in self.shapes:
            for length, segment in enumerate(path):
                found = shape_at(shape, path[:length]) if length else shape
                if found is None:
                    break
                wanted = ListOf if segment == EACH else Object
                if not isinstance(found, wanted | Opaque) and segment not in (KEY, VALUE):
                    return length
        return None

    def names(self, above: Path) -> set[str]:
        """The members of the objects at `above`."""
        found: set[str] = set()
        for shape in self.at(above) if above else self.shapes:
            if isinstance(shape, Object):
                found |= set(shape.members)
        return found


def faults(mapping: Mapping, left: Object | Union, right: Object | Union) -> list[Diagnostic]:
    """What is wrong with a mapping, given the shapes of its two formats' events."""
    sides = (Side.of(mapping.left, left), Side.of(mapping.right, right))
    every = chain(
        _members(mapping, sides),
        _values(mapping, sides),
        _params(mapping),
        _rules(mapping, sides),
        _twice(mapping, sides),
        _waiting(mapping),
        _slot(mapping, sides),
    )
    found = list(islice(every, MAX_DIAGNOSTICS))
    return sorted(found, key=lambda one: (one.location.line, one.location.column, one.code))


# --- names ----------------------------------------------------------------------------------------


def named(mapping: Mapping) -> Iterator[tuple[bool, Path, Location]]:
    """Each path that a mapping names: whether it is on the left, and where it is named."""
    for rule in mapping.all_fields():
        for path in rule.left:
            yield True, path, rule.location
        for path in rule.right:
            yield False, path, rule.location
        for also in rule.also:
            yield False, also.path, also.location
        for one in rule.alternatives:
            yield False, one.path, one.location
            if one.unless is not None:
                yield True, one.unless, one.location
    for table in mapping.tables:
        for pair in table.pairs:
            for path, _ in pair.left:
                yield True, path, pair.location
            for path, _ in pair.right:
                yield False, path, pair.location
        for refusal in table.refusals:
            for path, _ in refusal.record:
                yield refusal.of_left, path, refusal.location
    for case in mapping.cases:
        for path, _ in case.when:
            yield True, path, case.location
        for one_path in (case.present, case.each):
            if one_path is not None:
                yield False, one_path, case.location
    for param in mapping.params:
        if param.fills is not None:
            yield param.to_left, param.fills, param.location
    for constant in mapping.constants:
        yield constant.on_left, constant.path, constant.location
    if mapping.carries is not None:
        yield True, mapping.carries.slot, mapping.carries.location
        yield False, mapping.carries.carried, mapping.carries.location


def _members(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for on_left, path, location in named(mapping):
        side = sides[0] if on_left else sides[1]
        broken = side.breaks_at(path)
        if side.at(path) and broken is None:
            continue
        length = next((n for n in range(1, len(path) + 1) if not side.at(path[:n])), 0)
        length = length or (broken or 0) + 1
        name, above = path[length - 1], path[: length - 1]
        if name in (EACH, FREE, KEY, VALUE):
            what = "a list" if name == EACH else "an object with free keys"
            always = "always " if side.at(path) else ""
            message = f"{show_path(above)} of {side.format} is not {always}{what}"
            hint = f"leave {'[]' if name == EACH else 'the braces'} out, or correct the path"
            yield Diagnostic("unknown-member", location, message, hint)
            continue
        if side.at(path):
            message = f"{show_path(above)} of {side.format} is not always an object"
            hint = "name a member that it has in every variant"
            yield Diagnostic("unknown-member", location, message, hint)
            continue
        inside = f"in {show_path(above)} of {side.format}" if above else f"in {side.format}"
        message = f"there is no member {name!r} {inside}"
        hint = did_you_mean(name, side.names(above)) or f"{show_path(above)} has no members"
        yield Diagnostic("unknown-member", location, message, hint)


def enum(shapes: list[Shape]) -> tuple[Plain, ...] | None:
    """All the values that a member can have, if they are listed in each variant that has it."""
    scalars = [shape for shape in shapes if isinstance(shape, Scalar) and shape.enum is not None]
    return distinct(scalars) if scalars and len(scalars) == len(shapes) else None


def cells(mapping: Mapping) -> Iterator[tuple[bool, Path, Cell, Location]]:
    """Each cell of a table or value map, with the member it is about."""
    for table in mapping.tables:
        yield from _table_cells(table, (), ())
    for rule in mapping.all_fields():
        if isinstance(rule.codec, Values):
            yield from _table_cells(rule.codec.table, rule.left[0], rule.right[0])
        for also in rule.also:
            if isinstance(also.codec, Values):
                yield from _table_cells(also.codec.table, rule.left[0], also.path)
        for one in rule.alternatives:
            if isinstance(one.codec, Values):
                yield from _table_cells(one.codec.table, rule.left[0], one.path)
    for case in mapping.cases:
        for path, cell in case.when:
            yield True, path, cell, case.location


def _table_cells(
    table: Table, left: Path, right: Path
) -> Iterator[tuple[bool, Path, Cell, Location]]:
    for pair in table.pairs:
        for path, cell in pair.left:
            yield True, path or left, cell, pair.location
        for path, cell in pair.right:
            yield False, path or right, cell, pair.location
    for refusal in table.refusals:
        for path, cell in refusal.record:
            yield (
                refusal.of_left,
                path or (left if refusal.of_left else right),
                cell,
                (refusal.location),
            )


def _values(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for on_left, path, cell, location in cells(mapping):
        side = sides[0] if on_left else sides[1]
        shapes = side.at(path)
        if isinstance(cell, Variable) or not shapes:
            continue
        for value in cell:
            if value is not None:
                yield from _value(side, path, value, location)
    for constant in mapping.constants:
        side = sides[0] if constant.on_left else sides[1]
        yield from _value(side, constant.path, constant.value, constant.location)
    for rule in mapping.all_fields():
        if not isinstance(rule.default, Nothing):
            yield from _value(sides[1], rule.right[0], rule.default, rule.location)


def _value(side: Side, path: Path, value: Plain, location: Location) -> Iterator[Diagnostic]:
    """A finding if no variant of a side can have `value` at `path`."""
    shapes = side.at(path)
    if not shapes or any(not isinstance(one, Scalar) or _takes(one, value) for one in shapes):
        return
    known = [str(one) for one in enum(shapes) or ()]
    hint = did_you_mean(str(value), known) or "write a value that the spec allows there"
    message = f"{value!r} is no value of {show_path(path)} of {side.format}"
    yield Diagnostic("unknown-value", location, message, hint)


def _takes(shape: Scalar, value: Plain) -> bool:
    dated = shape.format == "date-time" and isinstance(value, str)
    return accepts(replace(shape, format=""), value) and (not dated or is_rfc3339(str(value)))


def _params(mapping: Mapping) -> Iterator[Diagnostic]:
    declared = {param.name: param for param in mapping.params}
    used: set[str] = {param.name for param in mapping.params if param.fills is not None}
    for rule in mapping.all_fields():
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


def _rules(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    groups = [(case.fields, case.each) for case in mapping.cases]
    each = mapping.cases[0].each if len(mapping.cases) == 1 else None
    groups.append((mapping.fields, each))
    for rules, one_each in groups:
        for rule in rules:
            yield from _lists(rule, one_each, sides)
            yield from _types(rule, sides)


def _lists(rule: Field, each: Path | None, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    """Each list on one side of a rule needs one on the other, but for the one per event."""
    if each is not None and not sides[1].at(each):
        return
    ends = [*rule.right, *(also.path for also in rule.also)]
    ends += [one.path for one in rule.alternatives]
    for left, right in itertools.product(rule.left, ends):
        if sides[0].at(left) and sides[1].at(right):
            levels = sum(1 for segment in right if segment in (EACH, FREE))
            if each is not None and right[: len(each) + 1] == (*each, EACH):
                levels -= 1
            if sum(1 for segment in left if segment in (EACH, FREE)) != levels:
                message = (
                    f"{show_path(left)} and {show_path(right)} do not go through as many lists"
                )
                hint = "write [] behind each list, or 'each' for a list with one event per element"
                yield Diagnostic("lists-differ", rule.location, message, hint)


def _types(rule: Field, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    if not isinstance(rule.codec, Same):
        return
    pairs = [(left, right) for left in rule.left for right in rule.right]
    pairs += [(rule.left[0], one.path) for one in rule.also if isinstance(one.codec, Same)]
    for left, right in pairs:
        kinds = [
            {kind for shape in side.at(path) for kind in _kinds(shape)}
            for side, path in zip(sides, (left, right), strict=True)
        ]
        if all(kinds) and not kinds[0] & kinds[1]:
            message = (
                f"{show_path(left)} is {' or '.join(sorted(kinds[0]))}, "
                f"{show_path(right)} is {' or '.join(sorted(kinds[1]))}"
            )
            yield Diagnostic("types-differ", rule.location, message, "a codec ('as') can convert")


def _kinds(shape: Shape) -> set[str]:
    match shape:
        case Scalar(types=types):
            return {"number" if kind == "integer" else kind for kind in types}
        case ListOf():
            return {"list"}
        case Object() | Union():
            return {"object"}
    return {"string", "number", "boolean", "list", "object"}


def _twice(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    for case in mapping.cases:
        rules = case.fields + mapping.fields
        for on_left in (True, False):
            seen: dict[Path, Location] = {}
            for rule in rules:
                if rule.only not in (None, "left" if on_left else "right"):
                    continue
                for path in _written(rule, on_left=on_left):
                    if path in seen and sides[0 if on_left else 1].at(path):
                        message = (
                            f"{show_path(path)} is written by this rule and by line "
                            f"{seen[path].line}"
                        )
                        hint = "'also' and 'or' give one member several sources"
                        yield Diagnostic("written-twice", rule.location, message, hint)
                    seen[path] = rule.location


def _waiting(mapping: Mapping) -> Iterator[Diagnostic]:
    """A finding for each alternative that waits, through others or at once, for its own member."""
    waits: dict[Path, set[Path]] = {}
    for rule in mapping.all_fields():
        named = {one.unless for one in rule.alternatives if one.unless is not None}
        waits.setdefault(rule.left[0], set()).update(named)
    for rule in mapping.all_fields():
        for one in rule.alternatives:
            reached = {one.unless} if one.unless is not None else set()
            while (more := {to for at in reached for to in waits.get(at, ())}) - reached:
                reached |= more
            if rule.left[0] in reached:
                message = f"whether {show_path(rule.left[0])} is absent depends on itself"
                hint = "'unless' names another member, which does not wait for this one"
                yield Diagnostic("waits-for-itself", one.location, message, hint)


def _slot(mapping: Mapping, sides: tuple[Side, Side]) -> Iterator[Diagnostic]:
    """A finding if the slot for carried values has no room for names of any kind."""
    if mapping.carries is not None:
        slot = mapping.carries.slot
        having = [one for one in sides[0].shapes if shape_at(one, slot[:1]) is not None]
        slots = [shape_at(one, slot) for one in having]
        there = any(one is not None for one in slots)  # otherwise it is an unknown member
        if there and not all(isinstance(one, Object) and one.free is not None for one in slots):
            message = f"{show_path(slot)} of {mapping.left} is no object with free keys"
            hint = "'in' names the member that takes any key"
            yield Diagnostic("mapping-carries", mapping.carries.location, message, hint)


def _written(rule: Field, *, on_left: bool) -> Iterator[Path]:
    if on_left:
        yield from rule.left if isinstance(rule.codec, Template) else rule.left[:1]
    else:
        yield rule.right[0]
        yield from (also.path for also in rule.also)

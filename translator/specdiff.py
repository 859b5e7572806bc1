"""What differs between two specs of one format: members, values, and what holds for them.

Compared are the shapes of the events, so that documents which say the same in other words (another
order, another description, a reference followed or not) do not differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from translator.nodes import Plain
from translator.openapi import MAPS, Schema
from translator.paths import EACH, FREE, VALUE, Path
from translator.shapes import (
    ListOf,
    Member,
    Object,
    Opaque,
    Scalar,
    Shape,
    Union,
    event_shape,
    meaning,
    shape_at,
)
from translator.spec import Spec

KINDS: dict[str, str] = {
    "added": "a member is new",
    "removed": "a member is gone",
    "type": "a value is of another type, or may be null now or no longer",
    "format": "a text has another format",
    "bound": "a length, number or count has another bound",
    "constraint": "another keyword of the schema says something else",
    "value-added": "an enum has a new value",
    "value-removed": "a value of an enum is gone",
    "values-closed": "only the values of an enum are allowed now",
    "values-opened": "the values are no longer listed",
    "required": "a member is required now",
    "optional": "a member is no longer required",
    "closed": "an object no longer allows unknown members",
    "opened": "an object allows unknown members now",
    "variant-added": "there is a new kind of event",
    "variant-removed": "a kind of event is gone",
}
"""What can happen to a place of the events, with what it means."""

Side = Literal["both", "read", "written"]

_BOUNDS = frozenset((
    "exclusiveMaximum", "exclusiveMinimum", "maxContains", "maxItems", "maxLength",
    "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties",
    "minimum", "multipleOf",
))  # fmt: skip
_TOLD = frozenset(("type", "enum", "const", "format"))
_OF_LISTS = frozenset(("type", "items"))
_OF_OBJECTS = frozenset(("type", "properties", "required", "additionalProperties"))


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its `kind` (of `KINDS`) and the `path` it is at, `()` for the event itself.

    `old` and `new` say what was and what is: JSON for a value or what a `keyword` says, words for
    a type. `variants` are the kinds of events it concerns, where it does not concern all that have
    the place. `side` tells a change of only the events read, or only those written (`x-written`).
    """

    kind: str
    path: Path
    old: str = ""
    new: str = ""
    keyword: str = ""
    variants: tuple[Plain, ...] = ()
    side: Side = "both"


def changes(old: Spec, new: Spec) -> tuple[Change, ...]:
    """What differs in the events, in the order of the specs. Raises `SpecError`."""
    read, written = (
        dict.fromkeys(
            _differ(event_shape(old, writing=writing), event_shape(new, writing=writing), ())
        )
        for writing in (False, True)
    )
    found = [one if one in written else replace(one, side="read") for one in read]
    return (*found, *(replace(one, side="written") for one in written if one not in read))


def _differ(old: Shape, new: Shape, path: Path) -> Iterator[Change]:
    if not isinstance(old, Union) and not isinstance(new, Union) and old.schema == new.schema:
        return
    match old, new:
        case Object(), Object():
            yield from _objects(old, new, path)
        case ListOf(), ListOf():
            yield from _retyped(old, new, path)
            yield from _keywords(old.schema, new.schema, path, _OF_LISTS)
            yield from _differ(old.items, new.items, (*path, EACH))
        case Union(), Union() if old.discriminator == new.discriminator:
            yield from _unions(old, new, path)
        case ((Scalar() | Opaque()), (Scalar() | Opaque())):
            yield from _values(old.schema, new.schema, path)
            yield from _keywords(old.schema, new.schema, path, _TOLD)
        case _:
            yield Change("type", path, type_of(old), type_of(new))
            yield from _inside("removed", old, path)
            yield from _inside("added", new, path)


# --- scalars --------------------------------------------------------------------------------------


def _values(old: Schema, new: Schema, path: Path) -> Iterator[Change]:
    types = _types(old), _types(new)
    if types[0] != types[1]:
        yield Change("type", path, *types)
    formats = old.get("format", ""), new.get("format", "")
    if formats[0] != formats[1]:
        yield Change("format", path, *formats)
    listed = _listed(old), _listed(new)
    if listed[0] is not None and listed[1] is not None:
        for value in listed[0]:
            if value not in listed[1]:
                yield Change("value-removed", path, old=value)
        for value in listed[1]:
            if value not in listed[0]:
                yield Change("value-added", path, new=value)
    elif listed[1] is not None:
        yield Change("values-closed", path, new=", ".join(listed[1]))
    elif listed[0] is not None:
        yield Change("values-opened", path, old=", ".join(listed[0]))


def _types(schema: Schema) -> str:
    types = schema.get("type", ())
    names = {types} if isinstance(types, str) else set(types)
    listed = [*sorted(names - {"null"}), *(["null"] if "null" in names else [])]
    return " or ".join(listed) or "any value"


def _listed(schema: Schema) -> list[str] | None:
    if "const" in schema:
        return [_json(schema["const"])]
    return [_json(one) for one in schema["enum"]] if "enum" in schema else None


def _keywords(old: Any, new: Any, path: Path, but: frozenset[str]) -> Iterator[Change]:
    """The keywords, apart from those in `but`, that say something else."""
    before, after = (meaning(one) if isinstance(one, dict) else {} for one in (old, new))
    for keyword in dict.fromkeys([*before, *after]):
        said = [_json(stripped(one[keyword])) if keyword in one else "" for one in (before, after)]
        if keyword not in but and said[0] != said[1]:
            kind = "bound" if keyword in _BOUNDS else "constraint"
            yield Change(kind, path, said[0], said[1], keyword)


def stripped(value: Any, *, named: bool = False) -> Any:
    """What a keyword says, without the descriptions of the schemas in it; `named` holds schemas."""
    if isinstance(value, list):
        return [stripped(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = value if named else meaning(value)
    return {key: stripped(one, named=not named and key in MAPS) for key, one in kept.items()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


# --- objects --------------------------------------------------------------------------------------


def _objects(old: Object, new: Object, path: Path) -> Iterator[Change]:
    yield from _retyped(old, new, path)
    yield from _others(old, new, path)
    yield from _keywords(old.schema, new.schema, path, _OF_OBJECTS)
    for name, was in old.members.items():
        at = (*path, name)
        now = new.members.get(name)
        if now is None:
            yield from _whole("removed", was, at)
            continue
        if was.required != now.required:
            yield Change("required" if now.required else "optional", at)
        yield from _differ(was.shape, now.shape, at)
    for name, now in new.members.items():
        if name not in old.members:
            yield from _whole("added", now, (*path, name))


def _retyped(old: Object | ListOf, new: Object | ListOf, path: Path) -> Iterator[Change]:
    if old.nullable != new.nullable:
        yield Change("type", path, type_of(old), type_of(new))


def _others(old: Object, new: Object, path: Path) -> Iterator[Change]:
    """What is said of members that are not named."""
    if old.free is not None and new.free is not None:
        yield from _differ(old.free, new.free, (*path, FREE, VALUE))
    elif old.free is None and new.free is None:
        if old.closed != new.closed:
            yield Change("closed" if new.closed else "opened", path)
    else:
        keyword = "additionalProperties"
        said = [_json(stripped(one.schema.get(keyword, True))) for one in (old, new)]
        yield Change("constraint", path, said[0], said[1], keyword)


def _whole(kind: str, member: Member, path: Path) -> Iterator[Change]:
    """A member that came or went, and those inside it."""
    text = f"{type_of(member.shape)}, {'required' if member.required else 'optional'}"
    yield Change(kind, path, *((text, "") if kind == "removed" else ("", text)))
    yield from _inside(kind, member.shape, path)


def _inside(kind: str, shape: Shape, path: Path) -> Iterator[Change]:
    match shape:
        case Object(members=members):
            for name, one in members.items():
                yield from _whole(kind, one, (*path, name))
        case ListOf(items=items):
            yield from _inside(kind, items, (*path, EACH))
        case Union(variants=variants):
            each = (one for variant in variants.values() for one in _inside(kind, variant, path))
            yield from dict.fromkeys(each)


# --- variants -------------------------------------------------------------------------------------


def _unions(old: Union, new: Union, path: Path) -> Iterator[Change]:
    at = (*path, old.discriminator)
    for value in old.variants:
        if value not in new.variants:
            yield Change("variant-removed", at, old=_json(value))
    for value in new.variants:
        if value not in old.variants:
            yield Change("variant-added", at, new=_json(value))
    common = [value for value in old.variants if value in new.variants]
    found: dict[Change, list[Plain]] = {}
    for value in common:
        pair = [_untold(one.variants[value], one.discriminator) for one in (old, new)]
        for change in _differ(pair[0], pair[1], path):
            found.setdefault(change, []).append(value)
    for change, values in found.items():
        places = (old, new)
        having = [v for v in common if any(_has(one, v, change.path, path) for one in places)]
        yield change if values == having else replace(change, variants=tuple(values))
    yield from _only("removed", old, new, path, found)
    yield from _only("added", new, old, path, found)


def _untold(variant: Object, discriminator: str) -> Object:
    """A variant without the member that tells it apart: its values are the variants."""
    members = {name: one for name, one in variant.members.items() if name != discriminator}
    return replace(variant, members=members)


def _has(union: Union, value: Plain, place: Path, above: Path) -> bool:
    return shape_at(union.variants[value], place[len(above) :]) is not None


def _only(
    kind: str, of: Union, other: Union, path: Path, known: Iterable[Change]
) -> Iterator[Change]:
    """The members that only variants have which the other side has not at all."""
    found = dict.fromkeys(
        change
        for value, variant in of.variants.items()
        if value not in other.variants
        for change in _inside(kind, variant, path)
    )
    for change in found:
        if change not in known and not any(
            _has(other, value, change.path, path) for value in other.variants
        ):
            yield change


# --- words ----------------------------------------------------------------------------------------


def type_of(shape: Shape) -> str:
    """The type of a shape in a few words: `string or null (minLength 1)`, `list of integer`."""
    match shape:
        case Scalar() | Opaque():
            return _scalar_type(shape.schema)
        case Union():
            return f"object of {len(shape.variants)} kinds, told by {shape.discriminator}"
        case ListOf(items=items):
            text = f"list of {type_of(items)}"
        case Object(free=None):
            text = "object"
        case Object(free=free):
            assert free is not None
            text = f"object, each member {type_of(free)}"
        case _:
            assert_never(shape)
    return f"{text} or null" if shape.nullable else text


def _scalar_type(schema: Schema) -> str:
    listed = _listed(schema)
    said = [f"format {schema['format']}"] if "format" in schema else []
    said += [f"one of {', '.join(listed)}"] if listed is not None else []
    said += [f"{key} {_json(value)}" for key, value in schema.items() if key in _BOUNDS]
    said += ["…"] if any(key not in _BOUNDS | _TOLD for key in meaning(schema)) else []
    return f"{_types(schema)} ({', '.join(said)})" if said else _types(schema)

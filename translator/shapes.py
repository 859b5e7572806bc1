"""Shapes: what the checker and the emitter know about a value, read from a spec's schemas.

A shape is what a schema says, with references resolved and keywords sorted by the type of value
they speak about. A schema that says more than the shapes can hold becomes `Opaque`: it is
compared as it stands, and where it has to be guaranteed, a validator does it at run time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from translator.diagnostics import Diagnostic, Location, did_you_mean
from translator.errors import SpecError
from translator.keywords import TYPES
from translator.nodes import Plain
from translator.paths import EACH, FREE, KEY, VALUE, Path
from translator.spec import Spec, resolve, written

Schema = dict[str, Any]

SCALARS = frozenset({"string", "integer", "number", "boolean"})

_ANNOTATIONS = frozenset(
    {"description", "title", "examples", "example", "default", "deprecated", "$comment",
     "readOnly", "writeOnly", "externalDocs"}
)  # fmt: skip
_BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "format": "format",
}
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, number or boolean. `types` are JSON types; `enum` lists all values if it is set.

    Bounds speak about values of their own type only. `schema` is what it was read from.
    """

    types: frozenset[str]
    nullable: bool = False
    enum: tuple[Plain, ...] | None = None
    min_length: int = 0
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    format: str = ""
    schema: Schema = field(default_factory=dict, compare=False, repr=False)
    listed: frozenset[tuple[bool, Plain]] = field(
        default=frozenset(), init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        keys = frozenset((isinstance(value, bool), value) for value in self.enum or ())
        object.__setattr__(self, "listed", keys)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; `exact` is false where the schema says more of the list than its items' shape."""

    items: Shape
    nullable: bool = False
    exact: bool = True
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object."""

    shape: Shape
    required: bool


@dataclass(frozen=True, slots=True)
class Object:
    """An object: `members` by name; `free` is the shape of others where names are free.

    `closed` objects allow no other members. `exact` is false where the schema says more.
    """

    members: Mapping[str, Member]
    free: Shape | None = None
    closed: bool = False
    key_pattern: str = ""
    nullable: bool = False
    exact: bool = True
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Union:
    """Objects told apart by the value of one member: `variants` by that value."""

    discriminator: str
    variants: Mapping[Plain, Object]
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of which only its schema is known: `text` is that schema, canonical."""

    text: str
    nullable: bool = False
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


Shape = Scalar | ListOf | Object | Union | Opaque


@lru_cache(maxsize=256)
def event_shape(spec: Spec, *, writing: bool) -> Object | Union:
    """The shape of a spec's events: those it accepts, or the narrower ones to be written."""
    document = written(spec.document) if writing else spec.document
    shape = _Reading(document, spec.file).shape(resolve(document, document["x-event"]))
    if not isinstance(shape, Object | Union):
        place = Location(spec.file, pointer=spec.event_pointer.lstrip("#"))
        hint = "x-event names the schema of an object, or of a oneOf with a discriminator"
        message = "the event schema is not of an object"
        raise SpecError([Diagnostic("spec-event", place, message, hint)])
    return shape


def shape_of(document: Schema, schema: Any) -> Shape:
    """The shape of `schema`, whose references point into `document`."""
    return _Reading(document).shape(schema)


@dataclass(slots=True)
class _Reading:
    """One reading of a document. What a reference leads to is read once."""

    document: Schema
    file: str = ""
    shapes: dict[str, Shape] = field(default_factory=dict)
    whole: dict[str, Any] = field(default_factory=dict)

    def shape(self, schema: Any, depth: int = 0) -> Shape:
        if depth > _MAX_DEPTH:
            return Opaque("recursive", schema=self.inlined(schema))
        if not isinstance(schema, dict):
            schema = {} if schema else {"not": {}}
        if "$ref" in schema and len(meaning(schema)) == 1:
            ref = schema["$ref"]
            if ref not in self.shapes:
                self.shapes[ref] = self.shape(resolve(self.document, ref), depth + 1)
            return self.shapes[ref]
        if "oneOf" in schema and "discriminator" in schema:
            return self.union(schema, depth)
        types = schema.get("type", ())
        types = {types} if isinstance(types, str) else set(types)
        nullable = "null" in types
        types -= {"null"}
        if unknown := types - TYPES:
            message, hint = f"{min(unknown)!r} is no type", did_you_mean(min(unknown), TYPES)
            raise SpecError([Diagnostic("spec-schema", Location(self.file), message, hint)])
        said = set(meaning(schema)) - {"type"}
        if types and types <= SCALARS and said <= {*_BOUNDS, "enum", "const"}:
            return _scalar(schema, frozenset(types), nullable)
        inlined = self.inlined(schema)
        if types == {"array"}:
            items = self.shape(schema.get("items", {}), depth + 1)
            return ListOf(items, nullable, said <= {"items"}, inlined)
        if types == {"object"}:
            return self.object(schema, nullable, depth, inlined)
        text = json.dumps(meaning(inlined), sort_keys=True)
        return Opaque(text, nullable or not types, inlined)

    def inlined(self, schema: Any, depth: int = 0) -> Any:
        """The schema with what its references lead to in their place."""
        if depth > _MAX_DEPTH:
            return {}
        if isinstance(schema, dict):
            ref = schema.get("$ref")
            if isinstance(ref, str):
                if ref not in self.whole:
                    self.whole[ref] = self.inlined(resolve(self.document, ref), depth + 1)
                beside = {key: value for key, value in schema.items() if key != "$ref"}
                if not meaning(beside):
                    return self.whole[ref]
                return {"allOf": [self.whole[ref], self.inlined(beside, depth + 1)]}
            return {key: self.inlined(value, depth + 1) for key, value in schema.items()}
        if isinstance(schema, list):
            return [self.inlined(item, depth + 1) for item in schema]
        return schema

    def object(self, schema: Schema, nullable: bool, depth: int, inlined: Schema) -> Object:
        required = set(schema.get("required", ()))
        members = {
            name: Member(self.shape(value, depth + 1), name in required)
            for name, value in schema.get("properties", {}).items()
        }
        others = schema.get("additionalProperties", True)
        names = schema.get("propertyNames", {})
        said = set(meaning(schema)) - {"type", "properties", "required", "additionalProperties"}
        if not isinstance(names, dict):
            names = {} if names else {"not": {}}
        exact = said <= {"propertyNames"} and set(names) <= {"pattern"}
        return Object(
            members,
            self.shape(others, depth + 1) if isinstance(others, dict) else None,
            others is False,
            str(names.get("pattern", "")),
            nullable,
            exact and required <= set(members),
            inlined,
        )

    def union(self, schema: Schema, depth: int) -> Union:
        discriminator = schema["discriminator"]
        name = discriminator["propertyName"]
        inlined = self.inlined(schema)
        more = set(meaning(schema)) - {"oneOf", "discriminator", "type"}
        variants: dict[Plain, Object] = {}
        for value, reference in discriminator["mapping"].items():
            variant = self.shape({"$ref": reference}, depth)
            members = dict(variant.members) if isinstance(variant, Object) else {}
            decided = members[name].shape if name in members else None
            if not isinstance(variant, Object) or not isinstance(decided, Scalar):
                message = f"{reference!r} is no object that {name!r} tells apart"
                raise SpecError([Diagnostic("spec-event", Location(self.file), message)])
            if more:
                variant = replace(variant, exact=False, schema={"allOf": [variant.schema, inlined]})
            members[name] = Member(replace(decided, enum=(value,)), True)
            variants[value] = replace(variant, members=members)
        return Union(name, variants, inlined)


def meaning(schema: Schema) -> dict[str, Any]:
    """What a schema says, without what is for readers."""
    return {
        key: value
        for key, value in schema.items()
        if key not in _ANNOTATIONS and not key.startswith("x-")
    }


def _scalar(schema: Schema, types: frozenset[str], nullable: bool) -> Scalar:
    enum = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if enum is not None:
        nullable = nullable and None in enum
        enum = tuple(value for value in enum if isinstance(value, str | int | float))
    bounds = {name: schema[key] for key, name in _BOUNDS.items() if key in schema}
    return Scalar(types, nullable, enum, schema=meaning(schema), **bounds)


def member(shape: Shape, name: str) -> Member | None:
    """The member `name` of an object's shape, known or free; None if it can have none."""
    if not isinstance(shape, Object):
        return None
    if name in shape.members:
        return shape.members[name]
    return Member(shape.free, False) if shape.free is not None else None


def shape_at(shape: Shape, path: Path) -> Shape | None:
    """The shape at a path of the target; None if the target has no such place."""
    for segment in path:
        if segment == EACH:
            if not isinstance(shape, ListOf):
                return None
            shape = shape.items
        elif segment == FREE:
            continue
        elif segment == KEY:
            return key_shape(shape)
        elif segment == VALUE:
            if not isinstance(shape, Object) or shape.free is None:
                return None
            shape = shape.free
        else:
            found = member(shape, segment)
            if found is None:
                return None
            shape = found.shape
    return shape


def key_shape(shape: Shape) -> Shape:
    """The shape of the keys of an object with free keys."""
    if isinstance(shape, Object) and shape.key_pattern:
        schema = {"type": "string", "pattern": shape.key_pattern}
        return Opaque(json.dumps(schema, sort_keys=True), schema=schema)
    return Scalar(frozenset({"string"}))


def accepts(shape: Scalar, value: Plain) -> bool:
    """Whether a value written down in a mapping or an enum is one of `shape`; formats apart."""
    if value is None:
        return shape.nullable
    kind = json_type(value)
    if kind not in shape.types and not (kind == "integer" and "number" in shape.types):
        return False
    if shape.enum is not None:
        return (isinstance(value, bool), value) in shape.listed
    if isinstance(value, str):
        long = shape.max_length is not None and len(value) > shape.max_length
        return not shape.format and len(value) >= shape.min_length and not long
    if isinstance(value, bool):
        return True
    return (
        (shape.minimum is None or value >= shape.minimum)
        and (shape.maximum is None or value <= shape.maximum)
        and (shape.above is None or value > shape.above)
        and (shape.below is None or value < shape.below)
    )


def json_type(value: Plain) -> str:
    """The JSON type of a scalar; a number with an integral value is an integer."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "integer" if isinstance(value, int) or value.is_integer() else "number"


def distinct(shapes: Iterable[Scalar]) -> tuple[Plain, ...]:
    """The values that the enums of `shapes` list, each once, in their order."""
    values = (value for shape in shapes for value in shape.enum or ())
    return tuple({(isinstance(value, bool), value): value for value in values}.values())


def same(one: Plain, other: Plain) -> bool:
    """Equality as JSON has it: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)

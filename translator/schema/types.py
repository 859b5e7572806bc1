"""Shapes: what the checker and the emitter know about a value, read from a spec's schemas.

A shape is what a schema says, with references resolved and keywords sorted by the type of value
they speak about. A schema that says more than the shapes can hold becomes `Opaque`: it is
compared as it stands, and where it has to be guaranteed, a validator does it at run time.

Whether every value of one shape is proved to be one of another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from translator.errors import Diagnostic, Location, SpecError, suggest
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.openapi import TYPES, resolve
from translator.schema.spec import Spec, output_document

ScalarValue = str | int | float | bool | None
"""A value that a mapping writes down."""

Schema = dict[str, Any]

SCALAR_TYPES = frozenset({"string", "integer", "number", "boolean"})

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
    enum: tuple[ScalarValue, ...] | None = None
    min_length: int = 0
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    format: str = ""
    schema: Schema = field(default_factory=dict, compare=False, repr=False)
    enum_keys: frozenset[tuple[bool, ScalarValue]] = field(
        default=frozenset(), init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        keys = frozenset((isinstance(value, bool), value) for value in self.enum or ())
        object.__setattr__(self, "enum_keys", keys)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; `exact` is false where the schema says more of the list than its items' shape."""

    items: SchemaType
    nullable: bool = False
    exact: bool = True
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ObjectField:
    """One member of an object."""

    type: SchemaType
    required: bool


@dataclass(frozen=True, slots=True)
class Object:
    """An object: `members` by name; `free` is the shape of others where names are free.

    `closed` objects allow no other members. `exact` is false where the schema says more.
    """

    fields: Mapping[str, ObjectField]
    additional: SchemaType | None = None
    closed: bool = False
    key_pattern: str = ""
    nullable: bool = False
    exact: bool = True
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Union:
    """Objects told apart by the value of one member: `variants` by that value."""

    discriminator: str
    variants: Mapping[ScalarValue, Object]
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RawSchema:
    """A value of which only its schema is known: `text` is that schema, canonical."""

    canonical: str
    nullable: bool = False
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


SchemaType = Scalar | ListOf | Object | Union | RawSchema


@lru_cache(maxsize=256)
def event_type(spec: Spec, *, for_output: bool) -> Object | Union:
    """The shape of a spec's events: those it accepts, or the narrower ones to be written."""
    document = output_document(spec.document) if for_output else spec.document
    schema_type = _SchemaReader(document, spec.file).read(resolve(document, document["x-event"]))
    if not isinstance(schema_type, Object | Union):
        location = Location(spec.file, pointer=spec.event_pointer.lstrip("#"))
        hint = "x-event names the schema of an object, or of a oneOf with a discriminator"
        message = "the event schema is not of an object"
        raise SpecError([Diagnostic("spec-event", location, message, hint)])
    return schema_type


def type_of_schema(document: Schema, schema: Any) -> SchemaType:
    """The shape of `schema`, whose references point into `document`."""
    return _SchemaReader(document).read(schema)


@dataclass(slots=True)
class _SchemaReader:
    """One reading of a document. What a reference leads to is read once."""

    document: Schema
    file: str = ""
    types_by_ref: dict[str, SchemaType] = field(default_factory=dict)
    inlined_by_ref: dict[str, Any] = field(default_factory=dict)

    def read(self, schema: Any, depth: int = 0) -> SchemaType:
        if depth > _MAX_DEPTH:
            return RawSchema("recursive", schema=self.inline(schema))
        if not isinstance(schema, dict):
            schema = {} if schema else {"not": {}}
        if "$ref" in schema and len(without_annotations(schema)) == 1:
            ref = schema["$ref"]
            if ref not in self.types_by_ref:
                self.types_by_ref[ref] = self.read(resolve(self.document, ref), depth + 1)
            return self.types_by_ref[ref]
        if "oneOf" in schema and "discriminator" in schema:
            return self.read_union(schema, depth)
        types = schema.get("type", ())
        types = {types} if isinstance(types, str) else set(types)
        nullable = "null" in types
        types -= {"null"}
        if unknown := types - TYPES:
            message, hint = f"{min(unknown)!r} is no type", suggest(min(unknown), TYPES)
            raise SpecError([Diagnostic("spec-schema", Location(self.file), message, hint)])
        keywords = set(without_annotations(schema)) - {"type"}
        if types and types <= SCALAR_TYPES and keywords <= {*_BOUNDS, "enum", "const"}:
            return _read_scalar(schema, frozenset(types), nullable)
        inlined = self.inline(schema)
        if types == {"array"}:
            items = self.read(schema.get("items", {}), depth + 1)
            return ListOf(items, nullable, keywords <= {"items"}, inlined)
        if types == {"object"}:
            return self.read_object(schema, nullable, depth, inlined)
        canonical = json.dumps(without_annotations(inlined), sort_keys=True)
        return RawSchema(canonical, nullable or not types, inlined)

    def inline(self, schema: Any, depth: int = 0) -> Any:
        """The schema with what its references lead to in their place."""
        if depth > _MAX_DEPTH:
            return {}
        if isinstance(schema, dict):
            ref = schema.get("$ref")
            if isinstance(ref, str):
                if ref not in self.inlined_by_ref:
                    self.inlined_by_ref[ref] = self.inline(resolve(self.document, ref), depth + 1)
                siblings = {key: value for key, value in schema.items() if key != "$ref"}
                if not without_annotations(siblings):
                    return self.inlined_by_ref[ref]
                return {"allOf": [self.inlined_by_ref[ref], self.inline(siblings, depth + 1)]}
            return {key: self.inline(value, depth + 1) for key, value in schema.items()}
        if isinstance(schema, list):
            return [self.inline(item, depth + 1) for item in schema]
        return schema

    def read_object(self, schema: Schema, nullable: bool, depth: int, inlined: Schema) -> Object:
        required = set(schema.get("required", ()))
        fields = {
            name: ObjectField(self.read(value, depth + 1), name in required)
            for name, value in schema.get("properties", {}).items()
        }
        additional = schema.get("additionalProperties", True)
        property_names = schema.get("propertyNames", {})
        keywords = set(without_annotations(schema)) - {
            "type",
            "properties",
            "required",
            "additionalProperties",
        }
        if not isinstance(property_names, dict):
            property_names = {} if property_names else {"not": {}}
        exact = keywords <= {"propertyNames"} and set(property_names) <= {"pattern"}
        return Object(
            fields,
            self.read(additional, depth + 1) if isinstance(additional, dict) else None,
            additional is False,
            str(property_names.get("pattern", "")),
            nullable,
            exact and required <= set(fields),
            inlined,
        )

    def read_union(self, schema: Schema, depth: int) -> Union:
        discriminator = schema["discriminator"]
        name = discriminator["propertyName"]
        inlined = self.inline(schema)
        extra_keywords = set(without_annotations(schema)) - {"oneOf", "discriminator", "type"}
        variants: dict[ScalarValue, Object] = {}
        for value, reference in discriminator["mapping"].items():
            variant = self.read({"$ref": reference}, depth)
            fields = dict(variant.fields) if isinstance(variant, Object) else {}
            discriminator_type = fields[name].type if name in fields else None
            if not isinstance(variant, Object) or not isinstance(discriminator_type, Scalar):
                message = f"{reference!r} is no object that {name!r} tells apart"
                raise SpecError([Diagnostic("spec-event", Location(self.file), message)])
            if extra_keywords:
                variant = replace(variant, exact=False, schema={"allOf": [variant.schema, inlined]})
            fields[name] = ObjectField(replace(discriminator_type, enum=(value,)), True)
            variants[value] = replace(variant, fields=fields)
        return Union(name, variants, inlined)


def without_annotations(schema: Schema) -> dict[str, Any]:
    """What a schema says, without what is for readers."""
    return {
        key: value
        for key, value in schema.items()
        if key not in _ANNOTATIONS and not key.startswith("x-")
    }


def _read_scalar(schema: Schema, types: frozenset[str], nullable: bool) -> Scalar:
    enum = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if enum is not None:
        nullable = nullable and None in enum
        enum = tuple(value for value in enum if isinstance(value, str | int | float))
    bounds = {name: schema[key] for key, name in _BOUNDS.items() if key in schema}
    return Scalar(types, nullable, enum, schema=without_annotations(schema), **bounds)


def find_field(schema_type: SchemaType, name: str) -> ObjectField | None:
    """The member `name` of an object's shape, known or free; None if it can have none."""
    if not isinstance(schema_type, Object):
        return None
    if name in schema_type.fields:
        return schema_type.fields[name]
    return (
        ObjectField(schema_type.additional, False) if schema_type.additional is not None else None
    )


def type_at(schema_type: SchemaType, path: Path) -> SchemaType | None:
    """The shape at a path of the target; None if the target has no such place."""
    for segment in path:
        if segment == LIST_ITEM:
            if not isinstance(schema_type, ListOf):
                return None
            schema_type = schema_type.items
        elif segment == MAP_ENTRY:
            continue
        elif segment == KEY:
            return key_type(schema_type)
        elif segment == VALUE:
            if not isinstance(schema_type, Object) or schema_type.additional is None:
                return None
            schema_type = schema_type.additional
        else:
            object_field = find_field(schema_type, segment)
            if object_field is None:
                return None
            schema_type = object_field.type
    return schema_type


def key_type(schema_type: SchemaType) -> SchemaType:
    """The shape of the keys of an object with free keys."""
    if isinstance(schema_type, Object) and schema_type.key_pattern:
        schema = {"type": "string", "pattern": schema_type.key_pattern}
        return RawSchema(json.dumps(schema, sort_keys=True), schema=schema)
    return Scalar(frozenset({"string"}))


def accepts(scalar: Scalar, value: ScalarValue) -> bool:
    """Whether a value written down in a mapping or an enum is one of `shape`; formats apart."""
    if value is None:
        return scalar.nullable
    type_name = json_type(value)
    if type_name not in scalar.types and not (type_name == "integer" and "number" in scalar.types):
        return False
    if scalar.enum is not None:
        return (isinstance(value, bool), value) in scalar.enum_keys
    if isinstance(value, str):
        is_too_long = scalar.max_length is not None and len(value) > scalar.max_length
        return not scalar.format and len(value) >= scalar.min_length and not is_too_long
    if isinstance(value, bool):
        return True
    return (
        (scalar.minimum is None or value >= scalar.minimum)
        and (scalar.maximum is None or value <= scalar.maximum)
        and (scalar.above is None or value > scalar.above)
        and (scalar.below is None or value < scalar.below)
    )


def json_type(value: ScalarValue) -> str:
    """The JSON type of a scalar; a number with an integral value is an integer."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "integer" if isinstance(value, int) or value.is_integer() else "number"


def distinct_values(scalars: Iterable[Scalar]) -> tuple[ScalarValue, ...]:
    """The values that the enums of `shapes` list, each once, in their order."""
    values = (value for scalar in scalars for value in scalar.enum or ())
    return tuple({(isinstance(value, bool), value): value for value in values}.values())


def json_equal(left: ScalarValue, right: ScalarValue) -> bool:
    """Equality as JSON has it: true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def is_subtype(source: SchemaType, target: SchemaType) -> bool:
    """Whether every value of `source`, null apart, is proved to be one of `target`."""
    match source, target:
        case Scalar(), Scalar():
            return _is_scalar_subtype(source, target)
        case Scalar(), RawSchema():
            return source.types <= _accepted_scalar_types(target)
        case ListOf(), ListOf():
            is_comparable = target.exact and not _is_nullable(source.items)
            return is_comparable and is_subtype(source.items, target.items)
        case ListOf(), RawSchema():
            return not _is_nullable(source.items) and _accepts_list_of(source.items, target)
        case Object(), Object():
            return _is_object_subtype(source, target)
        case RawSchema(), RawSchema():
            return source.canonical == target.canonical
    return False


def _accepted_scalar_types(target: RawSchema) -> set[str]:
    """The scalar types of which an opaque shape takes every value."""
    keywords = set(without_annotations(target.schema))
    if not keywords:
        return set(SCALAR_TYPES)
    types = target.schema.get("type", ())
    type_names = {types} if isinstance(types, str) else set(types)
    if keywords <= {"type", "anyOf"} and all(
        set(branch) <= {"items"} for branch in target.schema.get("anyOf", ())
    ):
        return (type_names & SCALAR_TYPES) | ({"integer"} if "number" in type_names else set())
    return set()


def _accepts_list_of(element_type: SchemaType, target: RawSchema) -> bool:
    if not isinstance(element_type, Scalar) or not _accepted_scalar_types(target):
        return False
    branches = target.schema.get("anyOf", [{}])
    item_types = [branch.get("items", {}).get("type") for branch in branches]
    return any(
        element_type.types <= {item_type, "integer" if item_type == "number" else item_type}
        for item_type in item_types
    )


def _is_object_subtype(source: Object, target: Object) -> bool:
    """Whether a copy fits that leaves out nulls and whatever the target has no place for."""
    if not target.exact:
        return False
    for name, target_field in target.fields.items():
        source_field = find_field(source, name)
        if target_field.required and not (
            source_field and source_field.required and not _is_nullable(source_field.type)
        ):
            return False
        if source_field is not None and not is_subtype(source_field.type, target_field.type):
            return False
    if target.additional is None:
        return True
    other_types = [
        other_field.type for name, other_field in source.fields.items() if name not in target.fields
    ]
    other_types += [source.additional] if source.additional is not None else []
    same_keys = not target.key_pattern or source.key_pattern == target.key_pattern
    return same_keys and all(
        is_subtype(other_type, target.additional) for other_type in other_types
    )


_FORMAT_MIN_LENGTHS = {"date-time": len("2024-05-01T12:00:00Z"), "uuid": 36}


def min_string_length(scalar: Scalar) -> int:
    """How many characters a text of a shape has at least."""
    return max(scalar.min_length, _FORMAT_MIN_LENGTHS.get(scalar.format, 0))


def _is_nullable(schema_type: SchemaType) -> bool:
    return not isinstance(schema_type, Union) and schema_type.nullable


def _is_scalar_subtype(source: Scalar, target: Scalar) -> bool:
    if source.enum is not None:
        return all(accepts(target, value) for value in source.enum)
    if target.enum is not None:
        return False
    numbers = {"integer", "number"}
    for type_name in source.types:
        if type_name not in target.types and not (
            type_name == "integer" and "number" in target.types
        ):
            return False
        if type_name == "string":
            max_length = target.max_length
            if min_string_length(source) < target.min_length:
                return False
            if max_length is not None and (
                source.max_length is None or source.max_length > max_length
            ):
                return False
            if target.format and source.format != target.format:
                return False
        if type_name in numbers and not _is_subrange(source, target):
            return False
    return True


def _is_subrange(source: Scalar, target: Scalar) -> bool:
    low = max(
        (bound for bound in (source.minimum, source.above) if bound is not None), default=None
    )
    high = min(
        (bound for bound in (source.maximum, source.below) if bound is not None), default=None
    )
    if target.minimum is not None and (low is None or low < target.minimum):
        return False
    if target.maximum is not None and (high is None or high > target.maximum):
        return False
    # At the very bound the source has to leave it out, too.
    if target.above is not None and (low is None or low <= target.above != source.above):
        return False
    return target.below is None or (high is not None and not high >= target.below != source.below)

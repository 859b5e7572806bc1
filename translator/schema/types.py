"""Schema types: what the checker and the compiler know about a value, read from a spec's schemas.

References are resolved, and constraints become attributes. A schema that says more than these
attributes can express is a `RawSchema`, or a type whose `exact` is false; such a value has to be
validated at run time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from translator.errors import suggest
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.openapi import ANNOTATIONS, TYPES, Schema, resolve, spec_error
from translator.schema.spec import Spec, input_document, output_document

ScalarValue = str | int | float | bool | None
"""A literal in a mapping, or an enum value."""

SCALAR_TYPES = frozenset({"string", "integer", "number", "boolean"})

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
    """A string, number or boolean: its JSON `types`, its `enum` values (None: any), its bounds.

    Each bound applies only to values of its own type. `schema` is the schema it was read from.
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
    """A list. `exact` is false if the schema constrains the list in other ways than by `items`."""

    items: SchemaType
    nullable: bool = False
    exact: bool = True
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ObjectField:
    """A field of an object."""

    type: SchemaType
    required: bool


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its `fields` by name, and the type of `additional` fields if they have a schema.

    A `closed` object allows no other fields. `key_pattern` constrains the names of all fields.
    `exact` is false if the schema has other constraints.
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
    """Objects distinguished by the value of the field `discriminator`: `variants` by that value."""

    discriminator: str
    variants: Mapping[ScalarValue, Object]
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RawSchema:
    """A value described only by its schema, in `canonical` JSON (empty if nested too deeply)."""

    canonical: str
    nullable: bool = False
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


SchemaType = Scalar | ListOf | Object | Union | RawSchema

EventType = Object | Union


@lru_cache(maxsize=256)
def event_type(spec: Spec, *, for_output: bool) -> EventType:
    """Return the type of a spec's events: of accepted ones, or (narrower) of those to be written.

    Raises `SpecError` if the event schema is not of an object.
    """
    document = (output_document if for_output else input_document)(spec.document)
    schema_type = _SchemaReader(document, spec.file).read(resolve(document, document["x-event"]))
    if not isinstance(schema_type, EventType):
        message = "the event schema is not of an object"
        hint = "x-event names the schema of an object, or a oneOf with a discriminator"
        raise spec_error("spec-event", spec.file, spec.event_pointer.lstrip("#"), message, hint)
    return schema_type


def variants_of(events: EventType) -> tuple[Object, ...]:
    """Return the variants of a union, or the only type of the events."""
    return tuple(events.variants.values()) if isinstance(events, Union) else (events,)


def type_of_schema(document: Schema, schema: Any) -> SchemaType:
    """Return the type of `schema`, whose references point into `document`."""
    return _SchemaReader(document).read(schema)


@dataclass(slots=True)
class _SchemaReader:
    """Reads schemas of one document. The target of each reference is read only once."""

    document: Schema
    file: str = ""
    types_by_ref: dict[str, SchemaType] = field(default_factory=dict)
    inlined_by_ref: dict[str, Any] = field(default_factory=dict)

    def read(self, schema: Any, depth: int = 0) -> SchemaType:
        if depth > _MAX_DEPTH:
            return RawSchema("", schema=self.inline(schema))
        schema = _as_object(schema)
        keywords = without_annotations(schema).keys() - {"type"}
        if keywords == {"$ref"} and "type" not in schema:
            ref = schema["$ref"]
            if ref not in self.types_by_ref:
                self.types_by_ref[ref] = self.read(resolve(self.document, ref), depth + 1)
            return self.types_by_ref[ref]
        if "oneOf" in schema and "discriminator" in schema:
            return self.read_union(schema, depth)
        types = type_names(schema)
        if unknown := types - TYPES:
            message, hint = f"{min(unknown)!r} is not a type", suggest(min(unknown), TYPES)
            raise spec_error("spec-schema", self.file, "", message, hint)
        nullable = "null" in types
        types -= {"null"}
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
        """Replace references by their targets."""
        if depth > _MAX_DEPTH:
            return {}
        if isinstance(schema, list):
            return [self.inline(item, depth + 1) for item in schema]
        if not isinstance(schema, dict):
            return schema
        ref = schema.get("$ref")
        if not isinstance(ref, str):
            return {key: self.inline(value, depth + 1) for key, value in schema.items()}
        if ref not in self.inlined_by_ref:
            self.inlined_by_ref[ref] = self.inline(resolve(self.document, ref), depth + 1)
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        if not without_annotations(siblings):
            return self.inlined_by_ref[ref]
        return {"allOf": [self.inlined_by_ref[ref], self.inline(siblings, depth + 1)]}

    def read_object(self, schema: Schema, nullable: bool, depth: int, inlined: Schema) -> Object:
        required = set(schema.get("required", ()))
        fields = {
            name: ObjectField(self.read(value, depth + 1), name in required)
            for name, value in schema.get("properties", {}).items()
        }
        additional = schema.get("additionalProperties", True)
        names_schema = _as_object(schema.get("propertyNames", {}))
        expressed = {"type", "properties", "required", "additionalProperties", "propertyNames"}
        other_keywords = without_annotations(schema).keys() - expressed
        return Object(
            fields,
            self.read(additional, depth + 1) if isinstance(additional, dict) else None,
            additional is False,
            str(names_schema.get("pattern", "")),
            nullable,
            not other_keywords and names_schema.keys() <= {"pattern"} and required <= set(fields),
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
                message = f"{reference!r} is not an object with the discriminator {name!r}"
                raise spec_error("spec-event", self.file, "", message)
            if extra_keywords:
                variant = replace(variant, exact=False, schema={"allOf": [variant.schema, inlined]})
            fields[name] = ObjectField(replace(discriminator_type, enum=(value,)), True)
            variants[value] = replace(variant, fields=fields)
        return Union(name, variants, inlined)


def _as_object(schema: Any) -> Schema:
    """Replace a schema that is true or false by an equivalent object."""
    if isinstance(schema, dict):
        return schema
    return {} if schema else {"not": {}}


def type_names(schema: Schema) -> set[str]:
    """Return the names under `type`."""
    types = schema.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def without_annotations(schema: Schema) -> Schema:
    """Return the keywords of a schema that constrain values, without `x-` keywords."""
    return {
        key: value
        for key, value in schema.items()
        if key not in ANNOTATIONS and not key.startswith("x-")
    }


def _read_scalar(schema: Schema, types: frozenset[str], nullable: bool) -> Scalar:
    enum = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if enum is not None:
        nullable = nullable and None in enum
        enum = tuple(value for value in enum if isinstance(value, str | int | float))
    bounds = {name: schema[key] for key, name in _BOUNDS.items() if key in schema}
    return Scalar(types, nullable, enum, schema=without_annotations(schema), **bounds)


def find_field(schema_type: SchemaType, name: str) -> ObjectField | None:
    """Return the field `name` of an object, named or additional; None if it cannot have one."""
    if not isinstance(schema_type, Object):
        return None
    if name not in schema_type.fields and schema_type.additional is not None:
        return ObjectField(schema_type.additional, False)
    return schema_type.fields.get(name)


def type_at(schema_type: SchemaType, path: Path) -> SchemaType | None:
    """Return the type at a path; None if there is none."""
    for segment in path:
        inner: SchemaType | None = schema_type
        if segment == KEY:
            return key_type(schema_type)
        if segment == LIST_ITEM:
            inner = schema_type.items if isinstance(schema_type, ListOf) else None
        elif segment == VALUE:
            inner = schema_type.additional if isinstance(schema_type, Object) else None
        elif segment != MAP_ENTRY:
            object_field = find_field(schema_type, segment)
            inner = object_field.type if object_field is not None else None
        if inner is None:
            return None
        schema_type = inner
    return schema_type


def key_type(schema_type: SchemaType) -> SchemaType:
    """Return the type of the keys of an object with free keys."""
    if isinstance(schema_type, Object) and schema_type.key_pattern:
        schema = {"type": "string", "pattern": schema_type.key_pattern}
        return RawSchema(json.dumps(schema, sort_keys=True), schema=schema)
    return Scalar(frozenset({"string"}))


def accepts(scalar: Scalar, value: ScalarValue) -> bool:
    """Whether a literal or enum value is proved to have the type; false if that has a format."""
    if value is None:
        return scalar.nullable
    accepted_types = scalar.types | ({"integer"} if "number" in scalar.types else set())
    if json_type(value) not in accepted_types:
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
    """Return the JSON type of a value; a number without a fraction is an integer."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    return "integer" if isinstance(value, int) or value.is_integer() else "number"


def distinct_values(scalars: Iterable[Scalar]) -> tuple[ScalarValue, ...]:
    """Return the enum values of several types, in order and without duplicates."""
    values = (value for scalar in scalars for value in scalar.enum or ())
    return tuple({(isinstance(value, bool), value): value for value in values}.values())


def json_equal(left: ScalarValue, right: ScalarValue) -> bool:
    """Whether two values are equal as JSON: true does not equal 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def is_subtype(source: SchemaType, target: SchemaType) -> bool:
    """Whether every value of `source`, except null, is proved to be a value of `target`."""
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
            return source.canonical == target.canonical != ""
    return False


def _accepted_scalar_types(target: RawSchema) -> set[str]:
    """Return the scalar types of which a raw schema accepts every value."""
    keywords = without_annotations(target.schema).keys()
    if not keywords:
        return set(SCALAR_TYPES)
    types = type_names(target.schema)
    branches = target.schema.get("anyOf", ())
    are_lists = all(isinstance(branch, dict) and set(branch) <= {"items"} for branch in branches)
    if not are_lists or not keywords <= {"type", "anyOf"}:
        return set()
    return (types & SCALAR_TYPES) | ({"integer"} if "number" in types else set())


def _accepts_list_of(element_type: SchemaType, target: RawSchema) -> bool:
    if not isinstance(element_type, Scalar) or not _accepted_scalar_types(target):
        return False
    return "array" in type_names(target.schema) and any(
        is_subtype(element_type, type_of_schema({}, branch["items"]))
        for branch in target.schema.get("anyOf", ())
        if "items" in branch
    )


def _is_object_subtype(source: Object, target: Object) -> bool:
    """Whether a copy without nulls and without fields unknown to the target is a subtype."""
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
    if target.key_pattern and source.key_pattern != target.key_pattern:
        return False
    other_types = [inner.type for name, inner in source.fields.items() if name not in target.fields]
    other_types += [source.additional] if source.additional is not None else []
    return all(is_subtype(other_type, target.additional) for other_type in other_types)


_FORMAT_MIN_LENGTHS = {"date-time": len("2024-05-01T12:00:00Z"), "uuid": 36}


def min_string_length(scalar: Scalar) -> int:
    """Return the minimum length of a string, considering its format."""
    return max(scalar.min_length, _FORMAT_MIN_LENGTHS.get(scalar.format, 0))


def _is_nullable(schema_type: SchemaType) -> bool:
    return not isinstance(schema_type, Union) and schema_type.nullable


def _is_scalar_subtype(source: Scalar, target: Scalar) -> bool:
    if source.enum is not None:
        return all(accepts(target, value) for value in source.enum)
    if target.enum is not None:
        return False
    accepted_types = target.types | ({"integer"} if "number" in target.types else set())
    if not source.types <= accepted_types:
        return False
    if "string" in source.types and not _is_string_subtype(source, target):
        return False
    return not source.types & {"integer", "number"} or _is_subrange(source, target)


def _is_string_subtype(source: Scalar, target: Scalar) -> bool:
    lengths = (source.max_length, target.max_length)
    longest, limit = (math.inf if length is None else length for length in lengths)
    if longest > limit or min_string_length(source) < target.min_length:
        return False
    return not target.format or source.format == target.format


def _is_subrange(source: Scalar, target: Scalar) -> bool:
    lows = [bound for bound in (source.minimum, source.above) if bound is not None]
    highs = [bound for bound in (source.maximum, source.below) if bound is not None]
    low, high = max(lows, default=-math.inf), min(highs, default=math.inf)
    if target.minimum is not None and low < target.minimum:
        return False
    if target.maximum is not None and high > target.maximum:
        return False
    # If the source starts at an exclusive bound of the target, it must exclude it, too.
    if target.above is not None and low <= target.above and source.above != target.above:
        return False
    return target.below is None or high < target.below or source.below == target.below

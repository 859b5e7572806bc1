"""Schema types: what the checker and the compiler know about a value, read from a spec's schemas.

A type says which JSON types a value has, and its enum, bounds, fields and elements. What a schema
says beyond that is in `constraints`, so no keyword hides the rest. `reader` makes types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from translator.memo import by_identity
from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Named, NamedPick, Path, Selection
from translator.schema.openapi import ANNOTATIONS, BOUND_KEYWORDS, Schema, map_subschemas

ScalarValue = str | int | float | bool | None
"""A literal in a mapping, or an enum value."""

SCALAR_TYPES = frozenset({"string", "integer", "number", "boolean"})

Constraints = frozenset[str]
"""Keywords of a schema that the other attributes do not express, each as canonical JSON."""

UNKNOWN_CONSTRAINT = ""
"""Stands for constraints that were not read; no type is proved to meet it."""


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
    constraints: Constraints = frozenset()
    schema: Schema = field(default_factory=dict, compare=False, repr=False)
    enum_keys: frozenset[tuple[bool, ScalarValue]] = field(
        default=frozenset(), init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        keys = frozenset((isinstance(value, bool), value) for value in self.enum or ())
        object.__setattr__(self, "enum_keys", keys)

    @property
    def exact(self) -> bool:
        """Whether the attributes express the whole schema."""
        return not self.constraints


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list and the type of its elements; `branches` are their alternatives that are objects."""

    items: SchemaType
    nullable: bool = False
    constraints: Constraints = frozenset()
    schema: Schema = field(default_factory=dict, compare=False, repr=False)
    branches: tuple[Object, ...] = field(default=(), compare=False, repr=False)

    @property
    def exact(self) -> bool:
        """Whether the attributes express the whole schema."""
        return not self.constraints


@dataclass(frozen=True, slots=True)
class ObjectField:
    """A field of an object."""

    type: SchemaType
    required: bool


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its `fields` by name, and the type of `additional` fields if they have a schema.

    A `closed` object allows no other fields, an open one none of the `forbidden`. `key_pattern`
    constrains the names of all fields.
    """

    fields: Mapping[str, ObjectField]
    additional: SchemaType | None = None
    closed: bool = False
    key_pattern: str = ""
    forbidden: frozenset[str] = frozenset()
    nullable: bool = False
    constraints: Constraints = frozenset()
    schema: Schema = field(default_factory=dict, compare=False, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The fields that the schema names, which are no free keys."""
        return frozenset(self.fields) | self.forbidden

    @property
    def exact(self) -> bool:
        """Whether the attributes express the whole schema."""
        return not self.constraints


@dataclass(frozen=True, slots=True)
class Union:
    """Objects distinguished by the value of the field `discriminator`: `variants` by that value."""

    discriminator: str
    variants: Mapping[ScalarValue, Object]
    schema: Schema = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A value of several kinds: its JSON `types`, and the type of each kind.

    A kind without a type is not constrained: with `array` among the types and no `list`, the value
    may be any list. Without any types, it can only be null.
    """

    types: frozenset[str]
    scalar: Scalar | None = None
    list: ListOf | None = None
    object: Object | None = None
    nullable: bool = False
    constraints: Constraints = frozenset()
    schema: Schema = field(default_factory=dict, compare=False, repr=False)

    @property
    def exact(self) -> bool:
        """Whether the attributes express the whole schema."""
        return not self.constraints


SchemaType = Scalar | ListOf | Object | Union | Mixed

EventType = Object | Union

ANYTHING = Mixed(SCALAR_TYPES | {"array", "object"}, nullable=True)
"""Any JSON value."""

ANY_OBJECT = Object({}, ANYTHING)
"""Any object."""


def variants_of(events: EventType) -> tuple[Object, ...]:
    """Return the variants of a union, or the only type of the events."""
    return tuple(events.variants.values()) if isinstance(events, Union) else (events,)


def type_names(schema: Schema) -> set[str]:
    """Return the names under `type`."""
    types = schema.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def without_annotations(schema: Schema) -> Schema:
    """Return the keywords of a schema that constrain values."""
    return {
        key: value
        for key, value in schema.items()
        if key not in ANNOTATIONS and (key in BOUND_KEYWORDS or not key.startswith("x-"))
    }


def strip_annotations(schema: Any) -> Any:
    """Remove annotations from a schema and its subschemas."""
    if not isinstance(schema, dict):
        return schema
    return map_subschemas(without_annotations(schema), strip_annotations)


def canonical(schema: Any) -> str:
    """Return a schema as JSON that is the same for all orders of keys, without annotations."""
    return json.dumps(strip_annotations(schema), sort_keys=True)


def is_nullable(schema_type: SchemaType) -> bool:
    """Whether a value of the type may be null."""
    return not isinstance(schema_type, Union) and schema_type.nullable


def as_list(schema_type: SchemaType) -> ListOf | None:
    """Return what a type says about values that are lists; None if no value is one."""
    if isinstance(schema_type, Mixed):
        return _list_part(schema_type)
    return schema_type if isinstance(schema_type, ListOf) else None


@by_identity
def _list_part(mixed: Mixed) -> ListOf | None:
    if "array" not in mixed.types:
        return None
    part = mixed.list or ListOf(ANYTHING)
    constraints = part.constraints | mixed.constraints
    return replace(part, constraints=constraints, schema=mixed.schema or part.schema)


def as_object(schema_type: SchemaType) -> Object | None:
    """Return what a type says about values that are objects; None if no value is one."""
    if isinstance(schema_type, Mixed):
        return _object_part(schema_type)
    return schema_type if isinstance(schema_type, Object) else None


@by_identity
def _object_part(mixed: Mixed) -> Object | None:
    if "object" not in mixed.types:
        return None
    part = mixed.object or ANY_OBJECT
    constraints = part.constraints | mixed.constraints
    return replace(part, constraints=constraints, schema=mixed.schema or part.schema)


def find_field(schema_type: SchemaType, name: str) -> ObjectField | None:
    """Return the field `name` of an object, named or additional; None if it cannot have one.

    A value that is not always an object has no required field.
    """
    if isinstance(schema_type, Mixed):
        field = find_field(part, name) if (part := as_object(schema_type)) is not None else None
        return field and replace(field, required=False)
    if not isinstance(schema_type, Object):
        return None
    if isinstance(name, Selection):
        return _selected_field(schema_type, name)
    if name in schema_type.forbidden:
        return None
    if name not in schema_type.fields and schema_type.additional is not None:
        return ObjectField(schema_type.additional, False)
    return schema_type.fields.get(name)


def _selected_field(parent: Object, selection: Selection) -> ObjectField | None:
    """Return the virtual field of an object that a selection stands for."""
    if not selection.picks:
        return ObjectField(rest_type(parent, selection.named), False)
    list_field = find_field(parent, selection.list_name)
    if list_field is None or not isinstance(list_field.type, ListOf):
        return None
    items = selected_type(list_field.type, selection)
    if not selection.is_list:
        return ObjectField(items, False)
    return ObjectField(replace(list_field.type, items=items, branches=()), False)


def selected_type(list_type: ListOf, selection: Selection) -> SchemaType:
    """Return the type of the elements of a list that a selection selects."""
    if list_type.branches and isinstance(pick := selection.picks[0], NamedPick):
        branches = branches_of(list_type, pick)
        if len(branches) == 1:
            return branches[0]
    if list_type.branches and selection.picks == ("*",):
        return _unselected_type(list_type, selection)
    return list_type.items


def _unselected_type(list_type: ListOf, rest: Selection) -> SchemaType:
    """Return the type of the elements of a list that no named selection selects."""
    picks = (pick for other in rest.others for pick in other.picks[:1])
    named = tuple(pick for pick in picks if isinstance(pick, NamedPick))
    return _unselected(_Branches(list_type.branches), named) or list_type.items


@lru_cache(maxsize=256)
def _unselected(branches: _Branches, picks: tuple[NamedPick, ...]) -> SchemaType | None:
    """Return the type of the branches that picks do not select; None if these are all or none."""
    selected = [branch for pick in picks for branch in _branches_of(branches, pick)]
    others = [each for each in branches.types if not any(each is branch for branch in selected)]
    if not selected or not others:
        return None
    from translator.schema.reader import join_types

    return join_types(others)


@dataclass(frozen=True, slots=True)
class _Branches:
    """The branches of one list, as the key of a cache."""

    types: tuple[Object, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Branches) and other.types is self.types

    def __hash__(self) -> int:
        return id(self.types)


def branches_of(list_type: ListOf, pick: NamedPick) -> tuple[Object, ...]:
    """Return the branches of a list's elements that allow the value that a selection writes."""
    return _branches_of(_Branches(list_type.branches), pick)


@lru_cache(maxsize=1024)
def _branches_of(branches: _Branches, pick: NamedPick) -> tuple[Object, ...]:
    name, value = pick
    return tuple(
        branch
        for branch in branches.types
        if (by := find_field(branch, name)) is not None and allows_string(by.type, value)
    )


def allows_string(schema_type: SchemaType, value: str) -> bool:
    """Whether the enum, the patterns and the other attributes of a type allow a string."""
    if not isinstance(schema_type, Scalar):
        return isinstance(schema_type, Mixed) and "string" in schema_type.types
    return _allows_string(schema_type, value)


@lru_cache(4096)
def _allows_string(scalar: Scalar, value: str) -> bool:
    if not may_accept(scalar, parse_scalar(scalar, value)):
        return False
    for keyword, schema in constraints_of(scalar):
        if keyword == "not" and _is_matched(schema, value):
            return False
        if keyword == "pattern" and not _is_matched({keyword: schema}, value):
            return False
    return True


def constraints_of(scalar: Scalar) -> Iterator[tuple[str, Any]]:
    """Yield the keywords of the constraints of a scalar, with their values."""
    for constraint in scalar.constraints - {UNKNOWN_CONSTRAINT}:
        yield from json.loads(constraint).items()


def _is_matched(schema: Any, value: str) -> bool:
    """Whether a schema that consists of a pattern is known to match a string."""
    if not isinstance(schema, dict) or schema.keys() != {"pattern"}:
        return False
    pattern = python_pattern(schema["pattern"])
    return pattern is not None and re.search(pattern, value) is not None


_PATTERN_TOKEN = re.compile(r"\\(.)|(\[(?:\\.|[^\]\\])*\])|(\$)|(\(\?)(?!:)|.", re.DOTALL)

_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_"}


@lru_cache(maxsize=1024)
def python_pattern(pattern: str) -> str | None:
    """Return a pattern of JSON Schema as one of Python; None if that is not certain to be equal."""
    result = ""
    for token in _PATTERN_TOKEN.finditer(pattern):
        escaped, char_class, end, extension = token.groups()
        if extension:
            return None
        if escaped in _CLASSES:
            result += f"[{_CLASSES[escaped]}]"
        elif char_class:
            for name, characters in _CLASSES.items():
                char_class = char_class.replace(f"\\{name}", characters)
            if re.search(r"\\[A-Za-z0-9]", char_class):
                return None
            result += char_class
        elif escaped and escaped.isalnum():
            return None
        else:
            result += r"\Z" if end else token[0]
    try:
        re.compile(result)
    except re.error:
        return None
    return result


def rest_type(schema_type: Object, named: Named) -> Object:
    """Return the type of an object without the fields that are named."""
    fields: dict[str, ObjectField] = {}
    removed = set(schema_type.forbidden)
    for name in (*schema_type.fields, *(each for each in named if each not in schema_type.fields)):
        field, inner = find_field(schema_type, name), named.get(name)
        if field is not None and name not in named:
            fields[name] = field
        elif field is not None and inner is not None and isinstance(field.type, Object):
            fields[name] = ObjectField(rest_type(field.type, inner), False)
        else:
            removed.add(name)
    properties = {name: getattr(field.type, "schema", {}) for name, field in fields.items()}
    others: Any = not schema_type.closed
    if schema_type.additional is not None:
        others = getattr(schema_type.additional, "schema", {})
    schema: Schema = {
        "type": "object",
        "properties": properties | dict.fromkeys(sorted(removed), False),
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": others,
        "propertyNames": getattr(key_type(schema_type), "schema", {}),
    }
    return replace(
        schema_type,
        fields=fields,
        forbidden=frozenset(removed) if not schema_type.closed else frozenset(),
        nullable=False,
        constraints=frozenset(),
        schema=schema,
    )


def type_at(schema_type: SchemaType, path: Path) -> SchemaType | None:
    """Return the type at a path; None if there is none."""
    for step in path:
        inner: SchemaType | None = schema_type
        if step == KEY:
            return key_type(schema_type)
        if step == LIST_ITEM:
            inner = part.items if (part := as_list(schema_type)) is not None else None
        elif step == VALUE:
            inner = schema_type.additional if isinstance(schema_type, Object) else None
        elif step != MAP_ENTRY:
            object_field = find_field(schema_type, step)
            inner = object_field.type if object_field is not None else None
        if inner is None:
            return None
        schema_type = inner
    return schema_type


def key_type(schema_type: SchemaType) -> SchemaType:
    """Return the type of the keys of an object with free keys."""
    if isinstance(schema_type, Object) and schema_type.key_pattern:
        pattern = {"pattern": schema_type.key_pattern}
        constraints = frozenset({canonical(pattern)})
        schema = {"type": "string", **pattern}
        return Scalar(frozenset({"string"}), constraints=constraints, schema=schema)
    return Scalar(frozenset({"string"}))


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


def parse_scalar(schema_type: SchemaType | None, string: str) -> ScalarValue:
    """Return the value that a path writes as a string, by the type of its field."""
    if isinstance(schema_type, Scalar) and "string" not in schema_type.types:
        with suppress(ValueError):
            value = json.loads(string)
            return value if isinstance(value, bool | int | float) else string
    return string


def may_accept(scalar: Scalar, value: ScalarValue) -> bool:
    """Whether a value fits the attributes of a type, except for its format."""
    if value is None:
        return scalar.nullable
    name = json_type(value)
    if name not in scalar.types and not (name == "integer" and "number" in scalar.types):
        return False
    if scalar.enum is not None:
        return (isinstance(value, bool), value) in scalar.enum_keys
    if isinstance(value, str):
        is_too_long = scalar.max_length is not None and len(value) > scalar.max_length
        return len(value) >= scalar.min_length and not is_too_long
    if isinstance(value, bool):
        return True
    return (
        (scalar.minimum is None or value >= scalar.minimum)
        and (scalar.maximum is None or value <= scalar.maximum)
        and (scalar.above is None or value > scalar.above)
        and (scalar.below is None or value < scalar.below)
    )


def value_key(value: Any) -> object:
    """Return a key that is the same for equal JSON values; 1.0 equals 1, and true does not."""
    if isinstance(value, dict):
        return "object", frozenset((key, value_key(item)) for key, item in value.items())
    if isinstance(value, list):
        return "array", tuple(map(value_key, value))
    return isinstance(value, bool), value

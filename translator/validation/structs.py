"""Convert schema types to msgspec types, so that decoding an event into a struct validates it.

The types accept most valid events, and no invalid one, if emitted code also checks the formats in
`FORMAT_TESTS`. Events that they refuse (for example, with a property that the spec does not name,
or with 15.0 for 15) are decoded and validated as dicts instead.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

import msgspec

from translator.schema.reader import type_of_schema
from translator.schema.types import (
    SCALAR_TYPES,
    ListOf,
    Mixed,
    Object,
    Scalar,
    SchemaType,
    Union,
    without_annotations,
)
from translator.validation.subtypes import accepts

FORMAT_TESTS = {"date-time": "is_common_rfc3339({0})", "uuid": "is_uuid({0})"}
"""The formats that emitted code checks, with the Python expression that does."""


_ESCAPED = re.compile(r'["\\\x00-\x1f]')


class NotStructable(Exception):
    """A schema type has no msgspec type, or emitted code needs the event as a dict."""


def raise_not_structable() -> str:
    """Raise `NotStructable`, where an expression is expected."""
    raise NotStructable


def check_names(names: Iterable[str]) -> None:
    """Raise `NotStructable` if structs cannot have fields: msgspec does not escape their names."""
    if any(map(_ESCAPED.search, names)):
        raise NotStructable


def attribute_name(name: str) -> str:
    """Return the struct attribute for the field `name`."""
    is_plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    if is_plain and not name.startswith(("_", "x_")):
        return name
    return f"x_{name.encode().hex()}"


def struct_of(required: Sequence[str], optional: Sequence[str]) -> type[msgspec.Struct]:
    """Return a struct type for output; optional fields that are None are omitted."""
    attributes = {name: attribute_name(name) for name in (*required, *optional)}
    fields: list[Any] = [(attributes[name], Any) for name in required]
    fields += [(attributes[name], Any, None) for name in optional]
    rename = {attribute: name for name, attribute in attributes.items()}
    return msgspec.defstruct("Output", fields, rename=rename, omit_defaults=True, gc=False)


def is_struct(schema_type: SchemaType) -> bool:
    """Whether a value is decoded into a struct; an object with free keys becomes a dict."""
    if not isinstance(schema_type, Object) or not schema_type.schema.get("properties"):
        return False
    return not isinstance(schema_type.schema.get("additionalProperties"), dict)


def has_structs(schema_type: SchemaType) -> bool:
    """Whether a value is decoded into a struct, or contains structs."""
    match schema_type:
        case ListOf(items=items):
            return has_structs(items)
        case Object(additional=additional) if not is_struct(schema_type):
            return additional is not None and has_structs(additional)
        case _:
            return isinstance(schema_type, Object)


def event_struct_type(source: Object | Union) -> Any:
    """Return the msgspec type of a format's events. Raises `NotStructable`."""
    if isinstance(source, Object):
        return _struct_type(source)
    if not all(isinstance(value, str) for value in source.variants):
        raise NotStructable
    variants = source.variants.items()
    return _any_of([_struct_type(event, source.discriminator, tag) for tag, event in variants])


def without_nulls(schema_type: SchemaType | Union) -> Any:
    """Return a type whose values, and the values in them, are not null."""
    match schema_type:
        case Union(variants=variants):
            variants = {value: without_nulls(event) for value, event in variants.items()}
            return replace(schema_type, variants=variants)
        case Object(fields=fields, additional=additional):
            fields = {
                name: replace(each, type=without_nulls(each.type)) for name, each in fields.items()
            }
            additional = None if additional is None else without_nulls(additional)
            return replace(schema_type, fields=fields, additional=additional, nullable=False)
        case ListOf(items=items):
            return replace(schema_type, items=without_nulls(items), nullable=False)
        case _:
            return replace(schema_type, nullable=False)


def _struct_type(object_type: Object, discriminator: str = "", tag: Any = None) -> Any:
    """Return the type of an object, or of the variant for the discriminator value `tag`."""
    if not object_type.exact or not is_struct(object_type) or object_type.key_pattern:
        raise NotStructable
    check_names(object_type.fields)
    fields: list[Any] = []
    namespace: dict[str, Any] = {}
    for name, object_field in object_type.fields.items():
        attribute = attribute_name(name)
        if name == discriminator:
            namespace[attribute] = tag
            continue
        try:
            field_type = _msgspec_type(object_field.type)
        except NotStructable:
            if object_field.required:
                raise
            namespace[attribute] = None  # an event that has the field is refused
            continue
        default = () if object_field.required else (None,)
        fields.append((attribute, field_type, *default))
    struct = msgspec.defstruct(
        "Event",
        fields,
        rename={attribute_name(name): name for name in object_type.fields},
        tag_field=discriminator or None,
        tag=tag,
        forbid_unknown_fields=True,
        kw_only=True,  # required fields may follow optional ones
        gc=False,
        namespace=namespace,
    )
    return struct | None if object_type.nullable else struct


def _msgspec_type(schema_type: SchemaType) -> Any:
    match schema_type:
        case Scalar():
            value_type = _any_of([*_scalar_types(schema_type)])
        case ListOf():
            value_type = _list_type(schema_type)
        case Object() if is_struct(schema_type):
            return _struct_type(schema_type)
        case Object(additional=additional, fields={}, exact=True, key_pattern="") if (
            additional is not None
        ):
            value_type = dict[str, _msgspec_type(additional)]  # type: ignore[misc]
        case Mixed():
            value_type = _any_of(_alternative_types(schema_type))
        case _:
            raise NotStructable
    return value_type | None if getattr(schema_type, "nullable", False) else value_type


def _any_of(alternatives: list[Any]) -> Any:
    if not alternatives:
        raise NotStructable
    return reduce(or_, alternatives)


def _list_type(list_type: ListOf) -> Any:
    schema, items = list_type.schema, list_type.items
    if without_annotations(schema).keys() - {"type", "items", "minItems", "maxItems"}:
        raise NotStructable
    if isinstance(items, Scalar) and items.format:
        raise NotStructable
    element_list = list[_msgspec_type(items)]  # type: ignore[misc, valid-type]
    shortest, longest = schema.get("minItems"), schema.get("maxItems")
    return _limited(element_list, min_length=shortest, max_length=longest)


def _scalar_types(scalar: Scalar) -> Iterator[Any]:
    """Yield the msgspec types of a scalar, one for each of its JSON types."""
    if not scalar.exact or (scalar.format and scalar.format not in FORMAT_TESTS):
        raise NotStructable
    bounds = (scalar.minimum, scalar.maximum, scalar.above, scalar.below)
    # msgspec compares numbers as doubles, and integers exactly, but only with those of 64 bits.
    largest = 2**53 if "number" in scalar.types else 2**63
    if any(bound is not None and not -largest <= bound < largest for bound in bounds):
        raise NotStructable
    if scalar.enum is not None:
        strings = [value for value in scalar.enum if isinstance(value, str)]
        if accepted := tuple(value for value in strings if accepts(scalar, value)):
            yield Literal[accepted]
        return
    for type_name in sorted(scalar.types):
        match type_name:
            case "string":
                shortest, longest = scalar.min_length or None, scalar.max_length
                yield _limited(str, min_length=shortest, max_length=longest)
            case "boolean":
                yield bool
            case "integer":
                yield _integer_type(scalar)
            case "number":
                yield _float_type(scalar)
                if "integer" not in scalar.types:
                    yield _integer_type(scalar)


def _limited(value_type: Any, **limits: Any) -> Any:
    """Constrain a type by those of the limits that are not None."""
    given = {name: limit for name, limit in limits.items() if limit is not None}
    return Annotated[value_type, msgspec.Meta(**given)] if given else value_type


def _integer_type(scalar: Scalar) -> Any:
    """Return the type of the integers within the bounds of a number."""
    lower = [] if scalar.minimum is None else [math.ceil(scalar.minimum)]
    lower += [] if scalar.above is None else [math.floor(scalar.above) + 1]
    upper = [] if scalar.maximum is None else [math.floor(scalar.maximum)]
    upper += [] if scalar.below is None else [math.ceil(scalar.below) - 1]
    return _limited(int, ge=max(lower, default=None), le=min(upper, default=None))


def _float_type(scalar: Scalar) -> Any:
    bounds = {"ge": scalar.minimum, "gt": scalar.above, "le": scalar.maximum, "lt": scalar.below}
    limits = {name: float(limit) for name, limit in bounds.items() if limit is not None}
    if {"ge", "gt"} <= limits.keys() or {"le", "lt"} <= limits.keys():
        raise NotStructable
    return _limited(float, **limits)


def _alternative_types(raw_schema: Mixed) -> list[Any]:
    """Return the types of a value that may have several: scalars, and lists of one type."""
    schema = without_annotations(raw_schema.schema)
    branches = schema.pop("anyOf", [])
    type_names = schema.pop("type", None)
    if not isinstance(type_names, list) or schema or not branches:
        raise NotStructable
    if not all(isinstance(branch, dict) and branch.keys() == {"items"} for branch in branches):
        raise NotStructable
    alternatives: list[Any] = []
    for type_name in type_names:
        if type_name == "array":
            # msgspec supports one list type: use the last one, and refuse the others.
            list_schema = {"type": "array", **branches[-1]}
            alternatives.append(_msgspec_type(type_of_schema({}, list_schema)))
        elif type_name in SCALAR_TYPES:
            alternatives += _scalar_types(Scalar(frozenset({type_name})))
        elif type_name != "null":
            raise NotStructable
    return alternatives

"""Shapes as types that msgspec reads: an event becomes a struct, and is judged while it is read.

The types take only what the spec takes, and nearly all of it. What they leave out (a member that
the spec does not name, 15.0 for 15, a list of numbers where there may be one of texts) is for the
ordinary way of reading. What they cannot tell, the form of times and ids, emitted code asks.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

import msgspec

from translator.schema.types import (
    ListOf,
    Object,
    RawSchema,
    Scalar,
    SchemaType,
    Union,
    accepts,
    type_of_schema,
)

FORMAT_TESTS = {"date-time": "is_common_rfc3339({0})", "uuid": "is_uuid({0})"}
"""The formats that emitted code asks about, each with the Python that does so."""


class NotStructable(Exception):
    """No type takes these values alone, or what is written needs an event as it came."""


def raise_not_structable() -> str:
    """The code of what cannot be had. Raises `Untyped`."""
    raise NotStructable


def attribute_name(name: str) -> str:
    """The attribute of a struct that holds the member `name`."""
    is_plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    if is_plain and not name.startswith(("_", "x_")):
        return name
    return f"x_{name.encode().hex()}"


def struct_of(required: Sequence[str], optional: Sequence[str]) -> type[msgspec.Struct]:
    """A struct to be written: with the members `always`, and with those `sometimes` not None."""
    names = (*required, *optional)
    fields = [(attribute_name(name), Any) for name in required]
    return msgspec.defstruct(
        "Made",
        [*fields, *((attribute_name(name), Any, None) for name in optional)],
        rename={attribute_name(name): name for name in names},
        omit_defaults=True,
        gc=False,
    )


def is_struct(schema_type: SchemaType) -> bool:
    """Whether an object is read into a struct; one whose names are free becomes a dict."""
    schema = schema_type.schema if isinstance(schema_type, Object) else {}
    return bool(schema.get("properties")) and not isinstance(
        schema.get("additionalProperties"), dict
    )


def has_structs(schema_type: SchemaType) -> bool:
    """Whether a value of a shape is a struct, or has structs inside."""
    match schema_type:
        case ListOf(items=items):
            return has_structs(items)
        case Object(additional=additional) if not is_struct(schema_type):
            return additional is not None and has_structs(additional)
        case _:
            return isinstance(schema_type, Object)


def event_struct_type(source: Object | Union) -> Any:
    """The type of a format's events. Raises `Untyped`."""
    if isinstance(source, Object):
        return _struct_type(source)
    if not all(isinstance(value, str) for value in source.variants):
        raise NotStructable
    discriminator = source.discriminator
    return reduce(
        or_, [_struct_type(variant, discriminator, tag) for tag, variant in source.variants.items()]
    )


def _struct_type(object_type: Object, discriminator: str = "", tag: Any = None) -> Any:
    """The type of an object; of those that `told_by` tells apart, the one where it is `value`."""
    if not object_type.exact or not is_struct(object_type) or object_type.key_pattern:
        raise NotStructable
    required: list[Any] = []
    optional: list[Any] = []
    namespace: dict[str, Any] = {}
    if discriminator:
        namespace[attribute_name(discriminator)] = tag
    for name, object_field in object_type.fields.items():
        if name == discriminator:
            continue
        try:
            field_type = _msgspec_type(object_field.type)
        except NotStructable:
            if object_field.required:
                raise
            namespace[attribute_name(name)] = (
                None  # an event that has it is read in the ordinary way
            )
            continue
        (required if object_field.required else optional).append(
            (attribute_name(name), field_type)
            if object_field.required
            else (attribute_name(name), field_type, None)
        )
    struct = msgspec.defstruct(
        "Event",
        required + optional,
        rename={attribute_name(name): name for name in object_type.fields},
        tag_field=discriminator or None,
        tag=tag,
        forbid_unknown_fields=True,
        gc=False,
        namespace=namespace,
    )
    return struct | None if object_type.nullable else struct


def _msgspec_type(schema_type: SchemaType) -> Any:
    match schema_type:
        case Scalar():
            alternatives = [*_scalar_types(schema_type)]
            if not alternatives:
                raise NotStructable
            value_type = reduce(or_, alternatives)
        case ListOf():
            value_type = _list_type(schema_type)
        case Object() if is_struct(schema_type):
            return _struct_type(schema_type)
        case Object(additional=additional, fields={}, exact=True, key_pattern="") if (
            additional is not None
        ):
            value_type = dict[str, _msgspec_type(additional)]  # type: ignore[misc]
        case RawSchema():
            value_type = reduce(or_, _alternative_types(schema_type))
        case _:
            raise NotStructable
    return value_type | None if getattr(schema_type, "nullable", False) else value_type


def _list_type(list_type: ListOf) -> Any:
    bounds = {"minItems": "min_length", "maxItems": "max_length"}
    keywords = {key for key in list_type.schema if not key.startswith("x-")}
    if not list_type.exact and keywords & _LIST_KEYWORDS - bounds.keys():
        raise NotStructable
    if isinstance(list_type.items, Scalar) and list_type.items.format:
        raise NotStructable
    element_list = list[_msgspec_type(list_type.items)]  # type: ignore[misc, valid-type]
    limits = {
        name: list_type.schema[key] for key, name in bounds.items() if key in list_type.schema
    }
    return Annotated[element_list, msgspec.Meta(**limits)] if limits else element_list


_LIST_KEYWORDS = frozenset(
    {"minItems", "maxItems", "uniqueItems", "prefixItems", "contains", "minContains",
     "maxContains", "unevaluatedItems", "allOf", "anyOf", "oneOf", "not", "if", "enum", "const",
     "$ref"}
)  # fmt: skip


def _scalar_types(scalar: Scalar) -> Iterator[Any]:
    """The types of a scalar's values, one for each of its JSON types."""
    if scalar.format and scalar.format not in FORMAT_TESTS:
        raise NotStructable
    if scalar.enum is not None:
        strings = tuple(
            value for value in scalar.enum if isinstance(value, str) and accepts(scalar, value)
        )
        if strings:
            yield Literal[strings]
        return
    for type_name in sorted(scalar.types):
        match type_name:
            case "string":
                yield _string_type(scalar)
            case "boolean":
                yield bool
            case "integer":
                yield _integer_type(scalar)
            case "number":
                yield _float_type(scalar)
                if "integer" not in scalar.types:
                    yield _integer_type(scalar)


def _string_type(scalar: Scalar) -> Any:
    limits: dict[str, Any] = {}
    if scalar.min_length:
        limits["min_length"] = scalar.min_length
    if scalar.max_length is not None:
        limits["max_length"] = scalar.max_length
    return Annotated[str, msgspec.Meta(**limits)] if limits else str


def _integer_type(scalar: Scalar) -> Any:
    """The integers within the bounds of a number."""
    lower_limits = [] if scalar.minimum is None else [math.ceil(scalar.minimum)]
    upper_limits = [] if scalar.maximum is None else [math.floor(scalar.maximum)]
    lower_limits += [] if scalar.above is None else [math.floor(scalar.above) + 1]
    upper_limits += [] if scalar.below is None else [math.ceil(scalar.below) - 1]
    limits: dict[str, Any] = {"ge": max(lower_limits)} if lower_limits else {}
    if upper_limits:
        limits["le"] = min(upper_limits)
    if any(abs(limit) >= 2**53 for limit in limits.values()):
        raise NotStructable
    return Annotated[int, msgspec.Meta(**limits)] if limits else int


def _float_type(scalar: Scalar) -> Any:
    if (scalar.minimum is not None and scalar.above is not None) or (
        scalar.maximum is not None and scalar.below is not None
    ):
        raise NotStructable
    bounds = {"ge": scalar.minimum, "gt": scalar.above, "le": scalar.maximum, "lt": scalar.below}
    limits: dict[str, Any] = {
        name: float(limit) for name, limit in bounds.items() if limit is not None
    }
    return Annotated[float, msgspec.Meta(**limits)] if limits else float


def _alternative_types(raw_schema: RawSchema) -> list[Any]:
    """The types of values that may be of several kinds: scalars, and lists of one kind."""
    schema = {key: value for key, value in raw_schema.schema.items() if not key.startswith("x-")}
    branches = schema.pop("anyOf", [{}])
    type_names = schema.pop("type", None)
    if not isinstance(type_names, list) or schema.keys() - _ANNOTATIONS:
        raise NotStructable
    alternatives: list[Any] = []
    for type_name in type_names:
        if type_name == "array":
            # Of lists, msgspec takes one kind: the last, and the others are read as they are.
            if not all(branch.keys() == {"items"} for branch in branches):
                raise NotStructable
            alternatives.append(
                _msgspec_type(type_of_schema({}, {"type": "array", **branches[-1]}))
            )
        elif type_name in ("string", "integer", "number", "boolean"):
            if any(branch.keys() != {"items"} for branch in branches):
                raise NotStructable
            alternatives += _scalar_types(Scalar(frozenset({type_name})))
        elif type_name != "null":
            raise NotStructable
    if not alternatives:
        raise NotStructable
    return alternatives


_ANNOTATIONS = frozenset({"description", "title", "examples", "example", "deprecated"})

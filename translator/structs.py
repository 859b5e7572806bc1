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

from translator.shapes import ListOf, Object, Opaque, Scalar, Shape, Union, accepts, shape_of

ASKED = {"date-time": "usual_rfc3339({0})", "uuid": "is_uuid({0})"}
"""The formats that emitted code asks about, each with the Python that does so."""


class Untyped(Exception):
    """No type takes these values alone, or what is written needs an event as it came."""


def never() -> str:
    """The code of what cannot be had. Raises `Untyped`."""
    raise Untyped


def attribute(name: str) -> str:
    """The attribute of a struct that holds the member `name`."""
    plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    if plain and not name.startswith(("_", "x_")):
        return name
    return f"x_{name.encode().hex()}"


def struct_of(always: Sequence[str], sometimes: Sequence[str]) -> type[msgspec.Struct]:
    """A struct to be written: with the members `always`, and with those `sometimes` not None."""
    names = (*always, *sometimes)
    fields = [(attribute(name), Any) for name in always]
    return msgspec.defstruct(
        "Made",
        [*fields, *((attribute(name), Any, None) for name in sometimes)],
        rename={attribute(name): name for name in names},
        omit_defaults=True,
        gc=False,
    )


def is_struct(shape: Shape) -> bool:
    """Whether an object is read into a struct; one whose names are free becomes a dict."""
    said = shape.schema if isinstance(shape, Object) else {}
    return bool(said.get("properties")) and not isinstance(said.get("additionalProperties"), dict)


def has_structs(shape: Shape) -> bool:
    """Whether a value of a shape is a struct, or has structs inside."""
    match shape:
        case ListOf(items=items):
            return has_structs(items)
        case Object(free=free) if not is_struct(shape):
            return free is not None and has_structs(free)
        case _:
            return isinstance(shape, Object)


def event_type(source: Object | Union) -> Any:
    """The type of a format's events. Raises `Untyped`."""
    if isinstance(source, Object):
        return _struct(source)
    if not all(isinstance(value, str) for value in source.variants):
        raise Untyped
    told_by = source.discriminator
    return reduce(or_, [_struct(one, told_by, at) for at, one in source.variants.items()])


def _struct(shape: Object, told_by: str = "", value: Any = None) -> Any:
    """The type of an object; of those that `told_by` tells apart, the one where it is `value`."""
    if not shape.exact or not is_struct(shape) or shape.key_pattern:
        raise Untyped
    needed: list[Any] = []
    others: list[Any] = []
    known: dict[str, Any] = {}
    if told_by:
        known[attribute(told_by)] = value
    for name, one in shape.members.items():
        if name == told_by:
            continue
        try:
            kind = _type(one.shape)
        except Untyped:
            if one.required:
                raise
            known[attribute(name)] = None  # an event that has it is read in the ordinary way
            continue
        (needed if one.required else others).append(
            (attribute(name), kind) if one.required else (attribute(name), kind, None)
        )
    made = msgspec.defstruct(
        "Event",
        needed + others,
        rename={attribute(name): name for name in shape.members},
        tag_field=told_by or None,
        tag=value,
        forbid_unknown_fields=True,
        gc=False,
        namespace=known,
    )
    return made | None if shape.nullable else made


def _type(shape: Shape) -> Any:
    match shape:
        case Scalar():
            kinds = [*_scalar(shape)]
            if not kinds:
                raise Untyped
            found = reduce(or_, kinds)
        case ListOf():
            found = _list(shape)
        case Object() if is_struct(shape):
            return _struct(shape)
        case Object(free=free, members={}, exact=True, key_pattern="") if free is not None:
            found = dict[str, _type(free)]  # type: ignore[misc]
        case Opaque():
            found = reduce(or_, _alternatives(shape))
        case _:
            raise Untyped
    return found | None if getattr(shape, "nullable", False) else found


def _list(shape: ListOf) -> Any:
    bounds = {"minItems": "min_length", "maxItems": "max_length"}
    said = {key for key in shape.schema if not key.startswith("x-")}
    if not shape.exact and said & _OF_LISTS - bounds.keys():
        raise Untyped
    if isinstance(shape.items, Scalar) and shape.items.format:
        raise Untyped
    found = list[_type(shape.items)]  # type: ignore[misc, valid-type]
    limits = {name: shape.schema[key] for key, name in bounds.items() if key in shape.schema}
    return Annotated[found, msgspec.Meta(**limits)] if limits else found


_OF_LISTS = frozenset(
    {"minItems", "maxItems", "uniqueItems", "prefixItems", "contains", "minContains",
     "maxContains", "unevaluatedItems", "allOf", "anyOf", "oneOf", "not", "if", "enum", "const",
     "$ref"}
)  # fmt: skip


def _scalar(shape: Scalar) -> Iterator[Any]:
    """The types of a scalar's values, one for each of its JSON types."""
    if shape.format and shape.format not in ASKED:
        raise Untyped
    if shape.enum is not None:
        texts = tuple(one for one in shape.enum if isinstance(one, str) and accepts(shape, one))
        if texts:
            yield Literal[texts]
        return
    for kind in sorted(shape.types):
        match kind:
            case "string":
                yield _text(shape)
            case "boolean":
                yield bool
            case "integer":
                yield _whole(shape)
            case "number":
                yield _bounded(shape)
                if "integer" not in shape.types:
                    yield _whole(shape)


def _text(shape: Scalar) -> Any:
    limits: dict[str, Any] = {}
    if shape.min_length:
        limits["min_length"] = shape.min_length
    if shape.max_length is not None:
        limits["max_length"] = shape.max_length
    return Annotated[str, msgspec.Meta(**limits)] if limits else str


def _whole(shape: Scalar) -> Any:
    """The integers within the bounds of a number."""
    least = [] if shape.minimum is None else [math.ceil(shape.minimum)]
    most = [] if shape.maximum is None else [math.floor(shape.maximum)]
    least += [] if shape.above is None else [math.floor(shape.above) + 1]
    most += [] if shape.below is None else [math.ceil(shape.below) - 1]
    limits: dict[str, Any] = {"ge": max(least)} if least else {}
    if most:
        limits["le"] = min(most)
    if any(abs(limit) >= 2**53 for limit in limits.values()):
        raise Untyped
    return Annotated[int, msgspec.Meta(**limits)] if limits else int


def _bounded(shape: Scalar) -> Any:
    if (shape.minimum is not None and shape.above is not None) or (
        shape.maximum is not None and shape.below is not None
    ):
        raise Untyped
    bounds = {"ge": shape.minimum, "gt": shape.above, "le": shape.maximum, "lt": shape.below}
    limits: dict[str, Any] = {
        name: float(limit) for name, limit in bounds.items() if limit is not None
    }
    return Annotated[float, msgspec.Meta(**limits)] if limits else float


def _alternatives(shape: Opaque) -> list[Any]:
    """The types of values that may be of several kinds: scalars, and lists of one kind."""
    schema = {key: value for key, value in shape.schema.items() if not key.startswith("x-")}
    choices = schema.pop("anyOf", [{}])
    kinds = schema.pop("type", None)
    if not isinstance(kinds, list) or schema.keys() - _SAYS_NOTHING:
        raise Untyped
    found: list[Any] = []
    for kind in kinds:
        if kind == "array":
            # Of lists, msgspec takes one kind: the last, and the others are read as they are.
            if not all(one.keys() == {"items"} for one in choices):
                raise Untyped
            found.append(_type(shape_of({}, {"type": "array", **choices[-1]})))
        elif kind in ("string", "integer", "number", "boolean"):
            if any(one.keys() != {"items"} for one in choices):
                raise Untyped
            found += _scalar(Scalar(frozenset({kind})))
        elif kind != "null":
            raise Untyped
    if not found:
        raise Untyped
    return found


_SAYS_NOTHING = frozenset({"description", "title", "examples", "example", "deprecated"})

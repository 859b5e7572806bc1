"""What codecs read and write: the JSON types of either side, and the types of their results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from translator.language import nodes
from translator.runtime.times import MAX_SECONDS, MIN_SECONDS
from translator.schema.types import (
    SCALAR_TYPES,
    ListOf,
    Mixed,
    Object,
    ObjectField,
    Scalar,
    SchemaType,
    Union,
    is_nullable,
)

DATE_TIME = Scalar(frozenset({"string"}), format="date-time")
STRING = Scalar(frozenset({"string"}))
NONEMPTY = replace(STRING, min_length=1)
INTEGER = Scalar(frozenset({"integer"}))
NUMBER = Scalar(frozenset({"number"}))
ANY_VALUE = Mixed(SCALAR_TYPES | {"array", "object"})
"""Any JSON value except null."""

NUMBERS = frozenset({"integer", "number"})

SECOND_FRACTIONS = replace(NUMBER, minimum=MIN_SECONDS, below=MAX_SECONDS + 1)
"""The type of epoch seconds with a fraction."""

_DURATION = replace(STRING, min_length=len("PT0S"))

_TEXT = frozenset({"string"})

_EITHER = _TEXT | NUMBERS


def json_types(schema_type: SchemaType) -> frozenset[str]:
    """Return the JSON types that a value may have."""
    if isinstance(schema_type, ListOf):
        return frozenset({"array"})
    if isinstance(schema_type, Object | Union):
        return frozenset({"object"})
    return schema_type.types


def side_types(codec: nodes.Codec, *, left: bool, written: bool) -> frozenset[str]:
    """Return the JSON types that a codec may write to one of its sides, or read there."""
    match codec:
        case nodes.Pipeline(codecs=codecs):
            return side_types(codecs[0] if left else codecs[-1], left=left, written=written)
        case nodes.Epoch(fraction=True):
            return NUMBERS if left else _TEXT
        case nodes.Epoch() | nodes.NumericString():
            return _EITHER
        case nodes.DateTime(epoch=epoch):
            return _EITHER if epoch and left else _TEXT
        case nodes.Iso8601() | nodes.LetterCase() | nodes.Prefix():
            return _TEXT
        case nodes.Linear() | nodes.Shift():
            return NUMBERS
        case nodes.Duration():
            return _TEXT if left else NUMBERS
        case nodes.Number(write=write):
            if not left:
                return NUMBERS
            return (_TEXT if write == "string" else NUMBERS) if written else _EITHER
        case nodes.Text():
            return _EITHER if left and not written else _TEXT
        case nodes.Split():
            return _TEXT if left else frozenset({"array"})
        case nodes.Pairs():
            return frozenset({"array" if left else "object"})
        case nodes.JsonText() if left:
            return _TEXT
        case nodes.Template() if not left:
            return _TEXT
    return ANY_VALUE.types


def side_type(codec: nodes.Codec, *, left: bool) -> SchemaType:
    """Return the type of what a codec reads on one of its sides."""
    names = side_types(codec, left=left, written=False)
    return Scalar(names) if names <= SCALAR_TYPES else Mixed(names)


def param_type(codec: nodes.Codec, target: SchemaType, *, to_left: bool) -> SchemaType:
    """Return the type of a param whose value a directed codec converts for a field."""
    if isinstance(codec, nodes.Identity):
        return target
    first = in_order(codec, to_left=to_left)[0]
    if to_left and isinstance(first, nodes.DateTime | nodes.Epoch | nodes.Iso8601):
        return replace(DATE_TIME, schema={"type": "string", "format": "date-time"})
    names = side_types(codec, left=not to_left, written=False)
    if names <= SCALAR_TYPES:
        return Scalar(names, schema={"type": sorted(names)})
    return Mixed(names)


def in_order(codec: nodes.Codec, *, to_left: bool) -> tuple[nodes.Codec, ...]:
    """Return the codecs of a pipeline in the order in which a direction applies them."""
    codecs = nodes.codec_parts(codec)
    return codecs[::-1] if to_left else codecs


def directed_codec(codec: nodes.Codec, *, to_left: bool) -> nodes.Codec:
    """Return a codec without the approximations that it makes only towards the left."""
    match codec:
        case nodes.Pipeline(codecs=codecs):
            return nodes.Pipeline(tuple(directed_codec(each, to_left=to_left) for each in codecs))
        case nodes.Epoch(finer="cut") if not to_left:
            return replace(codec, finer="refuse")
        case nodes.Split(last=True) if not to_left:
            return replace(codec, last=False)
    return codec


def approximation(codec: nodes.Codec) -> str:
    """Say what a directed codec changes in a value that it does not refuse; empty if nothing."""
    match codec:
        case nodes.Epoch(finer="cut", unit=unit):
            return f"cut to {unit}"
        case nodes.Split(last=True, name=name):
            return name or "only the last of several strings is written"
    return ""


def may_omit(codec: nodes.Codec, *, to_left: bool) -> bool:
    """Whether a codec has no result for some values of its domain, such as an empty list."""
    return to_left and any(isinstance(part, nodes.Split) for part in nodes.codec_parts(codec))


def without_prefixes(codec: nodes.Codec) -> nodes.Codec:
    """Return a codec for an ID that a crosswalk supplies, which has no prefix."""
    parts = nodes.codec_parts(codec)
    rest = tuple(part for part in parts if not isinstance(part, nodes.Prefix))
    if len(rest) == len(parts):
        return codec
    return nodes.Pipeline(rest) if len(rest) > 1 else rest[0] if rest else nodes.Identity()


def missing_prefix(codec: nodes.Codec, params: Iterable[str]) -> str:
    """Return the first param of a prefix that is not among those that are given, or empty."""
    given = frozenset(params)
    names = (part.param for part in nodes.codec_parts(codec) if isinstance(part, nodes.Prefix))
    return next((name for name in names if name and name not in given), "")


def result_type(codec: nodes.Codec, source: SchemaType, *, to_left: bool) -> SchemaType:
    """Return the type of the results of a codec that does not depend on the target's type."""
    is_text = isinstance(source, Scalar) and source.types <= STRING.types
    match codec:
        case nodes.Duration():
            return _DURATION if to_left else replace(NUMBER, minimum=0)
        case nodes.Number(write="string") if to_left:
            return NONEMPTY
        case nodes.Number():
            return source if isinstance(source, Scalar) and source.types <= NUMBERS else NUMBER
        case nodes.Text():
            return source if is_text else STRING
        case nodes.Shift(by=by):
            return _shifted(source, -by if to_left else by)
        case nodes.LetterCase() if is_text and isinstance(source, Scalar):
            return replace(STRING, min_length=source.min_length, max_length=source.max_length)
        case nodes.Prefix(param=param):
            return STRING if param else NONEMPTY
        case nodes.Split():
            return NONEMPTY if to_left else ListOf(NONEMPTY)
        case nodes.JsonText():
            return NONEMPTY if to_left else ANY_VALUE
        case nodes.Pairs(key=key, value=value):
            return _flattened(source, key, value) if to_left else _grouped(source, value)
    return STRING


def _shifted(source: SchemaType, by: float) -> SchemaType:
    is_whole = isinstance(source, Scalar) and source.types <= INTEGER.types and by == int(by)
    if not is_whole or not isinstance(source, Scalar):
        return NUMBER
    low, high = source.minimum, source.maximum
    return replace(
        INTEGER,
        minimum=None if low is None else low + by,
        maximum=None if high is None else high + by,
    )


def _grouped(source: SchemaType, value: str) -> SchemaType:
    item: SchemaType = ANY_VALUE
    if isinstance(source, ListOf) and isinstance(source.items, Object):
        field = source.items.fields.get(value)
        item = _not_null(field.type) if field is not None else item
    return Object({}, additional=ListOf(item))


def _flattened(source: SchemaType, key: str, value: str) -> SchemaType:
    item: SchemaType = ANY_VALUE
    if isinstance(source, Object) and isinstance(source.additional, ListOf) and not source.fields:
        item = _not_null(source.additional.items)
    pair = {key: ObjectField(STRING, True), value: ObjectField(item, True)}
    return ListOf(Object(pair, closed=True))


def _not_null(schema_type: SchemaType) -> SchemaType:
    if isinstance(schema_type, Union) or not is_nullable(schema_type):
        return schema_type
    return replace(schema_type, nullable=False)

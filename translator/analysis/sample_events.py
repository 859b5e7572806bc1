"""Build small valid events from the types of a spec."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from translator.paths import LIST_ITEM, MAP_ENTRY, VALUE, Path, starts_with
from translator.schema.types import ListOf, Mixed, Object, Scalar, ScalarValue, SchemaType, Union
from translator.validation.schemas import problem_finder

_STRINGS: Final = (
    "a1",
    "A1",
    "1",
    "123e4567-e89b-42d3-a456-426614174000",
    "2024-05-01T12:00:00Z",
    "2024-05-01",
    "12:00:00Z",
    "https://example.org/a1",
    "ada@example.org",
    "example.org",
    "192.0.2.1",
    "en",
    "US",
    "en-US",
    "EUR",
)
"""String values of the usual formats and patterns."""

_NUMBERS: Final = (1, 0, 1714564800, 1714564800000, 0.5, -1)


def sample_event(
    variant: Object, values: Mapping[Path, ScalarValue], fields: Collection[Path]
) -> Any:
    """Build an event with what a variant requires, with `fields`, and with the given `values`."""
    return _sample(variant, (), values, fields)


def _sample(
    schema_type: SchemaType, at: Path, values: Mapping[Path, ScalarValue], fields: Collection[Path]
) -> Any:
    if at in values:
        return values[at]
    match schema_type:
        case Object():
            result = {
                name: _sample(field.type, (*at, name), values, fields)
                for name, field in schema_type.fields.items()
                if field.required or any(starts_with(path, (*at, name)) for path in fields)
            }
            entry = (*at, MAP_ENTRY, VALUE)
            if schema_type.additional is not None and any(starts_with(p, entry) for p in fields):
                result["a1"] = _sample(schema_type.additional, entry, values, fields)
            return result
        case ListOf(items=items):
            item_path = (*at, LIST_ITEM)
            count = schema_type.schema.get("minItems", 0)
            needed = any(starts_with(path, item_path) for path in fields)
            item_count = max(count, int(needed))
            return [_sample(items, item_path, values, fields)] * item_count
        case Union(variants=variants):
            return _sample(next(iter(variants.values())), at, values, fields)
        case Scalar() | Mixed():
            return _scalar(schema_type)


def _scalar(schema_type: Scalar | Mixed) -> Any:
    """Return the first value that the schema of a field allows."""
    schema = schema_type.schema
    if isinstance(schema_type, Scalar) and schema_type.enum:
        return schema_type.enum[0]
    find_problem = problem_finder({key: value for key, value in schema.items() if key[:1] != "$"})
    for value in _candidates(schema):
        if find_problem(value) is None:
            return value
    return _STRINGS[0]


def _candidates(schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from schema.get("examples", ())
    yield from (schema[key] for key in ("default", "const") if key in schema)
    length = schema.get("minLength", 0)
    low, high = schema.get("minimum"), schema.get("maximum")
    yield from chain(_STRINGS, (string.ljust(length, "0") for string in _STRINGS))
    yield from chain(_NUMBERS, (bound for bound in (low, high) if bound is not None))
    yield from (True, [], {}, None)

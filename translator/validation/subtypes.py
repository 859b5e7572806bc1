"""Decide whether values of one schema type are proved to be values of another."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from translator.memo import by_identity
from translator.schema.reader import type_of_schema
from translator.schema.types import (
    SCALAR_TYPES,
    UNKNOWN_CONSTRAINT,
    ListOf,
    Mixed,
    Object,
    ObjectField,
    Scalar,
    ScalarValue,
    SchemaType,
    Union,
    canonical,
    find_field,
    is_nullable,
    may_accept,
)
from translator.validation import quick_check
from translator.validation.schemas import build_validator


def accepts(schema_type: SchemaType, value: ScalarValue) -> bool:
    """Whether a literal or enum value has the type, as a validator of its schema decides."""
    if value is None:
        if isinstance(schema_type, Union) or not schema_type.nullable or schema_type.exact:
            return is_nullable(schema_type)
    elif isinstance(schema_type, Scalar):
        if not may_accept(schema_type, value):
            return False
        if schema_type.exact and not schema_type.format:
            return True
        if schema_type.exact and not isinstance(value, str):
            return True
    schema = schema_of(schema_type)
    return quick_check.accepts(schema, value) or _validator(json.dumps(schema))(value)


def schema_of(schema_type: SchemaType) -> dict[str, Any]:
    """Return the whole schema of a type; of one that no spec defines, from its attributes."""
    if schema_type.schema or not isinstance(schema_type, Scalar):
        return schema_type.schema
    schema: dict[str, Any] = {"type": sorted(schema_type.types)}
    if schema_type.format:
        schema["format"] = schema_type.format
    if schema_type.constraints:
        schema["allOf"] = [json.loads(text) for text in sorted(schema_type.constraints)]
    return schema


@lru_cache(maxsize=1024)
def _validator(schema: str) -> Callable[[Any], bool]:
    is_valid: Callable[[Any], bool] = build_validator(json.loads(schema)).is_valid
    return is_valid


@by_identity
def is_subtype(source: SchemaType, target: SchemaType) -> bool:
    """Whether every value of `source`, except null, is proved to be a value of `target`.

    Objects are compared as they are copied: without nulls and without fields unknown to the target.
    """
    match source, target:
        case Scalar(), Scalar():
            return _is_scalar_subtype(source, target)
        case ListOf(), ListOf():
            return (
                (not is_nullable(source.items) or accepts(target.items, None))
                and is_subtype(source.items, target.items)
                and _meets_constraints(source, target)
            )
        case Object(), Object():
            return target.exact and _is_object_subtype(source, target)
        case Mixed(), Mixed():
            return _is_mixed_subtype(source, target)
        case ((Scalar() | ListOf() | Object()), Mixed()):
            return _is_kind_subtype(source, target) and _meets_constraints(source, target)
    return False


def _meets_constraints(source: Scalar | ListOf | Object, target: ListOf | Mixed) -> bool:
    """Whether all values of a type are proved to meet the constraints of another.

    The copy of a list or an object with other objects inside may differ from the value it copies,
    so its constraints prove nothing.
    """
    known = source.constraints if _is_copied_exactly(source) else frozenset()
    return all(
        constraint in known or _meets_constraint(source, constraint)
        for constraint in target.constraints
    )


def _is_copied_exactly(schema_type: SchemaType) -> bool:
    if isinstance(schema_type, ListOf):
        return _is_copied_exactly(schema_type.items)
    return isinstance(schema_type, Scalar)


def _meets_constraint(source: SchemaType, constraint: str) -> bool:
    keywords = json.loads(constraint) if constraint else {}
    if keywords.keys() != {"anyOf"}:
        return False
    return any(is_subtype(source, branch) for branch in _branch_types(constraint))


@lru_cache(maxsize=256)
def _branch_types(constraint: str) -> list[SchemaType]:
    return [type_of_schema({}, branch) for branch in json.loads(constraint)["anyOf"]]


def _is_kind_subtype(source: Scalar | ListOf | Object, target: Mixed) -> bool:
    """Whether a value of one kind has the type of that kind in a type of several kinds."""
    part: SchemaType | None
    if isinstance(source, Scalar):
        accepted = target.types | ({"integer"} if "number" in target.types else set())
        return source.types <= accepted and (
            target.scalar is None or is_subtype(source, target.scalar)
        )
    if isinstance(source, ListOf):
        name, part = "array", target.list
        if part is None and is_nullable(source.items):
            return False
    else:
        name, part = "object", target.object
    return name in target.types and (part is None or is_subtype(source, part))


def _is_mixed_subtype(source: Mixed, target: Mixed) -> bool:
    """Whether a value of several kinds, which is copied whole, is a value of another such type."""
    if source.schema and canonical(source.schema) == canonical(target.schema):
        return UNKNOWN_CONSTRAINT not in source.constraints
    containers = source.types - SCALAR_TYPES
    is_open = target.exact and target.list is None and target.object is None
    if containers and not (is_open and containers <= target.types):
        return False
    scalars = source.types & SCALAR_TYPES
    if not scalars:
        return True
    scalar = source.scalar or Scalar(scalars)
    constraints = scalar.constraints | source.constraints
    return is_subtype(replace(scalar, types=scalars, constraints=constraints), target)


def _is_object_subtype(source: Object, target: Object) -> bool:
    for name, target_field in target.fields.items():
        source_field = find_field(source, name)
        if target_field.required and not (
            source_field and _is_always_copied(source_field, target_field)
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


def _is_always_copied(source: ObjectField, target: ObjectField) -> bool:
    """Whether a copy always has a required field of the target."""
    return source.required and (not is_nullable(source.type) or accepts(target.type, None))


_FORMAT_MIN_LENGTHS = {"date-time": len("2024-05-01T12:00:00Z"), "uuid": 36}


def min_string_length(scalar: Scalar) -> int:
    """Return the minimum length of a string, considering its format."""
    return max(scalar.min_length, _FORMAT_MIN_LENGTHS.get(scalar.format, 0))


def _is_scalar_subtype(source: Scalar, target: Scalar) -> bool:
    if source.enum is not None:
        return all(accepts(target, value) for value in source.enum)
    if target.enum is not None or not target.constraints <= source.constraints:
        return False
    accepted_types = target.types | ({"integer"} if "number" in target.types else set())
    if not source.types <= accepted_types or UNKNOWN_CONSTRAINT in target.constraints:
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

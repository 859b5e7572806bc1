"""What a spec says about a field, in the words of a page: its type, whether it is required."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from translator.paths import KEY, LIST_ITEM, MAP_ENTRY, VALUE, Path
from translator.schema.openapi import Schema, resolve
from translator.schema.spec import Spec
from translator.schema.types import (
    EventType,
    ListOf,
    Mixed,
    Object,
    Scalar,
    SchemaType,
    is_nullable,
    type_at,
    variants_of,
)

_MAX_VALUES, _MAX_DEPTH = 12, 40


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """The type of a field, its description, and in which events it is required."""

    type: str
    required: str
    description: str


def field_facts(spec: Spec, events: EventType, path: Path) -> FieldFacts | None:
    """Return what the spec says about the field at a path; None if it has no such field.

    `events` is the type of the spec's events.
    """
    variants = variants_of(events)
    types = [(variant, found) for variant in variants if (found := type_at(variant, path))]
    if not types:
        return None
    names = dict.fromkeys(type_name(found) for _, found in types)
    count = sum(_is_required(variant, path) for variant, _ in types)
    required = f"required in {count} of {len(variants)} types of events" if count else "optional"
    if count == len(variants):
        required = "required"
    schema = resolve(spec.document, spec.document["x-event"])
    description = next(_descriptions(spec.document, schema, path), "")
    return FieldFacts(" or ".join(list(names)[:3]), required, description)


def _is_required(schema_type: SchemaType, path: Path) -> bool:
    """Whether the field and all fields above it are required; elements of lists count as such."""
    for step in path:
        if isinstance(schema_type, ListOf):
            schema_type = schema_type.items
            continue
        field = schema_type.fields.get(step) if isinstance(schema_type, Object) else None
        if field is None or not field.required:
            return False
        schema_type = field.type
    return True


def _descriptions(document: Schema, schema: Any, path: Path, depth: int = 0) -> Iterator[str]:
    """Yield the descriptions of the field at a path below a schema of a document."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return
    if not path and isinstance(text := schema.get("description"), str) and text:
        yield text
    if path:
        step, rest = path[0], path[1:]
        keywords = {LIST_ITEM: "items", KEY: "propertyNames", VALUE: "additionalProperties"}
        inner = schema.get(keywords.get(step, ""))
        if step == MAP_ENTRY:
            inner = schema
        elif step not in keywords:
            properties = schema.get("properties")
            named = properties.get(step) if isinstance(properties, dict) else None
            inner = named if named is not None else schema.get("additionalProperties")
        yield from _descriptions(document, inner, rest, depth + 1)
    branches = [each for word in ("allOf", "oneOf", "anyOf") for each in schema.get(word) or ()]
    if isinstance(ref := schema.get("$ref"), str):
        branches.append(resolve(document, ref))
    for branch in branches:
        yield from _descriptions(document, branch, path, depth + 1)


def type_name(schema_type: SchemaType) -> str:
    """Return a type in words, as in `string (date-time)` or `integer, at least 0`."""
    match schema_type:
        case ListOf(items=items):
            name = f"list of {type_name(items)}"
        case Scalar():
            name = _scalar_name(schema_type)
        case Mixed(types=types):
            names = {"array": "list"}
            name = " or ".join(sorted(names.get(each, each) for each in types)) or "null"
        case _:
            name = "object"
    return f"{name} or null" if is_nullable(schema_type) and name != "null" else name


def _scalar_name(scalar: Scalar) -> str:
    name = " or ".join(sorted(scalar.types))
    if scalar.enum is not None:
        values = [json.dumps(value, ensure_ascii=False) for value in scalar.enum]
        more = len(values) - _MAX_VALUES
        listed = values[:_MAX_VALUES] + ([f"{more} more"] if more > 0 else [])
        return f"{name}: {', '.join(listed)}"
    if scalar.format:
        name += f" ({scalar.format})"
    bounds = [
        (scalar.minimum, "at least {}"),
        (scalar.above, "more than {}"),
        (scalar.maximum, "at most {}"),
        (scalar.below, "less than {}"),
        (scalar.min_length or None, "at least {} long"),
        (scalar.max_length, "at most {} long"),
    ]
    return ", ".join([name, *(text.format(bound) for bound, text in bounds if bound is not None)])

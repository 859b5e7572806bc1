"""The kinds of schemas that a field of a small format may have; kinds.txt is the table of them.

Kinds are grouped, so that two fields of a rule often have values in common. A kind is the JSON of a
schema; it may refer to the `COMPONENTS`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

Json = Any
Schema = Any
"""A JSON Schema: an object, or true or false."""

COMPONENTS: dict[str, Schema] = {
    "Short": {"type": "string", "maxLength": 3},
    "Word": {"type": "string", "pattern": "^[a-z]+$"},
    "Color": {"type": "string", "enum": ["red", "green", "blue"]},
    "Count": {"type": "integer", "minimum": 0},
    "Point": {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
        "required": ["x"],
    },
    "Words": {"type": "array", "items": {"type": "string"}, "minItems": 1},
}
"""Schemas that kinds refer to as `#/components/schemas/NAME`."""


def _read_table() -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            lines = groups.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line.replace('"$ref": "', '"$ref": "#/components/schemas/'))
    return {name: tuple(kinds) for name, kinds in groups.items()}


KINDS = _read_table()
"""The JSON of the schemas in kinds.txt, by the JSON type of most of their values."""

CONSTRAINTS: tuple[str, ...] = (
    '{"additionalProperties": false}',
    '{"additionalProperties": true}',
    '{"unevaluatedProperties": false}',
    '{"minProperties": 1}',
    '{"minProperties": 2}',
    '{"maxProperties": 1}',
    '{"propertyNames": {"maxLength": 5}}',
    '{"patternProperties": {"^[a-z]$": {"maxLength": 3}}}',
    '{"dependentRequired": {"A": ["B"]}}',
    '{"dependentSchemas": {"A": {"required": ["B"]}}}',
    '{"anyOf": [{"required": ["A"]}, {"required": ["B"]}]}',
    '{"oneOf": [{"required": ["A"]}, {"required": ["B"]}]}',
    '{"not": {"required": ["A", "B"]}}',
    '{"if": {"required": ["A"]}, "then": {"required": ["B"]}}',
    '{"allOf": [{"required": ["A"]}]}',
    '{"allOf": [{"properties": {"A": {"maxLength": 2}}}]}',
    '{"not": {"required": ["A"], "properties": {"A": {"const": "red"}}}}',
    '{"x-written": {"required": ["A"]}}',
    '{"x-written": {"properties": {"A": false}}}',
    '{"x-written": {"minProperties": 1}}',
    '{"x-written": {"properties": {"A": {"maxLength": 2, "maximum": 5}}}}',
    '{"x-written": {"additionalProperties": false}}',
)
"""Keywords of an object whose first two properties are A and B (the same if it has only one)."""

LIST_KEYWORDS: tuple[str, ...] = (
    '{"minItems": 1}',
    '{"minItems": 2}',
    '{"maxItems": 2}',
    '{"maxItems": 0}',
    '{"uniqueItems": true}',
    '{"contains": {"const": "red"}}',
    '{"contains": {"type": "object", "minProperties": 1}}',
    '{"prefixItems": [{"maxLength": 3}]}',
    '{"type": ["array", "null"]}',
    '{"x-written": {"minItems": 1}}',
    '{"x-written": {"uniqueItems": true}}',
    '{"not": {"maxItems": 1}}',
    '{"unevaluatedItems": false}',
)
"""Keywords of a list as a whole."""

MAP_KEYWORDS: tuple[str, ...] = (
    '{"minProperties": 1}',
    '{"maxProperties": 1}',
    '{"propertyNames": {"maxLength": 2}}',
    '{"propertyNames": {"pattern": "^[a-z]+$"}}',
    '{"type": ["object", "null"]}',
    '{"patternProperties": {"^x": {"maxLength": 2}}}',
    '{"x-written": {"minProperties": 1}}',
    '{"x-written": {"maxProperties": 1}}',
    '{"not": {"required": ["x"]}}',
)
"""Keywords of an object with free keys."""

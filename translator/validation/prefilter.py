"""Build prefilter schemas: self-contained, fast to check, and never accepting an invalid event.

Each `date-time` format is replaced by a pattern, and each `x-max-bytes` by a length of ASCII, so
that the validator does not have to call Python. The result refuses valid events only if they have a
leap day, a leap second, or non-ASCII characters in a string with `x-max-bytes`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from translator.runtime.times import COMMON_RFC3339
from translator.schema.openapi import Schema, map_subschemas, resolve, subschemas
from translator.schema.spec import Spec, input_document
from translator.schema.types import without_annotations
from translator.validation.schemas import (
    PrefilterSchema,
    copy_forcing_reads,
    force_reads,
)

_COMMON_DATE_TIME = {"pattern": f"^(?:{COMMON_RFC3339})$"}

_MONOTONIC_KEYWORDS = frozenset(
    {"$ref", "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum",
     "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "properties", "required",
     "additionalProperties", "patternProperties", "propertyNames", "minProperties",
     "maxProperties", "dependentRequired", "items", "prefixItems", "minItems", "maxItems",
     "uniqueItems", "allOf", "anyOf", "contentMediaType", "x-max-bytes"}
)  # fmt: skip
"""Keywords that accept no additional values if their subschemas are made stricter."""


class _NotMonotonic(Exception):
    """A schema that might accept more events if its subschemas are made stricter."""


def build_prefilter_schemas(spec: Spec) -> dict[str, PrefilterSchema]:
    """Return the prefilter schemas by value of the discriminator; by `""` if there is none."""
    discriminator = spec.event_schema.get("discriminator", {"mapping": {"": spec.event_pointer}})
    mapping: dict[str, str] = discriminator["mapping"]
    document = input_document(spec.document)
    schemas_by_pointer = {
        pointer: _self_contained(document, pointer) for pointer in set(mapping.values())
    }
    return {value: schemas_by_pointer[pointer] for value, pointer in mapping.items()}


def _self_contained(document: Schema, pointer: str) -> PrefilterSchema:
    """Combine the schema at `pointer` with its references; with all components as a fallback."""
    ids = {pointer: "0"}
    definitions: dict[str, Any] = {}
    try:
        while len(definitions) < len(ids):
            ref, definition_id = list(ids.items())[len(definitions)]
            definitions[definition_id] = _narrow(resolve(document, ref), ids)
    except _NotMonotonic:
        components = copy_forcing_reads(document.get("components", {}))
        return PrefilterSchema({"$ref": pointer, "components": components}, calls_python=True)
    return PrefilterSchema({"$ref": "#/$defs/0", "$defs": definitions}, calls_python=False)


def _narrow(schema: Any, ids: dict[str, str]) -> Any:
    """Replace date-times by their common form. Raises `_NotMonotonic`.

    References become `#/$defs/ID`; new targets are added to `ids`.
    """
    if not isinstance(schema, dict):
        return schema
    constraints = without_annotations(schema)
    constraints.pop("discriminator", None)
    has_negation, negated = "not" in constraints, constraints.pop("not", True)
    if not constraints.keys() <= _MONOTONIC_KEYWORDS or not _stays_the_same(negated):
        raise _NotMonotonic
    narrowed = map_subschemas(constraints, partial(_narrow, ids=ids))
    if has_negation:
        narrowed["not"] = negated
    if "$ref" in narrowed:
        narrowed["$ref"] = f"#/$defs/{ids.setdefault(narrowed['$ref'], str(len(ids)))}"
    force_reads(narrowed)
    if "x-max-bytes" in narrowed:
        limit = {"pattern": "^[\\x00-\\x7f]*$", "maxLength": narrowed.pop("x-max-bytes")}
        narrowed["allOf"] = [*narrowed.get("allOf", ()), limit]
    if narrowed.get("format") == "date-time":
        del narrowed["format"]
        narrowed["allOf"] = [*narrowed.get("allOf", ()), _COMMON_DATE_TIME]
    return narrowed


def _stays_the_same(schema: Any) -> bool:
    """Whether narrowing would change nothing in a schema, which can then be negated."""
    if not isinstance(schema, dict):
        return True
    if "$ref" in schema or schema.get("format") == "date-time":
        return False
    return all(_stays_the_same(inner) for _, inner in subschemas(schema))

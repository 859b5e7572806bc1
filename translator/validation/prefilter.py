"""Build prefilter schemas: self-contained, fast to check, and never accepting an invalid event.

Each `date-time` format is replaced by a pattern, so that the validator does not have to call
Python. The result refuses only one kind of valid event: with a leap day or a leap second.
"""

from __future__ import annotations

from typing import Any

from translator.runtime.times import COMMON_RFC3339
from translator.schema.openapi import (
    SCHEMA_KEYWORDS,
    SCHEMA_LIST_KEYWORDS,
    SCHEMA_MAP_KEYWORDS,
    Schema,
    resolve,
)
from translator.schema.spec import Spec
from translator.schema.types import without_annotations
from translator.validation.schemas import (
    PrefilterSchema,
    copy_forcing_string_reads,
    force_string_read,
)

_COMMON_DATE_TIME = {"pattern": f"^(?:{COMMON_RFC3339})$"}

_MONOTONIC_KEYWORDS = frozenset(
    {"$ref", "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum",
     "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "properties", "required",
     "additionalProperties", "patternProperties", "propertyNames", "minProperties",
     "maxProperties", "dependentRequired", "items", "prefixItems", "minItems", "maxItems",
     "uniqueItems", "allOf", "anyOf"}
)  # fmt: skip
"""Keywords that accept no additional values if their subschemas are made stricter."""


def build_prefilter_schemas(spec: Spec) -> dict[str, PrefilterSchema]:
    """Return the prefilter schemas by value of the discriminator; by `""` if there is none."""
    discriminator = spec.event_schema.get("discriminator", {"mapping": {"": spec.event_pointer}})
    mapping: dict[str, str] = discriminator["mapping"]
    schemas_by_pointer = {
        pointer: _self_contained(spec.document, pointer) for pointer in set(mapping.values())
    }
    return {value: schemas_by_pointer[pointer] for value, pointer in mapping.items()}


def _self_contained(document: Schema, pointer: str) -> PrefilterSchema:
    """Combine the schema at `pointer` with its references; with all components as a fallback."""
    ids = {pointer: "0"}
    definitions: dict[str, Any] = {}
    while len(definitions) < len(ids):
        ref, definition_id = list(ids.items())[len(definitions)]
        definition = _narrow(resolve(document, ref), ids)
        if definition is None:
            components = copy_forcing_string_reads(document.get("components", {}))
            full_schema = {"$ref": pointer, "components": components}
            return PrefilterSchema(full_schema, checks_date_times=True)
        definitions[definition_id] = definition
    return PrefilterSchema({"$ref": "#/$defs/0", "$defs": definitions}, checks_date_times=False)


def _narrow(schema: Any, ids: dict[str, str]) -> Any:
    """Replace date-times by their common form; None if the result might accept more events.

    References become `#/$defs/ID`; new targets are added to `ids`.
    """
    if not isinstance(schema, dict):
        return schema
    narrowed: dict[str, Any] = {}
    for keyword, value in without_annotations(schema).items():
        if keyword == "discriminator":
            continue
        if keyword not in _MONOTONIC_KEYWORDS:
            return None
        subschemas: list[Any] = []
        if keyword == "$ref":
            value = f"#/$defs/{ids.setdefault(value, str(len(ids)))}"
        elif keyword in SCHEMA_KEYWORDS:
            value = _narrow(value, ids)
            subschemas = [value]
        elif keyword in SCHEMA_LIST_KEYWORDS:
            value = subschemas = [_narrow(subschema, ids) for subschema in value]
        elif keyword in SCHEMA_MAP_KEYWORDS:
            value = {name: _narrow(subschema, ids) for name, subschema in value.items()}
            subschemas = list(value.values())
        if None in subschemas:
            return None
        narrowed[keyword] = value
    force_string_read(narrowed)
    if narrowed.get("format") == "date-time":
        del narrowed["format"]
        narrowed["allOf"] = [*narrowed.get("allOf", ()), _COMMON_DATE_TIME]
    return narrowed

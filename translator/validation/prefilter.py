"""From a spec to the schemas that events are judged by first.

Each stands alone, so that one is compiled without the others. Where a date-time is asked for, a
pattern of the usual form takes its place: the validator then need not ask Python. The schema takes
no event that the spec does not take, and all but those with a leap day or a leap second.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from translator.validation.schemas import (
    PrefilterSchema,
    copy_forcing_string_reads,
    force_string_read,
)

_COMMON_DATE_TIME = {"pattern": f"^(?:{COMMON_RFC3339})$"}

_ANNOTATIONS = frozenset(
    {"description", "title", "examples", "example", "default", "deprecated", "$comment",
     "readOnly", "writeOnly", "externalDocs", "discriminator"}
)  # fmt: skip

_MONOTONIC_KEYWORDS = frozenset(
    {"$ref", "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum",
     "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "properties", "required",
     "additionalProperties", "patternProperties", "propertyNames", "minProperties",
     "maxProperties", "dependentRequired", "items", "prefixItems", "minItems", "maxItems",
     "uniqueItems", "allOf", "anyOf"}
)  # fmt: skip
"""The keywords that take fewer values, or as many, where the schemas inside them take fewer."""


def build_prefilter_schemas(spec: Spec) -> dict[str, PrefilterSchema]:
    """What events are judged by first, by the discriminator's values; `""` where there is none."""
    schema = spec.event_schema
    if "discriminator" not in schema:
        return {"": _self_contained(spec.document, spec.event_pointer)}
    mapping: Mapping[str, str] = schema["discriminator"]["mapping"]
    schemas_by_pointer = {
        pointer: _self_contained(spec.document, pointer) for pointer in set(mapping.values())
    }
    return {value: schemas_by_pointer[pointer] for value, pointer in mapping.items()}


def _self_contained(document: Schema, pointer: str) -> PrefilterSchema:
    """The schema at `pointer` with those that it refers to; else, with all that there are."""
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
    """`schema` with the usual form for date-times; None where that might take more events.

    A reference leads to the number of the schema it led to, which joins `numbers`.
    """
    if not isinstance(schema, dict):
        return schema
    narrowed: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _ANNOTATIONS or keyword.startswith("x-"):
            continue
        if keyword not in _MONOTONIC_KEYWORDS:
            return None
        if keyword == "$ref":
            value = f"#/$defs/{ids.setdefault(value, str(len(ids)))}"
        elif keyword in SCHEMA_KEYWORDS:
            value = _narrow(value, ids)
        elif keyword in SCHEMA_LIST_KEYWORDS:
            value = [_narrow(subschema, ids) for subschema in value]
        elif keyword in SCHEMA_MAP_KEYWORDS:
            value = {name: _narrow(subschema, ids) for name, subschema in value.items()}
        if value is None or (keyword in SCHEMA_LIST_KEYWORDS and None in value):
            return None
        if keyword in SCHEMA_MAP_KEYWORDS and None in value.values():
            return None
        narrowed[keyword] = value
    force_string_read(narrowed)
    if narrowed.get("format") == "date-time":
        del narrowed["format"]
        narrowed["allOf"] = [*narrowed.get("allOf", ()), _COMMON_DATE_TIME]
    return narrowed

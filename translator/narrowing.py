"""From a spec to the schemas that events are judged by first.

Each stands alone, so that one is compiled without the others. Where a date-time is asked for, a
pattern of the usual form takes its place: the validator then need not ask Python. The schema takes
no event that the spec does not take, and all but those with a leap day or a leap second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from translator.judges import Judged, read_text, reading_texts
from translator.openapi import LISTS, MAPS, ONE, Schema
from translator.spec import Spec, resolve
from translator.times import USUAL_RFC3339

_USUAL = {"pattern": f"^(?:{USUAL_RFC3339})$"}

_SAYS_NOTHING = frozenset(
    {"description", "title", "examples", "example", "default", "deprecated", "$comment",
     "readOnly", "writeOnly", "externalDocs", "discriminator"}
)  # fmt: skip

_NARROWS = frozenset(
    {"$ref", "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum",
     "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "properties", "required",
     "additionalProperties", "patternProperties", "propertyNames", "minProperties",
     "maxProperties", "dependentRequired", "items", "prefixItems", "minItems", "maxItems",
     "uniqueItems", "allOf", "anyOf"}
)  # fmt: skip
"""The keywords that take fewer values, or as many, where the schemas inside them take fewer."""


def first_schemas(spec: Spec) -> dict[str, Judged]:
    """What events are judged by first, by the discriminator's values; `""` where there is none."""
    schema = spec.event_schema
    if "discriminator" not in schema:
        return {"": _alone(spec.document, spec.event_pointer)}
    mapping: Mapping[str, str] = schema["discriminator"]["mapping"]
    alone = {pointer: _alone(spec.document, pointer) for pointer in set(mapping.values())}
    return {value: alone[pointer] for value, pointer in mapping.items()}


def _alone(document: Schema, pointer: str) -> Judged:
    """The schema at `pointer` with those that it refers to; else, with all that there are."""
    numbers = {pointer: "0"}
    narrowed: dict[str, Any] = {}
    while len(narrowed) < len(numbers):
        at, number = list(numbers.items())[len(narrowed)]
        found = _narrowed(resolve(document, at), numbers)
        if found is None:
            components = reading_texts(document.get("components", {}))
            whole = {"$ref": pointer, "components": components}
            return Judged(whole, dated=True)
        narrowed[number] = found
    return Judged({"$ref": "#/$defs/0", "$defs": narrowed}, dated=False)


def _narrowed(schema: Any, numbers: dict[str, str]) -> Any:
    """`schema` with the usual form for date-times; None where that might take more events.

    A reference leads to the number of the schema it led to, which joins `numbers`.
    """
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _SAYS_NOTHING or keyword.startswith("x-"):
            continue
        if keyword not in _NARROWS:
            return None
        if keyword == "$ref":
            value = f"#/$defs/{numbers.setdefault(value, str(len(numbers)))}"
        elif keyword in ONE:
            value = _narrowed(value, numbers)
        elif keyword in LISTS:
            value = [_narrowed(one, numbers) for one in value]
        elif keyword in MAPS:
            value = {name: _narrowed(one, numbers) for name, one in value.items()}
        if value is None or (keyword in LISTS and None in value):
            return None
        if keyword in MAPS and None in value.values():
            return None
        found[keyword] = value
    read_text(found)
    if found.get("format") == "date-time":
        del found["format"]
        found["allOf"] = [*found.get("allOf", ()), _USUAL]
    return found

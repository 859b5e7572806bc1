"""OpenAPI documents as trees: every schema with its JSON pointer, and where references lead.

The words of JSON Schema 2020-12 as OpenAPI 3.1 has them: keywords, dialects, types, formats.

Where a JSON pointer leads to in the text of a document: the line and column of the value.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from translator.errors import Diagnostic, Location, SpecError, did_you_mean, truncate


class Envelope(NamedTuple):
    """How a body holds events: the `member` that lists them, and how many it may hold at `most`."""

    field: str
    max_events: int | None


Schema = dict[str, Any]
"""A JSON object of a spec; what it holds is checked where it is used."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")

COMPONENTS = "#/components/schemas"

SCHEMA_KEYWORDS = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""The keywords that hold one schema."""

SCHEMA_LIST_KEYWORDS = ("allOf", "anyOf", "oneOf", "prefixItems")
"""The keywords that hold a list of schemas."""

SCHEMA_MAP_KEYWORDS = ("$defs", "dependentSchemas", "patternProperties", "properties")
"""The keywords that hold schemas by name."""


def resolve(document: Schema, ref: str, file: str = "") -> Any:
    """Give what the local reference `ref` (`#/components/schemas/Page`) points to.

    Raises:
        SpecError: the reference leaves the document, or points to nothing.

    """
    if ref != "#" and not ref.startswith("#/"):
        hint = "only references within the document are followed: write #/components/schemas/NAME"
        message = f"the reference {ref!r} leaves the document"
        raise SpecError([error_at("spec-reference", file, "", message, hint)])
    node: Any = document
    for step in split_pointer(ref):
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and _INDEX.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        else:
            message = f"the reference {ref!r} points to nothing"
            hint = suggest_nearest(step, node) or "name a part of this document"
            raise SpecError([error_at("spec-reference", file, "", message, hint)])
    return node


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Each schema object directly inside one, with its pointer from there (`/properties/id`)."""
    for keyword, value in schema.items():
        entries: Iterator[tuple[object, object]]
        if keyword in SCHEMA_KEYWORDS:
            entries, has_steps = iter([("", value)]), False
        elif keyword in SCHEMA_LIST_KEYWORDS and isinstance(value, list):
            entries, has_steps = iter(enumerate(value)), True
        elif keyword in SCHEMA_MAP_KEYWORDS and isinstance(value, dict):
            entries, has_steps = iter(value.items()), True
        else:
            continue
        for step, subschema in entries:
            if isinstance(subschema, dict):
                yield f"/{keyword}" + (f"/{escape_step(str(step))}" if has_steps else ""), subschema


def walk_schemas(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema object of the document, with its JSON pointer (without the `#`)."""
    queue = deque(root_schemas(document))
    while queue:
        pointer, schema = queue.popleft()
        yield pointer, schema
        queue.extend((pointer + step, inner) for step, inner in subschemas(schema))


def root_schemas(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema object that is inside no other: the components, then those of bodies."""
    for name, schema in component_schemas(document).items():
        if isinstance(schema, dict):
            yield f"{COMPONENTS[1:]}/{escape_step(name)}", schema
    for pointer, node in outer_objects(document):
        if isinstance(node.get("schema"), dict):
            yield f"{pointer}/schema", node["schema"]


def component_schemas(document: Schema) -> Schema:
    """Give the named schemas of the document; none where they are missing or malformed."""
    section = document.get("components")
    by_name = section.get("schemas") if isinstance(section, dict) else None
    return by_name if isinstance(by_name, dict) else {}


def outer_objects(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every object around the schemas, with its pointer: paths, bodies, responses, and so on."""
    queue: deque[tuple[str, object]] = deque([("", document)])
    while queue:
        pointer, node = queue.popleft()
        if isinstance(node, list):
            queue.extend((f"{pointer}/{index}", element) for index, element in enumerate(node))
        elif isinstance(node, dict):
            yield pointer, node
            for key, value in node.items():
                is_schema = key == "schema" or (pointer == "/components" and key == "schemas")
                if (
                    not is_schema
                    and key not in ("example", "examples")
                    and not key.startswith("x-")
                ):
                    queue.append((f"{pointer}/{escape_step(key)}", value))


def escape_step(step: str) -> str:
    """Write a member's name as a step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def split_pointer(ref: str) -> list[str]:
    """Give the names that a local reference (`#/a/b~1c`) leads through."""
    if "%" in ref:
        from urllib.parse import unquote

        ref = unquote(ref)
    return [step.replace("~1", "/").replace("~0", "~") for step in ref.split("/")[1:]]


def suggest_nearest(name: str, candidates: object) -> str:
    """Give the hint "did you mean" where one of the `known` names is near; no list of them all."""
    hint = (
        did_you_mean(name, map(str, candidates))
        if isinstance(candidates, (dict, list, frozenset))
        else ""
    )
    return hint if hint.startswith("did") else ""


def error_at(code: str, file: str, pointer: str, message: str, hint: str = "") -> Diagnostic:
    """Make the diagnostic of an error at a JSON pointer of a file."""
    return Diagnostic(code, Location(file, pointer=pointer), truncate(message), truncate(hint))


KEYWORDS = frozenset((
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema",
    "$vocabulary", "additionalProperties", "allOf", "anyOf", "const", "contains",
    "contentEncoding", "contentMediaType", "contentSchema", "default", "dependentRequired",
    "dependentSchemas", "deprecated", "description", "discriminator", "else", "enum",
    "example", "examples", "exclusiveMaximum", "exclusiveMinimum", "externalDocs", "format",
    "if", "items", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum",
    "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not",
    "oneOf", "pattern", "patternProperties", "prefixItems", "properties", "propertyNames",
    "readOnly", "required", "then", "title", "type", "unevaluatedItems",
    "unevaluatedProperties", "uniqueItems", "writeOnly", "xml",
))  # fmt: skip
"""The keywords of JSON Schema 2020-12 and those that OpenAPI 3.1 adds."""

DIALECTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://spec.openapis.org/oas/3.1/dialect/base",
)
"""What `$schema` may name: JSON Schema 2020-12, and what OpenAPI 3.1 makes of it."""

TYPES = frozenset(["array", "boolean", "integer", "null", "number", "object", "string"])
"""The types that `type` may name."""

FORMATS = frozenset((
    "date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4",
    "ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time",
    "uri", "uri-reference", "uri-template", "uuid",
))  # fmt: skip
"""The formats of JSON Schema 2020-12: the ones that a validator checks."""


def has_type(value: object, type_name: str) -> bool:
    """Whether a value of JSON is of the type `kind`, one of `TYPES`."""
    match type_name:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "number":
            is_integral = isinstance(value, int) or (
                isinstance(value, float) and value.is_integer()
            )
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and (is_integral or type_name == "number")
        case "string":
            return isinstance(value, str)
    return isinstance(value, list if type_name == "array" else dict)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_string_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_type(value: object) -> bool:
    return _is_string(value) or _is_string_list(value)


VALUE_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "$ref": (_is_string, "a string"),
    "enum": (_is_list, "a list"),
    "examples": (_is_list, "a list"),
    "exclusiveMaximum": (_is_number, "a number"),
    "exclusiveMinimum": (_is_number, "a number"),
    "format": (_is_string, "a string"),
    "maxLength": (_is_number, "a number"),
    "maxProperties": (_is_number, "a number"),
    "maximum": (_is_number, "a number"),
    "minLength": (_is_number, "a number"),
    "minProperties": (_is_number, "a number"),
    "minimum": (_is_number, "a number"),
    "pattern": (_is_string, "a string"),
    "required": (_is_string_list, "a list of names"),
    "type": (_is_type, "the name of a type, or a list of such names"),
    "x-violations": (lambda value: isinstance(value, dict), "an object of texts"),
}
"""What the keywords hold that shapes and validators are made from."""

_SPACE = re.compile(r"[ \t\r\n]*")

_DECODER = json.JSONDecoder()


def line_and_column(text: str, pointer: str) -> tuple[int, int] | None:
    """Where what `pointer` (`/info/title`) leads to begins in `text`, both from 1.

    A member of an object begins with its name. None where the text is no JSON, or has no such
    place. Of a name that stands twice the last one counts, as to those who read the document.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    try:
        start = offset = _skip_space(text, 0)
        for step in steps:
            position = (
                _find_field(text, offset, step)
                if text[offset] == "{"
                else _find_element(text, offset, step)
            )
            if position is None:
                return None
            start, offset = position
    except (ValueError, IndexError, RecursionError):
        return None
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _find_field(text: str, offset: int, name: str) -> tuple[int, int] | None:
    """Where a member of the object at `at` has its name and its value."""
    position: tuple[int, int] | None = None
    offset = _skip_space(text, offset + 1)
    while text[offset] != "}":
        key, end = _DECODER.raw_decode(text, offset)
        value_offset = _skip_space(text, _skip_space(text, end) + 1)
        if key == name:
            position = (offset, value_offset)
        offset = _skip_value(text, value_offset)
    return position


def _find_element(text: str, offset: int, index: str) -> tuple[int, int] | None:
    """Where an element of the list at `at` begins, twice."""
    if text[offset] != "[" or not index.isdecimal():
        return None
    offset = _skip_space(text, offset + 1)
    for _ in range(int(index)):
        if text[offset] == "]":
            return None
        offset = _skip_value(text, offset)
    return None if text[offset] == "]" else (offset, offset)


def _skip_value(text: str, offset: int) -> int:
    """Where what follows the value at `at` begins, behind the comma if there is one."""
    offset = _skip_space(text, _DECODER.raw_decode(text, offset)[1])
    return _skip_space(text, offset + 1) if text[offset] == "," else offset


def _skip_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset

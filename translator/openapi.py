"""OpenAPI documents as trees: every schema with its JSON pointer, and where references lead."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from translator.diagnostics import Diagnostic, Location, did_you_mean, truncate
from translator.errors import SpecError

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

"""OpenAPI documents as trees: every schema with its JSON pointer, and where references lead."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from translator.diagnostics import Diagnostic, Location, did_you_mean, shortened
from translator.errors import SpecError

Schema = dict[str, Any]
"""A JSON object of a spec; what it holds is checked where it is used."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")

COMPONENTS = "#/components/schemas"

ONE = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
"""The keywords that hold one schema."""

LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
"""The keywords that hold a list of schemas."""

MAPS = ("$defs", "dependentSchemas", "patternProperties", "properties")
"""The keywords that hold schemas by name."""


def resolve(document: Schema, ref: str, file: str = "") -> Any:
    """Give what the local reference `ref` (`#/components/schemas/Page`) points to.

    Raises:
        SpecError: the reference leaves the document, or points to nothing.

    """
    if ref != "#" and not ref.startswith("#/"):
        hint = "only references within the document are followed: write #/components/schemas/NAME"
        message = f"the reference {ref!r} leaves the document"
        raise SpecError([fault("spec-reference", file, "", message, hint)])
    at: Any = document
    for step in split_pointer(ref):
        if isinstance(at, dict) and step in at:
            at = at[step]
        elif isinstance(at, list) and _INDEX.fullmatch(step) and int(step) < len(at):
            at = at[int(step)]
        else:
            message = f"the reference {ref!r} points to nothing"
            hint = nearest(step, at) or "name a part of this document"
            raise SpecError([fault("spec-reference", file, "", message, hint)])
    return at


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Each schema object directly inside one, with its pointer from there (`/properties/id`)."""
    for keyword, value in schema.items():
        inside: Iterator[tuple[object, object]]
        if keyword in ONE:
            inside, name = iter([("", value)]), False
        elif keyword in LISTS and isinstance(value, list):
            inside, name = iter(enumerate(value)), True
        elif keyword in MAPS and isinstance(value, dict):
            inside, name = iter(value.items()), True
        else:
            continue
        for step, found in inside:
            if isinstance(found, dict):
                yield f"/{keyword}" + (f"/{escape(str(step))}" if name else ""), found


def schemas(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema object of the document, with its JSON pointer (without the `#`)."""
    waiting = deque(roots(document))
    while waiting:
        pointer, schema = waiting.popleft()
        yield pointer, schema
        waiting.extend((pointer + step, inner) for step, inner in subschemas(schema))


def roots(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every schema object that is inside no other: the components, then those of bodies."""
    for name, schema in components(document).items():
        if isinstance(schema, dict):
            yield f"{COMPONENTS[1:]}/{escape(name)}", schema
    for pointer, node in surroundings(document):
        if isinstance(node.get("schema"), dict):
            yield f"{pointer}/schema", node["schema"]


def components(document: Schema) -> Schema:
    """Give the named schemas of the document; none where they are missing or malformed."""
    found = document.get("components")
    named = found.get("schemas") if isinstance(found, dict) else None
    return named if isinstance(named, dict) else {}


def surroundings(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every object around the schemas, with its pointer: paths, bodies, responses, and so on."""
    waiting: deque[tuple[str, object]] = deque([("", document)])
    while waiting:
        pointer, node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend((f"{pointer}/{index}", one) for index, one in enumerate(node))
        elif isinstance(node, dict):
            yield pointer, node
            for key, value in node.items():
                is_schema = key == "schema" or (pointer == "/components" and key == "schemas")
                if (
                    not is_schema
                    and key not in ("example", "examples")
                    and not key.startswith("x-")
                ):
                    waiting.append((f"{pointer}/{escape(key)}", value))


def escape(step: str) -> str:
    """Write a member's name as a step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def split_pointer(ref: str) -> list[str]:
    """Give the names that a local reference (`#/a/b~1c`) leads through."""
    if "%" in ref:
        from urllib.parse import unquote

        ref = unquote(ref)
    return [step.replace("~1", "/").replace("~0", "~") for step in ref.split("/")[1:]]


def nearest(name: str, known: object) -> str:
    """Give the hint "did you mean" where one of the `known` names is near; no list of them all."""
    hint = did_you_mean(name, map(str, known)) if isinstance(known, (dict, list, frozenset)) else ""
    return hint if hint.startswith("did") else ""


def fault(code: str, file: str, pointer: str, message: str, hint: str = "") -> Diagnostic:
    """Make the diagnostic of an error at a JSON pointer of a file."""
    return Diagnostic(code, Location(file, pointer=pointer), shortened(message), shortened(hint))

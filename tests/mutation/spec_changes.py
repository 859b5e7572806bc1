"""All mutants of the event schema of a spec, with one change each.

Annotations such as descriptions and examples, and other schemas, are not changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.mutation.mutants import Mutant
from translator.schema.openapi import subschemas
from translator.schema.types import without_annotations

Pointer = tuple[str, ...]
Json = Any

TYPES = ("string", "integer", "number", "boolean", "object", "array")
BOUNDS = ("minLength", "maxLength", "minimum", "maximum")
NEW: dict[str, Json] = {"type": "string"}


def mutants(file: str, document: dict[str, Json]) -> Iterator[Mutant]:
    """The mutants of one spec."""

    def mutant(kind: str, at: Pointer, change: str, edits: list[tuple[Pointer, Json]]) -> Mutant:
        place = "/".join(at[2:]) if at[:2] == ("components", "schemas") else "/".join(at)
        return Mutant(kind, file, place, change, lambda: edited(document, edits))

    for pointer in sorted(reachable(document)):
        schema = look(document, pointer)
        for kind, change, edits in changes(document, pointer, schema):
            yield mutant(kind, pointer, change, edits)
    for name in document["components"]["schemas"]:
        new = f"#/components/schemas/{name}"
        if new != document["x-event"]:
            yield mutant("change x-event", ("x-event",), f"→ {name}", [(("x-event",), new)])


def reachable(document: dict[str, Json]) -> set[Pointer]:
    """Pointers to the schemas that the event schema uses."""
    pointers: set[Pointer] = set()
    waiting = [tuple(document["x-event"].removeprefix("#/").split("/"))]
    while waiting:
        pointer = waiting.pop()
        if pointer in pointers:
            continue
        pointers.add(pointer)
        schema = look(document, pointer)
        for step, _ in subschemas(schema):
            waiting.append((*pointer, *step.strip("/").split("/")))
        refs = [schema["$ref"]] if "$ref" in schema else []
        refs += schema.get("discriminator", {}).get("mapping", {}).values()
        waiting += [tuple(ref.removeprefix("#/").split("/")) for ref in refs]
    return pointers


def look(document: Json, pointer: Pointer) -> Json:
    for step in pointer:
        document = document[int(step) if isinstance(document, list) else step]
    return document


REMOVE = object()
"""In an edit: remove the value."""


def edited(document: Json, edits: list[tuple[Pointer, Json]]) -> Json:
    """A copy of a document with edits; unchanged parts are shared."""
    for pointer, new in edits:
        document = _edited(document, pointer, new)
    return document


def _edited(document: Json, pointer: Pointer, new: Json) -> Json:
    if not pointer:
        return new
    step, rest = pointer[0], pointer[1:]
    if isinstance(document, list):
        changed: Json = list(document)
        index = int(step)
        if rest or new is not REMOVE:
            changed[index] = _edited(changed[index], rest, new)
        else:
            del changed[index]
        return changed
    changed = dict(document)
    if not rest and new is REMOVE:
        del changed[step]
    else:
        changed[step] = _edited(changed.get(step, {}), rest, new)
    return changed


Change = tuple[str, str, list[tuple[Pointer, Json]]]


def changes(document: Json, at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    """Each change of one schema: its kind, a description, and its edits."""
    if "properties" in schema:
        yield from _properties(document, at, schema)
    if "type" in schema or "$ref" in schema:
        yield from _types(document, at, schema)
    yield from _values(at, schema)
    yield from _bounds(at, schema)
    if schema.get("type") == "object":
        yield from _additional(at, schema)
    if "discriminator" in schema:
        yield from _variants(at, schema)
    if "x-written" in schema:
        yield from _written((*at, "x-written"), schema["x-written"], "")
    for number in range(len(schema.get("anyOf", ()))):
        yield "drop a branch", f"{number}", [((*at, "anyOf", str(number)), REMOVE)]


def _properties(document: Json, at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    required = schema.get("required", [])
    added = ((*at, "properties", "brand_new"), NEW)
    required_too = ((*at, "required"), [*required, "brand_new"])
    yield "add a property", "optional", [added]
    yield "add a property", "required", [added, required_too]
    for name, field in schema["properties"].items():
        others = [other for other in required if other != name]
        fewer = [((*at, "required"), others)] if name in required else []
        removed: list[tuple[Pointer, Json]] = [((*at, "properties", name), REMOVE)]
        yield "remove a property", name, [*removed, *fewer]
        renamed = [((*at, "required"), [*others, f"{name}_2"])] if name in required else []
        yield "rename a property", name, [
            *removed, ((*at, "properties", f"{name}_2"), field), *renamed
        ]  # fmt: skip
        if name in required:
            yield "do not require", name, fewer
        else:
            yield "require", name, [((*at, "required"), [*required, name])]


def _types(document: Json, at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    if "$ref" in schema:
        target = look(document, tuple(schema["$ref"].removeprefix("#/").split("/")))
        for kind in TYPES:
            if "x-written" in target or without_annotations(target) != {"type": kind}:
                yield "retype", f"$ref → {kind}", [(at, {"type": kind})]
        return
    types = schema["type"]
    names = [types] if isinstance(types, str) else types
    for kind in TYPES:
        if [kind] != names:
            yield "retype", f"→ {kind}", [((*at, "type"), kind)]
    for kind in names if len(names) > 1 else ():
        yield (
            "narrow a type",
            f"no {kind}",
            [((*at, "type"), [other for other in names if other != kind])],
        )
    for kind in (*TYPES, "null"):
        if kind not in names and not (kind == "integer" and "number" in names):
            yield "widen a type", f"or {kind}", [((*at, "type"), [*names, kind])]


def _values(at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    if "const" in schema:
        yield "change const", "", [((*at, "const"), f"{schema['const']}x")]
        yield "drop const", "", [((*at, "const"), REMOVE)]
    values = schema.get("enum")
    if values is None:
        return
    yield "add a value", "", [((*at, "enum"), [*values, "brand_new"])]
    yield "drop enum", "", [((*at, "enum"), REMOVE)]
    for number, value in enumerate(values):
        yield "remove a value", json.dumps(value), [((*at, "enum", str(number)), REMOVE)]
        yield "rename a value", json.dumps(value), [((*at, "enum", str(number)), "brand_new")]


def _bounds(at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    for name in BOUNDS:
        if name in schema:
            yield f"drop {name}", "", [((*at, name), REMOVE)]
            for step in (-1, 1):
                new = schema[name] + step
                if new >= 0 or name in ("minimum", "maximum"):
                    yield f"change {name}", f"→ {new}", [((*at, name), new)]
    if "format" in schema:
        yield "drop format", "", [((*at, "format"), REMOVE)]
        for name in ("date-time", "date", "uuid"):
            if name != schema["format"]:
                yield "change format", f"→ {name}", [((*at, "format"), name)]
    elif "string" in schema.get("type", ()) and "enum" not in schema and "const" not in schema:
        yield "add format", "uuid", [((*at, "format"), "uuid")]
        if "maxLength" not in schema:
            yield "add maxLength", "3", [((*at, "maxLength"), 3)]
    if "pattern" in schema:
        yield "drop pattern", "", [((*at, "pattern"), REMOVE)]
        yield "change pattern", "", [((*at, "pattern"), "^[a-z]+$")]
        yield "change pattern", "wider", [((*at, "pattern"), "^[a-z][a-z0-9_]*$")]


def _additional(at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    additional = schema.get("additionalProperties", True)
    if additional is not False:
        yield "close an object", "", [((*at, "additionalProperties"), False)]
    if additional is not True:
        yield "open an object", "", [((*at, "additionalProperties"), REMOVE)]
    if "propertyNames" in schema:
        yield "drop propertyNames", "", [((*at, "propertyNames"), REMOVE)]


def _variants(at: Pointer, schema: dict[str, Json]) -> Iterator[Change]:
    mapping: dict[str, str] = schema["discriminator"]["mapping"]
    here = (*at, "discriminator")
    yield "change the discriminator", "", [((*here, "propertyName"), "user_id")]
    yield "drop the discriminator", "", [(here, REMOVE)]
    targets = list(dict.fromkeys(mapping.values()))
    for value, ref in mapping.items():
        yield "remove a variant", value, [((*here, "mapping", value), REMOVE)]
        yield "rename a variant", value, [
            ((*here, "mapping", value), REMOVE), ((*here, "mapping", f"{value}_2"), ref)
        ]  # fmt: skip
        other = targets[(targets.index(ref) + 1) % len(targets)]
        yield "redirect a variant", value, [((*here, "mapping", value), other)]
    yield "add a variant", "", [((*here, "mapping", "brand_new"), targets[0])]
    for number in range(len(schema["oneOf"])):
        yield "drop a branch", str(number), [((*at, "oneOf", str(number)), REMOVE)]


def _written(at: Pointer, narrower: Json, label: str) -> Iterator[Change]:
    yield "drop x-written", label, [(at, REMOVE)]
    for name, value in narrower.items() if isinstance(narrower, dict) else ():
        if name in BOUNDS:
            for step in (-1, 1):
                new = value + step
                yield "change x-written", f"{label}{name} → {new}", [((*at, name), new)]
        elif name == "required":
            yield "drop x-written", f"{label}required", [((*at, name), REMOVE)]
        elif name == "properties":
            for field in value:
                yield "drop x-written", f"{label}{field}", [((*at, name, field), REMOVE)]

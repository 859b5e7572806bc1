"""Specs: the OpenAPI 3.1 document of a format, read from its file.

A spec is known by its file. What can be told from the document alone is told on loading, before
any event is seen: every error at once, each with the JSON pointer of its place. `speclint` finds
what is legal and yet wrong.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

import msgspec

from translator.diagnostics import MAX_DIAGNOSTICS, Diagnostic, Location
from translator.errors import SpecError
from translator.keywords import HOLDS
from translator.openapi import (
    COMPONENTS,
    LISTS,
    MAPS,
    ONE,
    Schema,
    components,
    escape,
    fault,
    resolve,
    schemas,
    subschemas,
    surroundings,
)
from translator.paths import NO_NAMES

__all__ = [
    "Schema",
    "Spec",
    "decode",
    "file_name",
    "load_spec",
    "resolve",
    "schemas",
    "structure",
    "written",
]

MAX_NESTING = 200
"""How deep a document may nest, and an event schema once its references are followed."""

MAX_LEAVES = 20_000
"""How many schemas an event schema may come to once its references are followed."""

MAX_BYTES = 16 * 1024 * 1024
"""A longer file is refused unread."""


class Readable(Protocol):
    """A file: a `Path`, or what `importlib.resources` finds in a package."""

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""

    def read_bytes(self) -> bytes:
        """What the file holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A format's spec: the format's `name`, the whole `document`, and the `file` it came from."""

    name: str
    document: Schema
    file: str

    @property
    def event_pointer(self) -> str:
        """Where the event schema stands, such as `#/components/schemas/Interaction`."""
        return str(self.document["x-event"])

    @property
    def event_schema(self) -> Schema:
        """The schema of one event: of an object, or a union told apart by its discriminator."""
        found = resolve(self.document, self.event_pointer, self.file)
        assert isinstance(found, dict)
        return found


def load_spec(path: Readable, name: str) -> Spec:
    """Read the spec of the format `name`, or raise a `SpecError` that says all that is wrong."""
    file = file_name(path)
    document = decode(path, file)
    found = list(islice(structure(document, file), MAX_DIAGNOSTICS))
    if found:
        raise SpecError(found)
    assert isinstance(document, dict)
    return Spec(name, document, file)


def file_name(path: Readable) -> str:
    """The name by which messages call a spec's file."""
    return str(path) if isinstance(path, Path) else path.name


def structure(document: object, file: str) -> Iterator[Diagnostic]:
    """Say why a decoded document is no spec: without its event schema no mapping can be read."""
    if not isinstance(document, dict):
        yield fault("spec-object", file, "", "a spec is a JSON object", "write OpenAPI 3.1")
        return
    version = document.get("openapi")
    if not (isinstance(version, str) and version.startswith("3.1.")):
        hint = 'write "openapi": "3.1.0", and its schemas as JSON Schema 2020-12'
        yield fault("spec-version", file, "/openapi", "a spec is an OpenAPI 3.1 document", hint)
    found = False
    for one in _unsound(document, file):
        found = True
        yield one
    if not found and any("x-written" in schema for _, schema in schemas(document)):
        yield from _unsound(written(document), file)


def _unsound(document: Schema, file: str) -> Iterator[Diagnostic]:
    found = False
    for one in chain(_malformed(document, file), _dangling(document, file), _event(document, file)):
        found = True
        yield one
    if not found:
        yield from _envelope(document, file)
        yield from _size(document, file)


def written(document: Schema) -> Schema:
    """Give the document that outputs are judged by: each `x-written` merged where it stands.

    In an `x-written`, `required` adds to what is required; under `properties`, false removes a
    property and an object is merged over its schema; any other keyword replaces.
    """
    merged = copy.deepcopy(document)
    for _, schema in list(schemas(merged)):
        _merge(schema, schema.pop("x-written", {}))
    return merged


def _merge(schema: Schema, narrower: Schema) -> None:
    for keyword, value in narrower.items():
        if keyword == "required":
            schema["required"] = list(dict.fromkeys([*schema.get("required", ()), *value]))
        elif keyword == "properties":
            properties = schema.setdefault("properties", {})
            for name, over in value.items():
                if over is False:
                    properties.pop(name, None)
                elif properties.get(name) is not False:
                    if properties.get(name, True) is True:
                        properties[name] = {}
                    _merge(properties[name], over)
        else:
            schema[keyword] = value


def decode(path: Readable, file: str) -> object:
    """Read the JSON of a spec. Raises `SpecError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "look at its name and its permissions"
        raise SpecError(
            [fault("spec-file", file, "", f"cannot be read: {reason}", hint)]
        ) from error
    if len(data) > MAX_BYTES:
        message = f"the file is longer than {MAX_BYTES} bytes"
        raise SpecError([fault("spec-size", file, "", message, "leave out what is not needed")])
    try:
        document: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SpecError([_syntax(data, file, str(error))]) from error
    except RecursionError as error:
        raise SpecError([_too_deep(file)]) from error
    if _nests_beyond(document, MAX_NESTING):
        raise SpecError([_too_deep(file)])
    return document


def _syntax(data: bytes, file: str, reason: str) -> Diagnostic:
    """Turn the decoder's byte offset into a line and a column."""
    text, _, tail = reason.partition(" (byte ")
    offset = int(tail[:-1]) if tail[:-1].isdecimal() else len(data)
    before = data[:offset]
    line, column = before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1) + 1
    message = f"a spec is JSON, and this is not: {text}"
    hint = "JSON has no comments, no single quotes and no comma behind the last entry"
    return Diagnostic("spec-json", Location(file, line, column), message, hint)


def _too_deep(file: str) -> Diagnostic:
    message = f"objects and lists stand more than {MAX_NESTING} deep in one another"
    return fault("spec-depth", file, "", message, "flatten it")


def _nests_beyond(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def _malformed(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Find what is no schema where one is due, so that nothing after this needs to look."""

    def wrong(pointer: str, due: str) -> Diagnostic:
        return fault("spec-schema", file, pointer, f"this is to be {due}", f"write {due}")

    named = document.get("components", {})
    if not isinstance(named.get("schemas", {}) if isinstance(named, dict) else named, dict):
        yield wrong("/components", "an object of named schemas")
    found = list(schemas(document))
    narrowers = [
        one
        for pointer, schema in found
        if _narrows(schema.get("x-written"))
        for one in _narrowers(f"{pointer}/x-written", schema["x-written"])
    ]
    holders = [("/components", {"schemas": components(document)}), *found, *narrowers]
    for pointer, holder in holders:
        for keyword, value in holder.items():
            at = f"{pointer}/{escape(keyword)}"
            if keyword in HOLDS and not HOLDS[keyword][0](value):
                yield wrong(at, HOLDS[keyword][1])
            elif keyword in ONE and not isinstance(value, (dict, bool)):
                yield wrong(at, "a schema")
            elif keyword in LISTS and not isinstance(value, list):
                yield wrong(at, "a list of schemas")
            elif keyword in MAPS and not isinstance(value, dict):
                yield wrong(at, "an object of schemas")
            elif keyword in (*LISTS, *MAPS) or (keyword == "schemas" and pointer == "/components"):
                inside = value.items() if isinstance(value, dict) else enumerate(value)
                if keyword == "properties" and (taken := NO_NAMES & value.keys()):
                    yield wrong(f"{at}/{escape(min(taken))}", "a member of another name")
                for step, inner in inside:
                    if not isinstance(inner, (dict, bool)):
                        yield wrong(f"{at}/{escape(str(step))}", "a schema")
            elif keyword == "x-written" and not _narrows(value):
                yield wrong(at, "keywords; its properties are false or hold keywords again")
            elif keyword == "discriminator" and not _tells_apart(value):
                yield wrong(at, "a propertyName and a mapping of values to references")


def _narrowers(pointer: str, narrower: Schema) -> Iterator[tuple[str, Schema]]:
    """Give each object of keywords in an `x-written`, with its pointer."""
    yield pointer, narrower
    for step, inner in subschemas(narrower):
        yield from _narrowers(pointer + step, inner)


def _tells_apart(discriminator: object) -> bool:
    if not isinstance(discriminator, dict):
        return False
    name, mapping = discriminator.get("propertyName"), discriminator.get("mapping")
    return (
        isinstance(name, str)
        and isinstance(mapping, dict)
        and all(isinstance(ref, str) for ref in mapping.values())
    )


def _narrows(narrower: object) -> bool:
    if not isinstance(narrower, dict):
        return False
    required, properties = narrower.get("required", []), narrower.get("properties", {})
    return (
        isinstance(required, list)
        and all(isinstance(one, str) for one in required)
        and isinstance(properties, dict)
        and all(one is False or _narrows(one) for one in properties.values())
    )


def _dangling(document: Schema, file: str) -> Iterator[Diagnostic]:
    around = (
        (f"{pointer}/$ref", node["$ref"])
        for pointer, node in surroundings(document)
        if isinstance(node.get("$ref"), str)
    )
    inside = (
        (pointer + below, ref)
        for pointer, schema in schemas(document)
        for below, ref in _references(schema)
    )
    for pointer, ref in (*around, *inside):
        try:
            target = resolve(document, ref, file)
        except SpecError as error:
            (found,) = error.diagnostics
            yield fault(found.code, file, pointer, found.message, found.hint)
        else:
            if not isinstance(target, (dict, bool)):
                hint = f"write {COMPONENTS}/NAME"
                yield fault("spec-reference", file, pointer, f"{ref!r} is no schema", hint)


def _references(schema: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(schema.get("$ref"), str):
        yield "/$ref", schema["$ref"]
    if _tells_apart(schema.get("discriminator")):
        for value, ref in schema["discriminator"]["mapping"].items():
            yield f"/discriminator/mapping/{escape(value)}", ref


def _event(document: Schema, file: str) -> Iterator[Diagnostic]:
    hint = f'write the pointer of a schema, such as "x-event": "{COMPONENTS}/Interaction"'
    pointer = document.get("x-event")
    if pointer is None:
        yield fault("spec-event", file, "", "x-event is missing", hint)
        return
    if not isinstance(pointer, str):
        yield fault("spec-event", file, "/x-event", "x-event is not a string", hint)
        return
    try:
        found = resolve(document, pointer, file)
    except SpecError as error:
        (why,) = error.diagnostics
        yield fault("spec-event", file, "/x-event", f"of x-event, {why.message}", why.hint or hint)
        return
    if not isinstance(found, dict):
        yield fault("spec-event", file, "/x-event", f"{pointer!r} is no schema object", hint)


def _envelope(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Hold what x-envelope names against the form of a body: an object with one list of events."""
    pointer = document.get("x-envelope")
    if pointer is None:
        return
    at = "/x-envelope"
    try:
        body = resolve(document, pointer if isinstance(pointer, str) else "", file)
    except SpecError as error:
        (why,) = error.diagnostics
        yield fault("spec-envelope", file, at, f"of x-envelope, {why.message}", why.hint)
        return
    schema = body if isinstance(body, dict) else {}
    required = schema.get("required", [])
    listed = schema.get("properties", {}).get(required[0]) if len(required) == 1 else None
    if not isinstance(listed, dict) or listed.get("items") != {"$ref": document["x-event"]}:
        message = f"{pointer!r} is not an object that requires one member, a list of events"
        hint = f'the member\'s items are {{"$ref": "{document["x-event"]}"}}'
        yield fault("spec-envelope", file, at, message, hint)
        return
    most = listed.get("maxItems", 1)
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        yield fault("spec-envelope", file, at, f"a body cannot hold at most {most!r} events")


def _size(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Follow the references of the event schema once each; a schema inside itself has no leaves."""
    weights: dict[str, int] = {}

    def weigh(schema: Schema, pointer: str, trail: tuple[str, ...]) -> int:
        if len(trail) > MAX_NESTING:
            message = f"schemas stand more than {MAX_NESTING} deep in one another"
            raise SpecError([fault("spec-depth", file, pointer, message, "flatten it")])
        total = 1 + len(schema.get("required", ()))
        for step, inner in subschemas(schema):
            total += weigh(inner, pointer + step, (*trail, ""))
        if _tells_apart(schema.get("discriminator")):
            for value, ref in schema["discriminator"]["mapping"].items():
                at = f"{pointer}/discriminator/mapping/{escape(value)}"
                total += follow(ref, at, trail)
        if isinstance(schema.get("$ref"), str):
            total += follow(schema["$ref"], f"{pointer}/$ref", trail)
        return total

    def follow(ref: str, pointer: str, trail: tuple[str, ...]) -> int:
        if ref in trail:
            message = f"{ref!r} contains itself"
            hint = "a mapping needs to name every leaf of an event: give it a depth of its own"
            raise SpecError([fault("spec-recursion", file, pointer, message, hint)])
        if ref not in weights:
            found = resolve(document, ref, file)
            weights[ref] = weigh(found, ref[1:], (*trail, ref)) if isinstance(found, dict) else 1
        return weights[ref]

    try:
        total = follow(document["x-event"], "/x-event", ())
    except SpecError as error:
        yield from error.diagnostics
        return
    if total > MAX_LEAVES:
        message = f"the event schema comes to {total} schemas once its references are followed"
        yield fault("spec-size", file, "/x-event", message, f"at most {MAX_LEAVES} can be mapped")

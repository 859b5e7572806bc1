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

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, SpecError
from translator.paths import RESERVED_NAMES
from translator.schema.openapi import (
    COMPONENTS,
    SCHEMA_KEYWORDS,
    SCHEMA_LIST_KEYWORDS,
    SCHEMA_MAP_KEYWORDS,
    VALUE_CHECKS,
    Envelope,
    Schema,
    component_schemas,
    error_at,
    escape_step,
    outer_objects,
    resolve,
    subschemas,
    walk_schemas,
)


def find_envelope(spec: Spec) -> Envelope | None:
    """How bodies of a format hold events; None where its spec knows of no bodies."""
    from translator.schema.openapi import resolve

    pointer = spec.document.get("x-envelope")
    if pointer is None:
        return None
    schema = resolve(spec.document, pointer, spec.file)
    (property_name,) = schema["required"]
    list_schema = schema["properties"][property_name]
    return Envelope(property_name, list_schema.get("maxItems"))


__all__ = [
    "Schema",
    "Spec",
    "decode_spec",
    "file_name",
    "load_spec",
    "output_document",
    "resolve",
    "structural_errors",
    "walk_schemas",
]

MAX_NESTING = 200
"""How deep a document may nest, and an event schema once its references are followed."""

MAX_SCHEMAS = 20_000
"""How many schemas an event schema may come to once its references are followed."""

MAX_BYTES = 16 * 1024 * 1024
"""A longer file is refused unread."""


class ReadableFile(Protocol):
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
        schema = resolve(self.document, self.event_pointer, self.file)
        assert isinstance(schema, dict)
        return schema


def load_spec(path: ReadableFile, name: str) -> Spec:
    """Read the spec of the format `name`, or raise a `SpecError` that says all that is wrong."""
    file = file_name(path)
    document = decode_spec(path, file)
    errors = list(islice(structural_errors(document, file), MAX_DIAGNOSTICS))
    if errors:
        raise SpecError(errors)
    assert isinstance(document, dict)
    return Spec(name, document, file)


def file_name(path: ReadableFile) -> str:
    """The name by which messages call a spec's file."""
    return str(path) if isinstance(path, Path) else path.name


def structural_errors(document: object, file: str) -> Iterator[Diagnostic]:
    """Say why a decoded document is no spec: without its event schema no mapping can be read."""
    if not isinstance(document, dict):
        yield error_at("spec-object", file, "", "a spec is a JSON object", "write OpenAPI 3.1")
        return
    version = document.get("openapi")
    if not (isinstance(version, str) and version.startswith("3.1.")):
        hint = 'write "openapi": "3.1.0", and its schemas as JSON Schema 2020-12'
        yield error_at("spec-version", file, "/openapi", "a spec is an OpenAPI 3.1 document", hint)
    has_errors = False
    for error in _schema_errors(document, file):
        has_errors = True
        yield error
    if not has_errors and any("x-written" in schema for _, schema in walk_schemas(document)):
        yield from _schema_errors(output_document(document), file)


def _schema_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    has_errors = False
    for error in chain(
        _malformed_schemas(document, file),
        _dangling_references(document, file),
        _event_errors(document, file),
    ):
        has_errors = True
        yield error
    if not has_errors:
        yield from _envelope_errors(document, file)
        yield from _size_errors(document, file)


def output_document(document: Schema) -> Schema:
    """Give the document that outputs are judged by: each `x-written` merged where it stands.

    In an `x-written`, `required` adds to what is required; under `properties`, false removes a
    property and an object is merged over its schema; any other keyword replaces.
    """
    merged = copy.deepcopy(document)
    for _, schema in list(walk_schemas(merged)):
        _merge_override(schema, schema.pop("x-written", {}))
    return merged


def _merge_override(schema: Schema, override: Schema) -> None:
    for keyword, value in override.items():
        if keyword == "required":
            schema["required"] = list(dict.fromkeys([*schema.get("required", ()), *value]))
        elif keyword == "properties":
            properties = schema.setdefault("properties", {})
            for name, property_override in value.items():
                if property_override is False:
                    properties.pop(name, None)
                elif properties.get(name) is not False:
                    if properties.get(name, True) is True:
                        properties[name] = {}
                    _merge_override(properties[name], property_override)
        else:
            schema[keyword] = value


def decode_spec(path: ReadableFile, file: str) -> object:
    """Read the JSON of a spec. Raises `SpecError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "look at its name and its permissions"
        raise SpecError(
            [error_at("spec-file", file, "", f"cannot be read: {reason}", hint)]
        ) from error
    if len(data) > MAX_BYTES:
        message = f"the file is longer than {MAX_BYTES} bytes"
        raise SpecError([error_at("spec-size", file, "", message, "leave out what is not needed")])
    try:
        document: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SpecError([_syntax_error(data, file, str(error))]) from error
    except RecursionError as error:
        raise SpecError([_nesting_error(file)]) from error
    if _nests_deeper_than(document, MAX_NESTING):
        raise SpecError([_nesting_error(file)])
    return document


def _syntax_error(data: bytes, file: str, reason: str) -> Diagnostic:
    """Turn the decoder's byte offset into a line and a column."""
    problem, _, tail = reason.partition(" (byte ")
    offset = int(tail[:-1]) if tail[:-1].isdecimal() else len(data)
    before = data[:offset]
    line, column = before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1) + 1
    message = f"a spec is JSON, and this is not: {problem}"
    hint = "JSON has no comments, no single quotes and no comma behind the last entry"
    return Diagnostic("spec-json", Location(file, line, column), message, hint)


def _nesting_error(file: str) -> Diagnostic:
    message = f"objects and lists stand more than {MAX_NESTING} deep in one another"
    return error_at("spec-depth", file, "", message, "flatten it")


def _nests_deeper_than(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [
            inner
            for container in level
            if isinstance(container, (dict, list))
            for inner in (container.values() if isinstance(container, dict) else container)
        ]
        if not level:
            return False
    return True


def _malformed_schemas(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Find what is no schema where one is due, so that nothing after this needs to look."""

    def malformed(pointer: str, expected: str) -> Diagnostic:
        return error_at(
            "spec-schema", file, pointer, f"this is to be {expected}", f"write {expected}"
        )

    component_section = document.get("components", {})
    if not isinstance(
        component_section.get("schemas", {})
        if isinstance(component_section, dict)
        else component_section,
        dict,
    ):
        yield malformed("/components", "an object of named schemas")
    located_schemas = list(walk_schemas(document))
    overrides = [
        override
        for pointer, schema in located_schemas
        if _is_override(schema.get("x-written"))
        for override in _walk_overrides(f"{pointer}/x-written", schema["x-written"])
    ]
    holders = [
        ("/components", {"schemas": component_schemas(document)}),
        *located_schemas,
        *overrides,
    ]
    for pointer, holder in holders:
        for keyword, value in holder.items():
            keyword_pointer = f"{pointer}/{escape_step(keyword)}"
            if keyword in VALUE_CHECKS and not VALUE_CHECKS[keyword][0](value):
                yield malformed(keyword_pointer, VALUE_CHECKS[keyword][1])
            elif keyword in SCHEMA_KEYWORDS and not isinstance(value, (dict, bool)):
                yield malformed(keyword_pointer, "a schema")
            elif keyword in SCHEMA_LIST_KEYWORDS and not isinstance(value, list):
                yield malformed(keyword_pointer, "a list of schemas")
            elif keyword in SCHEMA_MAP_KEYWORDS and not isinstance(value, dict):
                yield malformed(keyword_pointer, "an object of schemas")
            elif keyword in (*SCHEMA_LIST_KEYWORDS, *SCHEMA_MAP_KEYWORDS) or (
                keyword == "schemas" and pointer == "/components"
            ):
                entries = value.items() if isinstance(value, dict) else enumerate(value)
                if keyword == "properties" and (reserved := RESERVED_NAMES & value.keys()):
                    yield malformed(
                        f"{keyword_pointer}/{escape_step(min(reserved))}",
                        "a member of another name",
                    )
                for step, entry in entries:
                    if not isinstance(entry, (dict, bool)):
                        yield malformed(f"{keyword_pointer}/{escape_step(str(step))}", "a schema")
            elif keyword == "x-written" and not _is_override(value):
                yield malformed(
                    keyword_pointer, "keywords; its properties are false or hold keywords again"
                )
            elif keyword == "discriminator" and not _is_discriminator(value):
                yield malformed(
                    keyword_pointer, "a propertyName and a mapping of values to references"
                )


def _walk_overrides(pointer: str, override: Schema) -> Iterator[tuple[str, Schema]]:
    """Give each object of keywords in an `x-written`, with its pointer."""
    yield pointer, override
    for step, inner in subschemas(override):
        yield from _walk_overrides(pointer + step, inner)


def _is_discriminator(discriminator: object) -> bool:
    if not isinstance(discriminator, dict):
        return False
    name, mapping = discriminator.get("propertyName"), discriminator.get("mapping")
    return (
        isinstance(name, str)
        and isinstance(mapping, dict)
        and all(isinstance(ref, str) for ref in mapping.values())
    )


def _is_override(override: object) -> bool:
    if not isinstance(override, dict):
        return False
    required, properties = override.get("required", []), override.get("properties", {})
    return (
        isinstance(required, list)
        and all(isinstance(item, str) for item in required)
        and isinstance(properties, dict)
        and all(item is False or _is_override(item) for item in properties.values())
    )


def _dangling_references(document: Schema, file: str) -> Iterator[Diagnostic]:
    outer_references = (
        (f"{pointer}/$ref", node["$ref"])
        for pointer, node in outer_objects(document)
        if isinstance(node.get("$ref"), str)
    )
    schema_references = (
        (pointer + suffix, ref)
        for pointer, schema in walk_schemas(document)
        for suffix, ref in _references(schema)
    )
    for pointer, ref in (*outer_references, *schema_references):
        try:
            target = resolve(document, ref, file)
        except SpecError as error:
            (cause,) = error.diagnostics
            yield error_at(cause.code, file, pointer, cause.message, cause.hint)
        else:
            if not isinstance(target, (dict, bool)):
                hint = f"write {COMPONENTS}/NAME"
                yield error_at("spec-reference", file, pointer, f"{ref!r} is no schema", hint)


def _references(schema: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(schema.get("$ref"), str):
        yield "/$ref", schema["$ref"]
    if _is_discriminator(schema.get("discriminator")):
        for value, ref in schema["discriminator"]["mapping"].items():
            yield f"/discriminator/mapping/{escape_step(value)}", ref


def _event_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    hint = f'write the pointer of a schema, such as "x-event": "{COMPONENTS}/Interaction"'
    pointer = document.get("x-event")
    if pointer is None:
        yield error_at("spec-event", file, "", "x-event is missing", hint)
        return
    if not isinstance(pointer, str):
        yield error_at("spec-event", file, "/x-event", "x-event is not a string", hint)
        return
    try:
        schema = resolve(document, pointer, file)
    except SpecError as error:
        (cause,) = error.diagnostics
        yield error_at(
            "spec-event", file, "/x-event", f"of x-event, {cause.message}", cause.hint or hint
        )
        return
    if not isinstance(schema, dict):
        yield error_at("spec-event", file, "/x-event", f"{pointer!r} is no schema object", hint)


def _envelope_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Hold what x-envelope names against the form of a body: an object with one list of events."""
    pointer = document.get("x-envelope")
    if pointer is None:
        return
    envelope_pointer = "/x-envelope"
    try:
        body = resolve(document, pointer if isinstance(pointer, str) else "", file)
    except SpecError as error:
        (cause,) = error.diagnostics
        yield error_at(
            "spec-envelope", file, envelope_pointer, f"of x-envelope, {cause.message}", cause.hint
        )
        return
    schema = body if isinstance(body, dict) else {}
    required = schema.get("required", [])
    events_schema = schema.get("properties", {}).get(required[0]) if len(required) == 1 else None
    if not isinstance(events_schema, dict) or events_schema.get("items") != {
        "$ref": document["x-event"]
    }:
        message = f"{pointer!r} is not an object that requires one member, a list of events"
        hint = f'the member\'s items are {{"$ref": "{document["x-event"]}"}}'
        yield error_at("spec-envelope", file, envelope_pointer, message, hint)
        return
    max_items = events_schema.get("maxItems", 1)
    if not isinstance(max_items, int) or isinstance(max_items, bool) or max_items < 1:
        yield error_at(
            "spec-envelope",
            file,
            envelope_pointer,
            f"a body cannot hold at most {max_items!r} events",
        )


def _size_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Follow the references of the event schema once each; a schema inside itself has no leaves."""
    counts: dict[str, int] = {}

    def count_schemas(schema: Schema, pointer: str, ancestors: tuple[str, ...]) -> int:
        if len(ancestors) > MAX_NESTING:
            message = f"schemas stand more than {MAX_NESTING} deep in one another"
            raise SpecError([error_at("spec-depth", file, pointer, message, "flatten it")])
        total = 1 + len(schema.get("required", ()))
        for step, inner in subschemas(schema):
            total += count_schemas(inner, pointer + step, (*ancestors, ""))
        if _is_discriminator(schema.get("discriminator")):
            for value, ref in schema["discriminator"]["mapping"].items():
                mapping_pointer = f"{pointer}/discriminator/mapping/{escape_step(value)}"
                total += count_referenced(ref, mapping_pointer, ancestors)
        if isinstance(schema.get("$ref"), str):
            total += count_referenced(schema["$ref"], f"{pointer}/$ref", ancestors)
        return total

    def count_referenced(ref: str, pointer: str, ancestors: tuple[str, ...]) -> int:
        if ref in ancestors:
            message = f"{ref!r} contains itself"
            hint = "a mapping needs to name every leaf of an event: give it a depth of its own"
            raise SpecError([error_at("spec-recursion", file, pointer, message, hint)])
        if ref not in counts:
            target = resolve(document, ref, file)
            counts[ref] = (
                count_schemas(target, ref[1:], (*ancestors, ref)) if isinstance(target, dict) else 1
            )
        return counts[ref]

    try:
        total = count_referenced(document["x-event"], "/x-event", ())
    except SpecError as error:
        yield from error.diagnostics
        return
    if total > MAX_SCHEMAS:
        message = f"the event schema comes to {total} schemas once its references are followed"
        yield error_at(
            "spec-size", file, "/x-event", message, f"at most {MAX_SCHEMAS} can be mapped"
        )

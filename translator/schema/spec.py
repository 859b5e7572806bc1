"""Load a spec, the OpenAPI 3.1 document of a format, and check that mappings can use it.

Loading reports all errors of the first stage that finds any, each with its JSON pointer (a syntax
error: with line and column). The lint reports what is legal but probably wrong.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

import msgspec

from translator.errors import MAX_DIAGNOSTICS, Diagnostic, Location, SpecError
from translator.schema import openapi
from translator.schema.envelopes import envelope_problem, own_schema, read_envelope
from translator.schema.openapi import COMPONENTS, Schema, error_at, escape_step, resolve, spec_error

MAX_NESTING = 200
"""Maximum depth of a document, and of an event schema with its references followed."""

MAX_SCHEMAS = 20_000
"""Maximum number of schemas in an event schema with its references followed."""

MAX_BYTES = 16 * 1024 * 1024
"""Maximum size of a file; a larger one is not decoded."""


class ReadableFile(Protocol):
    """A file: a `Path`, or a resource from `importlib.resources`."""

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""

    def read_bytes(self) -> bytes:
        """Return the content of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """The spec of a format: the format's `name`, the `document`, and the `file` it came from."""

    name: str
    document: Schema
    file: str

    @property
    def event_pointer(self) -> str:
        """The reference to the event schema, such as `#/components/schemas/Interaction`."""
        return str(self.document["x-event"])

    @property
    def event_schema(self) -> Schema:
        """The schema of one event: of an object, or a union with a discriminator."""
        schema = resolve(self.document, self.event_pointer, self.file)
        assert isinstance(schema, dict)
        return schema


def find_envelope(spec: Spec) -> openapi.Envelope | None:
    """Return how request bodies hold events, or None if the spec has no `x-envelope`."""
    if "x-envelope" not in spec.document:
        return None
    envelope = read_envelope(spec.document)
    if not envelope.own_fields:
        return envelope
    return envelope._replace(schema=own_schema(output_document(spec.document), envelope))


def load_spec(path: ReadableFile, name: str) -> Spec:
    """Load the spec of the format `name`. Raises `SpecError`."""
    file = file_name(path)
    document = decode_spec(path, file)
    errors = list(islice(structural_errors(document, file), MAX_DIAGNOSTICS))
    if errors:
        raise SpecError(errors)
    assert isinstance(document, dict)
    return Spec(name, document, file)


def file_name(path: ReadableFile) -> str:
    """Return the name of a spec's file for messages."""
    return str(path) if isinstance(path, Path) else path.name


def structural_errors(document: object, file: str) -> Iterator[Diagnostic]:
    """Yield the errors that make a decoded document unusable as a spec."""
    if not isinstance(document, dict):
        yield error_at("spec-object", file, "", "a spec is a JSON object", "write OpenAPI 3.1")
        return
    version = document.get("openapi")
    if not (isinstance(version, str) and version.startswith("3.1.")):
        hint = 'write "openapi": "3.1.0", and the schemas in JSON Schema 2020-12'
        yield error_at("spec-version", file, "/openapi", "a spec is an OpenAPI 3.1 document", hint)
    yield from _first_errors(_schema_errors(document, file), _output_errors(document, file))


def _first_errors(*stages: Iterator[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the errors of the first stage that has some; a stage relies on the ones before it."""
    errors = (list(islice(stage, MAX_DIAGNOSTICS)) for stage in stages)
    yield from next(filter(None, errors), ())


def _output_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    if any("x-written" in schema for _, schema in openapi.walk_schemas(document)):
        for error in _schema_errors(merge_overrides(document), file):
            pointer = locate_override(document, error.location.pointer)
            yield error._replace(location=error.location._replace(pointer=pointer))


def _schema_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    references = chain(_dangling_references(document, file), event_errors(document, file))
    contents = chain(_envelope_errors(document, file), _size_errors(document, file))
    return _first_errors(chain(_malformed_schemas(document, file), references), contents)


def output_document(document: Schema) -> Schema:
    """Return a copy of the document that outputs are validated by, with each `x-written` merged.

    In an `x-written`, `required` adds to the required properties; under `properties`, false forbids
    a property and an object is merged into its schema; any other keyword replaces the original.
    As in `input_document`, the formats of OpenAPI are bounds.
    """
    return openapi.expand_formats(merge_overrides(document))


def input_document(document: Schema) -> Schema:
    """Return the document that read events are validated by: formats of OpenAPI become bounds."""
    return openapi.expand_formats(document)


def merge_overrides(document: Schema) -> Schema:
    """Return a copy of the document with each `x-written` merged, as in `output_document`."""
    merged = copy.deepcopy(document)
    for _, schema in list(openapi.walk_schemas(merged)):
        _merge_override(schema, schema.pop("x-written", {}))
    return merged


def locate_override(document: Schema, pointer: str) -> str:
    """Return where a part of the output document comes from: the pointer, or one in `x-written`."""
    places: list[tuple[str, Any]] = [("", document)]
    for step in openapi.split_pointer(f"#{pointer}"):
        inner: list[tuple[str, Any]] = []
        for place, node in places:
            if isinstance(node, dict) and isinstance(node.get("x-written"), dict):
                inner += _child_places(f"{place}/x-written", node["x-written"], step)
            inner += _child_places(place, node, step)
        if not inner:
            break
        places = inner
    return places[0][0] if "/x-written" in places[0][0] else pointer


def _child_places(place: str, node: Any, step: str) -> list[tuple[str, Any]]:
    path = f"{place}/{escape_step(step)}"
    if isinstance(node, list):
        return [(path, node[int(step)])] if step.isdecimal() and int(step) < len(node) else []
    return [(path, node[step])] if isinstance(node, dict) and step in node else []


def _merge_override(schema: Schema, override: Schema) -> None:
    for keyword, value in override.items():
        if keyword == "required":
            schema["required"] = list(dict.fromkeys([*schema.get("required", ()), *value]))
        elif keyword == "properties":
            properties = schema.setdefault("properties", {})
            for name, property_override in value.items():
                if property_override is False:
                    properties[name] = False
                elif properties.get(name) is not False:
                    if properties.get(name, True) is True:
                        properties[name] = {}
                    _merge_override(properties[name], property_override)
        else:
            schema[keyword] = value


def decode_spec(path: ReadableFile, file: str) -> object:
    """Read and decode the JSON of a spec. Raises `SpecError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        hint = "check its name and its permissions"
        raise spec_error("spec-file", file, "", message, hint) from error
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES} bytes"
        raise spec_error("spec-size", file, "", message, "remove what is not needed")
    with suppress(RecursionError):
        try:
            document: object = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SpecError([_syntax_error(data, file, str(error))]) from error
        if not _nests_deeper_than(document, MAX_NESTING):
            return document
    message = f"objects and lists are nested more than {MAX_NESTING} levels deep"
    raise spec_error("spec-depth", file, "", message, "flatten it")


def _syntax_error(data: bytes, file: str, reason: str) -> Diagnostic:
    problem, _, tail = reason.partition(" (byte ")
    offset = int(tail[:-1]) if tail[:-1].isdecimal() else len(data)
    line, column = data.count(b"\n", 0, offset) + 1, offset - data.rfind(b"\n", 0, offset)
    message = f"a spec is JSON, and this is not: {problem}"
    hint = "JSON has no comments, no single quotes and no comma after the last entry"
    return Diagnostic("spec-json", Location(file, line, column), message, hint)


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
    """Check the types of keywords, so that no code after this needs to."""

    def malformed(pointer: str, expected: str) -> Diagnostic:
        message, hint = f"expected {expected}", f"write {expected}"
        return error_at("spec-schema", file, pointer, message, hint)

    components = document.get("components", {})
    if isinstance(components, dict):
        components = components.get("schemas", {})
    if not isinstance(components, dict):
        yield malformed("/components", "an object of named schemas")
        components = {}
    schemas = list(openapi.walk_schemas(document))
    overrides = [
        override
        for pointer, schema in schemas
        if _is_override(schema.get("x-written"))
        for override in _walk_overrides(f"{pointer}/x-written", schema["x-written"])
    ]
    nested = {*openapi.SCHEMA_LIST_KEYWORDS, *openapi.SCHEMA_MAP_KEYWORDS}
    for holder_pointer, holder in [("/components", {"schemas": components}), *schemas, *overrides]:
        for keyword, value in holder.items():
            pointer = f"{holder_pointer}/{escape_step(keyword)}"
            is_valid, expected = KEYWORD_VALUES.get(keyword, (None, ""))
            if is_valid is not None and not is_valid(value):
                yield malformed(pointer, expected)
            elif keyword in nested or pointer == "/components/schemas":
                for name, entry in value.items() if isinstance(value, dict) else enumerate(value):
                    if not isinstance(entry, dict | bool):
                        yield malformed(f"{pointer}/{escape_step(str(name))}", "a schema")


def _walk_overrides(pointer: str, override: Schema) -> Iterator[tuple[str, Schema]]:
    yield pointer, override
    for step, inner in openapi.subschemas(override):
        yield from _walk_overrides(pointer + step, inner)


def _is_string_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_discriminator(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("propertyName"), str):
        return False
    mapping = value.get("mapping")
    return isinstance(mapping, dict) and _is_string_list(list(mapping.values()))


def _is_override(value: object) -> bool:
    if not isinstance(value, dict) or not _is_string_list(value.get("required", [])):
        return False
    properties = value.get("properties", {})
    overrides = properties.values() if isinstance(properties, dict) else [None]
    return all(override is False or _is_override(override) for override in overrides)


def _instance_of(*types: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, types)


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return openapi.has_type(value, "number")


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value > 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_name_map(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_name_list, value.values()))


def _is_name_list(value: object) -> bool:
    return isinstance(value, list) and _is_string_list(value) and len({*value}) == len(value)


def _is_type(value: object) -> bool:
    if isinstance(value, str):
        return value in openapi.TYPES
    return isinstance(value, list) and _is_name_list(value) and set() < {*value} <= openapi.TYPES


def _is_schema_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


_STRING = (_instance_of(str), "a string")
_BOOLEAN = (_instance_of(bool), "true or false")
_NUMBER = (_is_number, "a number")
_COUNT = (_is_count, "a whole number, not negative")
_UNSUPPORTED = (lambda value: False, "no such keyword, only $ref to a part of this document")

KEYWORD_VALUES: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(("$anchor", "$dynamicAnchor", "$dynamicRef", "$id"), _UNSUPPORTED),
    **dict.fromkeys(("$comment", "$ref"), _STRING),
    **dict.fromkeys(("contentEncoding", "contentMediaType", "description", "title"), _STRING),
    **dict.fromkeys(("format", "pattern"), _STRING),
    **dict.fromkeys(("deprecated", "readOnly", "uniqueItems", "writeOnly"), _BOOLEAN),
    **dict.fromkeys(("enum", "examples"), (_instance_of(list), "a list")),
    **dict.fromkeys(("maxContains", "maxItems", "maxLength", "maxProperties"), _COUNT),
    **dict.fromkeys(("minContains", "minItems", "minLength", "minProperties"), _COUNT),
    "x-max-bytes": _COUNT,
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), _NUMBER),
    **dict.fromkeys(openapi.SCHEMA_KEYWORDS, (_instance_of(dict, bool), "a schema")),
    **dict.fromkeys(
        openapi.SCHEMA_LIST_KEYWORDS, (_is_schema_list, "a list of schemas, not empty")
    ),
    **dict.fromkeys(openapi.SCHEMA_MAP_KEYWORDS, (_instance_of(dict), "an object of schemas")),
    "$schema": (openapi.DIALECTS.__contains__, "no other dialect than JSON Schema 2020-12"),
    "$vocabulary": _UNSUPPORTED,
    "dependentRequired": (_is_name_map, "an object of lists of different names"),
    "multipleOf": (_is_positive, "a number above 0"),
    "required": (_is_name_list, "a list of different names"),
    "type": (_is_type, f"a type ({', '.join(sorted(openapi.TYPES))}), or a list of different ones"),
    "discriminator": (_is_discriminator, "a propertyName and a mapping of values to references"),
    "x-violations": (_instance_of(dict), "an object of strings"),
    "x-written": (_is_override, "keywords, whose properties are false or hold keywords again"),
}
"""Per keyword: a check of its value, and the expected value in words.

Covers every keyword that a validator checks, so that no validator of a part of a schema fails.
"""


def _dangling_references(document: Schema, file: str) -> Iterator[Diagnostic]:
    holders = chain(openapi.outer_objects(document), openapi.walk_schemas(document))
    for holder_pointer, holder in holders:
        for step, ref in _references(holder):
            pointer = holder_pointer + step
            target, cause = openapi.find_target(document, ref)
            if cause is not None:
                yield error_at(cause.code, file, pointer, cause.message, cause.hint)
            elif not isinstance(target, dict | bool):
                message, hint = f"{ref!r} is not a schema", f"write {COMPONENTS}/NAME"
                yield error_at("spec-reference", file, pointer, message, hint)


def _references(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the references of one object, with their relative pointers."""
    if isinstance(schema.get("$ref"), str):
        yield "/$ref", schema["$ref"]
    if _is_discriminator(schema.get("discriminator")):
        for value, ref in schema["discriminator"]["mapping"].items():
            yield f"/discriminator/mapping/{escape_step(value)}", ref


def event_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with `x-event`."""
    hint = f'write the pointer of a schema, such as "x-event": "{COMPONENTS}/Interaction"'
    pointer = document.get("x-event")
    if not isinstance(pointer, str):
        location, problem = ("", "missing") if pointer is None else ("/x-event", "not a string")
        yield error_at("spec-event", file, location, f"x-event is {problem}", hint)
        return
    schema, cause = openapi.find_target(document, pointer)
    if cause is not None:
        message = f"x-event: {cause.message}"
        yield error_at("spec-event", file, "/x-event", message, cause.hint or hint)
    elif not isinstance(schema, dict):
        message = f"{pointer!r} is not a schema object"
        yield error_at("spec-event", file, "/x-event", message, hint)


def _envelope_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Check that x-envelope says where a body has its list of events, and what they share."""
    message, hint = envelope_problem(document)
    if message:
        yield error_at("spec-envelope", file, "/x-envelope", message, hint)


def _size_errors(document: Schema, file: str) -> Iterator[Diagnostic]:
    """Count the schemas of the event, following references; refuse one that contains itself."""
    counts: dict[str, int] = {}

    def count(schema: Schema, pointer: str, ancestors: tuple[str, ...]) -> int:
        if len(ancestors) > MAX_NESTING:
            message = f"schemas are nested more than {MAX_NESTING} levels deep"
            raise spec_error("spec-depth", file, pointer, message, "flatten it")
        total = 1 + len(schema.get("required", ()))
        for step, inner in openapi.subschemas(schema):
            total += count(inner, pointer + step, (*ancestors, ""))
        for step, ref in _references(schema):
            if ref in ancestors:
                message = f"{ref!r} contains itself"
                hint = "a mapping must name every leaf of an event: limit the depth"
                raise spec_error("spec-recursion", file, pointer + step, message, hint)
            if ref not in counts:
                target = resolve(document, ref)
                schema = target if isinstance(target, dict) else {}
                counts[ref] = count(schema, ref[1:], (*ancestors, ref))
            total += counts[ref]
        return total

    event = document["x-event"]
    try:
        total = count(resolve(document, event), event[1:], (event,))
    except SpecError as error:
        yield from error.diagnostics
        return
    if total > MAX_SCHEMAS:
        message = f"the event schema has {total} schemas with its references followed"
        hint = f"at most {MAX_SCHEMAS} can be mapped"
        yield error_at("spec-size", file, "/x-event", message, hint)

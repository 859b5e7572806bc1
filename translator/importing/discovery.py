"""Convert discovery documents: schemas named by `id`, referred to by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from translator.importing.notes import Notes
from translator.schema.openapi import COMPONENTS, Schema, escape_step, spec_error

_COPIED = frozenset((
    "default", "deprecated", "description", "enum", "maxItems", "maxLength", "minItems",
    "minLength", "pattern", "readOnly", "title",
))  # fmt: skip
_FORMATS: dict[tuple[str, str], Schema] = {
    ("string", "int64"): {"pattern": "^-?[0-9]+$"},
    ("string", "uint64"): {"pattern": "^[0-9]+$"},
    ("integer", "uint32"): {"minimum": 0, "maximum": 2**32 - 1},
    ("string", "byte"): {"contentEncoding": "base64"},
    ("string", "google-datetime"): {"format": "date-time"},
    ("string", "google-duration"): {"pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"},
    ("string", "google-fieldmask"): {},
}
"""What stands for a format of a type; other formats stay as they are."""

_IGNORED = frozenset((
    "$ref", "additionalProperties", "annotations", "enumDeprecated", "enumDescriptions", "format",
    "id", "items", "maximum", "minimum", "properties", "repeated", "required", "type",
))  # fmt: skip


def requested_schemas(document: Schema) -> list[str]:
    """List the schemas of request bodies, those of POST methods first."""
    methods = sorted(_methods(document), key=lambda method: method.get("httpMethod") != "POST")
    requests = [method.get("request") for method in methods]
    names = [request.get("$ref") for request in requests if isinstance(request, dict)]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _methods(node: Schema) -> Iterator[Schema]:
    for keyword in ("methods", "resources"):
        inner = node.get(keyword)
        for each in inner.values() if isinstance(inner, dict) else ():
            if isinstance(each, dict):
                if keyword == "methods":
                    yield each
                else:
                    yield from _methods(each)


def convert_discovery(document: Schema, event: str, notes: Notes, file: str) -> dict[str, Schema]:
    """Return the schemas that the schema `event` needs."""
    schemas, components = document["schemas"], {}
    names = [event]
    for name in names:
        notes.origins[name] = f"{file}#/schemas/{escape_step(name)}"
        converter = _Discovery(notes, schemas, file)
        components[name] = converter.schema(schemas[name], f"/schemas/{escape_step(name)}")
        names += [ref for ref in converter.refs if ref not in names]
    return components


class _Discovery:
    def __init__(self, notes: Notes, schemas: Schema, file: str) -> None:
        self.notes, self.schemas, self.file = notes, schemas, file
        self.refs: dict[str, None] = {}

    def schema(self, node: Any, pointer: str) -> Schema:
        if not isinstance(node, dict):
            message = "expected a schema"
            raise spec_error("spec-schema", self.file, pointer, message, "write an object")
        schema = {key: value for key, value in node.items() if key in _COPIED}
        if "$ref" in node:
            schema["$ref"] = self.reference(node["$ref"], pointer)
        self.type(node, schema)
        for bound in ("minimum", "maximum"):
            if bound in node:
                schema[bound] = _number(node[bound])
                self.notes.change(f"{bound} became a number")
        if "default" in schema and isinstance(schema["default"], str):
            self.default(node, schema)
        self.inner(node, schema, pointer)
        for keyword in node.keys() - _COPIED - _IGNORED:
            text = f"{keyword!r} is not carried over"
            self.notes.drop(f"{self.file}#{pointer}", text)
        if node.get("repeated") is True:
            self.notes.change("repeated became a list")
            return {"type": "array", "items": schema}
        return schema

    def reference(self, name: Any, pointer: str) -> str:
        if not isinstance(name, str) or name not in self.schemas:
            message = f"the reference {name!r} names no schema"
            hint = "ask the publisher of the document for a complete one"
            raise spec_error("import-reference", self.file, pointer, message, hint)
        self.refs[name] = None
        return f"{COMPONENTS}/{escape_step(name)}"

    def type(self, node: Schema, schema: Schema) -> None:
        name, form = str(node.get("type", "")), str(node.get("format", ""))
        if name == "any":
            self.notes.change("type any became no type")
        elif name:
            schema["type"] = name
        if (name, form) in _FORMATS:
            schema.update(_FORMATS[name, form])
            self.notes.change(f"format {form} of a {name} became what it means")
        elif form:
            schema["format"] = form

    def default(self, node: Schema, schema: Schema) -> None:
        """Read a default, which these documents write as a string."""
        if node.get("type") not in ("string", "any", None):
            try:
                schema["default"] = json.loads(schema["default"])
            except ValueError:
                del schema["default"]

    def inner(self, node: Schema, schema: Schema, pointer: str) -> None:
        for keyword in ("items", "additionalProperties"):
            if keyword in node:
                schema[keyword] = self.schema(node[keyword], f"{pointer}/{keyword}")
        if "properties" not in node:
            return
        properties = node["properties"]
        schema["properties"] = {
            name: self.schema(inner, f"{pointer}/properties/{escape_step(name)}")
            for name, inner in properties.items()
        }
        required = [name for name, inner in properties.items() if _is_required(inner)]
        if required:
            schema["required"] = required
            self.notes.change("a property that a method requires is required")


def _is_required(node: Schema) -> bool:
    annotations = node.get("annotations")
    methods = annotations.get("required") if isinstance(annotations, dict) else None
    return bool(methods) or node.get("required") is True


def _number(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value

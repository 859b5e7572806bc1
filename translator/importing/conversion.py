"""Recognize the form of a published spec, and convert it."""

from __future__ import annotations

from pathlib import Path

from translator.errors import SpecError, suggest
from translator.importing import ImportedSpec
from translator.schema import openapi
from translator.schema.openapi import COMPONENTS, Schema, resolve, spec_error
from translator.schema.spec import decode_spec, structural_errors


def convert(file: Path, name: str, event: str | None) -> ImportedSpec:
    """Do what `translator.importing.import_spec` documents."""
    document = decode_spec(file, str(file))
    if not isinstance(document, dict):
        raise spec_error(
            "spec-object", str(file), "", "a spec is a JSON object", "name another file"
        )
    schemas = openapi.component_schemas(document)
    pointer = event or document.get("x-event") or ""
    if pointer in schemas:
        pointer = f"{COMPONENTS}/{openapi.escape_step(pointer)}"
    if not pointer.startswith(f"{COMPONENTS}/"):
        hint = suggest(pointer, schemas)
        raise spec_error("spec-event", str(file), "", "the event's schema is unknown", hint)
    reached: dict[str, Schema] = {}
    refs = [pointer]
    for ref in refs:
        key = openapi.split_pointer(ref)[-1]
        if key not in reached:
            reached[key] = resolve(document, ref, str(file))
            refs += _refs(reached[key])
    imported = {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "x-event": pointer,
        "components": {"schemas": reached},
    }
    errors = list(structural_errors(imported, str(file)))
    if errors:
        raise SpecError(errors)
    return ImportedSpec(imported, [], [], (file,), pointer)


def _refs(schema: Schema) -> list[str]:
    refs = [schema["$ref"]] if "$ref" in schema else []
    return refs + [ref for _, inner in openapi.subschemas(schema) for ref in _refs(inner)]

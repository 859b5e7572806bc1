"""Formats of a few fields, made for one test, with a mapping between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from translator import Catalog

STRING = {"type": "string"}


def event_schema(
    properties: Mapping[str, Any], required: list[str] | None = None, **keywords: Any
) -> dict[str, Any]:
    """Return the schema of an event with these properties."""
    return {"type": "object", "properties": properties, "required": required or [], **keywords}


def spec_document(
    event: Mapping[str, Any], schemas: Mapping[str, Any] | None = None, **keywords: Any
) -> dict[str, Any]:
    """Return a spec whose event has the schema `event`; references find the other `schemas`."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "a small format", "version": "1"},
        "x-event": "#/components/schemas/Event",
        "components": {"schemas": {"Event": event, **(schemas or {})}},
        **keywords,
    }


def small_catalog(folder: Path, specs: Mapping[str, Any], **mappings: str) -> Catalog:
    """Write specs and mappings into a folder, and return the catalog of it.

    `specs` are event schemas or whole documents by format. A keyword `a__b` is the YAML of the
    mapping `a--b.yaml`, and `a` that of `a.yaml`; the line `between` is added, and `version: 1`
    unless the text begins with a version.
    """
    (folder / "specs").mkdir(exist_ok=True)
    (folder / "mappings").mkdir(exist_ok=True)
    for name, schema in specs.items():
        document = schema if "openapi" in schema else spec_document(schema)
        (folder / "specs" / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    for name, text in mappings.items():
        left, _, right = name.partition("__")
        header = f"between: [{left}, {right or 'interaction'}]\n"
        if not text.lstrip().startswith("version:"):
            header = f"version: 1\n{header}"
        file = folder / "mappings" / f"{name.replace('__', '--')}.yaml"
        file.write_text(header + text, encoding="utf-8")
    return Catalog(specs=[folder / "specs"], mappings=[folder / "mappings"])

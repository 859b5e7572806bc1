"""The JSON Schema of mappings of version 1, and the mappings to validate with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from tests.docs.fragments import whole_mapping
from tests.docs.pages import blocks
from tests.language.formats import read
from translator.errors import MappingError
from translator.language.parser import parse_mapping
from translator.language.yaml_tree import parse_yaml, to_data

Json = Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PATH = ROOT / "translator" / "language" / "mapping-1.schema.json"
SCHEMA: Json = json.loads(PATH.read_text(encoding="utf-8"))
SHIPPED = sorted((ROOT / "mappings").glob("*.yaml"))
HEAD = "version: 1\nbetween: [{}, {}]\n"

_VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def load(path: Path) -> Json:
    """Load a YAML file as JSON data."""
    return to_data(parse_yaml(path.read_bytes(), path.name))


def text_of(entry: Json) -> str:
    """Return the `mapping` of an entry, or its `rest` below the usual two lines."""
    return (
        str(entry["mapping"]) if "mapping" in entry else HEAD.format("one", "two") + entry["rest"]
    )


def valid_mappings() -> Iterator[tuple[str, str]]:
    """Yield name and YAML of every mapping of version 1 that is shipped, in tests, or on a page."""
    yield from (entry for entry in all_mappings() if "version: 1\n" in entry[1])


def all_mappings() -> Iterator[tuple[str, str]]:
    """Yield name and YAML of every mapping that is shipped, in tests, or on a page."""
    for path in SHIPPED:
        yield path.name, path.read_text(encoding="utf-8")
    for group in read():
        for stem, text in group.mappings.items():
            yield f"{group.name}: {stem}", text
    for block in blocks(ROOT / "docs" / "mappings.md"):
        if block.language == "yaml":
            yield f"mappings.md, line {block.line}", whole_mapping(block.text)


def schema_errors(document: Json) -> list[tuple[str, str]]:
    """List the schema errors of a document: place and message."""
    return [
        ("/".join(map(str, error.absolute_path)), error.message)
        for error in _VALIDATOR.iter_errors(document)
    ]


def is_parsed(text: str) -> bool:
    """Whether the parser accepts a mapping."""
    try:
        parse_mapping(text, "one.yaml")
    except MappingError:
        return False
    return True


def subschemas(schema: Json = None, pointer: str = "#") -> Iterator[tuple[str, Json]]:
    """Yield every subschema of the schema of mappings with its pointer, outermost first."""
    schema = SCHEMA if schema is None else schema
    yield pointer, schema
    if not isinstance(schema, dict):
        return
    for keyword in ("properties", "patternProperties", "definitions", "dependencies"):
        for name, child in schema.get(keyword, {}).items():
            if not isinstance(child, list):
                yield from subschemas(child, f"{pointer}/{keyword}/{name}")
    for keyword in ("additionalProperties", "propertyNames", "items", "not", "if", "then"):
        if keyword in schema:
            yield from subschemas(schema[keyword], f"{pointer}/{keyword}")
    for number, child in enumerate(schema.get("allOf", ())):
        yield from subschemas(child, f"{pointer}/allOf/{number}")

"""The schema of mappings, and the texts that it is tried on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from tests.docs.pages import blocks
from tests.language.formats import read
from translator.errors import MappingError
from translator.language.parser import parse_mapping
from translator.language.yaml_tree import parse_yaml, to_data

Json = Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PATH = ROOT / "translator" / "language" / "mapping.schema.json"
SCHEMA: Json = json.loads(PATH.read_text(encoding="utf-8"))
SHIPPED = sorted((ROOT / "mappings").glob("*.yaml"))
HEAD = "version: 1\nbetween: [{}, {}]\n"

_VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def load(path: Path) -> Json:
    """What a YAML file holds, as ordinary data."""
    return to_data(parse_yaml(path.read_bytes(), path.name))


def text_of(entry: Json) -> str:
    """A file of its own, or the `rest` that stands under the two usual lines."""
    return (
        str(entry["mapping"]) if "mapping" in entry else HEAD.format("one", "two") + entry["rest"]
    )


def good() -> Iterator[tuple[str, str]]:
    """Every mapping there is: those that are shipped, of the tests, and on the pages."""
    for path in SHIPPED:
        yield path.name, path.read_text(encoding="utf-8")
    for group in read():
        for stem, text in group.mappings.items():
            yield f"{group.name}: {stem}", text
    for block in blocks(ROOT / "docs" / "mappings.md"):
        if block.language == "yaml":
            whole = block.text.startswith("version:")
            head = "" if whole else HEAD.format("left", "right")
            yield f"mappings.md, line {block.line}", head + block.text


def faults(document: Json) -> list[tuple[str, str]]:
    """What the schema finds wrong in a document: place and message."""
    return [
        ("/".join(map(str, one.absolute_path)), one.message)
        for one in _VALIDATOR.iter_errors(document)
    ]


def is_read(text: str) -> bool:
    """Whether reading the text gives a mapping."""
    try:
        parse_mapping(text, "one.yaml")
    except MappingError:
        return False
    return True


def subschemas(schema: Json = None, pointer: str = "#") -> Iterator[tuple[str, Json]]:
    """Every schema inside the schema of mappings, the outermost first, with its pointer."""
    schema = SCHEMA if schema is None else schema
    yield pointer, schema
    if not isinstance(schema, dict):
        return
    for word in ("properties", "patternProperties", "definitions", "dependencies"):
        for name, one in schema.get(word, {}).items():
            if not isinstance(one, list):
                yield from subschemas(one, f"{pointer}/{word}/{name}")
    for word in ("additionalProperties", "propertyNames", "items", "not", "if", "then"):
        if word in schema:
            yield from subschemas(schema[word], f"{pointer}/{word}")
    for number, one in enumerate(schema.get("allOf", ())):
        yield from subschemas(one, f"{pointer}/allOf/{number}")
